using System.Collections.Frozen;

namespace EdgeGateway.Sync.Commands;

/// <summary>One command of the contract.</summary>
/// <param name="Name">As in the topic.</param>
/// <param name="TimeLimit">After this a handler that does not answer has failed.</param>
/// <param name="Summary">One sentence for schema and AsyncAPI document.</param>
public sealed record CommandType(string Name, Type Request, Type Reply, TimeSpan TimeLimit, string Summary)
{
    /// <summary>Speaks of the moment in which it is given: a gate that opens, a number that is set, an hour later does harm.</summary>
    public bool IsOfTheMoment { get; init; }
}

/// <summary>All commands, each named once; topics, schemas and time limits follow from here. The set is closed.</summary>
public static class CommandCatalogue
{
    public static IReadOnlyList<CommandType> All { get; } =
    [
        Of<SnapshotRequest, SnapshotReply>("snapshot", 20, "Take a picture of a camera now."),
        Of<AcknowledgeRequest, AcknowledgeReply>("acknowledge", 10, "Events and their evidence are stored at the operations centre."),
        Of<OpenGateRequest, OpenGateReply>("open_gate", 10, "Open a gate once.") with { IsOfTheMoment = true },
        Of<ReloadRequest, ReloadReply>("reload", 30, "Read the configuration anew."),
        Of<CaseUpdateRequest, CaseUpdateReply>("case_update", 10, "The case of a violation moved on."),
        Of<SetOccupancyRequest, SetOccupancyReply>("set_occupancy", 10, "Correct the number of people present.") with { IsOfTheMoment = true },
        Of<ConfirmCameraRequest, ConfirmCameraReply>("confirm_camera", 20, "A person has looked: the camera stands as it should."),
        Of<HoldRequest, HoldReply>("hold", 10, "Keep a violation's evidence beyond its time, or let go of it."),
        Of<FetchEvidenceRequest, FetchEvidenceReply>("fetch_evidence", 30, "Send the evidence of an event."),
    ];

    private static readonly FrozenDictionary<string, CommandType> ByName = All.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    /// <summary>The command of a name; null when the contract has none.</summary>
    public static CommandType? Find(string name) => ByName.GetValueOrDefault(name);

    private static CommandType Of<TRequest, TReply>(string name, int seconds, string summary) =>
        new(name, typeof(TRequest), typeof(TReply), TimeSpan.FromSeconds(seconds), summary);
}
