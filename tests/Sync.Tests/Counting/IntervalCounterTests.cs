using CsCheck;
using EdgeGateway.Sync.Counting;

namespace EdgeGateway.Sync.Tests.Counting;

public sealed class IntervalCounterTests
{
    private static readonly DateTimeOffset Ten = new(2026, 7, 4, 3, 0, 0, TimeSpan.Zero);
    private readonly InMemoryCountStateStore _store = new();
    private readonly List<CountInterval> _finished = [];

    private static CounterSetup Setup(double minutes = 15, params string[] classes) =>
        new("cong/visitors", "visitors", "gate", classes.Length == 0 ? ["person"] : classes, TimeSpan.FromMinutes(minutes));

    private IntervalCounter Counter(double minutes = 15, params string[] classes) => new(Setup(minutes, classes), _store);

    /// <summary>Lives through a span second by second, watched or not.</summary>
    private DateTimeOffset Live(IntervalCounter counter, DateTimeOffset from, double seconds, bool watched = true)
    {
        for (var i = 0; i < seconds; i++)
        {
            if (watched) counter.Watch(from.AddSeconds(i));
            counter.Advance(from.AddSeconds(i + 1), _finished);
        }

        return from.AddSeconds(seconds);
    }

    [Fact]
    public void An_interval_ends_with_its_sums_by_class_and_a_zero_is_said_too()
    {
        var counter = Counter(15, "person", "motorcycle");
        Live(counter, Ten, 400);
        counter.Cross("gate", "person", true, Ten.AddSeconds(200));
        counter.Cross("gate", "person", true, Ten.AddSeconds(201));
        counter.Cross("gate", "person", false, Ten.AddSeconds(202));
        counter.Cross("other", "person", true, Ten.AddSeconds(203));
        counter.Cross("gate", "car", true, Ten.AddSeconds(204));
        Live(counter, Ten.AddSeconds(400), 510);
        Assert.Equal(
            [
                new CountInterval("visitors", "gate", "person", 2, 1, Ten, Ten.AddMinutes(15), 1, "tracks", 1),
                new CountInterval("visitors", "gate", "motorcycle", 0, 0, Ten, Ten.AddMinutes(15), 1, "tracks", 1),
            ],
            _finished);
    }

    [Fact]
    public void A_crossing_that_was_taken_back_is_in_neither_direction()
    {
        var counter = Counter();
        counter.Cross("gate", "person", true, Ten.AddSeconds(10));
        counter.Cross("gate", "person", true, Ten.AddSeconds(11));
        counter.TakeBack("gate", "person", true, Ten.AddSeconds(10));
        counter.TakeBack("gate", "person", false, Ten.AddSeconds(10)); // never was
        Live(counter, Ten, 910);
        Assert.Equal((1, 0), (_finished[0].In, _finished[0].Out));
    }

    [Fact]
    public void A_crossing_taken_back_after_its_interval_makes_a_higher_revision()
    {
        var counter = Counter();
        counter.Cross("gate", "person", true, Ten.AddSeconds(899));
        Live(counter, Ten, 910);
        counter.TakeBack("gate", "person", true, Ten.AddSeconds(899));
        counter.Advance(Ten.AddSeconds(911), _finished);
        Assert.Equal([(1, 1), (2, 0)], _finished.Where(interval => interval.From == Ten).Select(interval => (interval.Revision, interval.In)));
    }

    [Fact]
    public void Seven_minutes_of_stall_in_fifteen_read_8_of_15()
    {
        var counter = Counter();
        var at = Live(counter, Ten, 300);
        at = Live(counter, at, 420, watched: false);
        Live(counter, at, 190);
        Assert.Equal(0.533, Assert.Single(_finished).Coverage);
    }

    [Theory]
    [InlineData(1, "2026-07-04T10:07:00+07:00")]
    [InlineData(15, "2026-07-04T10:00:00+07:00")]
    [InlineData(60, "2026-07-04T10:00:00+07:00")]
    [InlineData(1440, "2026-07-04T00:00:00+07:00")]
    public void Intervals_are_aligned_to_local_time(double minutes, string expected)
    {
        var at = DateTimeOffset.Parse("2026-07-04T10:07:31+07:00", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(
            DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture),
            IntervalGrid.Begin(at, TimeSpan.FromMinutes(minutes), IntervalGrid.HoChiMinh));
    }

    [Fact]
    public void A_day_ends_at_17_UTC()
    {
        var counter = Counter(1440);
        var evening = new DateTimeOffset(2026, 7, 4, 16, 59, 0, TimeSpan.Zero);
        counter.Cross("gate", "person", true, evening.AddSeconds(59.9));
        Live(counter, evening, 60);
        counter.Cross("gate", "person", true, evening.AddSeconds(60));
        Live(counter, evening.AddSeconds(60), 60);
        var day = Assert.Single(_finished);
        Assert.Equal((1, evening.AddMinutes(1)), (day.In, day.To));
        Assert.Equal(60 / 86400.0, day.Coverage, 0.001);
    }

