namespace EdgeGateway.Sync.Counting;

/// <summary>
/// Keeps the state of counters over restarts. <see cref="Save"/> returns once the value survives <c>kill -9</c>; it replaces what the
/// key held. Called about once a second for each counter that has something new, never from a camera's thread. Keys are bounded: one
/// for what is open, and a ring of them for the intervals of the last 26 hours.
/// </summary>
public interface ICountStateStore
{
    void Save(string key, string json);

    /// <summary>The last value saved, or null.</summary>
    string? Load(string key);
}

/// <summary>State that lives as long as the process: for <c>replay</c> and for tests.</summary>
public sealed class InMemoryCountStateStore : ICountStateStore
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Keys held.</summary>
    public int Count => _values.Count;

    public void Save(string key, string json) => _values[key] = json;

    public string? Load(string key) => _values.GetValueOrDefault(key);
}
