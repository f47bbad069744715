using System.Diagnostics;
using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Gates;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;
using CrossingDirection = EdgeGateway.Vision.Analytics.CrossingDirection;

namespace EdgeGateway.Entry;

/// <summary>
/// One <c>plate_gate</c> rule of a camera: decides on each vehicle before the gate, opens, and notices who passes. On the camera's thread, but for
/// the opener's answer. Time is the frames' own, so a replay decides as it was.
/// </summary>
internal sealed class PlateGate : IDisposable
{
    private readonly PlateGateRule _rule;
    private readonly EntryOffice _office;
    private readonly EntryEvents _events;
    private readonly MainStream? _main;
    private readonly EntryGate _gate;
    private readonly WatchLists _lists;
    private readonly PlateJudge _judge;
    private readonly RuleCalendar _calendar;
    private readonly string _line;
    private readonly CrossingDirection _direction;
    private readonly ClassSet _classes;
    private readonly Dictionary<TrackId, Guest> _guests = [];
    private readonly Dictionary<TrackId, string> _plates = [];
    private int _version;

    public PlateGate(PlateGateRule rule, EntryOffice office, EntryEvents events, MainStream? main)
    {
        (_rule, _office, _events, _main) = (rule, office, events, main);
        _gate = office.Gate(rule.Gate);
        office.Watches(rule.Gate, events.Origin, rule.Id, seesWhoPasses: true);
        _lists = new WatchLists([.. rule.Lists.Select(path => Path.Combine(office.ConfigFolder, path))], office.Time, office.Logger, known: PlateJudge.Words, columns: office.ListColumns);
        _version = _lists.Version;
        _judge = new PlateJudge(_lists, DecisionOf(rule.Others));
        _calendar = RuleModels.CalendarOf(rule, office.Zone);
        (_line, _direction) = (RuleModels.GateLineOf(rule), RuleModels.DirectionOf(rule.Direction));
        _classes = RuleModels.GateClassesOf(rule);
    }

    public string RuleId => _rule.Id;

    public EntryGate Gate => _gate;

    /// <summary>Whom the gate knows.</summary>
    public WatchLists Lists => _lists;

    /// <summary>Decides on a vehicle before the gate.</summary>
    public void Decide(VehicleAtGate vehicle, Frame? frame, long lookBegan)
    {
        var guest = _guests.TryGetValue(vehicle.Track, out var known) ? known : _guests[vehicle.Track] = new Guest(WhoOf(vehicle.Track), vehicle.Track.Value);
        if (guest.HasPassed) return;
        guest.Take(vehicle);
        Decide(guest, vehicle.At, frame);
        if (known is null) EntryMetrics.Delayed(_rule.Gate, vehicle.At.Elapsed - vehicle.DueSince.Elapsed + Stopwatch.GetElapsedTime(lookBegan));
    }

    /// <summary>A plate is settled, of somebody who leaves too.</summary>
    public void Know(PlateSettled settled)
    {
        if (!settled.Plate.IsDoubtful && RegistryWords.TryFold(settled.Plate.Text, out var folded)) _plates[settled.Track] = folded;
    }

    /// <summary>Somebody crossed a line of the camera.</summary>
    /// <param name="crossing">The crossing.</param>
    /// <param name="frame">The frame; null at the end of the source.</param>
    /// <param name="box">The vehicle in it.</param>
    /// <param name="accuses">False while the camera's view is not confirmed: openings are used up, and nobody is told of whom a person lets through.</param>
    public void See(LineCrossed crossing, Frame? frame, in BoxPx? box, bool accuses)
    {
        if (crossing.Line != _line || !_classes.Has(crossing.Class)) return;
        if (crossing.Direction == _direction)
        {
            if (crossing.TakesBack is null) Pass(crossing, frame, box, accuses);
        }
        else
        {
            // Out again, or turned round right behind the line and so never in.
            var guest = _guests.GetValueOrDefault(crossing.Track);
            if ((guest?.Credential ?? _plates.GetValueOrDefault(crossing.Track)) is { } plate) _gate.Left(plate);
            if (guest is not { HasPassed: true }) return;
            (guest.HasPassed, guest.Verdict) = (false, null);
            // Before the line still, and its opening is spent: decided on anew.
            if (crossing.TakesBack is not null && guest.Box.Area > 0) Decide(guest, crossing.At, frame);
        }
    }