    [Fact]
    public void A_stop_hands_out_the_shorter_interval_and_a_restart_goes_on_and_replaces_it()
    {
        var counter = Counter();
        counter.Cross("gate", "person", true, Ten.AddSeconds(10));
        Live(counter, Ten, 300);
        counter.Stop(Ten.AddSeconds(300), _finished);
        Assert.Equal(new CountInterval("visitors", "gate", "person", 1, 0, Ten, Ten.AddMinutes(5), 1, "tracks", 1), Assert.Single(_finished));
        _finished.Clear();

        counter = Counter();
        counter.Cross("gate", "person", true, Ten.AddSeconds(400));
        Live(counter, Ten.AddSeconds(390), 520);
        Assert.Equal(new CountInterval("visitors", "gate", "person", 2, 0, Ten, Ten.AddMinutes(15), 0.9, "tracks", 2), Assert.Single(_finished));
    }

    [Fact]
    public void A_stop_at_the_boundary_makes_no_empty_interval()
    {
        var counter = Counter();
        Live(counter, Ten, 900);
        counter.Stop(Ten.AddMinutes(15), _finished);
        Assert.Equal(Ten, Assert.Single(_finished).From);
    }

    [Fact]
    public void A_kill_loses_at_most_two_seconds_and_coverage_says_which()
    {
        var random = new Random(7);
        for (var round = 0; round < 100; round++)
        {
            var store = new InMemoryCountStateStore();
            var setup = Setup();
            var counter = new IntervalCounter(setup, store);
            List<CountInterval> finished = [];
            List<DateTimeOffset> crossings = [];
            List<DateTimeOffset> kills = [];
            for (var second = 0; second < 910; second++)
            {
                var now = Ten.AddSeconds(second);
                for (var i = random.Next(3); i > 0 && second < 900; i--)
                {
                    var at = now.AddMilliseconds(random.Next(1000));
                    crossings.Add(at);
                    counter.Cross("gate", "person", true, at);
                }

                if (random.Next(100) == 0 && second is > 2 and < 895)
                {
                    kills.Add(now);
                    counter = new IntervalCounter(setup, store);
                }
                else
                {
                    counter.Watch(now);
                }

                counter.Advance(now.AddSeconds(1), finished);
            }

            var last = finished[^1];
            var lost = crossings.Count - last.In;
            // What a kill cost is what was not saved: at most the two seconds before it, and those are not called watched.
            var atRisk = crossings.Count(c => kills.Exists(k => c >= k.AddSeconds(-1) && c < k.AddSeconds(1)));
            Assert.InRange(lost, 0, atRisk);
            var unwatched = 900 * (1 - last.Coverage);
            Assert.InRange(unwatched, kills.Count - 0.5, 2 * kills.Count + 0.5);
            Assert.Single(finished, f => f.Revision == last.Revision);
        }
    }

    [Fact]
    public void A_crossing_that_becomes_certain_late_makes_a_revision_that_replaces_the_whole()
    {
        var counter = Counter(1);
        counter.Cross("gate", "person", true, Ten.AddSeconds(5));
        Live(counter, Ten, 90);
        counter.Cross("gate", "person", true, Ten.AddSeconds(59));
        Live(counter, Ten.AddSeconds(90), 5);
        Assert.Equal([(1, 1), (2, 2)], _finished.Select(f => (f.In, f.Revision)));
        Assert.All(_finished, f => Assert.Equal((Ten, 1.0), (f.From, f.Coverage)));
    }

    [Fact]
    public void A_crossing_at_the_very_end_waits_for_no_revision()
    {
        var counter = Counter(1);
        Live(counter, Ten, 61);
        counter.Cross("gate", "person", true, Ten.AddSeconds(59.5));
        Live(counter, Ten.AddSeconds(61), 10);
        Assert.Equal((1, 1), (Assert.Single(_finished).In, _finished[0].Revision));
    }

    [Fact]
    public void What_was_handed_out_but_perhaps_not_stored_is_said_again_after_a_kill()
    {
        var counter = Counter(1);
        counter.Cross("gate", "person", true, Ten.AddSeconds(5));
        Live(counter, Ten, 63);
        Assert.Equal(1, Assert.Single(_finished).Revision);
        _finished.Clear();
        Counter(1).Advance(Ten.AddSeconds(64), _finished);
        Assert.Equal((1, 2), (Assert.Single(_finished).In, _finished[0].Revision));
    }

