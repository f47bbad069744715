using CsCheck;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Tests.Analytics;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Tracking;

public sealed class ByteTrackerTests
{
    private readonly ByteTracker _tracker = new();
    private readonly TrackBuffer _tracks = new();
    private readonly HashSet<long> _ids = [];
    private readonly List<TrackId> _ended = [];
    private double _time;

    private ReadOnlySpan<Track> Frame(double fps, params Detection[] detections)
    {
        _tracker.Update(detections, Script.TimeOf(TimeSpan.FromSeconds(_time)), _tracks);
        _time += 1 / fps;
        foreach (var track in _tracks.Items) _ids.Add(track.Id.Value);
        _ended.AddRange(_tracker.Ended);
        return _tracks.Items;
    }

    private static Detection Box(double x, double y, double score = 0.9, ObjectClass value = ObjectClass.Person, double w = 40, double h = 80) =>
        new(new BoxPx((float)x, (float)y, (float)w, (float)h), (float)score, (int)value, value);

    [Fact]
    public void One_detection_makes_no_track_and_the_second_confirms_it_back_to_its_first_frame()
    {
        Assert.Equal(0, Frame(10, Box(100, 100)).Length);
        var tracks = Frame(10, Box(104, 100));
        Assert.Equal(1, tracks.Length);
        Assert.Equal((TimeSpan.Zero, 100f, true), (tracks[0].FirstSeen.Elapsed, tracks[0].FirstBox.X, tracks[0].IsMatched));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(30)]
    public void A_walker_keeps_the_id_at_any_rate(double fps)
    {
        for (var i = 0; i < 6 * fps; i++) Frame(fps, Box(100 + i * 80 / fps, 100 + Math.Sin(i) * 2));
        Assert.Single(_ids);
        Assert.Equal(80, _tracks.Items[0].VelocityX, 12.0);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(25)]
    public void A_motorcycle_at_six_heights_a_second_keeps_the_id(double fps)
    {
        for (var i = 0; i < 2 * fps; i++) Frame(fps, Box(100 + i * 6 * 60 / fps, 100, 0.8, ObjectClass.Motorcycle, 50, 60));
        Assert.Single(_ids);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(25)]
    public void A_second_behind_a_tree_does_not_change_the_id(double fps)
    {
        for (var i = 0; i < 5 * fps; i++)
        {
            var t = i / fps;
            if (t is > 2 and < 3.2) Frame(fps);
            else Frame(fps, Box(100 + t * 60, 100));
        }

        Assert.Single(_ids);
        Assert.Empty(_ended);
    }

    [Fact]
    public void A_weak_detection_keeps_a_track_but_begins_none()
    {
        for (var i = 0; i < 5; i++) Frame(10, Box(100, 100), Box(400, 100, 0.28));
        for (var i = 0; i < 5; i++) Assert.True(Frame(10, Box(100, 100, 0.2), Box(400, 100, 0.28))[0].IsMatched);
        Assert.Single(_ids);
    }

    [Fact]
    public void A_car_that_the_detector_also_calls_a_truck_is_one_car()
    {
        for (var i = 0; i < 20; i++) Frame(8, Box(100 + i * 5, 100, i % 4 == 1 ? 0.5 : 0.8, i % 4 == 1 ? ObjectClass.Truck : ObjectClass.Car, 90, 60));
        Assert.Single(_ids);
        Assert.Equal(ObjectClass.Car, _tracks.Items[0].Class);
    }

    [Fact]
    public void A_car_that_a_classwise_suppression_left_in_twice_is_one_car()
    {
        for (var i = 0; i < 20; i++)
        {
            Frame(8, Box(101 + i * 5, 100, 0.6, ObjectClass.Truck, 90, 60), Box(100 + i * 5, 100, 0.8, ObjectClass.Car, 90, 60));
        }

        Assert.Single(_ids);
        Assert.Equal(ObjectClass.Car, _tracks.Items[0].Class);
    }

    [Fact]
    public void A_rider_and_the_motorcycle_are_two()
    {
        for (var i = 0; i < 20; i++) Frame(8, Box(100 + i * 5, 100), Box(100 + i * 5, 105, 0.8, ObjectClass.Motorcycle));
        Assert.Equal(2, _ids.Count);
    }

    [Fact]
    public void Two_who_meet_and_pass_keep_their_ids()
    {
        for (var i = 0; i <= 40; i++)
        {
            var (a, b) = (100 + i * 6, 340 - i * 6);
            if (Math.Abs(a - b) < 15) Frame(10, Box(a, 104));
            else Frame(10, Box(a, 104), Box(b, 96, 0.85));
        }

        Assert.Equal(2, _ids.Count);
        var right = _tracks.Items.ToArray().MaxBy(t => t.Box.X);
        Assert.Equal(1, right.Id.Value);
    }

    [Fact]
    public void A_jump_of_the_whole_picture_changes_no_id()
    {
        for (var i = 0; i < 60; i++)
        {
            var shake = i % 10 == 9 ? 45 : i % 10 == 4 ? -38 : 0;
            Frame(10, [.. Enumerable.Range(0, 8).Select(n => Box(100 + n * 70 + i * (n % 2 == 0 ? 3 : -3) + shake, 100 + n % 3 * 130 + shake / 2))]);
        }

        Assert.Equal(8, _ids.Count);
    }

