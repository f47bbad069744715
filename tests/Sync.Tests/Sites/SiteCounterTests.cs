using System.Text;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Sites;

namespace EdgeGateway.Sync.Tests.Sites;

public sealed class SiteCounterTests
{
    private static readonly DateTimeOffset Ten = new(2026, 7, 4, 3, 0, 0, TimeSpan.Zero); // 10:00 local
    private static readonly GateKey North = new("g1", "cong-bac", "gate");
    private static readonly GateKey South = new("g2", "cong-nam", "gate");
    private readonly InMemoryCountStateStore _store = new();

    private SiteCounter Site(int? capacity = null, DateTimeOffset? now = null) => new(new SiteOptions("bai-bien", "Bãi biển") { Capacity = capacity }, _store, now ?? Ten);

    private static void Enter(SiteCounter site, int people, DateTimeOffset at, bool inwards = true, GateKey? gate = null)
    {
        for (var i = 0; i < people; i++) site.Cross(gate ?? North, ObjectKind.Person, inwards, at);
    }

    private static CountData Count(DateTimeOffset from, int into, int outOf, int revision = 1, string counter = "visitors", double minutes = 15) =>
        new(counter, "gate", ObjectKind.Person, into, outOf, from, from.AddMinutes(minutes), 1, CountMethod.Tracks, revision);

    [Fact]
    public void The_site_is_the_sum_of_its_gates_of_this_and_of_other_boxes()
    {
        var site = Site();
        Enter(site, 10, Ten.AddSeconds(1));
        Enter(site, 3, Ten.AddSeconds(1), inwards: false);
        site.Cross(North, ObjectKind.Car, true, Ten.AddSeconds(1));
        site.Count(South, Count(Ten, 20, 5));
        var update = site.Advance(Ten.AddMinutes(16))!;
        Assert.Equal((22, (int?)null, OccupancyLevel.Normal, (int?)22), (update.Occupancy.Present, update.Occupancy.Capacity, update.Occupancy.Level, update.Occupancy.Peak));
        Assert.Equal((30L, 8L), (site.Look(Ten.AddMinutes(16)).In, site.Look(Ten.AddMinutes(16)).Out));
        Assert.Null(site.Advance(Ten.AddMinutes(17)));
    }

    [Fact]
    public void An_interval_takes_the_place_of_the_crossings_of_its_time_and_of_its_own_earlier_revision()
    {
        var site = Site();
        Enter(site, 8, Ten.AddMinutes(5));
        Enter(site, 2, Ten.AddMinutes(20));
        site.Count(North, Count(Ten, 9, 1)); // one crossing had been lost on the way
        Assert.Equal(10, site.Look(Ten.AddMinutes(21)).Present);
        site.Count(North, Count(Ten, 11, 1, revision: 2));
        site.Count(North, Count(Ten, 9, 1)); // late and repeated
        site.Count(North, Count(Ten, 500, 0, counter: "visitors-day", minutes: 60)); // the same people in another counter
        Enter(site, 1, Ten.AddMinutes(7)); // late, and in the interval already
        Assert.Equal(12, site.Look(Ten.AddMinutes(21)).Present);
    }

