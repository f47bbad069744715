using EdgeGateway.Configuration.Binding;

namespace EdgeGateway.Configuration.Validators;

/// <summary>What a shape is used as.</summary>
internal enum ShapeUse
{
    Line,
    Zone,

    /// <summary>Two opposite corners.</summary>
    Region,

    /// <summary>Four points of the road.</summary>
    Plane,
}

/// <summary>Finds impossible geometry: points outside, crossed edges, lines and zones too small to see anything.</summary>
internal sealed class ShapeChecks(SourceMap map, MistakeList mistakes)
{
    /// <summary>A line shorter than this part of the picture counts nobody: a person is wider.</summary>
    private const double ShortestLine = 0.02;

    /// <summary>A zone smaller than this part of the picture holds no foot point for long.</summary>
    private const double SmallestZone = 0.0002;

    /// <summary>This near to the picture's edge no box has a side beyond the line.</summary>
    private const double EdgeBand = 0.02;

    private const int MostPoints = 64;

    /// <summary>Checks one shape.</summary>
    public void Check(ShapeConfig shape, string name, ShapeUse use)
    {
        if (map.IsBroken(shape)) return;
        if (!HasUnits(shape, name) | !HasCount(shape, name, use) | !IsInside(shape, name)) return;
        var points = Fractions(shape);
        switch (use)
        {
            case ShapeUse.Line: CheckLine(shape, name, points); break;
            case ShapeUse.Region: CheckRegion(shape, name, points); break;
            default: CheckPolygon(shape, name, points); break;
        }
    }

    /// <summary>The points as parts of width and height.</summary>
    public static ValueList<PairConfig> Fractions(ShapeConfig shape)
    {
        var size = shape is { Units: PointUnits.Px, Frame: { } frame } ? frame : new SizeConfig(1, 1);
        return [.. shape.Points.Select(p => new PairConfig(p.X / size.Width, p.Y / size.Height))];
    }

    private bool HasUnits(ShapeConfig shape, string name)
    {
        if (shape is { Units: PointUnits.Px, Frame: null })
        {
            mistakes.Add(map.Of(shape), $"'{name}' gives its points in px, so it needs the size of the picture they were taken from: frame: [width, height]");
            return false;
        }

        if (shape is { Units: PointUnits.Fraction, Frame: not null }) mistakes.Warn(map.Of(shape, "frame"), $"'{name}' gives its points as fractions; its frame is not used");
        return true;
    }

    private bool HasCount(ShapeConfig shape, string name, ShapeUse use)
    {
        var (least, most, wanted) = use switch
        {
            ShapeUse.Line => (2, 2, "a line takes two points"),
            ShapeUse.Region => (2, 2, "a region takes two opposite corners"),
            ShapeUse.Plane => (4, 4, "a plane takes four points"),
            _ => (3, MostPoints, $"a zone takes 3 to {MostPoints} points"),
        };
        if (shape.Points.Count >= least && shape.Points.Count <= most) return true;
        mistakes.Add(map.Of(shape, "points"), $"'{name}' has {shape.Points.Count} points; {wanted}");
        return false;
    }

    private bool IsInside(ShapeConfig shape, string name)
    {
        if (shape is { Units: PointUnits.Px, Frame: null }) return true; // nobody knows yet
        var (width, height) = shape is { Units: PointUnits.Px, Frame: { } frame } ? (frame.Width, frame.Height) : (1, 1);
        var before = mistakes.Count;
        for (var i = 0; i < shape.Points.Count; i++)
        {
            var (x, y) = (shape.Points[i].X, shape.Points[i].Y);
            if (x >= 0 && x <= width && y >= 0 && y <= height) continue;
            var place = map.Of(shape.Points, ConfigBinder.Index(i));
            var text = FormattableString.Invariant($"[{x}, {y}]");
            mistakes.Add(place, shape.Units == PointUnits.Px
                ? $"the point {text} of '{name}' lies outside the picture of {width}x{height} px"
                : $"the point {text} of '{name}' lies outside 0 to 1; for pixels write units: px and the frame");
        }

        return mistakes.Count == before;
    }

