using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Sites;

/// <summary>How full a place is: upwards at once, downwards only clear of the threshold, so that one person at the edge changes nothing.</summary>
/// <param name="Capacity">How many may be present; 0 is a closed place, where one is too many; null when no limit is known.</param>
/// <param name="WarnAt">Share of the capacity from which on it is <c>warn</c>.</param>
/// <param name="FullAt">Share of the capacity from which on it is <c>full</c>; above the capacity it is <c>over</c>.</param>
/// <param name="Hysteresis">A level is left only when the number is this share of the capacity below where the level begins.</param>
public readonly record struct CapacityLevels(int? Capacity, double WarnAt, double FullAt, double Hysteresis)
{
    /// <summary>The level of a number, given the level it comes from.</summary>
    public OccupancyLevel Of(int present, OccupancyLevel from)
    {
        if (Capacity is not { } capacity) return OccupancyLevel.Normal;
        // A closed place: nobody may come in, and each one is too many. There is no share of nothing to keep clear of.
        if (capacity == 0) return present > 0 ? OccupancyLevel.Over : OccupancyLevel.Full;
        var level = Plain(present, capacity);
        if (level >= from) return level;
        var clear = Plain(present + (Hysteresis * capacity), capacity);
        return clear < from ? clear : from;
    }

    /// <summary>What an alert says of a level; null where none must stand. The text changes with the level alone, so it is not raised anew with each visitor.</summary>
    public SiteAlert? AlertOf(OccupancyLevel level, string name) => level switch
    {
        OccupancyLevel.Warn => new(AlertSeverity.Info, new TwoLanguages($"{name} sắp đầy (sức chứa {Capacity} người).", $"{name} is getting full (capacity {Capacity}).")),
        OccupancyLevel.Full => new(AlertSeverity.Warning, new TwoLanguages($"{name} đã đầy (sức chứa {Capacity} người).", $"{name} is full (capacity {Capacity}).")),
        OccupancyLevel.Over => new(AlertSeverity.Critical, new TwoLanguages($"{name} vượt sức chứa {Capacity} người.", $"{name} holds more than its capacity of {Capacity}.")),
        _ => null,
    };

    private OccupancyLevel Plain(double number, int capacity) => number switch
    {
        _ when number > capacity => OccupancyLevel.Over,
        _ when number >= FullAt * capacity => OccupancyLevel.Full,
        _ when number >= WarnAt * capacity => OccupancyLevel.Warn,
        _ => OccupancyLevel.Normal,
    };
}
