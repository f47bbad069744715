using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Imaging;

/// <summary>
/// What an export copy hides and what it keeps, pixels of the still: heads of people who are not accused, and plates of other vehicles.
/// Rather a place too many than a face too few: a copy for export shows the accused vehicle, its plate and the light, and need not show more.
/// </summary>
/// <param name="Hidden">Made unreadable.</param>
/// <param name="OwnPlate">The accused vehicle's plate, if it was found; stays.</param>
public sealed record BystanderPlaces(IReadOnlyList<BoxPx> Hidden, BoxPx? OwnPlate)
{
    // A plate is a quarter as wide as its motorcycle; of narrower ones no letter can be told.
    private const float SmallestWithPlatePx = 24;

    /// <summary>Sorts what a detector saw in a still.</summary>
    /// <param name="seen">People and vehicles in the still.</param>
    /// <param name="plates">Plates in the still.</param>
    /// <param name="accused">The accused vehicle's box.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="certain">From this score a machine is one; people are hidden from any.</param>
    /// <param name="width">The still's width.</param>
    /// <param name="height">The still's height.</param>
    public static BystanderPlaces Of(IReadOnlyList<Detection> seen, IReadOnlyList<BoxPx> plates, BoxPx accused, ObjectClass kind, float certain, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(seen);
        ArgumentNullException.ThrowIfNull(plates);
        var own = plates.Where(box => Holds(accused, box.Centre)).OrderBy(box => MathF.Abs(box.Centre.X - accused.Centre.X)).Cast<BoxPx?>().FirstOrDefault();
        List<BoxPx> hidden = [.. plates.Where(box => box != own)];
        foreach (var one in seen)
        {
            // A doubtful machine is mostly a part of another vehicle.
            if (one.Class == ObjectClass.Other || IsAccused(one, accused, kind) || (one.Class != ObjectClass.Person && one.Score < certain)) continue;
            if (one.Class is ObjectClass.Person or ObjectClass.Motorcycle or ObjectClass.Bicycle) hidden.Add(HeadOf(one.Box, one.Class, width, height));
            // A plate too small for the detector may be read by an eye.
            if (one.Class is not (ObjectClass.Person or ObjectClass.Bicycle) && one.Box.Width >= SmallestWithPlatePx && !plates.Any(plate => Holds(one.Box, plate.Centre))) hidden.Add(PlaceOfPlate(one.Box, one.Class));
        }

        return new BystanderPlaces(hidden, own);
    }

    /// <summary>
    /// The top quarter of a person. A rider's head may stand above the machine's box, by about a third of its height. What the picture's
    /// lower edge cuts has lost its height, and its width is the measure instead: shoulders are about twice as wide as a head is high.
    /// </summary>
    private static BoxPx HeadOf(in BoxPx box, ObjectClass kind, int width, int height)
    {
        var isCut = box.Bottom >= height - Edge(height);
        // At the side the width is cut as well; half a cut height is the least there.
        var shoulders = box.X <= Edge(width) || box.Right >= width - Edge(width) ? MathF.Max(box.Width, 0.5f * box.Height) : box.Width;
        var quarter = isCut ? MathF.Min(box.Height, MathF.Max(box.Height / 4, 0.8f * shoulders)) : box.Height / 4;
        var above = kind == ObjectClass.Person ? 0 : isCut ? MathF.Max(0.35f * box.Height, 0.7f * shoulders) : 0.35f * box.Height;
        return new BoxPx(box.X, box.Y - above, box.Width, above + quarter);
    }

    private static float Edge(int side) => MathF.Max(2, 0.005f * side);

    /// <summary>The accused vehicle, its parts, and who rides it; who walks or rides before or behind it is somebody else.</summary>
    private static bool IsAccused(in Detection one, in BoxPx accused, ObjectClass kind)
    {
        var box = one.Box;
        if (one.Class != ObjectClass.Person) return box.Iou(accused) > 0.45f || (IsTwoWheeler(one.Class) && IsTwoWheeler(kind) && box.SharedWith(accused) > 0.7f * MathF.Min(box.Area, accused.Area));
        // A rider sits in the upper part of the machine's box or rises from it, and is not much smaller than it.
        return IsTwoWheeler(kind) && MathF.Abs(box.Centre.X - accused.Centre.X) < 0.4f * accused.Width && box.Height > 0.4f * accused.Height && box.Height < 1.3f * accused.Height
            && box.Y < accused.Centre.Y && box.Bottom > accused.Y + 0.3f * accused.Height && box.Bottom < accused.Bottom + 0.1f * accused.Height;
    }

    private static bool IsTwoWheeler(ObjectClass kind) => kind is ObjectClass.Motorcycle or ObjectClass.Bicycle;

    // Below the rider's seat, and on the lower half of other vehicles, in the middle.
    private static BoxPx PlaceOfPlate(in BoxPx box, ObjectClass vehicle) => vehicle == ObjectClass.Motorcycle
        ? new BoxPx(box.X + 0.25f * box.Width, box.Y + 0.5f * box.Height, 0.5f * box.Width, 0.35f * box.Height)
        : new BoxPx(box.X + 0.25f * box.Width, box.Y + 0.55f * box.Height, 0.5f * box.Width, 0.35f * box.Height);

    private static bool Holds(in BoxPx box, PointPx point) => point.X >= box.X && point.X <= box.Right && point.Y >= box.Y && point.Y <= box.Bottom;
}
