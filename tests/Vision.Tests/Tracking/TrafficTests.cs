using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Tests.Analytics;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Tracking;

/// <summary>Tracker and line together on simulated traffic as a street camera gives it: few, uneven frames, misses, jitter, false boxes.</summary>
public sealed class TrafficTests
{
    private static readonly DirectedLine Gate = new("gate", new PointPx(20, 335), new PointPx(620, 335));

    [Fact]
    public void A_machine_and_the_machine_with_its_rider_are_one_track()
    {
        var (tracker, tracks) = (new ByteTracker(), new TrackBuffer());
        HashSet<TrackId> seen = [];
        for (var frame = 0; frame < 20; frame++)
        {
            var y = 100 + 8 * frame;
            Detection[] detections = [Machine(200, y, 40, 80, 0.8f), Machine(202, y + 38, 38, 42, 0.7f)];
            tracker.Update(detections, Script.TimeOf(TimeSpan.FromSeconds(frame / 8.0)), tracks);
            foreach (var track in tracks.Items) seen.Add(track.Id);
        }

        Assert.Single(seen);
    }

    [Theory]
    [InlineData(30, 0)] // beside it
    [InlineData(0, -22)] // behind it
    public void Two_machines_close_together_are_two_tracks(float dx, float dy)
    {
        var (tracker, tracks) = (new ByteTracker(), new TrackBuffer());
        HashSet<TrackId> seen = [];
        for (var frame = 0; frame < 20; frame++)
        {
            var y = 100 + 8 * frame;
            Detection[] detections = [Machine(200, y, 40, 80, 0.8f), Machine(200 + dx, y + dy, 40, 80, 0.7f)];
            tracker.Update(detections, Script.TimeOf(TimeSpan.FromSeconds(frame / 8.0)), tracks);
            foreach (var track in tracks.Items) seen.Add(track.Id);
        }

        Assert.Equal(2, seen.Count);
    }

    private static Detection Machine(float x, float y, float width, float height, float score) =>
        new(new BoxPx(x, y, width, height), score, 3, ObjectClass.Motorcycle);

    private sealed class Rider(double x, double y, double speed)
    {
        public double X { get; } = x;

        public double Y { get; set; } = y;

        public double Speed { get; } = speed;

        public double Height => 15 + 0.13 * Y;
    }

    private sealed record Sums(int In, int Out, int TrueIn, int TrueOut)
    {
        public int Errors => Math.Abs(In - TrueIn) + Math.Abs(Out - TrueOut);

        public int True => TrueIn + TrueOut;
    }

    /// <summary>Two minutes of motorcycles down on the left and up on the right.</summary>
    private static Sums Drive(int seed, double fps, double found, bool uneven)
    {
        var random = new Random(seed);
        var tracker = new ByteTracker();
        var crossing = new LineCrossing([Gate]);
        var tracks = new TrackBuffer();
        List<Observation> observations = [];
        List<Rider> riders = [];
        List<Detection> detections = [];
        int trueIn = 0, trueOut = 0;
        double time = 0, next = 0;
        while (time < 120)
        {
            var dt = (uneven ? 0.7 + 0.6 * random.NextDouble() : 1) / fps;
            time += dt;
            if (time > next && time < 110)
            {
                next = time + 0.4 + random.NextDouble();
                var down = random.Next(2) == 0;
                var speed = 90 + 240 * random.NextDouble();
                riders.Add(new Rider((down ? 60 : 360) + random.Next(220), down ? 100 : 478, down ? speed : -speed));
            }

            detections.Clear();
            foreach (var rider in riders)
            {
                var before = rider.Y;
                // Seen in perspective: slow above, fast below.
                rider.Y += rider.Speed * rider.Height / 60 * dt;
                if (before < 335 && rider.Y >= 335) trueIn++;
                if (before > 335 && rider.Y <= 335) trueOut++;
                if (rider.Y > 470 || random.NextDouble() > found) continue;
                var h = rider.Height * (1 + 0.04 * (random.NextDouble() - 0.5));
                var w = rider.Height * 0.7 * (1 + 0.06 * (random.NextDouble() - 0.5));
                detections.Add(new Detection(
                    new BoxPx((float)(rider.X - w / 2), (float)(rider.Y - h + 2 * (random.NextDouble() - 0.5)), (float)w, (float)h),
                    (float)(0.3 + 0.6 * random.NextDouble()), 3, ObjectClass.Motorcycle));
            }

            riders.RemoveAll(r => r.Y is < 95 or > 520);
            if (random.Next(10) == 0)
            {
                detections.Add(new Detection(new BoxPx(random.Next(600), random.Next(400), 30, 45), 0.5f, 3, ObjectClass.Motorcycle));
            }

            var now = Script.TimeOf(TimeSpan.FromSeconds(time));
            tracker.Update(detections.ToArray(), now, tracks);
            crossing.Look(tracks.Items, now, observations);
            foreach (var gone in tracker.Ended) crossing.Forget(gone);
        }

        crossing.Finish(observations);
        var crossings = observations.Cast<LineCrossed>().ToArray();
        return new Sums(
            crossings.Count(c => c.Direction == CrossingDirection.In), crossings.Count(c => c.Direction == CrossingDirection.Out), trueIn, trueOut);
    }

    [Theory]
    [InlineData(6, true)]
    [InlineData(8, false)]
    [InlineData(12, false)]
    [InlineData(25, false)]
    public void Motorcycles_are_counted_within_three_percent(double fps, bool uneven)
    {
        var sums = Enumerable.Range(1, 5).Select(seed => Drive(seed, fps, 0.85, uneven)).ToArray();
        var (errors, all) = (sums.Sum(s => s.Errors), sums.Sum(s => s.True));
        Assert.True(all > 400, $"only {all} crossings");
        Assert.True(errors <= 0.03 * all + 1, $"{errors} wrong of {all}: {string.Join("; ", sums.AsEnumerable())}");
    }

    [Fact]
    public void Vehicles_that_move_off_together_do_not_pass_for_a_moving_camera()
    {
        var tracker = new ByteTracker();
        var tracks = new TrackBuffer();
        var ids = new HashSet<long>();
        double y = 0;
        for (var frame = 0; frame < 40; frame++)
        {
            // Six wait for green and move off alike; one stays parked.
            y += Math.Max(0, frame - 10) * 1.2;
            var detections = Enumerable.Range(0, 6)
                .Select(i => new Detection(new BoxPx(100 + i * 60, 50 + (float)y, 40, 60), 0.8f, 3, ObjectClass.Motorcycle))
                .Append(new Detection(new BoxPx(560, 300, 90, 60), 0.8f, 2, ObjectClass.Car)).ToArray();
            tracker.Update(detections, Script.TimeOf(TimeSpan.FromSeconds(frame / 8.0)), tracks);
            foreach (var track in tracks.Items) ids.Add(track.Id.Value);
        }

        Assert.Equal(7, ids.Count);
        var parked = tracks.Items.ToArray().Single(t => t.Class == ObjectClass.Car);
        Assert.Equal(560, parked.Box.X, 3.0);
        Assert.Equal(300, parked.Box.Y, 6.0);
    }
}
