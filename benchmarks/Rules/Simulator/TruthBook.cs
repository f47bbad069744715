using EdgeGateway.Vision;

namespace EdgeGateway.Benchmarks.Rules.Simulator;

/// <summary>Something that truly happened.</summary>
/// <param name="Act">What: the code of the act's family.</param>
/// <param name="Agent">By whom.</param>
/// <param name="From">From when, s.</param>
/// <param name="To">Until when, s.</param>
/// <param name="IsClear">False: so near the limit that both answers are right; it then counts neither way.</param>
internal sealed record TrueAct(string Act, int Agent, double From, double To, bool IsClear);

/// <summary>
/// What happened in a scene, by geometry on the ground, from the true places at every step (the middle of the true box's lower edge, as
/// the contract defines a place). Knows the light's true state, distances in metres and times; knows no rule, no track, no threshold of one.
/// </summary>
internal sealed class TruthBook(LightPlan light)
{
    private readonly Dictionary<int, Story> _stories = [];

    public void See(Agent agent, BoxPx box, double t)
    {
        if (agent.Class == ObjectClass.Person) return;
        if (!_stories.TryGetValue(agent.Id, out var story)) _stories[agent.Id] = story = new Story(agent);
        story.Places.Add((t, Eye.ToGround(box.BottomCentre), agent.Speed));
    }

    public List<TrueAct> Acts()
    {
        var acts = new List<TrueAct>();
        foreach (var story in _stories.Values)
        {
            AtTheLine(story, acts);
            Along(story, acts, "WRONG_WAY", Junction.Carriageway, p => -p.Y, clear: 10, near: 3, slowest: 2);
            Along(story, acts, "SIDEWALK_DRIVING", Junction.Pavement, p => p.Y, clear: 9, near: 3.5, slowest: 2);
            Along(story, acts, "SIDEWALK_DRIVING", Junction.Pavement, p => -p.Y, clear: 9, near: 3.5, slowest: 2);
            Along(story, acts, "PROHIBITED_ROAD", Junction.ClosedBay, p => -p.Y, clear: 8, near: 0.3, slowest: 1);
            if (story.Agent.Class == ObjectClass.Motorcycle) Along(story, acts, "WRONG_LANE", Junction.CarLane, p => p.Y, clear: 10, near: 2, slowest: 0, margin: 0.3);
            else Along(story, acts, "WRONG_LANE", Junction.MotorcycleLane, p => p.Y, clear: 10, near: 2, slowest: 0, margin: 0.3);
            OverSolidLine(story, acts);
            Turns(story, acts);
            Speed(story, acts);
            Stands(story, acts);
        }

        return acts;
    }

    /// <summary>The true mean speed of a speeding act, km/h.</summary>
    public double? SpeedOf(TrueAct act)
    {
        var inside = _stories[act.Agent].Places.Where(p => Junction.Holds(Junction.SpeedRoad, p.Place)).ToList();
        return inside.Count < 2 ? null : 3.6 * (inside[^1].Place - inside[0].Place).Length / (inside[^1].Time - inside[0].Time);
    }

    private void AtTheLine(Story story, List<TrueAct> acts)
    {
        for (var i = 1; i < story.Places.Count; i++)
        {
            var (a, b) = (story.Places[i - 1], story.Places[i]);
            if (!(a.Place.Y < Junction.StopLineY && b.Place.Y >= Junction.StopLineY) || b.Place.X is < 0 or > Junction.Kerb) continue;
            var (atRed, since) = (light.At(b.Time) == 'R', light.Since(b.Time));
            // How far it gets while this red lasts, and how long it stands beyond the line in it.
            var (farthest, stood, longest, end) = (b.Place.Y, 0.0, 0.0, b.Time);
            for (var k = i + 1; k < story.Places.Count && light.At(story.Places[k].Time) == (atRed ? 'R' : light.At(story.Places[k].Time)) && story.Places[k].Time < b.Time + 60; k++)
            {
                if (atRed && light.Since(story.Places[k].Time) < since) break;
                if (!atRed && light.At(story.Places[k].Time) != 'R') continue;
                farthest = Math.Max(farthest, story.Places[k].Place.Y);
                stood = story.Places[k].Speed < 0.15 && story.Places[k].Place.Y < 40 ? stood + story.Places[k].Time - story.Places[k - 1].Time : 0;
                longest = Math.Max(longest, stood);
                end = story.Places[k].Time;
            }

            var beyond = farthest - Junction.StopLineY;
            if (atRed && beyond > 0.3) acts.Add(new TrueAct("RED_LIGHT", story.Agent.Id, b.Time, end, since > 1.2 && beyond > 8));
            if (longest > 1.5) acts.Add(new TrueAct("STOP_LINE", story.Agent.Id, b.Time, end, atRed && since > 1.2 && longest > 4.5 && beyond is > 1.4 and < 8));
        }
    }

