using System.Collections.Frozen;

namespace EdgeGateway.Sync.Events;

/// <summary>What goes first over a slow line. The order of the numbers is the order of sending.</summary>
public enum EventPriority : byte
{
    Violation, Access, Alert, Owner, Passage, Count, Crossing, State,
}

/// <summary>One type of message: its word, the record of its data, its priority.</summary>
/// <param name="Word">As in the topic and in <c>vn.edgegateway.&lt;word&gt;.v1</c>.</param>
/// <param name="Summary">One sentence for schema and AsyncAPI document.</param>
public sealed record EventType(string Word, Type Data, EventPriority Priority, string Summary)
{
    /// <summary>The CloudEvents attribute <c>type</c>.</summary>
    public string CloudType => $"vn.edgegateway.{Word}.v1";
}

/// <summary>All types of messages, each named once; topics, schemas and priorities follow from here.</summary>
public static class EventCatalogue
{
    public static IReadOnlyList<EventType> All { get; } =
    [
        new("crossing", typeof(CrossingData), EventPriority.Crossing, "One track crossed one line."),
        new("count", typeof(CountData), EventPriority.Count, "How many crossed a counter's line within an interval; a higher revision replaces the whole interval."),
        new("occupancy", typeof(OccupancyData), EventPriority.Count, "How many are in a zone or on a site now."),
        new("passage", typeof(PassageData), EventPriority.Passage, "One vehicle went by; plate null when none was read."),
        new("violation", typeof(ViolationData), EventPriority.Violation, "A suspected violation; an authorised officer establishes it."),
        new("owner", typeof(OwnerData), EventPriority.Owner, "The outcome of a registration look-up for a violation."),
        new("access", typeof(AccessData), EventPriority.Access, "A decision at a gate."),
        new("alert", typeof(AlertData), EventPriority.Alert, "Something that somebody should know: raised, updated, cleared under one key."),
        new("report", typeof(ReportData), EventPriority.Count, "A report was made."),
        new("status", typeof(StatusData), EventPriority.State, "What the gateway says of itself; also its last will."),
        new("state", typeof(CameraStateData), EventPriority.State, "What a camera does."),
    ];

    private static readonly FrozenDictionary<Type, EventType> ByData = All.ToFrozenDictionary(type => type.Data);

    /// <exception cref="ArgumentException">The record is no event's data.</exception>
    public static EventType Of(Type data) =>
        ByData.TryGetValue(data, out var type) ? type : throw new ArgumentException($"{data.Name} is no event's data; add it to {nameof(EventCatalogue)}.", nameof(data));
}
