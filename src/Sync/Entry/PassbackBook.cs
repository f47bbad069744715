namespace EdgeGateway.Sync.Entry;

/// <summary>Who came in a moment ago. In memory, bounded; the oldest go first. Not thread-safe.</summary>
internal sealed class PassbackBook(TimeSpan window)
{
    private const int Most = 100_000;
    private readonly Dictionary<string, DateTimeOffset> _inside = new(StringComparer.Ordinal);
    private readonly Queue<(string Credential, DateTimeOffset At)> _order = new();

    public bool IsInside(string credential, DateTimeOffset now) => window > TimeSpan.Zero && _inside.TryGetValue(credential, out var at) && (now - at).Duration() < window;

    public void Entered(string credential, DateTimeOffset now)
    {
        if (window <= TimeSpan.Zero) return;
        while (_order.TryPeek(out var oldest) && (now - oldest.At >= window || _order.Count >= Most))
        {
            _order.Dequeue();
            if (_inside.TryGetValue(oldest.Credential, out var at) && at == oldest.At) _inside.Remove(oldest.Credential);
        }

        _inside[credential] = now;
        _order.Enqueue((credential, now));
    }

    public void Left(string credential) => _inside.Remove(credential);
}
