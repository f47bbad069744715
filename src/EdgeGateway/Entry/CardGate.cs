using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using Microsoft.Extensions.Logging;
using CrossingDirection = EdgeGateway.Vision.Analytics.CrossingDirection;

namespace EdgeGateway.Entry;

/// <summary>
/// One <c>id_check</c> rule of a camera: judges what is shown, opens, and notices who passes. What a code holds is in this task's memory only, and
/// no picture is ever kept of a person or a card. The same code within <see cref="SameAgain"/> counts once.
/// </summary>
internal sealed class CardGate : IAsyncDisposable
{
    private const int MostWaiting = 64;
    private static readonly TimeSpan SameAgain = TimeSpan.FromSeconds(5);

    // Nobody sees a person leave the door: after this an operator opens for somebody else.
    private static readonly TimeSpan QuestionStands = TimeSpan.FromMinutes(1);

    private readonly IdCheckRule _rule;
    private readonly EntryOffice _office;
    private readonly EntryEvents _events;
    private readonly EntryGate? _gate;
    private readonly IdentityCheckOptions _options;
    private readonly RuleCalendar _calendar;
    private readonly CrossingDirection _direction;
    private readonly ClassSet _classes;
    private readonly Channel<string> _shown = Channel.CreateBounded<string>(MostWaiting);
    private readonly CancellationTokenSource _stop = new();
    private readonly ScannerWatch? _scanner;
    private readonly Task _judging;
    private long _dropped;
    private (string Hash, DateTimeOffset At) _last = ("", DateTimeOffset.MinValue);

    public CardGate(IdCheckRule rule, EntryOffice office, EntryEvents events)
    {
        (_rule, _office, _events) = (rule, office, events);
        GateId = rule.Gate ?? rule.Id;
        _gate = rule.Gate is { } id ? office.Gate(id) : null;
        if (rule.Gate is { } named) office.Watches(named, events.Origin, rule.Id, seesWhoPasses: rule.Line is not null);
        _options = new IdentityCheckOptions
        {
            ValidCard = rule.ValidCard == ValidCard.Ask ? AccessDecision.Ask : AccessDecision.Allow,
            Province = office.TellsProvince,
            FailsOpen = _gate?.Options.FailsOpen == true,
            Zone = office.Zone,
        };
        _calendar = RuleModels.CalendarOf(rule, office.Zone);
        _direction = RuleModels.DirectionOf(rule.Direction);
        _classes = rule.Classes.Count > 0 ? ClassSet.Of([.. rule.Classes]) : ClassSet.People;
        _judging = Task.Run(JudgeAsync);
        if (!IsByCamera && !office.IsReplay) _scanner = new ScannerWatch(CardScanners.Of(rule.Scanner, rule.Baud), Show, TellScanner, office.Time);
    }

    public string GateId { get; }

    public EntryGate? Gate => _gate;

    /// <summary>True: codes are read in the camera's picture.</summary>
    public bool IsByCamera => _rule.Scanner == "camera";

    /// <summary>How often the picture is searched.</summary>
    public TimeSpan Every => _rule.Every;

    /// <summary>Takes the text of a code; never waits.</summary>
    public void Show(string text)
    {
        if (_shown.Writer.TryWrite(text)) return;
        var dropped = Interlocked.Increment(ref _dropped);
        if (dropped % 100 == 1) _office.Logger.CardsDropped(_rule.Id, dropped);
    }

