using System.Globalization;
using EdgeGateway.Benchmarks.Rules.Simulator;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Benchmarks.Rules;

/// <summary>How one act fared over all scenes.</summary>
internal sealed class ActScore
{
    public int Clear;
    public int Found;
    public int False;
    public int Doubled;
    public int NearLimit;

    /// <summary>Of the clear acts, those during which the vehicle had no box for longer than <see cref="SceneScores.HiddenSeconds"/>; and how many of these were found.</summary>
    public int Hidden;
    public int HiddenFound;

    public double Precision => Found + False + Doubled == 0 ? double.NaN : (double)Found / (Found + False + Doubled);

    public double Recall => Clear == 0 ? double.NaN : (double)Found / Clear;

    public void Add(ActScore other) => (Clear, Found, False, Doubled, NearLimit, Hidden, HiddenFound) = (Clear + other.Clear, Found + other.Found, False + other.False, Doubled + other.Doubled, NearLimit + other.NearLimit, Hidden + other.Hidden, HiddenFound + other.HiddenFound);
}

/// <summary>What makes tracks lose their vehicles, beside one detection in five missed, jitter, wrong classes, riders as people, machines boxed twice and false boxes.</summary>
internal enum SceneFaults
{
    /// <summary>Nothing: numbers change by the tracker's own doing.</summary>
    Seen,

    /// <summary>Numbers exchanged and lost (<see cref="TrackMixer"/>).</summary>
    Mixed,

    /// <summary>Bodies in the way and blackouts of up to 4 s.</summary>
    Hidden,
}

/// <summary>What all scenes came to.</summary>
internal sealed record SceneResult(SortedDictionary<string, ActScore> Acts, long Frames, long LightRight, long LightWrong, long LightUnknown, List<double> SpeedErrors, List<string> Faults)
{
    /// <summary>Pairs of tracks that exchanged their numbers, and tracks that were given a new one.</summary>
    public (int Exchanges, int Renewals) Mixed { get; init; }
}

/// <summary>
/// Simulated scenes through the real way: noisy detections → <see cref="ByteTracker"/> → rules, the light painted and read from pixels.
/// An event is right when a vehicle at its place and time truly did that act and no other event has said so.
/// </summary>
internal static class SceneScores
{
    public static readonly string[] Acts =
        ["RED_LIGHT", "STOP_LINE", "WRONG_WAY", "PROHIBITED_ROAD", "SIDEWALK_DRIVING", "NO_PARKING", "WRONG_LANE", "ILLEGAL_LANE_CHANGE", "NO_UTURN", "NO_TURN", "SPEED"];

    /// <summary>Chance alone misses eight boxes in a row once in 400,000 frames: who has none for longer is behind others or in a blackout.</summary>
    public const double HiddenSeconds = 1;

    private const double FramesPerSecond = 8;

