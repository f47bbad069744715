using EdgeGateway.Vision;

namespace EdgeGateway.Benchmarks.Rules.Simulator;

/// <summary>A place on the ground, metres: X to the right, Y away from the camera.</summary>
internal readonly record struct PointM(double X, double Y)
{
    public static PointM operator +(PointM a, PointM b) => new(a.X + b.X, a.Y + b.Y);

    public static PointM operator -(PointM a, PointM b) => new(a.X - b.X, a.Y - b.Y);

    public static PointM operator *(double f, PointM a) => new(f * a.X, f * a.Y);

    public double Length => Math.Sqrt(X * X + Y * Y);
}

/// <summary>A camera 8 m above the ground that looks along +Y, 18° down: 1280×720, focal length 900 px.</summary>
internal static class Eye
{
    public const int Width = 1280;
    public const int Height = 720;
    private const double Above = 8;
    private const double Focal = 900;
    private static readonly double Sin = Math.Sin(18 * Math.PI / 180);
    private static readonly double Cos = Math.Cos(18 * Math.PI / 180);

    public static (double X, double Y, double Depth) Project(double x, double y, double z)
    {
        var down = Above - z;
        var depth = y * Cos + down * Sin;
        return (Width / 2 + Focal * x / depth, Height / 2 + Focal * (down * Cos - y * Sin) / depth, depth);
    }

    public static PointPx ToPx(PointM p)
    {
        var (x, y, _) = Project(p.X, p.Y, 0);
        return new PointPx((float)x, (float)y);
    }

    /// <summary>The ground point that a pixel shows.</summary>
    public static PointM ToGround(PointPx p)
    {
        var t = (p.Y - Height / 2) / Focal;
        var y = Above * (Cos - t * Sin) / (Sin + t * Cos);
        var depth = y * Cos + Above * Sin;
        return new PointM((p.X - Width / 2) * depth / Focal, y);
    }

    /// <summary>The upright box around a body on the ground; empty when it is out of the picture.</summary>
    public static BoxPx BoxOf(PointM centre, PointM heading, double length, double width, double height)
    {
        var (left, top, right, bottom) = (double.MaxValue, double.MaxValue, double.MinValue, double.MinValue);
        var side = new PointM(-heading.Y, heading.X);
        for (var i = 0; i < 8; i++)
        {
            var corner = centre + ((i & 1) == 0 ? 0.5 : -0.5) * length * heading + ((i & 2) == 0 ? 0.5 : -0.5) * width * side;
            var (x, y, depth) = Project(corner.X, corner.Y, (i & 4) == 0 ? 0 : height);
            if (depth < 2) return default;
            (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
        }

        // What the picture's edge cuts has no foot; such boxes are left out as a mask would.
        if (bottom > Height - 2 || right < 20 || left > Width - 20 || left < 0 || right > Width || top < 0) return default;
        return new BoxPx((float)left, (float)top, (float)(right - left), (float)(bottom - top));
    }
}

/// <summary>The junction, in metres. Right-hand traffic; our carriageway leads away from the camera.</summary>
internal static class Junction
{
    public const double StopLineY = 28;
    public const double RoadLeft = 0.3;
    public const double LaneEdge = 3.5;
    public const double Kerb = 7;
    public const double NearY = 12.5;
    public const double FarY = 27;

    public static PointM[] Carriageway { get; } = Rectangle(RoadLeft, NearY, Kerb, FarY);

    /// <summary>The measured road of the speed rule: through the junction, long enough for eight frames a second.</summary>
    public static PointM[] SpeedRoad { get; } = Rectangle(RoadLeft, NearY, Kerb, 46);

    public static PointM[] CarLane { get; } = Rectangle(RoadLeft, NearY, LaneEdge, FarY);

    public static PointM[] MotorcycleLane { get; } = Rectangle(LaneEdge, NearY, Kerb, FarY);

    public static PointM[] KerbZone { get; } = Rectangle(4.9, NearY, Kerb, FarY);

    public static PointM[] Pavement { get; } = Rectangle(7.3, 13.5, 10.3, FarY);

    public static PointM[] ClosedBay { get; } = Rectangle(-10.8, 14.5, -7.3, FarY);

    public static bool Holds(PointM[] rectangle, PointM p, double margin = 0) =>
        p.X > rectangle[0].X + margin && p.X < rectangle[2].X - margin && p.Y > rectangle[0].Y + margin && p.Y < rectangle[2].Y - margin;

    private static PointM[] Rectangle(double left, double near, double right, double far) => [new(left, near), new(left, far), new(right, far), new(right, near)];
}
