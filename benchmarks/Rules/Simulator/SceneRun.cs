using EdgeGateway.Vision;

namespace EdgeGateway.Benchmarks.Rules.Simulator;

/// <summary>What truly is in one frame.</summary>
internal readonly record struct TrueObject(Agent Agent, BoxPx Box);

/// <summary>One scene of the junction, step by step: cars follow each other (Treiber's intelligent driver model) and stop at the light.</summary>
internal sealed class SceneRun
{
    private const int StepsPerFrame = 2;
    private readonly List<Agent> _agents;
    private readonly List<Agent> _present = [];
    private readonly double _step;
    private double _time = -8;

    public SceneRun(int seed, double framesPerSecond)
    {
        var random = new Random(seed);
        IsNight = random.NextDouble() < 0.35;
        var parking = random.NextDouble() < 0.25;
        Seconds = parking ? 150 : 55;
        Light = new LightPlan(18 + 14 * random.NextDouble(), 18 + 12 * random.NextDouble(), 3, 60 * random.NextDouble() + 100);
        _agents = Traffic.Make(random, Light, Seconds, parking);
        Truth = new TruthBook(Light);
        _step = 1 / framesPerSecond / StepsPerFrame;
        while (_time < -1e-6) Step(record: false);
    }

    public bool IsNight { get; }

    public double Seconds { get; }

    public LightPlan Light { get; }

    public TruthBook Truth { get; }

    public double Time => _time;

    public List<TrueObject> Objects { get; } = [];

    /// <summary>Goes to the next frame.</summary>
    /// <returns>False at the end of the scene.</returns>
    public bool NextFrame()
    {
        if (_time >= Seconds) return false;
        for (var i = 0; i < StepsPerFrame; i++) Step(record: true);
        Objects.Clear();
        foreach (var agent in _present)
        {
            var box = agent.Box();
            if (box.Height > 0) Objects.Add(new TrueObject(agent, box));
        }

        return true;
    }

    private void Step(bool record)
    {
        _time += _step;
        foreach (var agent in _agents)
        {
            if (agent.Begins <= _time && agent.Begins > _time - _step - 1e-9 || (agent.Begins <= _time && agent.MayEnter is not null && agent.S == 0 && !_present.Contains(agent) && !agent.IsDone))
            {
                if (agent.MayEnter?.Invoke(_time) != false && !_present.Contains(agent)) _present.Add(agent);
            }
        }

        _present.RemoveAll(agent => agent.IsDone);
        foreach (var agent in _present) Drive(agent);
        if (!record) return;
        foreach (var agent in _present)
        {
            var box = agent.Box();
            if (box.Height > 0) Truth.See(agent, box, _time);
        }
    }

    private void Drive(Agent agent)
    {
        var gap = 1000.0;
        var closing = 0.0;
        var (place, heading) = agent.Pose();
        foreach (var other in _present)
        {
            if (other == agent || other.Class == ObjectClass.Person) continue;
            var (there, way) = other.Pose();
            var off = there - place;
            var ahead = off.X * heading.X + off.Y * heading.Y;
            if (ahead is <= 0 or > 40 || heading.X * way.X + heading.Y * way.Y < 0.3) continue;
            if (Math.Abs(off.X * heading.Y - off.Y * heading.X) > (agent.Width + other.Width) / 2 + 0.1) continue;
            var free = ahead - (agent.Length + other.Length) / 2;
            if (free < gap) (gap, closing) = (free, agent.Speed - other.Speed);
        }

        if (agent.StopsAt is { } stop && agent.S + agent.Length / 2 < stop + 0.3)
        {
            var free = stop - agent.S - agent.Length / 2;
            var state = Light.At(_time);
            var canStop = agent.Speed * agent.Speed / 2 / 4 < free;
            if ((state == 'R' && canStop) || (state == 'Y' && canStop)) Consider(free + 0.3);
        }

        if (agent.Halt is { } halt && agent.S < halt.At + 0.5 && agent.Halted < halt.Seconds)
        {
            if (agent.Speed < 0.05 && halt.At - agent.S < 2.5) agent.Halted += _step;
            Consider(halt.At - agent.S + 0.3);
        }

        var desired = 1.2 + Math.Max(0, agent.Speed * 0.9 + agent.Speed * closing / (2 * Math.Sqrt(1.8 * 3)));
        var free2 = Math.Max(0.1, gap);
        var push = 1.8 * (1 - Math.Pow(agent.Speed / agent.Wish, 4) - (gap < 900 ? desired * desired / (free2 * free2) : 0));
        agent.Speed = Math.Max(0, agent.Speed + Math.Clamp(push, -8, 1.8) * _step);
        if (gap < 0.9 && agent.Speed < 0.4) agent.Speed = 0;
        agent.S += agent.Speed * _step;

        void Consider(double free)
        {
            if (free < gap) (gap, closing) = (free, agent.Speed);
        }
    }
}
