using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Gates;

/// <summary>One gate in a camera's picture.</summary>
/// <param name="RuleId">The installer's name of the rule.</param>
/// <param name="Line">The line that is crossed when passing the gate.</param>
/// <param name="Direction">The direction over it that leads through the gate.</param>
public sealed record GateWatchModel(string RuleId, DirectedLine Line, CrossingDirection Direction)
{
    /// <summary>Where vehicles wait; anywhere before the line when null.</summary>
    public Zone? Queue { get; init; }

    /// <summary>Who needs an opening.</summary>
    public ClassSet Classes { get; init; } = ClassSet.MotorVehicles;

    /// <summary>A decision is due from the frame on in which the plate is this wide, pixels of the frame.</summary>
    public float DecideFromPx { get; init; } = 60;

    /// <summary>... or when the vehicle has been before the gate this long, however small or hidden its plate.</summary>
    public TimeSpan AskAfter { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Looks that must agree.</summary>
    public int MinReads { get; init; } = 3;

    /// <summary>Least confidence of the whole text.</summary>
    public float MinConfidence { get; init; } = 0.9f;

    /// <summary>From <see cref="DecideFromPx"/> to the decision, at most; with what is known by then.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMilliseconds(700);
}

/// <summary>
/// Watches the vehicles before one gate and says when one is to be decided on: as soon as its plate is wide enough and settled, and in the
/// last frame before the deadline otherwise. Who is first seen behind the gate is leaving and is not asked. One camera, one thread;
/// allocates only when a vehicle is to be decided on.
/// </summary>
public sealed class GateWatch : IFrameAnalytic
{
    // What the frame itself costs and the way to the event: a decision in this frame still comes in time.
    private static readonly TimeSpan ForProcessing = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromSeconds(1);
    private const int MostVehicles = 64;

    private readonly GateWatchModel _model;
    private readonly IPlateLook _plates;
    private readonly Vehicle[] _vehicles = new Vehicle[MostVehicles];
    private TimeSpan _last;

    /// <exception cref="ArgumentException">The line has no length.</exception>
    public GateWatch(GateWatchModel model, IPlateLook plates)
    {
        ArgumentNullException.ThrowIfNull(model);
        LineSides.Check(model.Line);
        (_model, _plates) = (model, plates);
    }

    /// <summary>Vehicles before the gate in the last frame. Read from any thread.</summary>
    public int Waiting { get; private set; }

    /// <summary>True while a vehicle before the gate is not decided on: frames must be looked at although nothing moves.</summary>
    public bool IsDeciding { get; private set; }

    /// <inheritdoc/>
    public void Look(ReadOnlySpan<Track> tracks, FrameTime now, List<Observation> found)
    {
        var period = now.Elapsed - _last;
        period = period > LongestPeriod ? LongestPeriod : period;
        _last = now.Elapsed;
        var waiting = 0;
        foreach (ref readonly var track in tracks)
        {
            if (_model.Classes.Has(track.Class) && IsBefore(track)) waiting++;
        }

        Waiting = waiting;
        IsDeciding = false;
        foreach (ref readonly var track in tracks)
        {
            if (track.IsMatched && _model.Classes.Has(track.Class)) Follow(track, now, period, found);
        }
    }

    /// <inheritdoc/>
    public void Forget(TrackId gone)
    {
        if (Find(gone) is var place && place >= 0) _vehicles[place] = default;
    }

    private void Follow(in Track track, FrameTime now, TimeSpan period, List<Observation> found)
    {
        var place = Find(track.Id);
        if (place < 0)
        {
            place = Find(default);
            if (place < 0) return; // more vehicles than a picture holds
            _vehicles[place] = new Vehicle { Id = track.Id, FirstBehind = !IsBeforeLine(track) };
        }

        ref var vehicle = ref _vehicles[place];
        if (vehicle.FirstBehind || vehicle.IsSettled || !IsBefore(track)) return;
        if (vehicle.Since is not { } since) vehicle.Since = since = now;
        var sight = _plates.SightOf(track.Id);
        if (vehicle.Due is null && (sight.WidthPx >= _model.DecideFromPx || now.Elapsed - since.Elapsed >= _model.AskAfter)) vehicle.Due = now;
        IsDeciding |= !vehicle.IsSaid;
        if (vehicle.Due is not { } due) return;

        var settled = sight.Reads != vehicle.ReadsJudged && _plates.IsSettled(track.Id, _model.MinReads, _model.MinConfidence);
        vehicle.ReadsJudged = sight.Reads;
        var isLast = now.Elapsed - due.Elapsed + period + ForProcessing > _model.Deadline;
        if (!settled && (vehicle.IsSaid || !isLast)) return;
        (vehicle.IsSaid, vehicle.IsSettled) = (true, settled);
        found.Add(new VehicleAtGate(
            now, _model.RuleId, track.Id, track.Class, _plates.ReadingOf(track.Id), settled, due, sight.WidthPx, Waiting, now.Elapsed - since.Elapsed, track.Box));
    }

    private bool IsBefore(in Track track) => IsBeforeLine(track) && (_model.Queue is not { } queue || ZonePolygon.Holds(queue, track.Anchor));

    private bool IsBeforeLine(in Track track)
    {
        var distance = LineSides.Distance(_model.Line, track.Anchor);
        return _model.Direction == CrossingDirection.In ? distance < 0 : distance > 0;
    }

    private int Find(TrackId id)
    {
        for (var i = 0; i < _vehicles.Length; i++)
        {
            if (_vehicles[i].Id == id) return i;
        }

        return -1;
    }

    // A free place has the id 0, which no confirmed track has.
    private struct Vehicle
    {
        public TrackId Id;
        public bool FirstBehind;
        public FrameTime? Since;
        public FrameTime? Due;
        public int ReadsJudged;
        public bool IsSaid;
        public bool IsSettled;
    }
}
