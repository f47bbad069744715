using System.Globalization;
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
/// From a suspected act to a published violation, for one camera. <see cref="Describe"/>, when it is raised and when its plate is known: 1. exemption, 2. law of
/// the day, 3. use of the evidence. <see cref="PublishAsync"/>, when its pictures are there, perhaps a start later: 4. pictures and package, 5. owner, 6. event
/// and case. Off the camera's thread when live; between two frames in a replay.
/// </summary>
/// <param name="camera">The camera's file.</param>
/// <param name="office">What all cameras share.</param>
/// <param name="events">Stamps the event.</param>
/// <param name="origin">Where it comes from.</param>
/// <param name="pictures">Makes the files of the evidence; disposed with the desk.</param>
/// <param name="publish">Takes the event; ends when it is committed.</param>
/// <param name="logger">Told what could not be had; never a plate.</param>
internal sealed partial class ViolationDesk(
    CameraModel camera, EnforcementOffice office, GatewayEvents events, EventOrigin origin, ActPictures pictures, Func<GatewayEvent, CancellationToken, Task> publish, ILogger logger) : IDisposable
{
    /// <summary>The camera.</summary>
    public string Camera => camera.Id;

    /// <summary>Told the act whose package of evidence is on the disk.</summary>
    public Action<Ulid>? Kept { get; set; }

    /// <summary>Tells whether other acts wait for this desk.</summary>
    public Func<bool> IsBehind { set => pictures.IsBehind = value; }

    /// <summary>Size of the frames in which acts are seen, where stills come from a larger stream; null while it is that of the stills.</summary>
    public Func<(int Width, int Height)?> AnalysedSize { get; init; } = () => null;

    /// <summary>The id of an act's violation.</summary>
    public Ulid IdOf(ActSuspected act) => events.NextId(origin, act.At.Utc);

    /// <summary>Decides what is published of an act; null where its plate is exempt from the rule.</summary>
    /// <param name="settled">The act with its plate, as far as it is known.</param>
    /// <param name="tampered">The camera's view was not the one that the rules were drawn in.</param>
    /// <param name="begun">The clock as it was found when the act was raised; null when that is now.</param>
    public JournaledAct? Describe(SettledAct settled, bool tampered, EvidenceClock? begun = null)
    {
        var act = settled.Act;
        var rule = camera.Rules.First(one => one.Id == act.RuleId);

        // 1. A plate that an officer has listed is never reported, by any rule that names it.
        if (IsExempt(rule, settled.Plate)) return null;

        // 2. The text in force on the day of the act.
        var legal = office.Legal.Resolve(act.Code, KindOf(act), act.At.Utc);

        // 3. What the evidence may be used for, and why not.
        var mode = rule.Mode == Configuration.RuleMode.Live ? RuleMode.Live : RuleMode.Trial;
        // Described anew with its plate: what counts is the clock that stamped the act, whatever it was set to since.
        var clock = begun ?? office.Clock();
        var approval = camera.Config.Approval;
        var use = EvidenceUses.Of(
            approval is null ? null : new ApprovalFacts(approval.Decision, approval.Certificate, approval.ValidUntil), clock,
            new UseFacts(mode, rule.Rule == "speeding", !act.IsIndicative, act.IsIndicative && rule.Rule != "speeding", tampered), act.At.Utc, office.ClockLimit, office.Zone);
        var (width, height) = AnalysedSize() ?? default;
        return new JournaledAct(
            FactsOf(settled, rule, mode, legal, use, clock), act, settled.Plate, settled.Picture is { } plate ? PictureFolder.Encode(plate) : null, settled.Picture?.TakenAt.Utc, width, height, pictures.Drawing);
    }

    /// <summary>Publishes one act.</summary>
    /// <param name="act">The act.</param>
    /// <param name="footage">The camera's original pictures; null where none are kept.</param>
    /// <param name="isPublished">The event was committed before a kill: only what comes after it is left to do.</param>
    /// <param name="stop">Ends the work on pictures; the act is then published without what is missing.</param>
    /// <param name="leave">Leaves the act as it is, unpublished.</param>
    /// <exception cref="OperationCanceledException">It was left.</exception>
    public async Task PublishAsync(JournaledAct act, Footage? footage, bool isPublished, CancellationToken stop, CancellationToken leave)
    {
        var facts = act.Facts;
        var from = EventOrigin.Camera(facts.Camera.Id, facts.Place);
        var use = facts.Use;
        if (!isPublished)
        {
            // 4. Pictures, clip, package. An act whose evidence cannot be kept is published all the same, for nothing but statistics.
            var kept = await KeepAsync(act, footage, stop, leave);
            if (kept is null) use = use with { Use = EvidenceUse.None, Reasons = [.. use.Reasons, new TwoLanguages("Không lưu được chứng cứ.", "The evidence could not be kept.")] };

            // 5. The owner is asked for only where an officer may use the evidence.
            var data = PlateOf(act.Plate);
            var owner = office.AskOwner(new OwnerRequest(
                act.Id, from.Id, from.Place, data is null ? null : PlateFacts.Of(data, facts.Vehicle.Kind, OtherKindOf(act.Plate)), act.Act.At.Utc,
                facts.DeviceUser, facts.Unit ?? office.Unit, $"{facts.Code} {facts.RuleId}", null, use.Use == EvidenceUse.Review));

            // 6. The event, then its case.
            var address = kept is null ? null : office.AddressOf(kept);
            var reference = new EvidenceReference(address?.Uri ?? kept?.Uri, kept?.Sha256, use.Use) { PackageSha256 = kept is null ? null : await office.HashOfAsync(kept, leave), Until = address?.Until, Why = use.Reasons.Count == 0 ? null : use.Reasons };
            await publish(events.Create(from, act.Act.At.Utc, new ViolationData(
                facts.Rule, facts.RuleId, facts.Mode, facts.Code, facts.Legal, facts.Confidence.Total, facts.Reason, facts.Vehicle, data,
                new OwnerSummary(owner), reference, act.Act.From.Utc, act.Act.To.Utc), Ulid.Parse(act.Id, CultureInfo.InvariantCulture)), leave);
        }

        office.Cases?.Open(new NewCase(act.Id, facts.Rule, facts.RuleId, camera.Id, facts.Mode, facts.Code, facts.Confidence.Total, act.Act.At.Utc, use.Use));
    }

    public void Dispose() => pictures.Dispose();

    /// <summary>
    /// Emergency vehicles on duty are known by the plates that an officer has listed, and by nothing else. A doubtful plate is nobody's:
    /// the act goes to the officer.
    /// </summary>
    internal static bool IsExempt(RuleConfig rule, PlateReading? plate) =>
        plate is { IsDoubtful: false } && rule.Exempt.Any(listed => RegistryWords.TryFold(listed, out var folded) && RegistryWords.TryFold(plate.Text, out var read) && folded == read && RegistryWords.MayBeOne(RegistryWords.KindAsWritten(listed), CameraEvents.SureKindOf(plate)));

    private static PlateKind? OtherKindOf(PlateReading? plate) => plate?.OtherKind is { } kind ? EventWords.Parse<PlateKind>(kind.Name()) : null;

    /// <summary>A violation names the plate whatever <c>passages</c> says: that setting is about vehicles that did nothing.</summary>
    private static PlateData? PlateOf(PlateReading? plate) => plate is null ? null : CameraEvents.DataOf(plate);

    private static ObjectKind KindOf(ActSuspected act) => (ObjectKind)(int)act.Class;

    private async Task<StoredEvidence?> KeepAsync(JournaledAct act, Footage? footage, CancellationToken stop, CancellationToken leave)
    {
        var facts = act.Facts with { RecordedAt = office.RecordedAt(act.Act.To.Utc) };
        var clip = Path.Combine(office.WorkFolder, $"{facts.Event}.mp4");
        try
        {
            // Packed before a kill already: the package is the one that its chain names.
            if (office.Store.Find(act.Id) is { } known) return await office.SendAsync(known);
            var parts = await pictures.MakeAsync(act, footage, clip, stop);
            leave.ThrowIfCancellationRequested();
            // A plate alone shows no act: it is for statistics, and no owner is asked for.
            if (!parts.Any(part => part.Role is EvidenceRole.StillBefore or EvidenceRole.StillAt or EvidenceRole.StillAfter or EvidenceRole.Clip)) return null;
            var kept = await office.KeepAsync(facts, parts);
            Kept?.Invoke(Ulid.Parse(act.Id, CultureInfo.InvariantCulture));
            return kept;
        }
        catch (Exception fault) when (fault is EvidenceException or IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException || (fault is OperationCanceledException && !leave.IsCancellationRequested))
        {
            LogNotKept(logger, camera.Id, facts.Event, fault.Message);
            office.EvidenceFailed(fault);
            return null;
        }
        finally
        {
            File.Delete(clip);
            File.Delete(ActPictures.ExportOf(clip));
        }
    }

    private EvidenceFacts FactsOf(SettledAct settled, RuleConfig rule, RuleMode mode, LegalReference? legal, UseDecision use, EvidenceClock clock)
    {
        var act = settled.Act;
        var approval = camera.Config.Approval;
        var certificate = approval?.Certificate;
        var isSpeed = act.Measure is { Unit: "km/h" };
        return new EvidenceFacts(
            settled.Id.ToString(), act.To.Utc, rule.Rule, rule.Id, mode, act.Code, legal, new TwoLanguages(act.Reason.Vi, act.Reason.En), use, approval?.Unit, approval?.Officer,
            new EvidenceCamera(camera.Id, camera.Name, approval?.Decision, certificate, approval?.ValidUntil), origin.Place, DirectionOf(rule, act), act.From.Utc, act.To.Utc, clock,
            new ViolationVehicle(KindOf(act), act.Track.Value),
            settled.Plate is { } plate
                ? new EvidencePlate(plate.RawText, plate.Text, plate.Display, EventWords.Parse<PlateKind>(plate.Kind.Name()), EventWords.Parse<PlateColour>(plate.Colour.Name()), plate.Confidence, [.. plate.CharConfidences.Select(one => (double)one)])
                : null,
            [.. act.Signal.Select(span => new SignalSpan((rule as SignalRule)?.Signal ?? "", span.State.ToString().ToLowerInvariant(), span.From.Utc, span.To.Utc))],
            isSpeed && !act.IsIndicative && certificate is not null && rule is SpeedingRule speeding ? new EvidenceSpeed(act.Measure!.Value, speeding.LimitKmh, certificate) : null,
            act.Measure is { } measure && !isSpeed ? new EvidenceMeasure(measure.Name, measure.Value, measure.Unit) : null,
            ConfidenceOf(act.Confidence with { Plate = settled.Plate?.Confidence }), events.GatewayId, Gateway.Version, office.ModelVersions(camera), [RuleVersionOf(rule)]);
    }

    /// <summary>Over the rule's line, or else as the picture shows it; null of what stood.</summary>
    internal static string? DirectionOf(RuleConfig rule, ActSuspected act)
    {
        if (rule is SignalRule { Direction: var direction }) return direction.ToString().ToLowerInvariant();
        if (act.Path is not [var first, .., var last]) return null;
        var (dx, dy) = (last.Box.BottomCentre.X - first.Box.BottomCentre.X, last.Box.BottomCentre.Y - first.Box.BottomCentre.Y);
        if (MathF.Max(MathF.Abs(dx), MathF.Abs(dy)) < 0.5f * last.Box.Height) return null;
        return MathF.Abs(dx) > MathF.Abs(dy) ? dx > 0 ? "rightwards" : "leftwards" : dy > 0 ? "downwards" : "upwards";
    }

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
