using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Analytics.Rules;

/// <summary>Someone on the stage: where the wheels are, how fast, and whether a detector sees it.</summary>
internal sealed class Actor(long id, ObjectClass kind, float x, float y)
{
    public TrackId Id { get; set; } = new(id);

    public ObjectClass Class { get; set; } = kind;

    public float X { get; set; } = x;

    public float Y { get; set; } = y;

    /// <summary>Pixels a second.</summary>
    public float Vx { get; set; }

    /// <summary>Pixels a second, down is positive.</summary>
    public float Vy { get; set; }

    public float Height { get; init; } = 80;

    public float Width { get; init; } = 50;

    /// <summary>False: the tracker carries it on without a detection.</summary>
    public bool IsDetected { get; set; } = true;

    /// <summary>False: it is not handed in at all.</summary>
    public bool IsPresent { get; set; } = true;

    internal FrameTime? FirstSeen { get; set; }

    public BoxPx Box => new(X - Width / 2, Y - Height, Width, Height);
}

/// <summary>Plays actors and a light before one rule, frame by frame.</summary>
internal sealed class Stage
{
    public const string LightId = "den-1";
    private readonly IFrameAnalytic _rule;
    private readonly List<Actor> _actors = [];
    private TimeSpan _now = TimeSpan.FromSeconds(1);

    public Stage(Func<TrackPaths, SignalBoard, IFrameAnalytic> make)
    {
        Board = new SignalBoard([new SignalModel(LightId)]);
        Paths = new TrackPaths();
        _rule = make(Paths, Board);
    }

    public SignalBoard Board { get; }

    public TrackPaths Paths { get; }

    public List<Observation> Found { get; } = [];

    public IEnumerable<ActSuspected> Acts => Found.OfType<ActSuspected>();

    public IEnumerable<OrderAlert> Alerts => Found.OfType<OrderAlert>();

    public double FramesPerSecond { get; init; } = 8;

    /// <summary>UTC of the stream's start.</summary>
    public DateTimeOffset Start { get; set; } = new(2026, 6, 1, 5, 0, 0, TimeSpan.Zero);

    /// <summary>What the light shows; null: nobody tells.</summary>
    public LightState? Light { get; set; }

    public double Seconds => _now.TotalSeconds;

    public FrameTime Now => new(_now, Start + _now);

    public Actor Add(ObjectClass kind, float x, float y, float vx = 0, float vy = 0)
    {
        var actor = new Actor(_actors.Count + 1, kind, x, y) { Vx = vx, Vy = vy };
        _actors.Add(actor);
        return actor;
    }

    public Stage With(Actor actor)
    {
        _actors.Add(actor);
        return this;
    }

    /// <summary>Lets time pass.</summary>
    public Stage Run(double seconds)
    {
        var frames = (int)Math.Round(seconds * FramesPerSecond);
        for (var frame = 0; frame < frames; frame++)
        {
            Board.Advance(Now);
            if (Light is { } light) Board.Tell(LightId, light, Now.Utc);
            var tracks = new List<Track>();
            foreach (var actor in _actors)
            {
                actor.X += (float)(actor.Vx / FramesPerSecond);
                actor.Y += (float)(actor.Vy / FramesPerSecond);
                if (!actor.IsPresent) continue;
                actor.FirstSeen ??= Now;
                tracks.Add(new Track(actor.Id, actor.Class, actor.Box, 0.9f, actor.Vx, actor.Vy, actor.FirstSeen.Value, Now, actor.IsDetected ? tracks.Count : -1) { FirstBox = default });
            }

            Paths.Look(tracks.ToArray(), Now, Found);
            _rule.Look(tracks.ToArray(), Now, Found);
            _now += TimeSpan.FromSeconds(1 / FramesPerSecond);
        }

        return this;
    }

    /// <summary>The tracker loses one and, when it comes back, gives it another number.</summary>
    public void Renumber(Actor actor)
    {
        Paths.Forget(actor.Id);
        _rule.Forget(actor.Id);
        actor.Id = new TrackId(actor.Id.Value + 100);
        actor.FirstSeen = null;
    }

    public void Forget(Actor actor)
    {
        Paths.Forget(actor.Id);
        _rule.Forget(actor.Id);
    }

    public Stage Finish()
    {
        _rule.Finish(Found);
        return this;
    }

    public static Zone Rectangle(string id, float left, float top, float right, float bottom) =>
        new(id, [new PointPx(left, top), new PointPx(right, top), new PointPx(right, bottom), new PointPx(left, bottom)]);
}
