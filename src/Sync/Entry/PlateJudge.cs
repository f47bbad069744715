using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;

namespace EdgeGateway.Sync.Entry;

/// <summary>What a gate decides of somebody, and why, in a word that programs may compare.</summary>
public sealed record EntryVerdict(AccessDecision Decision, string Reason);

/// <summary>Decides on plates by lists: <c>deny</c> before <c>watch</c> before <c>allow</c>; visitor passes are <c>allow</c> rows with their times.</summary>
/// <param name="lists">The files, taken up by themselves when they change.</param>
/// <param name="others">What is decided of a plate on no list.</param>
public sealed class PlateJudge(WatchLists lists, AccessDecision others)
{
    /// <summary>The lists that a gate knows.</summary>
    public static IReadOnlyList<string> Words { get; } = ["allow", "deny", "watch"];

    /// <summary>What is decided of a settled plate.</summary>
    /// <param name="plate">As read, without a doubtful character.</param>
    /// <param name="colour">Its colour; a row that names another one is not for it.</param>
    /// <param name="at">When it stands there.</param>
    /// <param name="kind">Its kind where that is sure; a row that is written as another kind's is not for it.</param>
    public EntryVerdict Judge(string plate, PlateColour colour, DateTimeOffset at, PlateKind kind = PlateKind.Unknown)
    {
        // Who is kept out is kept out by the text; who is let in must be the vehicle that is meant.
        var hits = lists.Look(plate, colour, at);
        if (IsOn(hits, "deny")) return new(AccessDecision.Deny, "on_deny_list");
        if (IsOn(hits, "watch")) return new(AccessDecision.Ask, "on_watch_list");
        if (IsOn(lists.Look(plate, colour, at, kind), "allow")) return new(AccessDecision.Allow, "on_allow_list");
        return lists.IsKnown(plate, colour, "allow", kind) ? new(AccessDecision.Ask, "pass_not_valid_now") : new(others, "on_no_list");
    }

    private static bool IsOn(IReadOnlyList<WatchHit> hits, string list)
    {
        foreach (var hit in hits)
        {
            if (hit.List == list) return true;
        }

        return false;
    }
}
