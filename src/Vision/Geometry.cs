namespace EdgeGateway.Vision;

/// <summary>A place in a picture, in pixels from the top left corner, y down.</summary>
public readonly record struct PointPx(float X, float Y)
{
    public static PointPx operator +(PointPx a, PointPx b) => new(a.X + b.X, a.Y + b.Y);

    public static PointPx operator -(PointPx a, PointPx b) => new(a.X - b.X, a.Y - b.Y);
}

/// <summary>An upright box in pixels.</summary>
public readonly record struct BoxPx(float X, float Y, float Width, float Height)
{
    public float Right => X + Width;

    public float Bottom => Y + Height;

    public float Area => Width * Height;

    public PointPx Centre => new(X + Width / 2, Y + Height / 2);

    /// <summary>The middle of the lower edge: where feet and wheels stand.</summary>
    public PointPx BottomCentre => new(X + Width / 2, Y + Height);

    /// <summary>The same place in a picture whose sides are <paramref name="x"/> and <paramref name="y"/> times as long.</summary>
    public BoxPx Scaled(float x, float y) => new(X * x, Y * y, Width * x, Height * y);

    /// <summary>The area that both cover, px².</summary>
    public float SharedWith(in BoxPx other)
    {
        var w = MathF.Min(Right, other.Right) - MathF.Max(X, other.X);
        var h = MathF.Min(Bottom, other.Bottom) - MathF.Max(Y, other.Y);
        return w <= 0 || h <= 0 ? 0 : w * h;
    }

    /// <summary>Shared area divided by joined area, 0 to 1 (intersection over union).</summary>
    public float Iou(in BoxPx other)
    {
        var shared = SharedWith(other);
        return shared <= 0 ? 0 : shared / (Area + other.Area - shared);
    }
}

/// <summary>A directed line between two points of the analysed frame.</summary>
/// <param name="Id">The installer's name of the line.</param>
/// <param name="P1">Where it begins.</param>
/// <param name="P2">Where it ends. Seen from P1 to P2 with y down, s &lt; 0 to s &gt; 0 is "in" (contract, crossing).</param>
public sealed record DirectedLine(string Id, PointPx P1, PointPx P2);

/// <summary>A simple polygon of the analysed frame.</summary>
/// <param name="Id">The installer's name of the zone.</param>
/// <param name="Points">At least three corners, in order, no crossed edges.</param>
public sealed record Zone(string Id, IReadOnlyList<PointPx> Points)
{
    /// <summary>
    /// Size of the picture that the zone lies in; a point at its very edge or beyond is then asked for half a pixel inside. What the picture's lower
    /// edge cuts stands there, and a zone drawn down to that edge holds it. Null: every point is asked for as it is.
    /// </summary>
    public (int Width, int Height)? Picture { get; init; }

    /// <summary>The point as <see cref="Picture"/> says.</summary>
    public PointPx Within(PointPx point) =>
        Picture is var (width, height) ? new PointPx(Math.Clamp(point.X, 0.5f, Math.Max(0.5f, width - 0.5f)), Math.Clamp(point.Y, 0.5f, Math.Max(0.5f, height - 0.5f))) : point;
}
