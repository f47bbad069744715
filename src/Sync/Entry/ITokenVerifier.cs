using EdgeGateway.Sync.Identity;

namespace EdgeGateway.Sync.Entry;

/// <summary>What an official service says of a short-lived code.</summary>
public enum TokenStatus
{
    Valid,

    /// <summary>It was right and its time is over: the person shows a new one.</summary>
    Expired,

    /// <summary>The service does not know it.</summary>
    Refused,

    /// <summary>No answer.</summary>
    Unreachable,
}

/// <summary>The answer.</summary>
/// <param name="Status">What it says.</param>
/// <param name="Number">Whose it is; only for the hash. Null when the service does not tell.</param>
/// <param name="BirthDate">Only for the age group.</param>
/// <param name="Why">Why there was no answer; holds nothing of the reply.</param>
public sealed record TokenAnswer(TokenStatus Status, CitizenNumber? Number = null, DateOnly? BirthDate = null, string? Why = null);

/// <summary>Verifies the opaque, short-lived codes of VNeID at an official service. Their format is not public: one adapter a service.</summary>
public interface ITokenVerifier
{
    /// <summary>Asks once; a code is good for one question. Never throws for what the service does.</summary>
    Task<TokenAnswer> VerifyAsync(OpaqueToken token, string gate, CancellationToken cancel);
}