    [Fact]
    public void What_was_stored_is_not_said_again_after_a_kill()
    {
        var counter = Counter(1);
        Live(counter, Ten, 70);
        _finished.Clear();
        Counter(1).Advance(Ten.AddSeconds(71), _finished);
        Assert.Empty(_finished);
    }

    [Fact]
    public void An_interval_whose_end_came_while_the_box_was_off_is_published_at_the_next_start()
    {
        Live(Counter(), Ten, 300);
        Counter().Advance(Ten.AddHours(3), _finished);
        var only = Assert.Single(_finished);
        Assert.Equal((Ten, Ten.AddMinutes(15), 0.333), (only.From, only.To, only.Coverage));
    }

    [Fact]
    public void A_camera_that_is_down_gives_intervals_without_coverage_and_a_box_that_is_off_gives_none()
    {
        var counter = Counter(1);
        Live(counter, Ten, 124, watched: false);
        counter.Advance(Ten.AddHours(5), _finished);
        Assert.Equal([Ten, Ten.AddMinutes(1), Ten.AddMinutes(2)], _finished.Select(f => f.From));
        Assert.All(_finished, f => Assert.Equal((0, 0.0), (f.In, f.Coverage)));
    }

    [Fact]
    public void A_clock_that_steps_back_an_hour_sums_nothing_twice()
    {
        var counter = Counter(15);
        var truth = 0;
        void Second(DateTimeOffset now)
        {
            counter.Cross("gate", "person", true, now.AddSeconds(0.5));
            truth++;
            counter.Watch(now);
            counter.Advance(now.AddSeconds(1), _finished);
        }

        for (var i = 0; i < 4500; i++) Second(Ten.AddSeconds(i));
        for (var i = 900; i < 5000; i++) Second(Ten.AddSeconds(i));
        counter.Stop(Ten.AddSeconds(5000), _finished);
        AssertRevisionsRise();
        Assert.Equal(truth, LastRevisions().Sum(f => f.In));
        Assert.All(LastRevisions(), f => Assert.InRange(f.Coverage, 0.99, 1));
    }

    [Fact]
    public void A_clock_that_steps_forward_a_day_and_back_sums_nothing_twice()
    {
        var counter = Counter(15);
        var truth = 0;
        foreach (var begin in new[] { Ten, Ten.AddDays(1).AddSeconds(100), Ten.AddSeconds(120) })
        {
            for (var i = 0; i < 100; i++)
            {
                counter.Cross("gate", "person", false, begin.AddSeconds(i));
                truth++;
                counter.Advance(begin.AddSeconds(i + 1), _finished);
            }
        }

        counter.Stop(Ten.AddSeconds(220), _finished);
        AssertRevisionsRise();
        Assert.Equal(truth, LastRevisions().Sum(f => f.Out));
        Assert.Equal(2, LastRevisions().Count);
    }

    [Fact]
    public void Damaged_state_begins_anew()
    {
        foreach (var bad in new[] { "", "null", "{", "[null]", """[{"From":"2026-07-04T03:00:00Z","Watched":[5,1]}]""", """[{"Watched":null}]""" })
        {
            var store = new InMemoryCountStateStore();
            store.Save("cong/visitors@900s", bad);
            var counter = new IntervalCounter(Setup(), store);
            List<CountInterval> finished = [];
            counter.Cross("gate", "person", true, Ten);
            counter.Stop(Ten.AddMinutes(1), finished);
            Assert.Equal(1, Assert.Single(finished).In);
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(0)]
    [InlineData(2880)]
    public void An_interval_that_does_not_divide_a_day_is_refused(double minutes) =>
        Assert.Throws<ArgumentException>(() => Counter(minutes));

    [Fact]
    public void Keys_stay_bounded()
    {
        var counter = Counter(1);
        for (var minute = 0; minute < 5000; minute++)
        {
            for (var part = 0; part < 60; part += 10) counter.Advance(Ten.AddMinutes(minute).AddSeconds(part), _finished);
        }

        Assert.InRange(_store.Count, 1000, 26 * 60 + 1);
    }

    [Fact]
    public void Seconds_in_any_order_are_watched_once_each()
    {
        Gen.Int[0, 200].Array[0, 400].Sample(seconds =>
        {
            var state = new IntervalState();
            var set = new HashSet<int>();
            foreach (var second in seconds)
            {
                if (state.Watch(second) != set.Add(second)) return false;
            }

            return state.IsSound() && state.WatchedSeconds == set.Count;
        });
    }

    private List<CountInterval> LastRevisions() =>
        _finished.GroupBy(f => f.From).Select(g => g.OrderBy(f => f.Revision).Last()).ToList();

    private void AssertRevisionsRise()
    {
        foreach (var group in _finished.GroupBy(f => f.From))
        {
            var revisions = group.Select(f => f.Revision).ToArray();
            Assert.Equal(Enumerable.Range(1, revisions.Length), revisions);
        }
    }
}
