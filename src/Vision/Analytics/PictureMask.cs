using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Analytics;

/// <summary>A part of the picture where nothing is looked at, or nothing of some classes: what stands there is no detection.</summary>
/// <param name="Area">Pixels of the analysed frame.</param>
/// <param name="Classes">What is hidden there; null hides everything.</param>
public sealed record PictureMask(Zone Area, ClassSet? Classes)
{
    /// <summary>True when the detection stands (bottom centre of its box) in the area and is of a class that is hidden there.</summary>
    public bool Hides(in Detection detection) =>
        (Classes is not { } classes || classes.Has(detection.Class)) && ZonePolygon.Holds(Area, detection.Box.BottomCentre);
}