    /// <summary>After each frame: lists that have changed, and openings that nobody used.</summary>
    public void Advance(FrameTime now, Frame frame)
    {
        if (_guests.Count == 0) return;
        var version = _lists.Version;
        var changed = version != _version;
        _version = version;
        foreach (var (_, guest) in _guests)
        {
            if (guest.HasPassed) continue;
            if (guest.OpenerFailed)
            {
                // The reason stands in the gate's alert. Whoever waits needs a person now.
                guest.OpenerFailed = false;
                Publish(guest, new EntryVerdict(AccessDecision.Ask, "opener_failed"), now.Utc, frame, guest.Box);
            }

            // Behind others it is opened in its turn; its time to pass begins then.
            if (guest.Opening is { IsCompletedSuccessfully: true }) (guest.Opening, guest.OpenedAt) = (null, now.Elapsed);
            if (changed && guest is { IsSettled: true, Verdict.Decision: not AccessDecision.Allow }) Decide(guest, now, frame);
            else if (guest.OpenedAt is { } opened && now.Elapsed - opened >= _gate.Options.PassTime) AskAgain(guest, now, frame);
        }
    }

    /// <summary>No frames come: an operator's opening must not name a vehicle that may have left long ago.</summary>
    public void FallSilent()
    {
        foreach (var guest in _guests.Values) _office.Answered(_rule.Gate, guest.Who);
    }

    /// <summary>A track has ended.</summary>
    public void Forget(TrackId gone)
    {
        _plates.Remove(gone);
        if (_guests.Remove(gone, out var guest)) Leave(guest);
    }

    public void Dispose()
    {
        foreach (var guest in _guests.Values) Leave(guest);
        _guests.Clear();
        _lists.Dispose();
    }

    private void Leave(Guest guest)
    {
        _gate.Gone(guest.Who);
        _office.Answered(_rule.Gate, guest.Who);
    }

    private void Decide(Guest guest, FrameTime now, Frame? frame)
    {
        var verdict = Judge(guest, now.Utc);
        if (verdict == guest.Verdict) return;
        guest.Verdict = verdict;
        Publish(guest, verdict, now.Utc, frame, guest.Box);
        if (verdict.Decision != AccessDecision.Allow) return;
        var opening = _gate.OpenAsync(new Grant(guest.Who, guest.Credential), TimeOf(now));
        (guest.Opening, guest.OpenedAt) = (opening, null);
        if (!opening.IsCompletedSuccessfully) _ = WatchAsync(guest, opening);
    }

    private EntryVerdict Judge(Guest guest, DateTimeOffset at)
    {
        if (!_calendar.Holds(at)) return new(AccessDecision.Ask, "outside_hours");
        if (guest.Plate is not { } plate) return new(AccessDecision.Ask, "no_plate");
        if (!guest.IsSettled) return new(AccessDecision.Ask, plate.IsDoubtful ? "plate_doubtful" : "plate_not_settled");
        var verdict = _judge.Judge(plate.Text, EventWords.Parse<Sync.Events.PlateColour>(plate.Colour.Name()), at, CameraEvents.SureKindOf(plate));
        return verdict.Decision == AccessDecision.Allow && guest.Credential is { } credential && _gate.IsInside(credential, at, guest.Who) ? new(AccessDecision.Deny, "passback") : verdict;
    }

    private void Pass(LineCrossed crossing, Frame? frame, in BoxPx? box, bool accuses)
    {
        if (_guests.TryGetValue(crossing.Track, out var guest) && guest.HasPassed) return;
        guest ??= _guests[crossing.Track] = new Guest(WhoOf(crossing.Track), crossing.Track.Value);
        guest.HasPassed = true; // before its turn in the queue is given up
        (guest.Opening, guest.OpenedAt) = (null, null);
        var credential = guest.Credential ?? _plates.GetValueOrDefault(crossing.Track);
        var verdict = _gate.Passed(guest.Who, credential, guest.Verdict is { Decision: not AccessDecision.Allow }, TimeOf(crossing.At));
        // Where nothing moves, an opening cannot run out.
        if (verdict == PassVerdict.NoOpening && !_gate.HasOpener && guest.Verdict is { Decision: AccessDecision.Allow }) verdict = PassVerdict.Opened;
        _office.Answered(_rule.Gate, guest.Who);
        var dwell = guest.Dwell(crossing.At);
        // Out is out, also through a barrier that a person left open.
        if (credential is not null) _office.EntryOf(_rule.Gate)?.Left(credential);
        if (verdict is PassVerdict.Opened or PassVerdict.HeldOpen)
        {
            if (dwell is { } time) EntryMetrics.Passed(_rule.Gate, time);
            return;
        }

        if (!accuses) return;
        Publish(guest, new EntryVerdict(AccessDecision.Deny, EntryEvents.ReasonOf(verdict)), crossing.At.Utc, frame, box ?? guest.Box, dwell);
        _office.TellPassed(_rule.Gate, verdict, _events.Origin);
    }

