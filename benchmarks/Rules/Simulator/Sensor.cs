using EdgeGateway.Vision;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Benchmarks.Rules.Simulator;

/// <summary>
/// What a mediocre detector makes of a true frame: one box in five missed, others' bodies in the way, blackouts of seconds that cost a track
/// its number, boxes that tremble and drift, wrong classes, riders boxed as people, machines boxed twice, boxes around nothing.
/// </summary>
/// <param name="seed">Of its chances.</param>
/// <param name="hides">False: no bodies in the way and no blackouts.</param>
internal sealed class Sensor(int seed, bool hides)
{
    private readonly Random _random = new(seed);
    private readonly Dictionary<int, Mood> _moods = [];
    private readonly List<(BoxPx Box, ObjectClass Class, int Life)> _ghosts = [];
    private readonly Dictionary<int, List<(double Time, bool IsBoxed)>> _looks = [];

    /// <summary>The longest time within a span of seconds in which an agent that was there had no box, by others' bodies or a blackout; s.</summary>
    public double LongestHidden(int agent, double from, double to)
    {
        double longest = 0, boxed = double.NaN;
        foreach (var (time, isBoxed) in _looks[agent])
        {
            if (double.IsNaN(boxed)) boxed = time;
            if (time >= from && boxed <= to) longest = Math.Max(longest, time - boxed);
            if (isBoxed) boxed = time;
        }

        return longest;
    }

    public void Look(SceneRun scene, List<Detection> into)
    {
        into.Clear();
        foreach (var (agent, box) in scene.Objects)
        {
            if (!_moods.TryGetValue(agent.Id, out var mood)) _moods[agent.Id] = mood = new Mood();
            Drift(mood);
            if (!_looks.TryGetValue(agent.Id, out var looks)) _looks[agent.Id] = looks = [];
            looks.Add((scene.Time, false));
            if (scene.Time < mood.BlackUntil) continue;
            if (_random.NextDouble() < 1 / (8 * 90.0) && hides) mood.BlackUntil = scene.Time + 0.5 + 3.5 * _random.NextDouble();
            if (_random.NextDouble() < 0.2 || (hides && IsHidden(scene, agent, box))) continue;
            looks[^1] = (scene.Time, true);
            into.Add(new Detection(Shake(box, mood), Score(), 0, Confuse(agent.Class)));
            if (agent.Class != ObjectClass.Motorcycle) continue;
            // The rider is a person to the detector; and now and then the machine alone is boxed as well.
            if (_random.NextDouble() < 0.7) into.Add(new Detection(Shake(new BoxPx(box.X + 0.1f * box.Width, box.Y, 0.8f * box.Width, 0.72f * box.Height), mood), Score(), 0, ObjectClass.Person));
            if (agent.IsDoubled && _random.NextDouble() < 0.5) into.Add(new Detection(Shake(new BoxPx(box.X, box.Y + 0.45f * box.Height, box.Width, 0.55f * box.Height), mood), 0.8f * Score(), 0, ObjectClass.Motorcycle));
        }

        for (var i = _ghosts.Count - 1; i >= 0; i--)
        {
            var (box, kind, life) = _ghosts[i];
            into.Add(new Detection(box, 0.3f + 0.3f * _random.NextSingle(), 0, kind));
            if (life <= 1) _ghosts.RemoveAt(i);
            else _ghosts[i] = (box, kind, life - 1);
        }

        if (_random.NextDouble() >= 0.12) return;
        var place = Eye.ToPx(new PointM(-10 + 20 * _random.NextDouble(), 13 + 25 * _random.NextDouble()));
        var h = 30 + 60 * _random.NextSingle();
        var isCar = _random.NextDouble() < 0.5;
        _ghosts.Add((new BoxPx(place.X - h / 2, place.Y - h, isCar ? 1.3f * h : 0.6f * h, h), isCar ? ObjectClass.Car : ObjectClass.Motorcycle, 1 + _random.Next(4)));
    }

    private float Score() => _random.NextDouble() < 0.12 ? 0.25f + 0.15f * _random.NextSingle() : 0.45f + 0.5f * _random.NextSingle();

    private ObjectClass Confuse(ObjectClass kind) => _random.NextDouble() >= 0.03 ? kind : kind switch
    {
        ObjectClass.Car => ObjectClass.Truck,
        ObjectClass.Truck or ObjectClass.Bus => ObjectClass.Car,
        ObjectClass.Motorcycle => ObjectClass.Bicycle,
        _ => kind,
    };

    private void Drift(Mood mood)
    {
        for (var i = 0; i < 4; i++) mood.Bias[i] = 0.8 * mood.Bias[i] + 0.6 * 0.015 * Normal();
    }

    private BoxPx Shake(in BoxPx box, Mood mood)
    {
        double Off(int i) => mood.Bias[i] + 0.02 * Normal();
        var (left, right) = (box.X + Off(0) * box.Width, box.Right + Off(1) * box.Width);
        var (top, bottom) = (box.Y + Off(2) * box.Height, box.Bottom + Off(3) * box.Height);
        return new BoxPx((float)left, (float)top, (float)Math.Max(3, right - left), (float)Math.Max(3, bottom - top));
    }

    private static bool IsHidden(SceneRun scene, Agent agent, in BoxPx box)
    {
        foreach (var (other, front) in scene.Objects)
        {
            if (other == agent || front.Bottom <= box.Bottom) continue;
            var w = MathF.Min(front.Right, box.Right) - MathF.Max(front.X, box.X);
            var h = MathF.Min(front.Bottom, box.Bottom) - MathF.Max(front.Y, box.Y);
            if (w > 0 && h > 0 && w * h > 0.65f * box.Area) return true;
        }

        return false;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private sealed class Mood
    {
        public double[] Bias { get; } = new double[4];

        public double BlackUntil { get; set; }
    }
}