    [Fact]
    public void A_track_ends_once_and_for_good()
    {
        for (var i = 0; i < 5; i++) Frame(10, Box(100, 100));
        for (var i = 0; i < 60; i++) Frame(10);
        Assert.Equal([new TrackId(1)], _ended);
        for (var i = 0; i < 5; i++) Frame(10, Box(100, 100));
        Assert.Equal([1L, 2L], _ids.Order());
    }

    [Fact]
    public void A_queue_that_is_hidden_for_two_seconds_is_taken_up_again()
    {
        for (var i = 0; i < 20; i++) Frame(10, Box(100, 100, 0.8, ObjectClass.Car, 90, 60));
        for (var i = 0; i < 22; i++) Frame(10);
        for (var i = 0; i < 5; i++) Frame(10, Box(104, 101, 0.8, ObjectClass.Car, 90, 60));
        Assert.Single(_ids);
    }

    [Fact]
    public void Boxes_without_place_or_size_and_a_clock_that_stands_or_steps_back_do_no_harm()
    {
        for (var i = 0; i < 10; i++)
        {
            Frame(10, Box(100, 100), Box(double.NaN, 0), Box(1, 1, 0.9, ObjectClass.Person, 0, 5), Box(1, 1, double.NaN), Box(double.PositiveInfinity, 2));
            if (i == 5) _time -= 0.5;
            if (i == 7) _time -= 0.1;
        }

        Assert.Single(_ids);
        Assert.True(float.IsFinite(_tracks.Items[0].Box.X));
    }

    [Fact]
    public void More_objects_than_places_are_dropped_and_counted()
    {
        var tracker = new ByteTracker(new TrackerOptions { Capacity = 4 });
        var boxes = Enumerable.Range(0, 10).Select(i => Box(i * 100, 100)).ToArray();
        tracker.Update(boxes.AsSpan(0, 4), Script.TimeOf(TimeSpan.Zero), _tracks);
        tracker.Update(boxes.AsSpan(4, 4), Script.TimeOf(TimeSpan.FromSeconds(0.1)), _tracks);
        Assert.Equal(4, tracker.Dropped);
    }

    [Fact]
    public void An_update_with_200_tracks_allocates_nothing()
    {
        var detections = new Detection[200];
        void Update(int frame)
        {
            for (var i = 0; i < 200; i++)
            {
                // Some come and go, so that births and ends take part.
                var hidden = (frame + i) % 97 < 45;
                detections[i] = Box(i % 20 * 90 + frame % 50, i / 20 * 100, hidden ? 0.05 : 0.3 + 0.6 * (i % 7) / 7);
            }

            _tracker.Update(detections, Script.TimeOf(TimeSpan.FromSeconds(frame / 10.0)), _tracks);
        }

        for (var frame = 0; frame < 200; frame++) Update(frame);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var frame = 200; frame < 400; frame++) Update(frame);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(_tracks.Count, 50, 200);
    }

    [Fact]
    public void The_same_frames_give_the_same_tracks()
    {
        Gen.Int[0, 1000].Sample(
            seed =>
            {
                string Run()
                {
                    var random = new Random(seed);
                    var rows = Enumerable.Range(0, 300).Select(_ => new MotRow(
                        1 + random.Next(40), -1, new BoxPx(random.Next(300), random.Next(200), 30 + random.Next(20), 70 + random.Next(20)), random.NextSingle(), -1, -1));
                    using var writer = new StringWriter();
                    TrackFile.Run([.. rows], 10, writer);
                    return writer.ToString();
                }

                return Run() == Run();
            },
            iter: 20);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.17)]
    public void Who_stands_keeps_the_id_through_a_missed_look_of_a_camera_that_is_looked_at_every_few_seconds(double fps)
    {
        for (var i = 0; i < 60; i++)
        {
            if (i > 20 && i % 7 == 0) Frame(fps);
            else Frame(fps, Box(100 + (i % 3), 100, i > 10 ? 0.35 : 0.9));
        }

        Assert.Single(_ids);
    }

    [Fact]
    public void A_tracker_that_follows_another_gives_no_number_twice()
    {
        for (var i = 0; i < 3; i++) Frame(10, Box(100, 100), Box(400, 100));
        var second = new ByteTracker(last: _tracker.Last);
        _tracker.EndAll();
        Assert.Equal([1L, 2L], _tracker.Ended.ToArray().Select(gone => gone.Value).Order());
        for (var i = 0; i < 3; i++) second.Update([Box(100, 100)], Script.TimeOf(TimeSpan.FromSeconds(1 + (i / 10.0))), _tracks);
        Assert.Equal(3, Assert.Single(_tracks.Items.ToArray()).Id.Value);
    }

    [Fact]
    public void One_long_outage_makes_no_track_wait_longer_than_before()
    {
        for (var i = 0; i < 20; i++) Frame(5, Box(100, 100));
        _time += 120;
        for (var i = 0; i < 20; i++) Frame(5, Box(400, 100));
        for (var i = 0; i < 20; i++) Frame(5);
        Assert.Equal(0, _tracks.Items.Length);
        Assert.Equal(2, _ids.Count);
    }
}
