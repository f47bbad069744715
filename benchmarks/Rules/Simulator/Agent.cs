using EdgeGateway.Vision;

namespace EdgeGateway.Benchmarks.Rules.Simulator;

/// <summary>One road user on a fixed way, with a wish for speed and manners.</summary>
internal sealed class Agent
{
    private readonly PointM[] _way;
    private readonly double[] _along;

    public Agent(int id, ObjectClass kind, double begins, PointM[] way)
    {
        for (var i = 0; i < 3; i++) way = CutCorners(way);
        (Id, Class, Begins, _way) = (id, kind, begins, way);
        _along = new double[way.Length];
        for (var i = 1; i < way.Length; i++) _along[i] = _along[i - 1] + (way[i] - way[i - 1]).Length;
        (Length, Width, Height) = kind switch
        {
            ObjectClass.Person => (0.4, 0.5, 1.68),
            ObjectClass.Car => (4.4, 1.8, 1.5),
            ObjectClass.Truck => (6.5, 2.2, 2.6),
            ObjectClass.Bus => (9, 2.5, 3.1),
            _ => (1.9, 0.75, 1.65),
        };
    }

    public int Id { get; }

    public ObjectClass Class { get; }

    /// <summary>When it enters, seconds.</summary>
    public double Begins { get; }

    public double Length { get; }

    public double Width { get; }

    public double Height { get; }

    /// <summary>The speed it likes, m/s.</summary>
    public double Wish { get; init; } = 9;

    /// <summary>Where the front stops at red, along the way; null: the light does not concern it, or it does not care.</summary>
    public double? StopsAt { get; init; }

    /// <summary>Where it stops by itself, along the way, and for how long.</summary>
    public (double At, double Seconds)? Halt { get; init; }

    /// <summary>Waits for this time before it moves at all (cross traffic during our red).</summary>
    public Func<double, bool>? MayEnter { get; init; }

    /// <summary>A detector boxes the machine apart from machine and rider now and then.</summary>
    public bool IsDoubled { get; init; }

    public double S { get; set; }

    public double Speed { get; set; }

    public double Halted { get; set; }

    public bool IsDone => S >= _along[^1];

    public double WayLength => _along[^1];

    /// <summary>How far along the way the nearest point to a place is, by its Y.</summary>
    public double AlongAtY(double y)
    {
        for (var i = 1; i < _way.Length; i++)
        {
            var (a, b) = (_way[i - 1].Y, _way[i].Y);
            if ((a <= y && y <= b) || (b <= y && y <= a)) return _along[i - 1] + (b == a ? 0 : (y - a) / (b - a)) * (_along[i] - _along[i - 1]);
        }

        return 0;
    }

    public (PointM Place, PointM Heading) Pose()
    {
        var i = 1;
        while (i < _way.Length - 1 && _along[i] < S) i++;
        var edge = _way[i] - _way[i - 1];
        var heading = 1 / edge.Length * edge;
        return (_way[i - 1] + (S - _along[i - 1]) * heading, heading);
    }

    /// <summary>Chaikin's corner cutting, ends kept: nobody turns on the spot.</summary>
    private static PointM[] CutCorners(PointM[] way)
    {
        if (way.Length < 3) return way;
        var smooth = new List<PointM> { way[0] };
        for (var i = 0; i < way.Length - 1; i++)
        {
            smooth.Add(0.75 * way[i] + 0.25 * way[i + 1]);
            smooth.Add(0.25 * way[i] + 0.75 * way[i + 1]);
        }

        smooth.Add(way[^1]);
        return [.. smooth];
    }

    public BoxPx Box()
    {
        var (place, heading) = Pose();
        return Eye.BoxOf(place, heading, Length, Width, Height);
    }
}
