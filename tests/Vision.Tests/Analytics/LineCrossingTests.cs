using CsCheck;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Analytics;

public sealed class LineCrossingTests
{
    public static TheoryData<int, bool> AnglesAndDirections()
    {
        var data = new TheoryData<int, bool>();
        for (var angle = 0; angle < 360; angle += 45)
        {
            data.Add(angle, true);
            data.Add(angle, false);
        }

        return data;
    }

    private static Script Play(int angle, bool inwards)
    {
        var line = Script.LineAt(angle);
        return new Script(new LineCrossing([line]), line, inwards);
    }

    private static LineCrossed Single(Script script, bool inwards)
    {
        var crossing = Assert.IsType<LineCrossed>(Assert.Single(script.Found));
        Assert.Equal(inwards ? CrossingDirection.In : CrossingDirection.Out, crossing.Direction);
        return crossing;
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void A_pass_counts_once_at_the_moment_at_the_line(int angle, bool inwards)
    {
        var script = Play(angle, inwards).Walk(-1.5, 1.5, 0.2);
        var crossing = Single(script, inwards);
        Assert.Equal(0.75, crossing.At.Elapsed.TotalSeconds, 0.002);
        Assert.Equal(0.75, (crossing.At.Utc - Script.TimeOf(default).Utc).TotalSeconds, 0.002);
        Assert.Equal(500, crossing.Where.X, 0.1);
        Assert.Equal(400, crossing.Where.Y, 0.1);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Who_creeps_evenly_over_the_line_counts_within_half_a_second(int angle, bool inwards)
    {
        var script = Play(angle, inwards).Walk(-0.6, 0.1, 0.02);
        Assert.Equal(1, script.Counted);
        var crossing = Single(script, inwards);
        script = Play(angle, inwards).Walk(-0.6, 0.06, 0.02);
        Assert.True(script.Now - crossing.At.Elapsed <= TimeSpan.FromSeconds(0.5));
        Assert.Equal(1, script.Counted);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Who_rides_over_the_line_is_followed_and_not_counted_not_even_after_dismounting(int angle, bool inwards)
    {
        var script = Play(angle, inwards);
        script.Rides = true;
        script.Walk(-1.5, 1, 0.2);
        script.Rides = false;
        script.Walk(1.1, 2);
        Assert.Empty(script.Found);
        script.Walk(2, -1.5);
        Assert.Equal(1, script.Counted);
    }

    /// <summary>Two tracks walk over the line; the second is so much wider, stands so far along the line, and comes so much later.</summary>
    private static int CountOfTwo(int angle, bool inwards, float alongPx, double later, float wider = 1, float firstAlongPx = float.NaN)
    {
        var line = Script.LineAt(angle);
        var (analytic, found) = (new LineCrossing([line]), new List<Observation>());
        var one = new Script(analytic, line, inwards);
        for (var i = 0; i <= 60; i++)
        {
            var now = Script.TimeOf(TimeSpan.FromSeconds(i / 10.0));
            one.Along = 0.5;
            var first = one.BoxAt(-1.5 + 0.1 * i);
            var nearer = float.IsNaN(firstAlongPx) ? 1 : MathF.Min(1, i / 12f);
            one.Along = 0.5 + (nearer * alongPx + (nearer < 1 ? (1 - nearer) * firstAlongPx : 0)) / 300;
            var second = one.BoxAt(-1.5 + 0.1 * (i - 10 * later));
            second = new BoxPx(second.X - second.Width * (wider - 1) / 2, second.Bottom - second.Height * wider, second.Width * wider, second.Height * wider);
            analytic.Look(
                [Track(1, first, now), Track(2, second, now)], now, found);
        }

        return found.OfType<LineCrossed>().Sum(crossing => crossing.TakesBack is null ? 1 : -1);

        static Track Track(long id, BoxPx box, Frames.FrameTime now) => new(new TrackId(id), ObjectClass.Person, box, 0.9f, 0, 0, Script.TimeOf(default), now, 0);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Who_is_seen_twice_whole_and_in_part_counts_once(int angle, bool inwards) =>
        Assert.Equal(1, CountOfTwo(angle, inwards, alongPx: 4, later: 0.1, wider: 1.4f));

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Two_who_come_from_apart_and_pass_as_one_box_count_each(int angle, bool inwards) =>
        Assert.Equal(2, CountOfTwo(angle, inwards, alongPx: 4, later: 0.1, wider: 1.4f, firstAlongPx: 120));

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Two_who_walk_side_by_side_count_each(int angle, bool inwards) =>
        Assert.Equal(2, CountOfTwo(angle, inwards, alongPx: 32, later: 0));

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Two_who_walk_in_file_half_a_second_apart_count_each(int angle, bool inwards) =>
        Assert.Equal(2, CountOfTwo(angle, inwards, alongPx: 0, later: 0.5));

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Turning_back_just_behind_the_line_never_counts(int angle, bool inwards)
    {
        var script = Play(angle, inwards).Walk(-1.5, 0.2, 0.1).Walk(0.1, -1.5, 0.1);
        Assert.Equal(0, script.Counted);
        Assert.Equal(0, script.Net);
        if (script.Found is not [LineCrossed first, LineCrossed second]) return;
        Assert.Equal(first.At, second.TakesBack);
        Assert.NotEqual(first.Direction, second.Direction);
    }

    [Fact]
    public void A_crossing_is_taken_back_as_the_class_it_was_told_as()
    {
        var script = Play(0, true).Walk(-1.5, 0.2, 0.1);
        script.Class = ObjectClass.Motorcycle;
        script.Walk(0.1, -1.5, 0.1);
        Assert.Equal([ObjectClass.Person, ObjectClass.Person], script.Found.Cast<LineCrossed>().Select(crossing => crossing.Class));
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Turning_back_just_behind_the_line_after_an_uneven_way_is_not_even_told(int angle, bool inwards) =>
        Assert.Empty(Play(angle, inwards).Walk(-1.5, -0.3).Stay(-0.2, 1).At(-0.1).At(0.1).At(0.2).At(0.1).Walk(-0.1, -1.5).Found);

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void A_steady_walker_counts_with_the_first_frame_clearly_behind_the_line(int angle, bool inwards)
    {
        var line = Script.LineAt(angle);
        // 0.6 heights a second, 5 frames a second.
        var script = new Script(new LineCrossing([line]), line, inwards) { FramesPerSecond = 5 }.Walk(-1.1, 0.1, 0.12);
        var crossing = Single(script, inwards);
        Assert.True(script.Now - crossing.At.Elapsed < TimeSpan.FromSeconds(0.5));
        Single(script.Walk(0.22, 1.5, 0.12), inwards);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void At_a_camera_of_two_pictures_a_second_one_look_before_the_line_and_one_behind_it_are_enough(int angle, bool inwards)
    {
        var line = Script.LineAt(angle);
        var script = new Script(new LineCrossing([line]), line, inwards) { FramesPerSecond = 2 }.At(-0.4).At(0.1);
        Single(script, inwards);
        Single(script.At(0.6).At(1.1), inwards);
        Assert.Empty(new Script(new LineCrossing([line]), line, inwards) { FramesPerSecond = 5 }.At(-0.4).At(0.1).Found); // here another look comes soon
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Who_is_hidden_for_two_looks_of_a_slow_camera_has_come_steadily_still(int angle, bool inwards)
    {
        var line = Script.LineAt(angle);
        Single(new Script(new LineCrossing([line]), line, inwards) { FramesPerSecond = 2.5 }.At(-1.6).At(-1.3).At(-1).At(-0.7).At(-0.5, matched: false).At(-0.3, matched: false).At(0.2), inwards);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Who_comes_out_again_steadily_counts_with_the_first_frame_clearly_behind_the_line(int angle, bool inwards)
    {
        var line = Script.LineAt(angle);
        var script = new Script(new LineCrossing([line]), line, inwards) { FramesPerSecond = 5 }.Walk(-1.1, 0.9, 0.12).Stay(0.9, 1).Walk(0.8, -0.1, 0.12);
        Assert.Equal([null, null], script.Found.Cast<LineCrossed>().Select(crossing => crossing.TakesBack));
        Assert.True(script.Now - script.Found[1].At.Elapsed < TimeSpan.FromSeconds(0.5));
        Assert.Equal(2, script.Walk(-0.2, -1.1, 0.12).Counted);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Who_nearly_leaves_and_turns_round_is_still_inside(int angle, bool inwards)
    {
        var script = Play(angle, inwards).Walk(-1.5, 1.2).Walk(1.1, -0.15, 0.1).Walk(-0.05, 1.2, 0.1);
        Assert.Equal(1, script.Counted);
        Assert.Equal(1, script.Net);
        script.Walk(1.1, -1.5);
        Assert.Equal(2, script.Counted);
        Assert.Equal(0, script.Net);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Pacing_to_and_fro_right_at_the_line_is_told_and_taken_back_once(int angle, bool inwards)
    {
        var script = Play(angle, inwards).Walk(-1.5, 0.15, 0.1);
        for (var i = 0; i < 20; i++) script.Walk(0.1, -0.3, 0.1).Walk(-0.25, 0.15, 0.1);
        Assert.InRange(script.Found.Count, 0, 2);
        Assert.Equal(0, script.Walk(0.1, -1, 0.1).Counted);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void At_a_camera_looked_at_seldom_two_steady_steps_are_enough(int angle, bool inwards)
    {
        var line = Script.LineAt(angle);
        var script = new Script(new LineCrossing([line]), line, inwards) { FramesPerSecond = 2.5 }.Walk(-0.5, 0.13, 0.21);
        Assert.True(script.Now - Single(script, inwards).At.Elapsed < TimeSpan.FromSeconds(0.7));
    }

    [Fact]
    public void A_line_that_was_only_touched_is_nobodys_entry()
    {
        var (first, second) = (new DirectedLine("a", new PointPx(350, 400), new PointPx(650, 400)), new DirectedLine("b", new PointPx(350, 100), new PointPx(650, 100)));
        var script = new Script(new LineCrossing([first, second]), first).Walk(-1.5, 0.2, 0.1).Walk(0.1, -5.5, 0.1);
        Assert.Equal(3, script.Found.Count);
        Assert.Equal(("b", null), (((LineCrossed)script.Found[2]).Line, ((LineCrossed)script.Found[2]).EntryLine));
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void After_a_crossing_was_taken_back_the_next_one_counts(int angle, bool inwards)
    {
        var script = Play(angle, inwards).Walk(-1.5, 0.2, 0.1).Walk(0.1, -1.5, 0.1).Walk(-1.5, 1.5, 0.1);
        Assert.Equal(1, script.Counted);
        Assert.Equal(1, script.Net);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Turning_back_far_behind_the_line_takes_the_count_back(int angle, bool inwards)
    {
        var script = Play(angle, inwards).Walk(-1.5, 1.2).Walk(1.1, -1.5);
        Assert.Equal(2, script.Found.Count);
        Assert.Equal(0, script.Net);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Someone_lingering_on_the_line_counts_once(int angle, bool inwards)
    {
        var script = Play(angle, inwards).Walk(-1.5, 0).Stay(0, 60, 0.12).Walk(0, 1.5);
        Single(script, inwards);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void Someone_lingering_who_goes_back_adds_nothing(int angle, bool inwards) =>
        Assert.Equal(0, Play(angle, inwards).Walk(-1.5, 0).Stay(0, 60, 0.12).Walk(0, -1.5).Net);

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void One_frame_on_the_other_side_never_counts(int angle, bool inwards)
    {
        var script = Play(angle, inwards);
        foreach (var offset in new[] { -0.5, -0.5, -0.5, 0.6, -0.5, -0.5, -0.5 }) script.At(offset);
        Assert.Empty(script.Gone(60).Found);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void A_queue_that_stops_and_goes_counts_once(int angle, bool inwards)
    {
        var script = Play(angle, inwards).Walk(-1.5, -0.3).Stay(-0.2, 20).Walk(-0.2, -0.05, 0.05).Stay(-0.02, 20, 0.05)
            .Walk(0, 0.1, 0.05).Stay(0.1, 20).Walk(0.1, 0.4, 0.1).Stay(0.4, 20, 0.1).Walk(0.4, 2);
        Single(script, inwards);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void A_track_lost_and_found_again_on_the_line_counts_once(int angle, bool inwards)
    {
        var script = Play(angle, inwards).Walk(-1.5, -0.3);
        script.At(-0.1, matched: false).At(0.1, matched: false).At(0.9, matched: false).Gone(6);
        Single(script.Walk(0.3, 1.5), inwards);
    }

    [Theory]
    [MemberData(nameof(AnglesAndDirections))]
    public void A_fast_vehicle_seen_once_before_and_twice_behind_the_line_counts(int angle, bool inwards)
    {
        var line = Script.LineAt(angle);
        var script = new Script(new LineCrossing([line]), line, inwards) { FramesPerSecond = 6, Class = ObjectClass.Motorcycle };
        script.At(0.4, firstOffset: -0.7, firstAgo: TimeSpan.FromSeconds(1 / 6.0)).At(1.5);
        Single(script, inwards);
    }

    [Fact]
    public void A_track_that_vanishes_right_behind_the_line_is_decided_by_distance()
    {
        var line = Script.LineAt(0);
        Single(new Script(new LineCrossing([line]), line).Walk(-1.5, -0.2, 0.3).At(0.7).Gone(10), inwards: true);
        Assert.Empty(new Script(new LineCrossing([line]), line).Walk(-1.5, -0.3, 0.3).Stay(-0.2, 1).At(0.2).Gone(10).Found);
    }

    [Fact]
    public void A_track_that_came_steadily_and_vanishes_right_behind_the_line_counts()
    {
        var line = Script.LineAt(0);
        Single(new Script(new LineCrossing([line]), line).Walk(-1.5, -0.2, 0.3).At(0.2).Gone(10), inwards: true);
    }

    [Fact]
    public void What_waits_when_a_track_ends_is_reported_with_the_next_frame_or_at_the_end()
    {
        var line = Script.LineAt(0);
        var crossing = new LineCrossing([line]);
        var script = new Script(crossing, line).Walk(-1.5, -0.3, 0.3).Stay(-0.2, 1).At(0.7);
        crossing.Forget(script.Id);
        Assert.Empty(script.Found);
        crossing.Finish(script.Found);
        Single(script, inwards: true);
    }

    [Fact]
    public void A_way_round_the_end_of_the_line_is_no_crossing()
    {
        var line = Script.LineAt(30);
        var script = new Script(new LineCrossing([line]), line) { Along = 1.1 }.Walk(-1.5, 1.5);
        Assert.Empty(script.Found);
        script.Along = 0.5;
        script.Walk(1.5, -1.5);
        Single(script, inwards: false);
    }

    [Fact]
    public void Feet_that_are_covered_and_uncovered_do_not_cross()
    {
        var line = Script.LineAt(0);
        var crossing = new LineCrossing([line]);
        List<Observation> found = [];
        for (var frame = 0; frame < 100; frame++)
        {
            // The head stands still; something hides the lower third of the body now and then for seconds.
            var height = frame / 20 % 2 == 0 ? 80f : 52f;
            var now = Script.TimeOf(TimeSpan.FromSeconds(frame / 10.0));
            var box = new BoxPx(480, 335, 40, height);
            crossing.Look([new Track(new TrackId(1), ObjectClass.Person, box, 0.8f, 0, 0, now, now, 0)], now, found);
        }

        Assert.Empty(found);
    }

    [Fact]
    public void The_second_line_names_the_first_and_the_time_between()
    {
        var entry = Script.LineAt(0, "entry");
        var exit = new DirectedLine("exit", new PointPx(350, 480), new PointPx(650, 480));
        var script = new Script(new LineCrossing([entry, exit]), entry).Walk(-1.5, 2.5, 0.2);
        var crossings = script.Found.Cast<LineCrossed>().ToArray();
        Assert.Equal(["entry", "exit"], crossings.Select(c => c.Line), StringComparer.Ordinal);
        Assert.Null(crossings[0].EntryLine);
        Assert.Equal("entry", crossings[1].EntryLine);
        Assert.Equal(0.5, crossings[1].Dwell.TotalSeconds, 0.01);
        Assert.Equal(0.75, crossings[0].Dwell.TotalSeconds, 0.01);
    }

    [Fact]
    public void The_line_drawn_the_other_way_swaps_the_directions()
    {
        var line = Script.LineAt(60);
        var reversed = line with { P1 = line.P2, P2 = line.P1 };
        var script = new Script(new LineCrossing([reversed]), line).Walk(-1.5, 1.5);
        Single(script, inwards: false);
    }

    [Fact]
    public void Random_walks_add_up_to_where_they_began_and_ended()
    {
        var walk = Gen.Select(
            Gen.Int[0, 7], Gen.Bool, Gen.Double[-0.35, 0.35].Array[5, 150], Gen.Double[0.5, 1.0], Gen.Double[5, 30]);
        walk.Sample(
            (angle, endInside, steps, start, fps) =>
            {
                var line = Script.LineAt(angle * 45);
                var script = new Script(new LineCrossing([line]), line) { FramesPerSecond = fps };
                script.Stay(-start, 0.5, 0).At(-start);
                var at = -start;
                foreach (var step in steps)
                {
                    at = Math.Clamp(at + step, -2, 2);
                    script.At(at);
                }

                var end = endInside ? 1.2 : -1.2;
                script.Walk(at, end, 0.2).Stay(end, 1, 0);
                var last = 0;
                foreach (var crossing in script.Found.Cast<LineCrossed>())
                {
                    var direction = crossing.Direction == CrossingDirection.In ? 1 : -1;
                    if (direction == last) return false;
                    last = direction;
                }

                return script.Net == (endInside ? 1 : 0);
            },
            iter: 2000);
    }

    [Fact]
    public void A_thousand_scripted_turn_backs_and_lingerers_count_nothing_wrong()
    {
        Gen.Select(Gen.Int[0, 359], Gen.Bool, Gen.Double[0.02, 0.2], Gen.Double[0.02, 0.1], Gen.Double[4, 30]).Sample(
            (angle, turnsBack, depth, sway, fps) =>
            {
                var line = Script.LineAt(angle);
                var script = new Script(new LineCrossing([line]), line) { FramesPerSecond = fps };
                script.Walk(-1.5, 0, 0.1);
                if (turnsBack)
                {
                    return script.Walk(0, depth, 0.1).Walk(depth, -1.5, 0.1) is { Counted: 0, Net: 0 };
                }

                return script.Stay(0, 10, sway).Walk(0, 1.5, 0.1).Found.Count == 1;
            },
            iter: 1000);
    }

    [Fact]
    public void Memory_ends_with_the_track_and_frames_allocate_nothing()
    {
        var line = Script.LineAt(0);
        var crossing = new LineCrossing([line]);
        List<Observation> found = [];
        var tracks = new Track[50];
        void Frame(int frame)
        {
            var now = Script.TimeOf(TimeSpan.FromSeconds(frame / 10.0));
            for (var i = 0; i < tracks.Length; i++)
            {
                tracks[i] = new Track(
                    new TrackId(1 + i + frame / 20 * tracks.Length), ObjectClass.Person, new BoxPx(400 + i, 200, 40, 80), 0.9f, 0, 0, now, now, i);
            }

            crossing.Look(tracks, now, found);
            if (frame % 20 == 19)
            {
                foreach (var track in tracks) crossing.Forget(track.Id);
            }
        }

        for (var frame = 0; frame < 100; frame++) Frame(frame);
        // The least of three stretches: the runtime enlarges a table of its own (4,088 bytes, once) on whatever thread first needs room in it.
        var least = Enumerable.Range(0, 3).Min(stretch =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var frame = 100 + 300 * stretch; frame < 400 + 300 * stretch; frame++) Frame(frame);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Assert.Equal(0, least);
        Assert.Equal(0, crossing.Remembered);
        Assert.Empty(found);
    }
}
