using EdgeGateway.Vision;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Benchmarks.Rules.Simulator;

/// <summary>
/// What a tracker does that mixes objects up, beyond what the product's own does on these scenes: of the pairs of tracks whose boxes meet,
/// one in ten exchange their numbers for good; and every 90 s on average a track is given a new number, without having been out of sight.
/// </summary>
internal sealed class TrackMixer(int seed)
{
    private const double ExchangedOfMeetings = 0.1;
    private const double RenewedEverySeconds = 90;

    // How long a tracker keeps a number that it sees no more.
    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(1);

    private readonly Random _random = new(seed);
    private readonly Dictionary<TrackId, Number> _told = [];
    private readonly HashSet<(TrackId, TrackId)> _met = [];
    private readonly List<(TrackId Id, TimeSpan At)> _dying = [];
    private readonly List<TrackId> _ended = [];
    private long _next;
    private TimeSpan _before;

    /// <summary>Exchanges so far.</summary>
    public int Exchanges { get; private set; }

    /// <summary>New numbers so far for objects that had one.</summary>
    public int Renewals { get; private set; }

    /// <summary>Numbers whose track is over with this frame.</summary>
    public ReadOnlySpan<TrackId> Ended => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ended);

    /// <summary>The tracker's tracks under the numbers that are told.</summary>
    public void Mix(TrackBuffer tracks, ReadOnlySpan<TrackId> ended, FrameTime now, TrackBuffer into)
    {
        var renewed = (now.Elapsed - _before).TotalSeconds / RenewedEverySeconds;
        _before = now.Elapsed;
        var items = tracks.Items;
        for (var i = 0; i < items.Length; i++)
        {
            ref readonly var track = ref items[i];
            if (!_told.TryGetValue(track.Id, out var number)) _told[track.Id] = new Number(new TrackId(++_next), track.FirstSeen, track.FirstBox);
            else if (track.IsMatched && _random.NextDouble() < renewed)
            {
                _dying.Add((number.Id, now.Elapsed + Lost));
                _told[track.Id] = new Number(new TrackId(++_next), now, track.Box);
                Renewals++;
            }

            for (var j = 0; j < i; j++)
            {
                var pair = (items[j].Id, track.Id);
                if (track.Box.Iou(items[j].Box) > 0 && _met.Add(pair) && _random.NextDouble() < ExchangedOfMeetings)
                {
                    (_told[track.Id], _told[items[j].Id]) = (_told[items[j].Id], _told[track.Id]);
                    Exchanges++;
                }
            }
        }

        into.Clear();
        foreach (ref readonly var track in items)
        {
            var number = _told[track.Id];
            into.TryAdd(track with { Id = number.Id, FirstSeen = number.FirstSeen, FirstBox = number.FirstBox });
        }

        _ended.Clear();
        foreach (var gone in ended)
        {
            if (_told.Remove(gone, out var number)) _ended.Add(number.Id);
        }

        foreach (var (id, at) in _dying)
        {
            if (at <= now.Elapsed) _ended.Add(id);
        }

        _dying.RemoveAll(one => one.At <= now.Elapsed);
    }

    private readonly record struct Number(TrackId Id, FrameTime FirstSeen, BoxPx FirstBox);
}