    private void CheckLine(ShapeConfig shape, string name, ValueList<PairConfig> points)
    {
        var (a, b) = (points[0], points[1]);
        var length = Math.Sqrt((b.X - a.X) * (b.X - a.X) + (b.Y - a.Y) * (b.Y - a.Y));
        if (length < ShortestLine)
        {
            mistakes.Add(map.Of(shape, "points"), FormattableString.Invariant($"the line '{name}' is {length * 100:0.#} % of the picture long; at least {ShortestLine * 100:0} % are needed to count anything"));
            return;
        }

        var hugs = (a.X <= EdgeBand && b.X <= EdgeBand) || (a.Y <= EdgeBand && b.Y <= EdgeBand)
            || (a.X >= 1 - EdgeBand && b.X >= 1 - EdgeBand) || (a.Y >= 1 - EdgeBand && b.Y >= 1 - EdgeBand);
        if (hugs) mistakes.Warn(map.Of(shape, "points"), $"the line '{name}' lies on the edge of the picture: nothing can be seen on both of its sides, so it will count little or nothing");
    }

    private void CheckRegion(ShapeConfig shape, string name, ValueList<PairConfig> points)
    {
        if (points[0].X == points[1].X || points[0].Y == points[1].Y) mistakes.Add(map.Of(shape, "points"), $"the region '{name}' has no area; give two opposite corners");
    }

    private void CheckPolygon(ShapeConfig shape, string name, ValueList<PairConfig> points)
    {
        for (var i = 0; i < points.Count; i++)
        {
            var next = (i + 1) % points.Count;
            if (points[i] != points[next]) continue;
            mistakes.Add(map.Of(shape.Points, ConfigBinder.Index(Math.Max(i, next))), next == 0
                ? $"the last point of '{name}' repeats the first; leave it out, the zone closes by itself"
                : $"two neighbouring points of '{name}' are the same");
            return;
        }

        for (var i = 0; i < points.Count; i++)
        {
            for (var j = i + 2; j < points.Count; j++)
            {
                if (i == 0 && j == points.Count - 1) continue; // neighbours over the closing corner
                if (!Cross(points[i], points[i + 1], points[j], points[(j + 1) % points.Count])) continue;
                mistakes.Add(map.Of(shape.Points, ConfigBinder.Index(j)), $"the edges {Edge(i, points.Count)} and {Edge(j, points.Count)} of '{name}' cross; give the corners in order around the zone");
                return;
            }
        }

        if (Math.Abs(Area(points)) < SmallestZone) mistakes.Add(map.Of(shape, "points"), $"'{name}' has almost no area");
    }

    private static string Edge(int index, int count) => $"{index + 1}-{(index + 1) % count + 1}";

    private static bool Cross(PairConfig a, PairConfig b, PairConfig c, PairConfig d)
    {
        var (s1, s2, s3, s4) = (Side(a, b, c), Side(a, b, d), Side(c, d, a), Side(c, d, b));
        if (s1 * s2 < 0 && s3 * s4 < 0) return true;
        return (s1 == 0 && Within(a, b, c)) || (s2 == 0 && Within(a, b, d)) || (s3 == 0 && Within(c, d, a)) || (s4 == 0 && Within(c, d, b));
    }

    private static int Side(PairConfig a, PairConfig b, PairConfig p)
    {
        var s = (b.X - a.X) * (p.Y - a.Y) - (b.Y - a.Y) * (p.X - a.X);
        return Math.Abs(s) < 1e-12 ? 0 : Math.Sign(s);
    }

    private static bool Within(PairConfig a, PairConfig b, PairConfig p) =>
        p.X >= Math.Min(a.X, b.X) && p.X <= Math.Max(a.X, b.X) && p.Y >= Math.Min(a.Y, b.Y) && p.Y <= Math.Max(a.Y, b.Y);

    private static double Area(ValueList<PairConfig> points)
    {
        var doubled = 0.0;
        for (var i = 0; i < points.Count; i++)
        {
            var (a, b) = (points[i], points[(i + 1) % points.Count]);
            doubled += a.X * b.Y - b.X * a.Y;
        }

        return doubled / 2;
    }
}
