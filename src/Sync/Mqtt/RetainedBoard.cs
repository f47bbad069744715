namespace EdgeGateway.Sync.Mqtt;

/// <summary>
/// The newest retained message of each topic (status, camera states, occupancy). Only the newest counts, so it lives in
/// memory, bounded by the number of topics, and is published again at every connect. Thread-safe.
/// </summary>
internal sealed class RetainedBoard
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _messages = [];
    private readonly HashSet<string> _dirty = [];

    public event Action? Changed;

    public void Set(string topic, byte[] json)
    {
        lock (_lock)
        {
            _messages[topic] = json;
            _dirty.Add(topic);
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
            foreach (var topic in _dirty) into.Add(new(topic, _messages[topic]));
            _dirty.Clear();
        }
    }

    /// <summary>What was taken could not be published; a newer message under the topic stays as it is.</summary>
    public void PutBack(string topic)
    {
        lock (_lock) _dirty.Add(topic);
    }
}