    private void AskAgain(Guest guest, FrameTime now, Frame frame)
    {
        (guest.Opening, guest.OpenedAt) = (null, null);
        guest.Verdict = new EntryVerdict(AccessDecision.Ask, "not_passed");
        Publish(guest, guest.Verdict, now.Utc, frame, guest.Box);
    }

    private static async Task WatchAsync(Guest guest, Task<DateTimeOffset> opening)
    {
        try
        {
            await opening;
        }
        catch (GateFaultException)
        {
            // Who went through on another's opening gives its own turn up: no fault.
            if (!guest.HasPassed) guest.OpenerFailed = true; // told with the next frame, which shows it
        }
    }

    private void Publish(Guest guest, EntryVerdict verdict, DateTimeOffset at, Frame? frame, BoxPx box, TimeSpan? dwell = null)
    {
        var plate = guest.Plate is { } read ? CameraEvents.DataOf(read) : null;
        var data = new AccessData(_rule.Gate, verdict.Decision, verdict.Reason, "gateway", plate, Identity: null)
        {
            Track = guest.Track, Waiting = guest.Waiting, Dwell = dwell ?? guest.Waited,
        };
        var pictures = verdict.Decision == AccessDecision.Allow || frame is null ? null : _office.Pictures;
        var id = _events.Publish(data, at, pictures is null ? null : event_ => Keep(pictures, event_, frame!, box), event_ => pictures!.Send(event_));
        if (guest.HasPassed || verdict.Decision == AccessDecision.Allow) _office.Answered(_rule.Gate, guest.Who);
        else _office.Ask(_rule.Gate, new OpenQuestion(id, guest.Who, guest.Credential, plate, Identity: null));
    }

    // At full resolution where there is such a frame: somebody is to know the vehicle.
    private PictureData? Keep(AccessPictures pictures, string eventId, Frame frame, in BoxPx box)
    {
        using var full = _main?.NearestTo(frame.Time);
        var picture = full ?? frame;
        var place = box.Area > 0 ? box : new BoxPx(0, 0, frame.Width, frame.Height);
        return pictures.Keep(eventId, picture, place.Scaled((float)picture.Width / frame.Width, (float)picture.Height / frame.Height));
    }

    private string WhoOf(TrackId track) => $"{_events.Origin.Id}/{track}";

    // An opening's time is the world's, and in a replay the film's.
    private DateTimeOffset TimeOf(FrameTime at) => _office.IsReplay ? at.Utc : _office.Time.GetUtcNow();

    private static AccessDecision DecisionOf(EntryDecision decision) => decision switch
    {
        EntryDecision.Allow => AccessDecision.Allow,
        EntryDecision.Deny => AccessDecision.Deny,
        _ => AccessDecision.Ask,
    };

    /// <summary>One vehicle from its first decision until its track ends.</summary>
    private sealed class Guest(string who, long track)
    {
        private FrameTime? _since;

        public string Who { get; } = who;

        public long Track { get; } = track;

        public PlateReading? Plate { get; private set; }

        public string? Credential { get; private set; }

        public bool IsSettled { get; private set; }

        public int? Waiting { get; private set; }

        public TimeSpan? Waited { get; private set; }

        public BoxPx Box { get; private set; }

        public EntryVerdict? Verdict { get; set; }

        /// <summary>Wanted, and not yet seen to have begun.</summary>
        public Task? Opening { get; set; }

        public TimeSpan? OpenedAt { get; set; }

        public volatile bool HasPassed;

        public volatile bool OpenerFailed;

        public void Take(VehicleAtGate vehicle)
        {
            (Plate, IsSettled, Waiting, Waited, Box) = (vehicle.Plate, vehicle.IsSettled && vehicle.Plate is { IsDoubtful: false }, vehicle.Waiting, vehicle.Waited, vehicle.Box);
            if (IsSettled && RegistryWords.TryFold(Plate!.Text, out var folded)) Credential = folded;
            _since ??= new FrameTime(vehicle.At.Elapsed - vehicle.Waited, vehicle.At.Utc - vehicle.Waited);
        }

        public TimeSpan? Dwell(FrameTime passed) => _since is { } since && passed.Elapsed > since.Elapsed ? passed.Elapsed - since.Elapsed : null;
    }
}
