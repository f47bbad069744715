namespace EdgeGateway.Sync.Mqtt;

/// <summary>
/// The newest retained message of each topic (status, camera states, occupancy). Only the newest counts, so it lives in
/// memory, bounded by the number of topics, and is published again at every connect. An empty message takes the topic's
/// retained one away at the broker (MQTT 5, 3.3.1.3). Thread-safe.
/// </summary>
internal sealed class RetainedBoard
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _messages = [];
    private readonly HashSet<string> _dirty = [];
    private readonly HashSet<string> _leaving = [];

    public event Action? Changed;

    public void Set(string topic, byte[] json)
    {
        lock (_lock)
        {
            _messages[topic] = json;
            _dirty.Add(topic);
            _leaving.Remove(topic);
        }

        Changed?.Invoke();
    }

    /// <summary>The topic's last message is said, for who listens, where that has not been done yet, and then taken away.</summary>
    public void Leave(string topic)
    {
        lock (_lock)
        {
            if (_dirty.Add(topic)) _messages[topic] = [];
            else _leaving.Add(topic);
        }

        Changed?.Invoke();
    }

    public void MarkAllDirty()
    {
        lock (_lock) _dirty.UnionWith(_messages.Keys);
    }

    public void TakeDirty(List<KeyValuePair<string, byte[]>> into)
    {
        lock (_lock)
        {
            foreach (var topic in _dirty)
            {
                if (_messages.TryGetValue(topic, out var last)) into.Add(new(topic, last));
                if (!_leaving.Remove(topic)) continue;
                _messages[topic] = [];
                into.Add(new(topic, []));
            }

            _dirty.Clear();
        }
    }

    /// <summary>What was taken could not be published; a newer message under the topic stays as it is.</summary>
    public void PutBack(string topic)
    {
        lock (_lock) _dirty.Add(topic);
    }
}
