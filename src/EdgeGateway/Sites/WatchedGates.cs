using EdgeGateway.Sync.Sites;

namespace EdgeGateway.Sites;

/// <summary>
/// Which gates of a site are watched now: the coverage of the number on its sign boards. Of other gateways the gates are those that have told of somebody since
/// the start; a gateway of the site of which nothing is heard counts as one gate that nobody watches. Not thread-safe.
/// </summary>
/// <param name="self">This gateway.</param>
/// <param name="others">The other gateways of the site.</param>
/// <param name="time">The clock that knows no steps.</param>
internal sealed class WatchedGates(string self, IReadOnlyList<string> others, TimeProvider time)
{
    /// <summary>Other boxes tell the state of each camera every half minute: two may be lost on the way.</summary>
    private static readonly TimeSpan StateHolds = TimeSpan.FromSeconds(100);

    /// <summary>A camera of which nothing came for so long, while others of its box spoke, is gone or has another name.</summary>
    private static readonly TimeSpan GoneAfter = TimeSpan.FromHours(1);

    /// <summary>More gates than the largest site has, fewer than a mad box could make up.</summary>
    private const int MostGates = 1024;

    private readonly Dictionary<(string Gateway, string Camera), (bool Watches, long At)> _cameras = [];
    private readonly Dictionary<string, (long Since, long Last)> _speaks = new(StringComparer.Ordinal);
    private readonly HashSet<GateKey> _otherGates = [];

    /// <summary>A camera watches its place, or does not.</summary>
    public void Saw(string gateway, string camera, bool watches)
    {
        if (gateway != self && SpeaksForLong(gateway))
        {
            foreach (var gone in _cameras.Where(one => one.Key.Gateway == gateway && one.Key.Camera != camera && time.GetElapsedTime(one.Value.At) >= GoneAfter).Select(one => one.Key).ToList())
            {
                _cameras.Remove(gone);
                _otherGates.RemoveWhere(gate => (gate.Gateway, gate.Camera) == gone);
            }
        }

        if (gateway == self || _cameras.Count < MostGates || _cameras.ContainsKey((gateway, camera))) _cameras[(gateway, camera)] = (watches, time.GetTimestamp());
    }

    // Since it was heard again: after its own outage its cameras are given the time to come back.
    private bool SpeaksForLong(string gateway)
    {
        var now = time.GetTimestamp();
        var (since, last) = _speaks.GetValueOrDefault(gateway, (now, now));
        if (time.GetElapsedTime(last) >= StateHolds) since = now;
        _speaks[gateway] = (since, now);
        return time.GetElapsedTime(since) >= GoneAfter;
    }

    /// <summary>A gate of another gateway has told of somebody.</summary>
    public void Heard(GateKey gate)
    {
        if (_otherGates.Count < MostGates) _otherGates.Add(gate);
    }

    /// <summary>True while one of this gateway's cameras watches its place.</summary>
    public bool Watches(string camera) => _cameras.GetValueOrDefault((self, camera)).Watches;

    /// <summary>The share of the site's gates that are watched; null where there is no gate.</summary>
    /// <param name="own">The gates of this gateway.</param>
    public double? Share(IReadOnlyCollection<(string Camera, string Line)> own)
    {
        var silent = others.Count(gateway => !_otherGates.Any(gate => gate.Gateway == gateway) && !_cameras.Any(one => one.Key.Gateway == gateway && time.GetElapsedTime(one.Value.At) < StateHolds));
        var all = own.Count + _otherGates.Count + silent;
        return all == 0 ? null : (double)(own.Count(gate => Watches(gate.Camera)) + _otherGates.Count(IsWatched)) / all;
    }

    private bool IsWatched(GateKey gate) =>
        _cameras.TryGetValue((gate.Gateway, gate.Camera), out var known) && known.Watches && time.GetElapsedTime(known.At) < StateHolds;
}
