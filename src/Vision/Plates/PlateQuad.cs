namespace EdgeGateway.Vision.Plates;

/// <summary>The four corners of a plate as it is read upright, in pixels of the frame.</summary>
public readonly record struct PlateQuad(PointPx TopLeft, PointPx TopRight, PointPx BottomRight, PointPx BottomLeft)
{
    /// <summary>The corners of an upright box.</summary>
    public static PlateQuad Of(in BoxPx box) =>
        new(new(box.X, box.Y), new(box.Right, box.Y), new(box.Right, box.Bottom), new(box.X, box.Bottom));

    /// <summary>Mean length of the upper and the lower edge.</summary>
    public float WidthPx => (Distance(TopLeft, TopRight) + Distance(BottomLeft, BottomRight)) / 2;

    /// <summary>Mean length of the left and the right edge.</summary>
    public float HeightPx => (Distance(TopLeft, BottomLeft) + Distance(TopRight, BottomRight)) / 2;

    /// <summary>Width divided by height as seen, 0 for an empty quadrilateral.</summary>
    public float Aspect => HeightPx > 0 ? WidthPx / HeightPx : 0;

    /// <summary>The four corners, clockwise from the top left.</summary>
    public PointPx[] ToArray() => [TopLeft, TopRight, BottomRight, BottomLeft];

    /// <summary>How far the upper edge is turned from level, degrees, 0 to 90.</summary>
    public float TiltDegrees => MathF.Abs(MathF.Atan2(TopRight.Y - TopLeft.Y, MathF.Abs(TopRight.X - TopLeft.X))) * 180 / MathF.PI;

    /// <summary>The upright box around the corners.</summary>
    public BoxPx Bounds
    {
        get
        {
            var left = MathF.Min(MathF.Min(TopLeft.X, TopRight.X), MathF.Min(BottomRight.X, BottomLeft.X));
            var top = MathF.Min(MathF.Min(TopLeft.Y, TopRight.Y), MathF.Min(BottomRight.Y, BottomLeft.Y));
            var right = MathF.Max(MathF.Max(TopLeft.X, TopRight.X), MathF.Max(BottomRight.X, BottomLeft.X));
            var bottom = MathF.Max(MathF.Max(TopLeft.Y, TopRight.Y), MathF.Max(BottomRight.Y, BottomLeft.Y));
            return new BoxPx(left, top, right - left, bottom - top);
        }
    }

    /// <summary>
    /// True when these corners can be those of the plate in <paramref name="box"/>: convex, in the stated order, about as large and
    /// in the same place. A network's corners that are not are left aside for the box itself.
    /// </summary>
    public bool Fits(in BoxPx box)
    {
        if (Turn(TopLeft, TopRight, BottomRight) <= 0 || Turn(TopRight, BottomRight, BottomLeft) <= 0) return false;
        if (Turn(BottomRight, BottomLeft, TopLeft) <= 0 || Turn(BottomLeft, TopLeft, TopRight) <= 0) return false;
        return Bounds.Iou(box) >= 0.5f && WidthPx >= 2 && HeightPx >= 2;
    }

    // Twice the signed area of a triangle; positive when it turns clockwise with y down. NaN is no turn.
    private static float Turn(PointPx a, PointPx b, PointPx c) => (b.X - a.X) * (c.Y - a.Y) - (b.Y - a.Y) * (c.X - a.X);

    private static float Distance(PointPx a, PointPx b) => MathF.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y));
}

/// <summary>A plate found in a picture, not yet read.</summary>
/// <param name="Box">Upright box, pixels of the frame, cut to the frame.</param>
/// <param name="Score">How sure the detector is, 0 to 1.</param>
/// <param name="Corners">Its corners; those of the box where the network's own cannot be.</param>
/// <param name="CornersSeen">False where the corners are only those of the box.</param>
public readonly record struct PlateSpot(BoxPx Box, float Score, PlateQuad Corners, bool CornersSeen);
