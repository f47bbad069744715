using System.Text.Json.Serialization;
using System.ComponentModel.DataAnnotations;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Commands;

/// <summary>Take a picture now; it comes as a part of evidence under the reply's id.</summary>
/// <param name="Annotated">With lines, zones and masks drawn.</param>
public sealed record SnapshotRequest([property: Identifier] string Camera, [property: Officer] string Officer, bool Annotated = false);

/// <summary>Where the picture is published, and its SHA-256 in lower-case hex.</summary>
public sealed record SnapshotReply(string Camera, DateTimeOffset At, int Width, int Height, string Topic, string Sha256);

/// <summary>The operations centre has stored these events and their evidence; the box may let go of them.</summary>
public sealed record AcknowledgeRequest([property: Length(1, 500), EventId] IReadOnlyList<string> Ids);

/// <param name="Acknowledged">Events that were waiting for this.</param>
/// <param name="Unknown">Ids that do not wait here: acknowledged before, or given up; no fault.</param>
/// <param name="Waiting">Events that still wait for their acknowledgement.</param>
public sealed record AcknowledgeReply(int Acknowledged, int Unknown, long Waiting);

/// <summary>Open a gate once.</summary>
/// <param name="Asked">The <c>access</c> event that this answers. Absent: the question that has stood longest at the gate, where one stands.</param>
public sealed record OpenGateRequest(
    [property: Identifier] string Gate, [property: Officer] string Officer, [property: StringLength(300, MinimumLength = 1)] string Reason, [property: EventId] string? Asked = null);

/// <param name="OpenedAt">When the opener was told to open.</param>
/// <param name="Joined">True when it was open already, for nobody or for whoever comes next: this command moved nothing, and one may pass.</param>
public sealed record OpenGateReply(string Gate, DateTimeOffset OpenedAt, bool Joined);

/// <summary>Read the configuration anew.</summary>
public sealed record ReloadRequest([property: Officer] string Officer);

/// <param name="Changed">Cameras that were taken up anew.</param>
/// <param name="Mistakes">What was refused, as file:line:column: message; the old configuration goes on there.</param>
/// <param name="RestartNeeded">gateway.yaml differs from what runs; the next start of the service takes it up.</param>
public sealed record ReloadReply(IReadOnlyList<string> Changed, IReadOnlyList<string> Mistakes, bool RestartNeeded);

/// <summary>The case of a violation moved on.</summary>
/// <param name="Case">The case's number at the authority.</param>
/// <param name="Reason">Why, e.g. of a rejection.</param>
/// <param name="Verdict">What the officer says of the detection; only with CANCELLED. Absent there: withdrawn, or rejected where a reason is given.</param>
public sealed record CaseUpdateRequest(
    [property: EventId] string Violation,
    CaseState State,
    [property: Officer] string Officer,
    [property: StringLength(64, MinimumLength = 1)] string? Case = null,
    [property: StringLength(500, MinimumLength = 1)] string? Reason = null,
    Cases.CaseVerdict? Verdict = null);

/// <param name="Use">What the case's evidence may be used for: <c>none</c> means that other proof must carry it from here. Null of a case from before this was kept.</param>
public sealed record CaseUpdateReply(string Violation, CaseState Before, CaseState State, EvidenceUse? Use);

/// <summary>Correct the number of people present, after a count by hand.</summary>
public sealed record SetOccupancyRequest(
    [property: Identifier] string Camera,
    [property: Identifier] string Counter,
    [property: Range(0, 1_000_000)] int Present,
    [property: Officer] string Officer);

public sealed record SetOccupancyReply(string Camera, string Counter, int Before, int Present);

/// <summary>A person has looked: the camera stands as it should; its rules may go on, with the present picture as reference.</summary>
public sealed record ConfirmCameraRequest(
    [property: Identifier] string Camera,
    [property: Officer] string Officer,
    [property: StringLength(300, MinimumLength = 1)] string? Note = null);

public sealed record ConfirmCameraReply(string Camera, DateTimeOffset ReferenceAt);

/// <summary>Legal hold: keep a violation's evidence beyond its time, or let go of it again.</summary>
/// <param name="Until">End of the hold; until further notice when absent.</param>
public sealed record HoldRequest(
    [property: EventId] string Violation,
    bool On,
    [property: Officer] string Officer,
    [property: StringLength(500, MinimumLength = 1)] string Reason,
    DateTimeOffset? Until = null);

public sealed record HoldReply(string Violation, bool On, DateTimeOffset? Until);

/// <summary>Send the evidence of an event, all of it or some files.</summary>
public sealed record FetchEvidenceRequest(
    [property: EventId] string Event,
    [property: Officer] string Officer,
    [property: Length(1, 32), PartName] IReadOnlyList<string>? Files = null);

/// <param name="Topic">Below it the index and the parts will be published.</param>
/// <param name="Bytes">Size of all files.</param>
/// <param name="Parts">Number of messages to come, the index included; 0 where the evidence goes to a bucket.</param>
public sealed record FetchEvidenceReply(string Event, string Topic, long Bytes, int Parts)
{
    /// <summary>Where evidence goes to a bucket: signed address of the first file asked for. It answers 404 until the file is there. Absent otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Uri { get; init; }

    /// <summary>When the address opens no more; ask again then.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? Until { get; init; }
}
