using System.Text.Json.Serialization;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Cases;

/// <summary>Where a suspected violation stands. The gateway detects; officers do the rest, and their system tells it here.</summary>
[JsonConverter(typeof(SnakeWords<CaseState>))]
public enum CaseState { Detected, Reviewed, Forwarded, OwnerFound, Notified, Confirmed, Contested, Decided, Paid, Cancelled }

/// <summary>What an officer says of the detection.</summary>
[JsonConverter(typeof(SnakeWords<CaseVerdict>))]
public enum CaseVerdict
{
    /// <summary>The act is there.</summary>
    Established,

    /// <summary>The rule was wrong: no act, or another vehicle. Counts against the rule.</summary>
    Rejected,

    /// <summary>The pictures do not tell.</summary>
    Unclear,

    /// <summary>Ended for a reason that says nothing of the rule: an exempt vehicle, a case dealt with on the spot.</summary>
    Withdrawn,
}

/// <summary>Which state may follow which.</summary>
public static class CaseTransitions
{
    private static readonly Dictionary<CaseState, CaseState[]> Table = new()
    {
        [CaseState.Detected] = [CaseState.Reviewed, CaseState.Cancelled],
        [CaseState.Reviewed] = [CaseState.Forwarded, CaseState.Cancelled],
        [CaseState.Forwarded] = [CaseState.OwnerFound, CaseState.Cancelled],
        [CaseState.OwnerFound] = [CaseState.Notified, CaseState.Cancelled],
        [CaseState.Notified] = [CaseState.Confirmed, CaseState.Contested, CaseState.Cancelled],
        [CaseState.Confirmed] = [CaseState.Decided, CaseState.Cancelled],
        [CaseState.Contested] = [CaseState.Decided, CaseState.Cancelled],
        [CaseState.Decided] = [CaseState.Paid, CaseState.Cancelled],
        [CaseState.Paid] = [],
        [CaseState.Cancelled] = [],
    };

    /// <summary>The states that may follow; none after the last. What a rule on trial suspects is never forwarded: its case ends as cancelled, with what the officer says of it.</summary>
    public static IReadOnlyList<CaseState> From(CaseState state, RuleMode mode) => mode == RuleMode.Trial ? [.. Table[state].Where(next => next != CaseState.Forwarded)] : Table[state];

    /// <summary>A state as <c>case_update</c> takes it: OWNER_FOUND. What a person reads of a refusal can be typed as it stands.</summary>
    public static string Word(CaseState state) => EventWords.Of(state).ToUpperInvariant();

    public static bool IsClosed(CaseState state) => Table[state].Length == 0;
}