    [Fact]
    public void A_counter_that_goes_on_under_another_name_counts_on_and_one_beside_it_does_not()
    {
        var site = Site();
        site.Count(North, Count(Ten, 5, 0));
        site.Count(North, Count(Ten.AddMinutes(15), 5, 0));
        site.Count(North, Count(Ten.AddMinutes(15), 70, 0, counter: "visitors-2")); // the same people again
        Assert.Equal(10, site.Look(Ten.AddMinutes(31)).Present);
        site.Count(North, Count(Ten.AddMinutes(60), 3, 0, counter: "khach"));
        site.Count(North, Count(Ten.AddMinutes(75), 4, 0, counter: "khach"));
        Assert.Equal(17, site.Look(Ten.AddMinutes(91)).Present);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // with a restart between
    public void A_number_that_was_set_by_mistake_and_set_anew_is_not_the_day_s_peak(bool restarts)
    {
        var site = Site();
        Enter(site, 300, Ten.AddMinutes(1));
        site.Advance(Ten.AddMinutes(2));
        site.Set(25_000, "trực ban A-204", "đếm lại tại cổng", Ten.AddMinutes(10)); // a nought too many
        Assert.Equal(25_000, site.Advance(Ten.AddMinutes(10).AddSeconds(1))!.Occupancy.Peak);
        if (restarts)
        {
            site.Stop(Ten.AddMinutes(11));
            site = Site(now: Ten.AddMinutes(12));
        }

        site.Set(250, "trực ban A-204", "gõ nhầm", Ten.AddMinutes(14));
        var told = site.Advance(Ten.AddMinutes(14).AddSeconds(1))!.Occupancy;
        Assert.Equal((250, 300, Ten.AddMinutes(2)), (told.Present, told.Peak, told.PeakAt));

        // Two slips one after the other are two.
        site.Set(4_000, "trực ban A-204", "gõ nhầm", Ten.AddMinutes(30));
        site.Advance(Ten.AddMinutes(30).AddSeconds(1));
        site.Set(5_000, "trực ban A-204", "gõ nhầm", Ten.AddMinutes(31));
        site.Advance(Ten.AddMinutes(31).AddSeconds(1));
        site.Set(260, "trực ban A-204", "gõ nhầm", Ten.AddMinutes(32));
        Assert.Equal((260, 300), (site.Advance(Ten.AddMinutes(32).AddSeconds(1))!.Occupancy.Present, site.Look(Ten.AddMinutes(32).AddSeconds(2)).Peak));

        // What is set an hour later is a count of its own, and takes nothing back.
        site.Set(2_000, "trực ban A-204", "đếm lại tại cổng", Ten.AddHours(2));
        site.Advance(Ten.AddHours(2).AddSeconds(1));
        site.Set(1_900, "trực ban A-204", "đếm lại tại cổng", Ten.AddHours(3));
        Assert.Equal(2_000, site.Advance(Ten.AddHours(3).AddSeconds(1))!.Occupancy.Peak);
    }

    [Fact]
    public void Counts_by_hand_one_after_the_other_take_no_peak_back()
    {
        var site = Site();
        foreach (var (minute, present) in ((int, int)[])[(0, 4_800), (12, 4_650), (24, 4_900), (36, 4_200), (48, 3_100)])
        {
            site.Set(present, "trực ban A-204", "đếm lại tại cổng", Ten.AddMinutes(minute));
            site.Advance(Ten.AddMinutes(minute).AddSeconds(1));
        }

        Assert.Equal(4_900, site.Look(Ten.AddHours(1)).Peak);
    }

    [Fact]
    public void The_reset_of_the_night_brings_back_no_peak_of_the_day_before()
    {
        var before = Ten.AddHours(17).AddMinutes(-5); // 02:55
        var site = Site(now: before);
        Enter(site, 40, before);
        site.Advance(before.AddSeconds(1));
        site.Set(50, "a", "b", before.AddMinutes(1));
        site.Advance(before.AddMinutes(6)); // 03:01, at zero
        site.Set(3, "a", "b", before.AddMinutes(8));
        Assert.Equal(3, site.Advance(before.AddMinutes(9))!.Occupancy.Peak);
    }

    [Fact]
    public void Zones_of_the_own_cameras_follow_though_the_clock_steps_back()
    {
        var site = Site();
        site.Zone("g1", "san", "san", 50, Ten, isInOrder: true);
        site.Zone("g1", "san", "san", 9, Ten.AddMinutes(-30), isInOrder: true);
        Assert.Equal(9, site.Look(Ten).InZones);
        site.Zone("g2", "san", "san", 4, Ten);
        site.Zone("g2", "san", "san", 3, Ten.AddMinutes(-30)); // late on its way
        Assert.Equal(13, site.Look(Ten).InZones);
    }

    [Fact]
    public void A_message_that_comes_twice_counts_once()
    {
        var site = Site();
        for (var i = 0; i < 3; i++) site.Cross(South, ObjectKind.Person, true, Ten.AddSeconds(5), "01J1QZ3Y8M0000000000000001");
        Assert.Equal(1, site.Look(Ten.AddSeconds(6)).Present);
    }

    [Fact]
    public void Below_zero_is_held_at_zero_and_said()
    {
        var site = Site();
        Enter(site, 2, Ten.AddSeconds(1));
        Enter(site, 7, Ten.AddSeconds(2), inwards: false);
        var update = site.Advance(Ten.AddSeconds(3))!;
        Assert.Equal((0, (int?)5), (update.Occupancy.Present, update.Occupancy.Drift));
        Assert.Equal((CorrectionKind.Floor, -5, 0), update.Corrections.Select(one => (one.Kind, one.Was, one.Became)).Single());
        Enter(site, 4, Ten.AddSeconds(4));
        Assert.Equal(4, site.Advance(Ten.AddSeconds(5))!.Occupancy.Present);
    }

    [Fact]
    public void The_night_resets_and_keeps_what_was_left_for_the_audit()
    {
        var site = Site();
        Enter(site, 40, Ten.AddSeconds(1));
        site.Advance(Ten.AddSeconds(2));
        Assert.Null(site.Advance(Ten.AddHours(16.9)));
        var update = site.Advance(Ten.AddHours(17.01))!; // 03:00 local
        Assert.Equal((0, (int?)0, (int?)0), (update.Occupancy.Present, update.Occupancy.Drift, update.Occupancy.Peak));
        Assert.Equal((CorrectionKind.Reset, 40), update.Corrections.Select(one => (one.Kind, one.Was)).Single());
        Assert.Equal((0L, 0L), (site.Look(Ten.AddHours(18)).In, site.Look(Ten.AddHours(18)).Out));
        // Off over the reset hour: it comes at the next start.
        var later = Site(now: Ten.AddDays(2));
        later.Advance(Ten.AddDays(2));
        Assert.Equal(0, later.Look(Ten.AddDays(2)).Present);
    }

    [Fact]
    public void A_person_sets_the_number_and_it_goes_on_from_there_with_an_audit()
    {
        var site = Site();
        Enter(site, 100, Ten.AddSeconds(1));
        site.Advance(Ten.AddSeconds(2));
        Assert.Equal(70, site.Set(70, "trực ban A-204", "đếm lại", Ten.AddMinutes(5)).Present);
        Enter(site, 5, Ten.AddMinutes(6));
        Enter(site, 9, Ten.AddMinutes(4)); // told late, and in the 70 already
        var update = site.Advance(Ten.AddMinutes(7))!;
        Assert.Equal((75, (int?)-30), (update.Occupancy.Present, update.Occupancy.Drift));
        Assert.Equal(new OccupancyCorrection(Ten.AddMinutes(5), CorrectionKind.Set, 100, 70, "trực ban A-204", "đếm lại"), Assert.Single(update.Corrections));
        Assert.Equal(105, site.Look(Ten.AddMinutes(7)).In);
        // An interval across the moment counts with its share after it.
        site.Count(South, Count(Ten, 15, 0));
        Assert.Equal(85, site.Look(Ten.AddMinutes(16)).Present);
        Assert.Throws<ArgumentException>(() => site.Set(-1, "a", "b", Ten));
        Assert.Throws<ArgumentException>(() => site.Set(1, " ", "b", Ten));
    }

    [Fact]
    public void A_gate_that_nobody_watches_any_more_is_told_with_the_number()
    {
        var site = Site(capacity: 100);
        Enter(site, 10, Ten, inwards: true);
        Assert.Equal(1, site.Advance(Ten.AddSeconds(1), coverage: 1)?.Occupancy.Coverage);
        Assert.Null(site.Advance(Ten.AddSeconds(2), coverage: 1));
        var told = site.Advance(Ten.AddSeconds(3), coverage: 0.5)?.Occupancy;
        Assert.Equal((10, 0.5), (told?.Present, told?.Coverage));
    }

    [Fact]
    public void Levels_rise_at_once_and_fall_only_clear_of_the_threshold()
    {
        var site = Site(capacity: 100);
        List<(int, OccupancyLevel, AlertSeverity?)> told = [];
        var at = Ten;
        foreach (var change in (int[])[79, 1, -1, -1, -1, 18, 6, -1, -3, -3, -20])
        {
            at = at.AddSeconds(1);
            Enter(site, Math.Abs(change), at, change > 0);
            if (site.Advance(at.AddSeconds(1)) is { } update) told.Add((update.Occupancy.Present, update.Occupancy.Level, update.Alert?.Severity));
        }

        List<(int, OccupancyLevel, AlertSeverity?)> expected =
            [
                (79, OccupancyLevel.Normal, null), (80, OccupancyLevel.Warn, AlertSeverity.Info), (79, OccupancyLevel.Warn, AlertSeverity.Info), (78, OccupancyLevel.Warn, AlertSeverity.Info),
                (77, OccupancyLevel.Warn, AlertSeverity.Info), (95, OccupancyLevel.Full, AlertSeverity.Warning), (101, OccupancyLevel.Over, AlertSeverity.Critical), (100, OccupancyLevel.Over, AlertSeverity.Critical),
                (97, OccupancyLevel.Full, AlertSeverity.Warning), (94, OccupancyLevel.Full, AlertSeverity.Warning), (74, OccupancyLevel.Normal, null),
            ];
        Assert.Equal(expected, told);
    }

    [Fact]
    public void The_number_says_that_it_holds_corrected_intervals_until_the_night()
    {
        var site = Site();
        Enter(site, 2, Ten.AddSeconds(1));
        Assert.Equal(CountMethod.Tracks, site.Advance(Ten.AddSeconds(2))!.Occupancy.Method);
        site.Count(South, Count(Ten, 20, 5) with { Method = CountMethod.Calibrated, RawIn = 18, RawOut = 5 });
        Assert.Equal(CountMethod.Calibrated, site.Advance(Ten.AddMinutes(16))!.Occupancy.Method);
        site.Stop(Ten.AddMinutes(16));
        Assert.Equal(CountMethod.Calibrated, Site(now: Ten.AddMinutes(17)).Advance(Ten.AddMinutes(17))!.Occupancy.Method);
        Assert.Equal(CountMethod.Tracks, site.Advance(Ten.AddHours(18))!.Occupancy.Method); // after 03:00
    }

    [Fact]
    public void A_capacity_of_zero_is_a_closed_site()
    {
        var site = Site(capacity: 0);
        Assert.Equal(OccupancyLevel.Full, site.Advance(Ten.AddSeconds(1))!.Occupancy.Level);
        Enter(site, 1, Ten.AddSeconds(2));
        var update = site.Advance(Ten.AddSeconds(3))!;
        Assert.Equal((OccupancyLevel.Over, AlertSeverity.Critical, true), (update.Occupancy.Level, update.Alert!.Severity, update.LevelChanged));
        Assert.Throws<ArgumentException>(() => Site(capacity: -1));
    }

    [Fact]
    public void A_restart_goes_on_with_the_number_and_its_gates()
    {
        var site = Site(capacity: 100);
        Enter(site, 90, Ten.AddSeconds(1));
        site.Count(South, Count(Ten, 3, 0));
        site.Advance(Ten.AddMinutes(16));
        site.Stop(Ten.AddMinutes(16));
        site = Site(capacity: 100, now: Ten.AddMinutes(20));
        site.Count(South, Count(Ten, 4, 0, revision: 2));
        Assert.Equal((94, OccupancyLevel.Warn), (site.Advance(Ten.AddMinutes(20))!.Occupancy.Present, site.Look(Ten.AddMinutes(20)).Level));
        _store.Save("site/bai-bien", "{\"Gates\":null");
        Assert.Equal(0, Site().Look(Ten).Present);
    }

    [Fact]
    public void A_clock_that_jumps_forth_and_back_loses_nobody_who_comes_after_it()
    {
        var site = Site();
        Enter(site, 50, Ten.AddSeconds(1));
        site.Advance(Ten.AddSeconds(2));
        site.Set(60, "a", "b", Ten.AddHours(2)); // the clock ran two hours ahead
        var back = Ten.AddMinutes(1);
        var update = site.Advance(back)!;
        Assert.Equal((60, CorrectionKind.Clock), (update.Occupancy.Present, update.Corrections[^1].Kind));
        Enter(site, 3, back.AddSeconds(1));
        Assert.Equal(63, site.Advance(back.AddSeconds(2))!.Occupancy.Present);
        // A day ahead it resets; back again it goes on, and the next night still resets.
        site.Advance(back.AddDays(1));
        Enter(site, 7, back.AddMinutes(5));
        site.Advance(back.AddMinutes(5));
        Enter(site, 7, back.AddMinutes(6));
        Assert.Equal(7, site.Advance(back.AddMinutes(6))!.Occupancy.Present);
        Assert.Equal(0, site.Advance(back.AddDays(2))!.Occupancy.Present);
    }

    [Fact]
    public void A_site_with_zones_alone_has_what_they_see()
    {
        var site = Site();
        site.Zone("g1", "quang-truong", "san", 12, Ten.AddSeconds(1));
        site.Zone("g1", "quang-truong", "san", 9, Ten); // older
        site.Zone("g2", "cau-tau", "san", 5, Ten.AddSeconds(1));
        Assert.Equal(17, site.Advance(Ten.AddSeconds(2))!.Occupancy.Present);
        Enter(site, 2, Ten.AddSeconds(3));
        Assert.Equal((2, 17), (site.Look(Ten.AddSeconds(4)).Present, site.Look(Ten.AddSeconds(4)).InZones));
    }

    [Fact]
    public void A_crossing_that_another_gateway_takes_back_leaves_no_trace_even_when_it_is_heard_twice()
    {
        var site = Site();
        var (events, camera) = (TestEvents.Live(), EventOrigin.Camera("cong-nam"));
        CrossingData Over(CrossingDirection direction, int second) => new(1, ObjectKind.Person, "gate", direction, Ten.AddSeconds(second), null, null);
        foreach (var data in (CrossingData[])[Over(CrossingDirection.In, 1), Over(CrossingDirection.In, 2), Over(CrossingDirection.Out, 3) with { TakesBack = Ten.AddSeconds(2) }])
        {
            var heard = SiteEventReader.Read(events.Create(camera, Ten, data).Json)!;
            for (var times = 0; times < 2; times++) SiteEventReader.Take(heard, site, null, "bai-bien");
        }

        var look = site.Look(Ten.AddSeconds(5));
        Assert.Equal(1, look.Present);
    }

    [Fact]
    public void A_crossing_that_comes_again_after_a_restart_counts_once()
    {
        var site = Site();
        site.Cross(North, ObjectKind.Person, true, Ten.AddSeconds(1), "01JABC");
        site.Stop(Ten.AddSeconds(2));
        var again = Site(now: Ten.AddSeconds(3));
        again.Cross(North, ObjectKind.Person, true, Ten.AddSeconds(1), "01JABC");
        again.Cross(North, ObjectKind.Person, true, Ten.AddSeconds(1), "01JABD");
        Assert.Equal(2, again.Look(Ten.AddSeconds(4)).Present);
    }

    [Fact]
    public void Where_a_count_by_hand_corrects_a_gate_its_crossings_are_corrected_at_once()
    {
        var site = Site();
        site.Count(North, Count(Ten, 130, 44) with { Method = CountMethod.Calibrated, RawIn = 100, RawOut = 40 });
        Enter(site, 20, Ten.AddMinutes(16));
        Enter(site, 10, Ten.AddMinutes(17), inwards: false);
        Assert.Equal(130 - 44 + 26 - 11, site.Look(Ten.AddMinutes(18)).Present);
        site.Stop(Ten.AddMinutes(18));
        var again = Site(now: Ten.AddMinutes(19));
        Assert.Equal(101, again.Look(Ten.AddMinutes(19)).Present);
        again.Set(50, "lan", "counted by hand", Ten.AddMinutes(20));
        Enter(again, 10, Ten.AddMinutes(21));
        Assert.Equal(63, again.Look(Ten.AddMinutes(22)).Present);
        again.Count(North, Count(Ten.AddMinutes(30), 10, 0)); // the correction was taken away
        Enter(again, 10, Ten.AddMinutes(46));
        Assert.Equal(63 + 10 + 10 - 3, again.Look(Ten.AddMinutes(47)).Present);
    }

    [Fact]
    public void Intervals_and_corrections_are_saved_before_they_are_answered_however_large_the_state_is()
    {
        var site = Site();
        for (var i = 0; i < 600; i++) site.Count(North, Count(Ten.AddMinutes(i), 1, 0, minutes: 1));
        var now = Ten.AddMinutes(600);
        site.Advance(now); // a large state is not written every second ...
        site.Count(South, Count(now.AddMinutes(-15), 7, 0));
        site.Keep(now.AddSeconds(1));
        Assert.Equal(607, Site(now: now).Look(now.AddSeconds(1)).Present);
        site.Set(40, "lan", "counted by hand", now.AddSeconds(1));
        Assert.Equal(40, Site(now: now).Look(now.AddSeconds(2)).Present); // ... what nobody tells again is
    }

    [Fact]
    public void Events_of_other_gateways_are_read_and_what_is_no_event_is_left()
    {
        var site = Site();
        var events = TestEvents.Live();
        var camera = EventOrigin.Camera("cong-nam");
        foreach (var data in (EventData[])[
            new CrossingData(1, ObjectKind.Person, "gate", CrossingDirection.In, Ten.AddMinutes(20), null, null), Count(Ten, 6, 2), new OccupancyData("present", "san", 4, null, OccupancyLevel.Normal, Ten)])
        {
            var heard = SiteEventReader.Read(events.Create(camera, Ten, data).Json);
            Assert.Equal(("cong-nam", data.GetType()), (heard!.Camera, heard.Data.GetType()));
            SiteEventReader.Take(heard, site, null, "bai-bien");
        }

        Assert.Equal((5, 4), (site.Look(Ten.AddMinutes(21)).Present, site.Look(Ten.AddMinutes(21)).InZones));
        foreach (var bad in (string[])["", "{}", "[]", "null", "{\"id\":1}", "{\"id\":\"01J1QZ3Y8M0000000000000001\",\"source\":\"/gateways/a/cameras/b\",\"type\":\"vn.edgegateway.count.v1\",\"data\":{\"in\":\"x\"}}", new string('{', 5000),
            "{\"id\":\"01J1QZ3Y8M0000000000000001\",\"source\":\"/gateways/a/cameras/b\",\"type\":\"vn.edgegateway.count.v1\",\"data\":{\"line\":\"gate\",\"from\":\"2026-07-04T03:00:00Z\",\"to\":\"2026-07-04T03:15:00Z\",\"revision\":1}}"])
            Assert.Null(SiteEventReader.Read(Encoding.UTF8.GetBytes(bad)));
        Assert.Equal(["edge/g2/cameras/+/events/count", "edge/g2/cameras/+/events/crossing", "edge/g2/cameras/+/events/occupancy", "edge/g2/cameras/+/state"], SiteEventReader.Filters(["g2"]));
    }
}