    /// <summary>Somebody crossed a line of the camera.</summary>
    /// <param name="crossing">The crossing.</param>
    /// <param name="accuses">False while the camera's view is not confirmed: openings are used up, and nobody is told of.</param>
    public void See(LineCrossed crossing, bool accuses)
    {
        if (_gate is null || crossing.Line != _rule.Line || crossing.TakesBack is not null || crossing.Direction != _direction || !_classes.Has(crossing.Class)) return;
        var at = _office.IsReplay ? crossing.At.Utc : _office.Time.GetUtcNow();
        string? card = null;
        var verdict = _gate.Passed($"{_events.Origin.Id}/{crossing.Track}", ref card, isRefused: false, at);
        if (verdict == PassVerdict.Opened && card is not null) _office.EntryOf(GateId)?.Left(card);
        if (!accuses || verdict is PassVerdict.Opened or PassVerdict.HeldOpen) return;
        _events.Publish(new AccessData(GateId, AccessDecision.Deny, EntryEvents.ReasonOf(verdict), "gateway", Plate: null, Identity: null) { Track = crossing.Track.Value }, crossing.At.Utc);
        _office.TellPassed(GateId, verdict, _events.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        _shown.Writer.TryComplete();
        await _stop.CancelAsync();
        if (_scanner is not null) await _scanner.DisposeAsync();
        await _judging;
        if (_gate is not null) _gate.SetFailed(ScannerKey, isFailed: false);
        _office.Alerts?.Clear(ScannerKey);
        _stop.Dispose();
    }

    private string ScannerKey => $"scanner-{_events.Origin.Id}-{_rule.Id}";

    private async Task JudgeAsync()
    {
        try
        {
            await foreach (var text in _shown.Reader.ReadAllAsync(_stop.Token))
            {
                try { await JudgeAsync(text); }
                catch (Exception fault) when (fault is not (OutOfMemoryException or OperationCanceledException))
                {
                    // Its words could hold a number: they go nowhere.
                    _office.Logger.CardFailed(_rule.Id);
                    _office.Logger.CardFailedBy(_rule.Id, fault.GetType().Name);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // stopped
        }
    }

    private async Task JudgeAsync(string text)
    {
        var now = _office.Time.GetUtcNow();
        // Remembered as a hash: the text itself goes with this call.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        if (hash == _last.Hash && now - _last.At < SameAgain)
        {
            _last.At = now;
            return;
        }

        _last = (hash, now);
        var verdict = await _office.Identities.JudgeAsync(text, GateId, _options, now, _stop.Token);
        if (verdict.Decision == AccessDecision.Allow && !_calendar.Holds(now)) verdict = verdict with { Decision = AccessDecision.Ask, Reason = "outside_hours", DecidedBy = "gateway" };
        if (verdict is { Decision: not AccessDecision.Deny, Identity: { } who } && _gate?.IsInside(who, now) == true) verdict = verdict with { Decision = AccessDecision.Deny, Reason = "passback", DecidedBy = "gateway" };
        Publish(verdict, now);
        if (verdict.Decision != AccessDecision.Allow || _gate is not { } gate) return;
        var opening = OpenAsync(gate, verdict, now);
        // With a line an opening may wait for its turn, and the next card must not wait with it.
        if (_rule.Line is null) await opening;
    }

    private async Task OpenAsync(EntryGate gate, IdentityVerdict verdict, DateTimeOffset now)
    {
        try
        {
            await gate.OpenAsync(new Grant(Who: null, verdict.Identity) { IsUnseen = _rule.Line is null, IsForOne = _rule.Line is not null }, now);
            if (_rule.Line is null) _office.OpenedUnseen(GateId, verdict.Identity, now);
        }
        catch (GateFaultException)
        {
            Publish(verdict with { Decision = AccessDecision.Ask, Reason = "opener_failed", DecidedBy = "gateway" }, _office.Time.GetUtcNow());
        }
    }

    private void Publish(IdentityVerdict verdict, DateTimeOffset at)
    {
        var id = _events.Publish(new AccessData(GateId, verdict.Decision, verdict.Reason, verdict.DecidedBy, Plate: null, verdict.Identity) { AgeGroup = verdict.AgeGroup, Province = verdict.Province }, at);
        if (verdict.Decision == AccessDecision.Allow) _office.Answered(GateId, who: null);
        else _office.Ask(GateId, new OpenQuestion(id, Who: null, verdict.Identity, Plate: null, verdict.Identity) { StandsUntil = at + QuestionStands });
    }

    private void TellScanner(TwoLanguages? reason)
    {
        _gate?.SetFailed(ScannerKey, reason is not null);
        if (reason is null)
        {
            _office.Logger.ScannerWorks(_rule.Id);
            _office.Alerts?.Clear(ScannerKey);
            return;
        }

        _office.Logger.ScannerFailed(_rule.Id, reason.En);
        _office.Alerts?.Raise(ScannerKey, AlertKind.Camera, AlertSeverity.Warning, new TwoLanguages($"Máy quét của {_rule.Id} không hoạt động: {reason.Vi}.", $"The scanner of {_rule.Id} does not work: {reason.En}."), _events.Origin);
    }
}
