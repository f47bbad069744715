namespace EdgeGateway.Vision.Analytics;

/// <summary>Tells whether a point lies in a zone. The edge belongs to the inside on one side only, so that zones that share it never both hold a point.</summary>
public static class ZonePolygon
{
    /// <summary>True when <paramref name="point"/> lies inside: a ray to the right crosses the outline an odd number of times.</summary>
    public static bool Holds(Zone zone, PointPx point)
    {
        var inside = false;
        point = zone.Within(point);
        var points = zone.Points;
        var b = points[^1];
        for (var i = 0; i < points.Count; i++)
        {
            var a = points[i];
            if (a.Y > point.Y != b.Y > point.Y && point.X < (b.X - a.X) * (point.Y - a.Y) / (b.Y - a.Y) + a.X) inside = !inside;
            b = a;
        }

        return inside;
    }

    /// <summary>Distance from a point to the nearest edge, pixels.</summary>
    public static float DistanceToEdge(Zone zone, PointPx point)
    {
        var nearest = float.MaxValue;
        var points = zone.Points;
        var b = points[^1];
        for (var i = 0; i < points.Count; i++)
        {
            var a = points[i];
            var (dx, dy) = (b.X - a.X, b.Y - a.Y);
            var length = dx * dx + dy * dy;
            var t = length > 0 ? Math.Clamp(((point.X - a.X) * dx + (point.Y - a.Y) * dy) / length, 0, 1) : 0;
            var (ex, ey) = (point.X - a.X - t * dx, point.Y - a.Y - t * dy);
            nearest = MathF.Min(nearest, ex * ex + ey * ey);
            b = a;
        }

        return MathF.Sqrt(nearest);
    }
}
