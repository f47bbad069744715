using System.Diagnostics;
using EdgeGateway.Benchmarks.Rules.Simulator;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Benchmarks.Rules;

/// <summary>What twelve rules cost a frame with forty tracks that move about inside their zones and over their lines' ends, without an event.</summary>
internal static class RuleCost
{
    public const int Tracks = 40;
    private const int Rounds = 20_000;

    public static (double MedianMicroseconds, double P99Microseconds, long Bytes, int Rules, int Events) Measure()
    {
        var board = new SignalBoard([new SignalModel(JunctionRules.Light) { MaxAge = TimeSpan.FromDays(9) }]);
        IFrameAnalytic[] rules = [.. JunctionRules.Make(board), .. Gatherings()];
        var tracks = new Track[Tracks];
        var found = new List<Observation>();
        var times = new double[Rounds];
        var bytes = 0L;
        for (var round = -2000; round < Rounds; round++)
        {
            var now = new FrameTime(TimeSpan.FromSeconds((round + 2000) / 8.0), DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds((round + 2000) / 8.0));
            board.Advance(now);
            board.Tell(JunctionRules.Light, LightState.Green, now.Utc);
            Move(tracks, round, now);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var began = Stopwatch.GetTimestamp();
            foreach (var rule in rules) rule.Look(tracks, now, found);
            var took = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
            if (round < 0) continue;
            times[round] = took;
            bytes += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Array.Sort(times);
        return (times[Rounds / 2], times[(int)(Rounds * 0.99)], bytes, rules.Length - 1, found.Count);
    }

    private static IFrameAnalytic[] Gatherings()
    {
        var zone = new Zone("via-he", [.. Junction.Pavement.Select(Eye.ToPx)]);
        return [new Crowding(new CrowdingModel("dong", zone, 100) { Classes = ClassSet.People }), new Loitering(new LoiteringModel("lau", zone, TimeSpan.FromHours(9)) { Classes = ClassSet.People })];
    }

    /// <summary>Vehicles sway by a few metres in lanes, pavement and bay, people stand on the pavement; nobody does anything.</summary>
    private static void Move(Track[] tracks, int round, FrameTime now)
    {
        for (var i = 0; i < tracks.Length; i++)
        {
            var kind = i % 5 == 4 ? ObjectClass.Person : i % 2 == 0 ? ObjectClass.Car : ObjectClass.Motorcycle;
            var x = kind switch { ObjectClass.Person => 8.5, ObjectClass.Car => 2.0, _ => 4.6 };
            var place = new PointM(x + 0.2 * Math.Sin(0.1 * round + i), 13 + i * 0.33 + 0.7 * Math.Sin(0.15 * round + 2 * i));
            var box = Eye.BoxOf(place, new PointM(0, 1), kind == ObjectClass.Car ? 4.4 : 1.9, kind == ObjectClass.Car ? 1.8 : 0.75, 1.6);
            tracks[i] = new Track(new TrackId(i + 1), kind, box, 0.8f, 40, 40, now, now, i);
        }
    }
}
