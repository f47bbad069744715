using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Analytics;

/// <summary>Plays one track whose feet stand at given distances from a line, in box heights, "in" positive.</summary>
internal sealed class Script
{
    public const float Height = 80;
    private readonly IFrameAnalytic _analytic;
    private readonly DirectedLine _line;
    private readonly double _sign;
    private TimeSpan _time;

    public Script(IFrameAnalytic analytic, DirectedLine line, bool inwards = true)
    {
        (_analytic, _line, _sign) = (analytic, line, inwards ? 1 : -1);
    }

    public List<Observation> Found { get; } = [];

    public TrackId Id { get; init; } = new(1);

    public double FramesPerSecond { get; init; } = 10;

    /// <summary>Where along the line the track walks: 0 is P1, 1 is P2.</summary>
    public double Along { get; set; } = 0.5;

    public bool Rides { get; set; }

    public ObjectClass Class { get; set; } = ObjectClass.Person;

    public TimeSpan Now => _time;

    public int Net => Found.OfType<LineCrossed>().Sum(c => c.Direction == CrossingDirection.In ? 1 : -1) * (int)_sign;

    /// <summary>What a counter holds in both directions together: a crossing that was taken back is not in it.</summary>
    public int Counted => Found.OfType<LineCrossed>().Sum(c => c.TakesBack is null ? 1 : -1);

    /// <summary>A line of 300 px through (500, 400) at an angle.</summary>
    public static DirectedLine LineAt(double degrees, string id = "gate")
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        return new DirectedLine(
            id,
            new PointPx((float)(500 - 150 * cos), (float)(400 - 150 * sin)),
            new PointPx((float)(500 + 150 * cos), (float)(400 + 150 * sin)));
    }

    /// <summary>One frame with the feet at a distance; a track that is not matched coasts.</summary>
    public Script At(double offset, bool matched = true, double firstOffset = double.NaN, TimeSpan firstAgo = default)
    {
        var box = BoxAt(offset);
        var now = TimeOf(_time);
        var track = new Track(Id, Class, box, 0.9f, 0, 0, TimeOf(_time - firstAgo), now, matched ? 0 : -1)
        {
            FirstBox = double.IsNaN(firstOffset) ? default : BoxAt(firstOffset),
            Rides = Rides,
        };
        _analytic.Look([track], now, Found);
        _time += TimeSpan.FromSeconds(1 / FramesPerSecond);
        return this;
    }

    /// <summary>Frames in which nobody sees the track.</summary>
    public Script Gone(int frames)
    {
        for (var i = 0; i < frames; i++)
        {
            _analytic.Look([], TimeOf(_time), Found);
            _time += TimeSpan.FromSeconds(1 / FramesPerSecond);
        }

        return this;
    }

    /// <summary>Walks evenly from one distance to another, both ends included.</summary>
    public Script Walk(double from, double to, double step = 0.15)
    {
        var count = (int)Math.Round(Math.Abs(to - from) / step);
        for (var i = 0; i <= count; i++) At(from + (to - from) * i / Math.Max(1, count));
        return this;
    }

    /// <summary>Stays about a distance for some seconds, swaying.</summary>
    public Script Stay(double offset, double seconds, double sway = 0.03)
    {
        for (var i = 0; i < seconds * FramesPerSecond; i++) At(offset + sway * Math.Sin(i * 1.7) + sway * 0.6 * Math.Sin(i * 0.37));
        return this;
    }

    public BoxPx BoxAt(double offset)
    {
        var (dx, dy) = (_line.P2.X - _line.P1.X, _line.P2.Y - _line.P1.Y);
        var length = Math.Sqrt(dx * dx + dy * dy);
        var px = offset * Height * _sign;
        var x = _line.P1.X + Along * dx - dy / length * px;
        var y = _line.P1.Y + Along * dy + dx / length * px;
        return new BoxPx((float)x - 20, (float)y - Height, 40, Height);
    }

    public static FrameTime TimeOf(TimeSpan elapsed) =>
        new(elapsed, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + elapsed);
}
