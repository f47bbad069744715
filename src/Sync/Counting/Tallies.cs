namespace EdgeGateway.Sync.Counting;

/// <summary>Where a vehicle's plate was issued.</summary>
public enum PlateOrigin
{
    /// <summary>In the site's own province.</summary>
    Home,

    /// <summary>Elsewhere.</summary>
    Other,

    /// <summary>No plate, or none that could be read.</summary>
    Unread,
}

/// <summary>
/// The rough origin of a vehicle by the two digits that begin its plate. Rough: since 15 Aug 2023 a plate follows its owner, so the code
/// says where the plate was issued, not where the vehicle comes from today.
/// </summary>
public static class PlateOriginOf
{
    /// <summary>Nghệ An.</summary>
    public const string NgheAn = "37";

    /// <param name="plate">Normalised text of the plate, or null.</param>
    /// <param name="homeCode">The two digits of the site's own province.</param>
    public static PlateOrigin Plate(string? plate, string homeCode = NgheAn) =>
        plate is null || plate.Length < 2 || !char.IsAsciiDigit(plate[0]) || !char.IsAsciiDigit(plate[1]) ? PlateOrigin.Unread
        : plate.StartsWith(homeCode, StringComparison.Ordinal) ? PlateOrigin.Home
        : PlateOrigin.Other;
}

/// <summary>Tracks that came over one line of a camera and left over another. The same line twice is a turn-back.</summary>
/// <param name="Passed">How many.</param>
/// <param name="MeanDwell">Their mean time between the two lines.</param>
public sealed record LineFlow(string Gateway, string Camera, string EntryLine, string Line, string Class, long Passed, TimeSpan MeanDwell)
{
    /// <summary>Turned back over the line by which they came.</summary>
    public bool IsTurnBack => EntryLine == Line;
}

/// <summary>Vehicles by where their plates were issued.</summary>
public sealed record OriginTally(long Home, long Other, long Unread);