    public static SceneResult Run(int firstSeed, int scenes, SceneFaults faults)
    {
        var total = new SceneResult(new SortedDictionary<string, ActScore>(StringComparer.Ordinal), 0, 0, 0, 0, [], []);
        foreach (var act in Acts) total.Acts[act] = new ActScore();
        var gate = new Lock();
        Parallel.For(firstSeed, firstSeed + scenes, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            var one = RunOne(seed, faults);
            lock (gate)
            {
                foreach (var (act, score) in one.Acts) total.Acts[act].Add(score);
                total.SpeedErrors.AddRange(one.SpeedErrors);
                total.Faults.AddRange(one.Faults);
                total = total with { Frames = total.Frames + one.Frames, LightRight = total.LightRight + one.LightRight, LightWrong = total.LightWrong + one.LightWrong, LightUnknown = total.LightUnknown + one.LightUnknown, Mixed = (total.Mixed.Exchanges + one.Mixed.Exchanges, total.Mixed.Renewals + one.Mixed.Renewals) };
            }
        });
        total.Faults.Sort(StringComparer.Ordinal);
        return total;
    }

    /// <summary>One scene. <paramref name="inspect"/> sees the true objects and the tracks of each frame.</summary>
    internal static SceneResult RunOne(int seed, SceneFaults faults, Action<SceneRun, TrackPaths, TrackBuffer>? inspect = null)
    {
        var scene = new SceneRun(seed, FramesPerSecond);
        var sensor = new Sensor(seed + 1, hides: faults == SceneFaults.Hidden);
        var mixer = faults == SceneFaults.Mixed ? new TrackMixer(seed + 3) : null;
        var painter = new LampPainter(seed + 2, scene.IsNight);
        SignalModel[] signals = [new SignalModel(JunctionRules.Light) { Region = new BoxPx(8, 4, 24, 88) }];
        var board = new SignalBoard(signals);
        var reader = new SignalReader(signals, board);
        using var pool = new FramePool(LampPainter.Width, LampPainter.Height, 1);
        var rules = JunctionRules.Make(board);
        var tracker = new ByteTracker(new TrackerOptions { HighScore = 0.4f, BirthScore = 0.48f, LowScore = 0.24f });
        var (tracked, mixed) = (new TrackBuffer(), new TrackBuffer());
        var detections = new List<Detection>();
        var found = new List<Observation>();
        var past = new List<(double Time, List<TrueObject> Objects)>();
        long frames = 0, right = 0, wrong = 0, unknown = 0;
        while (scene.NextFrame())
        {
            var now = new FrameTime(TimeSpan.FromSeconds(scene.Time), DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(scene.Time));
            using (var frame = pool.TryRent()!)
            {
                frame.Time = now;
                painter.Paint(frame, scene.Light.At(scene.Time), scene.Light.Red - scene.Light.Since(scene.Time));
                reader.Read(frame);
            }

            sensor.Look(scene, detections);
            tracker.Update(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(detections), now, tracked);
            mixer?.Mix(tracked, tracker.Ended, now, mixed);
            var tracks = mixer is null ? tracked : mixed;
            foreach (var rule in rules) rule.Look(tracks.Items, now, found);
            inspect?.Invoke(scene, (TrackPaths)rules[0], tracks);
            foreach (var gone in mixer is null ? tracker.Ended : mixer.Ended)
            {
                foreach (var rule in rules) rule.Forget(gone);
            }

            past.Add((scene.Time, [.. scene.Objects]));
            frames++;
            // The reader dates a change back to its first frame: it is asked half a second later, as the rules do.
            var asked = scene.Time - 0.6;
            if (asked < 1.5) continue;
            var state = board.Find(JunctionRules.Light)!.At(TimeSpan.FromSeconds(asked));
            if (state == LightState.Unknown) unknown++;
            else if ((state == LightState.Red ? 'R' : state == LightState.Green ? 'G' : 'Y') == scene.Light.At(asked)) right++;
            else wrong++;
        }

        foreach (var rule in rules) rule.Finish(found);
        return Judge(seed, scene, sensor, found, past, frames, right, wrong, unknown) with { Mixed = (mixer?.Exchanges ?? 0, mixer?.Renewals ?? 0) };
    }

    private static SceneResult Judge(int seed, SceneRun scene, Sensor sensor, List<Observation> found, List<(double Time, List<TrueObject> Objects)> past, long frames, long right, long wrong, long unknown)
    {
        var truth = scene.Truth.Acts();
        var said = new HashSet<TrueAct>();
        var scores = Acts.ToDictionary(act => act, _ => new ActScore(), StringComparer.Ordinal);
        var errors = new List<double>();
        var faults = new List<string>();
        foreach (var act in truth)
        {
            if (act.IsClear) scores[act.Act].Clear++;
        }

        foreach (var suspicion in found.OfType<ActSuspected>())
        {
            var code = suspicion.Code.StartsWith("SPEED", StringComparison.Ordinal) ? "SPEED" : suspicion.Code;
            var (who, score) = (VehiclesAt(suspicion, past), scores[code]);
            var (from, to) = (suspicion.From.Elapsed.TotalSeconds, suspicion.To.Elapsed.TotalSeconds);
            var fits = truth.Where(act => act.Act == code && who.Contains(act.Agent) && act.From < to + 2 && act.To > from - 2).ToList();
            if (fits.Find(act => act.IsClear && !said.Contains(act)) is { } clear)
            {
                said.Add(clear);
                score.Found++;
                if (suspicion.Measure is { Unit: "km/h" } measure && scene.Truth.SpeedOf(clear) is { } speed) errors.Add(measure.Value - speed);
            }
            else if (fits.Find(act => !act.IsClear && !said.Contains(act)) is { } near)
            {
                said.Add(near);
                score.NearLimit++;
            }
            else
            {
                if (fits.Count > 0) score.Doubled++;
                else score.False++;
                var names = string.Join(' ', who.Select(id => $"{id}:{past.SelectMany(p => p.Objects).First(o => o.Agent.Id == id).Agent.Class}"));
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"{code} {(fits.Count > 0 ? "doubled" : "false")} seed {seed} {from:0.0}-{to:0.0} s track {suspicion.Track} {suspicion.Class} at [{names}] box {suspicion.Moments[^1].Box}"));
            }
        }

        foreach (var act in truth.Where(act => act.IsClear && IsHidden(act)))
        {
            scores[act.Act].Hidden++;
            if (said.Contains(act)) scores[act.Act].HiddenFound++;
        }

        foreach (var missed in truth.Where(act => act.IsClear && !said.Contains(act)))
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{missed.Act} missed seed {seed} agent {missed.Agent} {missed.From:0.0}-{missed.To:0.0} s{(IsHidden(missed) ? " hidden" : "")}"));
        return new SceneResult(new SortedDictionary<string, ActScore>(scores, StringComparer.Ordinal), frames, right, wrong, unknown, errors, faults);

        bool IsHidden(TrueAct act) => sensor.LongestHidden(act.Agent, act.From - 1, act.To + 1) > HiddenSeconds;
    }

    /// <summary>The vehicles on whose true boxes the event's moments lie: the best fit at each of them.</summary>
    private static HashSet<int> VehiclesAt(ActSuspected act, List<(double Time, List<TrueObject> Objects)> past)
    {
        var who = new HashSet<int>();
        foreach (var moment in act.Moments)
        {
            var frame = past.MinBy(p => Math.Abs(p.Time - moment.Time.Elapsed.TotalSeconds));
            var best = frame.Objects.Where(o => o.Agent.Class != ObjectClass.Person).Select(o => (o.Agent.Id, Iou: o.Box.Iou(moment.Box))).DefaultIfEmpty((-1, 0)).MaxBy(o => o.Item2);
            if (best.Item2 > 0.25f) who.Add(best.Item1);
        }

        return who;
    }
}
