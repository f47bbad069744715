using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Registration;

/// <summary>Where registrations are asked for: the local replica, a REST or a SOAP service.</summary>
public interface IRegistrySource
{
    /// <summary>Its name in events and in the log of look-ups.</summary>
    string Name { get; }

    /// <summary>True where a question leaves the box: it costs quota, and personal data come back.</summary>
    bool IsRemote => false;

    /// <summary>False where the question does not hold the time of the act: a reply without the day from which it holds then says who owns the vehicle now, not then.</summary>
    bool AsksForTheTime => true;

    /// <summary>How long it is not to be asked yet (it said so, or failed too often); null when it may be asked.</summary>
    TimeSpan? Rest => null;

    /// <summary>Asks once. What goes wrong is an answer, not an exception; only cancellation throws.</summary>
    Task<SourceAnswer> LookUpAsync(RegistryQuery query, CancellationToken stop);
}

/// <summary>What a source is asked: one plate at one time, by one officer.</summary>
/// <param name="Plate">Folded.</param>
public sealed record RegistryQuery(string Plate, PlateColour Colour, ObjectKind Vehicle, DateTimeOffset At, AuditIdentity Audit, string RequestId)
{
    public override string ToString() => $"query {RequestId}";
}

/// <summary>One registration of a plate, without anything of its owner that this box could read.</summary>
/// <param name="ValidFrom">First moment at which it holds; null when nobody wrote it.</param>
/// <param name="ValidTo">The moment at which it ends; null while it holds.</param>
/// <param name="Withdrawn">True when the registration was taken back.</param>
/// <param name="OwnerMark">Equal for equal owners within one answer, else different; null when the source cannot tell.</param>
/// <param name="Sealed">The owner, sealed to the operations centre; null where the source holds no owners.</param>
public sealed record RegistryRow(
    PlateColour Colour, ObjectKind Vehicle, DateTimeOffset? ValidFrom, DateTimeOffset? ValidTo, bool Withdrawn, string? OwnerMark, Func<string?> Sealed)
{
    /// <summary>True when the registration holds at a moment.</summary>
    public bool HoldsAt(DateTimeOffset moment) => (ValidFrom is not { } from || from <= moment) && (ValidTo is not { } to || moment < to);

    public override string ToString() => $"registration ({Colour}, {Vehicle})";
}

/// <summary>What a source said: the registrations of a plate (none is an answer too), or why it could not.</summary>
/// <param name="Rows">Null when it could not be asked.</param>
/// <param name="Fault">Why not; without personal data.</param>
/// <param name="RetryAfter">When it is worth asking again.</param>
public sealed record SourceAnswer(IReadOnlyList<RegistryRow>? Rows, string? Fault, TimeSpan? RetryAfter)
{
    public static SourceAnswer Of(IReadOnlyList<RegistryRow> rows) => new(rows, null, null);

    public static SourceAnswer Away(string fault, TimeSpan? retryAfter = null) => new(null, fault, retryAfter);
}