    /// <summary>A stretch inside a rectangle with progress one way.</summary>
    private static void Along(Story story, List<TrueAct> acts, string act, PointM[] area, Func<PointM, double> progress, double clear, double near, double slowest, double margin = 0)
    {
        var from = -1;
        for (var i = 0; i <= story.Places.Count; i++)
        {
            var inside = i < story.Places.Count && Junction.Holds(area, story.Places[i].Place);
            if (inside && from < 0) from = i;
            if (inside || from < 0) continue;
            var (begin, end) = (story.Places[from], story.Places[i - 1]);
            var (way, time) = (progress(end.Place) - progress(begin.Place), end.Time - begin.Time);
            var deep = 0.0;
            for (var k = from + 1; k < i; k++)
            {
                if (Junction.Holds(area, story.Places[k].Place, margin)) deep += Math.Max(0, progress(story.Places[k].Place) - progress(story.Places[k - 1].Place));
            }

            if (way > near) acts.Add(new TrueAct(act, story.Agent.Id, begin.Time, end.Time, deep > clear && way > slowest * time));
            from = -1;
        }
    }

    private static void OverSolidLine(Story story, List<TrueAct> acts)
    {
        for (var i = 1; i < story.Places.Count; i++)
        {
            var (a, b) = (story.Places[i - 1], story.Places[i]);
            if (a.Place.X < Junction.LaneEdge == b.Place.X < Junction.LaneEdge || b.Place.Y is < Junction.NearY or > Junction.FarY) continue;
            // Clear when it was, and then is, a wheel's breadth and more away, for long enough to see.
            var before = story.Places.Take(i).Where(p => p.Place.Y > Junction.NearY - 2).ToList();
            var after = story.Places.Skip(i).Where(p => p.Place.Y < Junction.FarY).ToList();
            var away = before.Count > 12 && after.Count > 12
                && before.Max(p => Math.Abs(p.Place.X - Junction.LaneEdge)) > 0.9 && after.Max(p => Math.Abs(p.Place.X - Junction.LaneEdge)) > 0.9;
            acts.Add(new TrueAct("ILLEGAL_LANE_CHANGE", story.Agent.Id, a.Time, b.Time + 2, away));
        }
    }

    private static void Turns(Story story, List<TrueAct> acts)
    {
        double? entered = null;
        for (var i = 1; i < story.Places.Count; i++)
        {
            var (a, b) = (story.Places[i - 1].Place, story.Places[i].Place);
            if (a.Y < Junction.StopLineY && b.Y >= Junction.StopLineY && b.X is > 0 and < Junction.Kerb) entered = story.Places[i].Time;
            if (entered is not { } since) continue;
            if (a.Y > Junction.StopLineY && b.Y <= Junction.StopLineY && b.X is < -0.3 and > -7)
            {
                acts.Add(new TrueAct("NO_UTURN", story.Agent.Id, since, story.Places[i].Time, story.Places[^1].Time - story.Places[i].Time > 0.8));
                entered = null;
            }
            else if (a.X < Junction.Kerb + 0.5 && b.X >= Junction.Kerb + 0.5 && b.Y is > 29.5 and < 42)
            {
                acts.Add(new TrueAct("NO_TURN", story.Agent.Id, since, story.Places[i].Time, story.Places[^1].Time - story.Places[i].Time > 0.8));
                entered = null;
            }
        }
    }

    private static void Speed(Story story, List<TrueAct> acts)
    {
        var inside = story.Places.Where(p => Junction.Holds(Junction.SpeedRoad, p.Place)).ToList();
        if (inside.Count < 3) return;
        var way = (inside[^1].Place - inside[0].Place).Length;
        var speed = 3.6 * way / Math.Max(0.1, inside[^1].Time - inside[0].Time);
        // The law asks how fast it drove, not how fast on average: who comes at 64 km/h and then brakes for a queue has driven 64, whatever
        // the mean of the whole road. Such acts are true and near the limit (they count neither way); clear is only a mean far above it.
        if (way > 8 && (speed > 53 || Fastest(inside) > 53)) acts.Add(new TrueAct("SPEED", story.Agent.Id, inside[0].Time, inside[^1].Time, speed > 66 && way > 25));
    }

    /// <summary>The highest mean over any stretch of 8 m, km/h.</summary>
    private static double Fastest(List<(double Time, PointM Place, double Speed)> places)
    {
        var (fastest, from) = (0.0, 0);
        for (var to = 1; to < places.Count; to++)
        {
            while (from + 1 < to && (places[to].Place - places[from + 1].Place).Length >= 8) from++;
            var way = (places[to].Place - places[from].Place).Length;
            if (way >= 8) fastest = Math.Max(fastest, 3.6 * way / (places[to].Time - places[from].Time));
        }

        return fastest;
    }

    private static void Stands(Story story, List<TrueAct> acts)
    {
        if (story.Agent.Halt is not { } halt) return;
        var stands = story.Places.Where(p => p.Speed < 0.05 && Junction.Holds(Junction.KerbZone, p.Place)).ToList();
        if (stands.Count == 0) return;
        // Parked, not waiting for anything: it stopped by its own will. 20 s are forbidden; a red phase in between hides part of it.
        var time = stands[^1].Time - stands[0].Time;
        if (halt.Seconds > 15 && time > 15) acts.Add(new TrueAct("NO_PARKING", story.Agent.Id, stands[0].Time, stands[^1].Time, time > 80));
    }

    private sealed record Story(Agent Agent)
    {
        public List<(double Time, PointM Place, double Speed)> Places { get; } = [];
    }
}
