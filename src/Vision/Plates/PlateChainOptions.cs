namespace EdgeGateway.Vision.Plates;

/// <summary>How much a camera's plate chain looks, and when it speaks.</summary>
public sealed record PlateChainOptions
{
    /// <summary>Vehicles followed at once; more are counted as skipped until one leaves.</summary>
    public int MaxVehicles { get; init; } = 64;

    /// <summary>Looks (one search on a vehicle and one read) a frame, over all vehicles: keeps the camera's thread calm.</summary>
    public int LooksPerFrame { get; init; } = 2;

    /// <summary>Vehicles whose longer side is below this carry no readable plate, pixels of the frame.</summary>
    public float MinVehiclePx { get; init; } = 56;

    /// <summary>Plates narrower than this are not read, pixels of the frame.</summary>
    public float MinPlateWidthPx { get; init; } = 22;

    /// <summary>Time between two looks at one vehicle: neighbouring frames tell nothing new.</summary>
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Looks at one vehicle over its whole life, found or not.</summary>
    public int MaxLooks { get; init; } = 40;

    /// <summary>Reads of one plate over its whole life.</summary>
    public int MaxReads { get; init; } = 12;

    /// <summary>Looks at a vehicle in one place; more only after it moved by a quarter of its size or grew by a quarter.</summary>
    public int LooksAtOnePlace { get; init; } = 5;

    /// <summary>Reads that fit no format before a vehicle is given up, when none fitted.</summary>
    public int MisfitsToGiveUp { get; init; } = 6;

    /// <summary>Reads, and confidence of the whole text, from which on a plate is not looked at again.</summary>
    public int SettledReads { get; init; } = 3;

    public float SettledConfidence { get; init; } = 0.97f;

    /// <summary>Says at once when a vehicle's plate is settled or given up, for those who cannot wait for its passage: gates, watch lists, rules.</summary>
    public bool SayWhenSettled { get; init; }

    /// <summary>A vehicle that stays is reported this long after its plate was settled or given up.</summary>
    public TimeSpan PublishAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The same plate again within this time of being last seen is the same passage: a broken track, or two tracks on one vehicle.</summary>
    public TimeSpan RepeatWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A vehicle that did not move is a passage only when its plate was read and it was seen at least this long.</summary>
    public TimeSpan MinPassage { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A vehicle without a plate that was seen for less is a passage only when it came so many times its own size.</summary>
    public float FarForAGlimpse { get; init; } = 1.5f;
}
