using EdgeGateway.Configuration;
using EdgeGateway.Health;
using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Gates;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Entry;

/// <summary>What a camera does at gates: its <c>plate_gate</c> and <c>id_check</c> rules. On the camera's thread, but for <see cref="SetWatching"/> and <see cref="Tick"/>.</summary>
internal sealed class CameraEntry : IDisposable
{
    // A camera that reconnects is no failed camera.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    private readonly string _cameraId;
    private readonly EntryOffice _office;
    private readonly EntryEvents _events;
    private readonly MainStream? _main;
    private readonly PlateGate[] _plates;
    private readonly CardGate[] _cards;
    private readonly CardCamera? _cardCamera;
    private readonly ListAlert[] _lists;
    private long _blindSince;
    private long _restsSince;
    private bool _rests;

    private CameraEntry(CameraModel camera, EntryOffice office, EntryEvents events, MainStream? main)
    {
        (_cameraId, _office, _events, _main) = (camera.Id, office, events, main);
        _plates = [.. camera.Rules.OfType<PlateGateRule>().Select(rule => new PlateGate(rule, office, events, main))];
        _cards = [.. camera.Rules.OfType<IdCheckRule>().Select(rule => new CardGate(rule, office, events))];
        _lists = [.. _plates.Select(gate => new ListAlert($"lists-{camera.Id}-{gate.RuleId}", new TwoLanguages($"Danh sách biển số của {gate.RuleId}", $"The lists of plates of {gate.RuleId}"), gate.Lists, office.Alerts, events.Origin))];
        CardGate[] seen = [.. _cards.Where(card => card.IsByCamera)];
        // A replay's cards would be read at other moments each time: it reads none.
        if (seen.Length > 0 && !office.IsReplay) _cardCamera = new CardCamera(camera.Id, seen.Min(card => card.Every), text => { foreach (var card in seen) card.Show(text); }, fault => office.Logger.CardFailedBy(camera.Id, fault));
        _blindSince = office.Time.GetTimestamp();
    }

    /// <summary>For a camera that watches a gate; null for all others.</summary>
    public static CameraEntry? Of(CameraModel camera, EntryOffice? office, GatewayEvents events, EventOrigin origin, Action<GatewayEvent> offer, MainStream? main = null) =>
        office is not null && camera.Rules.Any(rule => rule is PlateGateRule or IdCheckRule) ? new CameraEntry(camera, office, new EntryEvents(events, origin, offer), main) : null;

    /// <summary>Takes what the camera observed; what concerns no gate is left alone.</summary>
    /// <param name="observation">From this frame, or from the end of the source.</param>
    /// <param name="frame">The frame; null at the end of the source.</param>
    /// <param name="tracks">Its tracks.</param>
    /// <param name="lookBegan">When looking at the frame began, for measurements.</param>
    public void See(Observation observation, Frame? frame, ReadOnlySpan<Track> tracks, long lookBegan)
    {
        switch (observation)
        {
            case VehicleAtGate vehicle:
                foreach (var gate in _plates)
                {
                    if (gate.RuleId == vehicle.RuleId) gate.Decide(vehicle, frame, lookBegan);
                }

                break;
            case PlateSettled settled:
                foreach (var gate in _plates) gate.Know(settled);
                break;
            case LineCrossed crossing:
                var box = BoxOf(crossing.Track, tracks);
                foreach (var gate in _plates) gate.See(crossing, frame, box, accuses: !_rests);
                foreach (var card in _cards) card.See(crossing, accuses: !_rests);
                break;
        }
    }

    /// <summary>After each frame. Allocates nothing where nothing happens.</summary>
    public void Advance(Frame frame, bool moves)
    {
        foreach (var gate in _plates) gate.Advance(frame.Time, frame);
        if (_cardCamera is null) return;
        using var full = _main?.NearestTo(frame.Time);
        _cardCamera.Offer(full ?? frame, moves);
    }

    /// <summary>The camera sends nothing: nobody knows any more whether the vehicles stand there that were asked about.</summary>
    public void FallSilent()
    {
        foreach (var gate in _plates) gate.FallSilent();
    }

    /// <summary>A track has ended.</summary>
    public void Forget(TrackId gone)
    {
        foreach (var gate in _plates) gate.Forget(gone);
    }

    /// <summary>The camera streams and looks where it should, or not. From any thread.</summary>
    public void SetWatching(bool isWatching)
    {
        if (isWatching) Interlocked.Exchange(ref _blindSince, 0);
        else Interlocked.CompareExchange(ref _blindSince, _office.Time.GetTimestamp(), 0);
    }

    /// <summary>Rules rest until somebody has looked (see <see cref="Cameras.ViewGuard"/>): then nobody is decided on, as at a blind camera. With each frame.</summary>
    public void Rest(bool rests)
    {
        if (rests == _rests) return;
        _rests = rests;
        Interlocked.Exchange(ref _restsSince, rests ? _office.Time.GetTimestamp() : 0);
    }

    /// <summary>Once a second: a camera that has been blind for a while has failed its gates; lists with bad rows are told.</summary>
    public void Tick()
    {
        Fail(IsLong(Interlocked.Read(ref _blindSince)) || IsLong(Interlocked.Read(ref _restsSince)));
        foreach (var list in _lists) list.Look();
    }

    public void Dispose()
    {
        _cardCamera?.Dispose();
        foreach (var card in _cards) card.DisposeAsync().AsTask().GetAwaiter().GetResult();
        foreach (var gate in _plates) gate.Dispose();
        Fail(hasFailed: false);
    }

    private bool IsLong(long since) => since != 0 && _office.Time.GetElapsedTime(since) >= Grace;

    private void Fail(bool hasFailed)
    {
        var cause = $"camera-{_cameraId}";
        foreach (var gate in _plates) gate.Gate.SetFailed(cause, hasFailed);
        foreach (var card in _cards)
        {
            if (card.IsByCamera) card.Gate?.SetFailed(cause, hasFailed);
        }
    }

    private static BoxPx? BoxOf(TrackId id, ReadOnlySpan<Track> tracks)
    {
        foreach (ref readonly var track in tracks)
        {
            if (track.Id == id) return track.Box;
        }

        return null;
    }
}
