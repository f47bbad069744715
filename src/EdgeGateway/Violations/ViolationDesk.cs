using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Cases;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Plates;
using Microsoft.Extensions.Logging;
using PlateColour = EdgeGateway.Sync.Events.PlateColour;
using PlateKind = EdgeGateway.Sync.Events.PlateKind;
using RuleMode = EdgeGateway.Sync.Events.RuleMode;
using SignalSpan = EdgeGateway.Sync.Evidence.SignalSpan;

namespace EdgeGateway.Violations;

/// <summary>
/// From a suspected act to a published violation, for one camera: 1. exemption, 2. law of the day, 3. use of the evidence, 4. pictures and
/// package, 5. owner, 6. event and case. Off the camera's thread when live; between two frames in a replay.
/// </summary>
/// <param name="camera">The camera's file.</param>
/// <param name="office">What all cameras share.</param>
/// <param name="events">Stamps the event.</param>
/// <param name="origin">Where it comes from.</param>
/// <param name="pictures">Makes the files of the evidence; disposed with the desk.</param>
/// <param name="offer">Takes the event.</param>
/// <param name="logger">Told what could not be had; never a plate.</param>
internal sealed partial class ViolationDesk(
    CameraModel camera, EnforcementOffice office, GatewayEvents events, EventOrigin origin, ActPictures pictures, Action<GatewayEvent> offer, ILogger logger) : IDisposable
{
    /// <summary>Publishes one act.</summary>
    /// <param name="settled">The act with its plate.</param>
    /// <param name="footage">The camera's original pictures; null where none are kept.</param>
    /// <param name="tampered">The camera's view was not the one that the rules were drawn in.</param>
    /// <param name="stop">Ends the work; the act is then published without what is missing.</param>
    public async Task PublishAsync(SettledAct settled, Footage? footage, bool tampered, CancellationToken stop)
    {
        var act = settled.Act;
        var rule = camera.Rules.First(one => one.Id == act.RuleId);

        // 1. A plate that an officer has listed is never reported, by any rule that names it.
        if (IsExempt(rule, settled.Plate)) return;

        // 2. The text in force on the day of the act.
        var kind = (ObjectKind)(int)act.Class;
        var legal = office.Legal.Resolve(act.Code, kind, act.At.Utc);

        // 3. What the evidence may be used for, and why not.
        var mode = rule.Mode == Configuration.RuleMode.Live ? RuleMode.Live : RuleMode.Trial;
        var clock = office.Clock();
        var approval = camera.Config.Approval;
        var use = EvidenceUses.Of(
            approval is null ? null : new ApprovalFacts(approval.Decision, approval.Certificate, approval.ValidUntil), clock,
            new UseFacts(mode, rule.Rule == "speeding", !act.IsIndicative, act.IsIndicative && rule.Rule != "speeding", tampered), act.At.Utc, office.ClockLimit, office.Zone);

        // 4. Pictures, clip, package. An act whose evidence cannot be kept is published all the same, for nothing but statistics.
        var id = events.NextId(origin, act.At.Utc);
        var data = PlateOf(settled.Plate);
        var kept = await KeepAsync(settled, FactsOf(settled, rule, id.ToString(), mode, legal, use, clock), footage, clock.Synchronised, mode == RuleMode.Trial, stop);
        if (kept is null) use = use with { Use = EvidenceUse.None, Reasons = [.. use.Reasons, new TwoLanguages("Không lưu được chứng cứ.", "The evidence could not be kept.")] };

        // 5. The owner is asked for only where an officer may use the evidence.
        var owner = office.AskOwner(new OwnerRequest(
            id.ToString(), camera.Id, origin.Place, data is null ? null : PlateFacts.Of(data, kind, OtherKindOf(settled.Plate)), act.At.Utc,
            approval?.Officer, approval?.Unit ?? office.Unit, $"{act.Code} {act.RuleId}", null, use.Use == EvidenceUse.Review));

        // 6. The event, then its case.
        var confidence = act.Confidence with { Plate = settled.Plate?.Confidence };
        var address = kept is null ? null : office.AddressOf(kept);
        var reference = new EvidenceReference(address?.Uri ?? kept?.Uri, kept?.Sha256, use.Use) { Until = address?.Until, Why = use.Reasons.Count == 0 ? null : use.Reasons };
        offer(events.Create(origin, act.At.Utc, new ViolationData(
            rule.Rule, rule.Id, mode, act.Code, legal, confidence.Total, new TwoLanguages(act.Reason.Vi, act.Reason.En), new ViolationVehicle(kind, act.Track.Value), data,
            new OwnerSummary(owner), reference, act.From.Utc, act.To.Utc), id));
        office.Cases?.Open(new NewCase(id.ToString(), rule.Rule, rule.Id, camera.Id, mode, act.Code, confidence.Total, act.At.Utc));
    }

    public void Dispose() => pictures.Dispose();

    /// <summary>
    /// Emergency vehicles on duty are known by the plates that an officer has listed, and by nothing else. A doubtful plate is nobody's:
    /// the act goes to the officer.
    /// </summary>
    internal static bool IsExempt(RuleConfig rule, PlateReading? plate) =>
        plate is { IsDoubtful: false } && rule.Exempt.Any(listed => RegistryWords.TryFold(listed, out var folded) && RegistryWords.TryFold(plate.Text, out var read) && folded == read);

    private static PlateKind? OtherKindOf(PlateReading? plate) => plate?.OtherKind is { } kind ? EventWords.Parse<PlateKind>(kind.Name()) : null;

    /// <summary>A violation names the plate whatever <c>passages</c> says: that setting is about vehicles that did nothing.</summary>
    private static PlateData? PlateOf(PlateReading? plate) => plate is null ? null : CameraEvents.DataOf(plate);

    private async Task<StoredEvidence?> KeepAsync(SettledAct settled, EvidenceFacts facts, Footage? footage, bool clockIsSynchronised, bool isTrial, CancellationToken stop)
    {
        var clip = Path.Combine(office.WorkFolder, $"{facts.Event}.mp4");
        try
        {
            var parts = await pictures.MakeAsync(settled, footage, clip, clockIsSynchronised, isTrial, stop);
            return parts.Count == 0 ? null : await office.KeepAsync(facts, parts);
        }
        catch (Exception fault) when (fault is EvidenceException or IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException or OperationCanceledException)
        {
            LogNotKept(logger, camera.Id, facts.Event, fault.Message);
            office.EvidenceFailed(fault.Message);
            return null;
        }
        finally
        {
            File.Delete(clip);
        }
    }

    private EvidenceFacts FactsOf(SettledAct settled, RuleConfig rule, string id, RuleMode mode, LegalReference? legal, UseDecision use, EvidenceClock clock)
    {
        var act = settled.Act;
        var approval = camera.Config.Approval;
        var certificate = approval?.Certificate;
        var isSpeed = act.Measure is { Unit: "km/h" };
        return new EvidenceFacts(
            id, office.RecordedAt(act.To.Utc), rule.Rule, rule.Id, mode, act.Code, legal, new TwoLanguages(act.Reason.Vi, act.Reason.En), use, approval?.Unit, approval?.Officer,
            new EvidenceCamera(camera.Id, camera.Name, approval?.Decision, certificate, approval?.ValidUntil), origin.Place, DirectionOf(rule), act.From.Utc, act.To.Utc, clock,
            new ViolationVehicle((ObjectKind)(int)act.Class, act.Track.Value),
            settled.Plate is { } plate
                ? new EvidencePlate(plate.RawText, plate.Text, plate.Display, EventWords.Parse<PlateKind>(plate.Kind.Name()), EventWords.Parse<PlateColour>(plate.Colour.Name()), plate.Confidence, [.. plate.CharConfidences.Select(one => (double)one)])
                : null,
            [.. act.Signal.Select(span => new SignalSpan((rule as SignalRule)?.Signal ?? "", span.State.ToString().ToLowerInvariant(), span.From.Utc, span.To.Utc))],
            isSpeed && !act.IsIndicative && certificate is not null && rule is SpeedingRule speeding ? new EvidenceSpeed(act.Measure!.Value, speeding.LimitKmh, certificate) : null,
            act.Measure is { } measure && !isSpeed ? new EvidenceMeasure(measure.Name, measure.Value, measure.Unit) : null,
            ConfidenceOf(act.Confidence with { Plate = settled.Plate?.Confidence }), events.GatewayId, Gateway.Version, office.ModelVersions(camera), [RuleVersionOf(rule)]);
    }

    private static string? DirectionOf(RuleConfig rule) => rule is SignalRule { Direction: var direction } ? direction.ToString().ToLowerInvariant() : null;

    private static EvidenceConfidence ConfidenceOf(ActConfidence confidence)
    {
        List<ConfidencePart> parts = [new("track", confidence.Track), new("geometry", confidence.Geometry)];
        if (confidence.Signal is { } signal) parts.Add(new ConfidencePart("signal", signal));
        if (confidence.Plate is { } plate) parts.Add(new ConfidencePart("plate", plate));
        return new EvidenceConfidence(confidence.Total, parts);
    }

    /// <summary>A rule's version is its settings: the record prints them all.</summary>
    private static EvidenceVersion RuleVersionOf(RuleConfig rule) => new(
        rule.Id, Gateway.Version, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(rule.ToString()))));

    [LoggerMessage(250, LogLevel.Error, "Camera {Camera}: the evidence of {Event} could not be kept; the event goes out for statistics only. {Reason}")]
    private static partial void LogNotKept(ILogger logger, string camera, string @event, string reason);
}
