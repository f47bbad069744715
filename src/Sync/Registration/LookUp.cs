using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Registration;

/// <summary>What was read of a plate, as far as a look-up needs it.</summary>
/// <param name="Text">As read or typed; '?' for a doubtful character.</param>
/// <param name="Colour">Its background.</param>
/// <param name="Vehicle">What carries it: car, motorcycle, bus, truck; anything else leaves the key incomplete.</param>
/// <param name="Kinds">Every plate kind that the text fits and that nothing seen rules out; empty when nobody asked the grammar.</param>
/// <param name="Alternatives">Other texts that the pictures allow.</param>
public sealed record PlateFacts(
    string Text, PlateColour Colour, ObjectKind Vehicle, IReadOnlyList<PlateKind> Kinds, IReadOnlyList<string> Alternatives)
{
    /// <summary>Mean certainty of its characters; null for a plate that nobody read from a picture.</summary>
    public double? MeanCertainty { get; init; }

    /// <summary>Certainty of the least certain character; null for the same.</summary>
    public double? LeastCertainty { get; init; }

    /// <summary>An alternative below this share of belief is noise.</summary>
    private const double LeastAlternative = 0.05;

    /// <summary>The facts in an event's plate.</summary>
    /// <param name="plate">With its text; one that holds only a hash cannot be looked up.</param>
    /// <param name="vehicle">What carries it.</param>
    /// <param name="otherKind">A second kind of the same text that nothing seen rules out, if any.</param>
    public static PlateFacts Of(PlateData plate, ObjectKind vehicle, PlateKind? otherKind = null) => new(
        plate.Text ?? "",
        plate.Colour,
        vehicle,
        otherKind is { } other ? [plate.Kind, other] : [plate.Kind],
        [.. (plate.Alternatives ?? []).Where(one => one.Confidence >= LeastAlternative).Select(one => one.Text)])
    {
        MeanCertainty = plate.CharConfidences.Count == 0 ? 0 : plate.CharConfidences.Average(),
        LeastCertainty = plate.CharConfidences.Count == 0 ? 0 : plate.CharConfidences.Min(),
    };

    /// <summary>Never the plate: records end in log lines.</summary>
    public override string ToString() => $"plate ({Colour}, {Vehicle})";
}

/// <summary>Who asks, and why: goes with every call and into the log of look-ups.</summary>
/// <param name="Officer">The officer's number, not the system's.</param>
/// <param name="Unit">The officer's unit.</param>
/// <param name="Purpose">In words.</param>
/// <param name="CaseId">The case that the look-up belongs to.</param>
/// <param name="Violation">Event id of the violation; null for a look-up by hand.</param>
public sealed record AuditIdentity(string Officer, string Unit, string Purpose, string CaseId, string? Violation)
{
    private const int Longest = 200;

    /// <summary>What is missing or too long, or null when all is there.</summary>
    public string? Fault()
    {
        foreach (var (name, value) in new[] { ("officer", Officer), ("purpose", Purpose), ("case", CaseId) })
        {
            if (string.IsNullOrWhiteSpace(value)) return $"a look-up needs its {name}: who asks, why and for which case stands in the log";
        }

        foreach (var value in new[] { Officer, Unit, Purpose, CaseId, Violation })
        {
            if (value is not null && (value.Length > Longest || value.Any(char.IsControl))) return $"officer, unit, purpose and case take one line of at most {Longest} characters";
        }

        return null;
    }
}

/// <summary>One look-up.</summary>
/// <param name="Plate">The key's first three parts.</param>
/// <param name="At">The key's fourth: when the vehicle was seen. Plates follow their owners, so the answer depends on it.</param>
/// <param name="Audit">Who asks, and why.</param>
/// <param name="RequestId">The same for every retry, so that a service may drop repeats.</param>
public sealed record LookUpRequest(PlateFacts Plate, DateTimeOffset At, AuditIdentity Audit, string RequestId)
{
    /// <summary>Sources that know nothing of the vehicle, from earlier tries: they are not asked again, and the desk remembers who they are.</summary>
    public ISet<string> Ignorant { get; init; } = new HashSet<string>(StringComparer.Ordinal);
}

/// <summary>Why a look-up ended as it did.</summary>
public enum LookUpReason
{
    /// <summary>One registration fits plate, colour, vehicle and time.</summary>
    OneOwner,

    /// <summary>The text holds a doubtful character, or the pictures allow other texts.</summary>
    DoubtfulText,

    /// <summary>The text fits two kinds of plate.</summary>
    TwoKinds,

    /// <summary>Colour or vehicle was not seen, so the key is incomplete.</summary>
    IncompleteKey,

    /// <summary>Two registrations fit at that time.</summary>
    TwoOwners,

    /// <summary>The registration was withdrawn.</summary>
    Withdrawn,

    /// <summary>The plate belongs to a vehicle of another kind.</summary>
    OtherVehicle,

    /// <summary>The plate is registered in another colour.</summary>
    OtherColour,

    /// <summary>No source knows the plate at that time.</summary>
    Unknown,

    /// <summary>A source could not be asked.</summary>
    SourceAway,

    /// <summary>Military and diplomatic plates are recognised and not looked up.</summary>
    NotLookedUp,

    /// <summary>No plate was read.</summary>
    NoPlate,

    /// <summary>No officer stands behind the look-up, or the evidence may not be used.</summary>
    NoAuthority,

    /// <summary>No source answered within the time that the law gives to identify an owner.</summary>
    TimeOver,
}

/// <summary>What a look-up gave.</summary>
/// <param name="Sealed">The owner, readable by the operations centre only; null unless found, and null where no source holds owners.</param>
/// <param name="Source">The source that decided.</param>
/// <param name="Candidates">Texts or vehicles that it may be, for an officer; never an owner.</param>
/// <param name="CheckedAt">When the source answered.</param>
/// <param name="RetryAfter">For pending: when a source is worth asking again, if it said so.</param>
public sealed record LookUpResult(
    OwnerStatus Status, LookUpReason Reason, string? Sealed, string? Source, IReadOnlyList<string> Candidates, DateTimeOffset? CheckedAt, TimeSpan? RetryAfter = null)
{
    /// <summary>False when no source was asked, because all of them rest.</summary>
    public bool WasAsked { get; init; } = true;

    /// <summary>Never the sealed text or candidates.</summary>
    public override string ToString() => $"{Status} ({Reason})";
}

/// <summary>A look-up that may not be made; the message says what is missing.</summary>
public sealed class LookUpRefusedException(string message) : Exception(message);
