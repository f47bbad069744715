namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A zone prepared for many questions: its box first, its long axis known.</summary>
internal sealed class ZoneArea
{
    private readonly PointPx[] _points;
    private readonly float _left = float.MaxValue;
    private readonly float _top = float.MaxValue;
    private readonly float _right = float.MinValue;
    private readonly float _bottom = float.MinValue;

    /// <exception cref="ArgumentException">Fewer than three corners.</exception>
    public ZoneArea(Zone zone)
    {
        if (zone.Points.Count < 3) throw new ArgumentException($"Zone \"{zone.Id}\" has {zone.Points.Count} corners; three are the least.", nameof(zone));
        Zone = zone;
        _points = [.. zone.Points];
        var longest = -1f;
        for (var i = 0; i < _points.Length; i++)
        {
            var (a, b) = (_points[i], _points[(i + 1) % _points.Length]);
            (_left, _right, _top, _bottom) = (MathF.Min(_left, a.X), MathF.Max(_right, a.X), MathF.Min(_top, a.Y), MathF.Max(_bottom, a.Y));
            var edge = b - a;
            var length = MathF.Sqrt(edge.X * edge.X + edge.Y * edge.Y);
            if (length <= longest) continue;
            longest = length;
            LongAxis = new PointPx(edge.X / length, edge.Y / length);
        }
    }

    public Zone Zone { get; }

    /// <summary>Direction of the longest edge, length 1: along a pavement or lane.</summary>
    public PointPx LongAxis { get; }

    public bool Holds(PointPx point)
    {
        point = Zone.Within(point);
        if (point.X < _left || point.X > _right || point.Y < _top || point.Y > _bottom) return false;
        var inside = false;
        var b = _points[^1];
        foreach (var a in _points)
        {
            if (a.Y > point.Y != b.Y > point.Y && point.X < (b.X - a.X) * (point.Y - a.Y) / (b.Y - a.Y) + a.X) inside = !inside;
            b = a;
        }

        return inside;
    }

    /// <summary>True when the point lies inside and at least this far from every edge, pixels.</summary>
    public bool HoldsDeep(PointPx point, float depth) => Holds(point) && ZonePolygon.DistanceToEdge(Zone, point) >= depth;
}
