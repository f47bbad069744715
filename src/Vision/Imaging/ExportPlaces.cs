namespace EdgeGateway.Vision.Imaging;

/// <summary>What a picture for export hides and what it keeps, in pixels of the picture.</summary>
/// <param name="Hidden">Other people's heads and other plates; each is hidden with a margin.</param>
/// <param name="Kept">What stays as it is, whatever lies over it: the accused plate, the lamps of the light.</param>
public readonly record struct ExportPlaces(IReadOnlyList<BoxPx> Hidden, IReadOnlyList<BoxPx> Kept);
