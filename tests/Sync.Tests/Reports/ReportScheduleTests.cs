using System.Security.Cryptography;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Reports;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Reports;

public sealed class ReportScheduleTests
{
    private static readonly TimeZoneInfo Zone = IntervalGrid.HoChiMinh;
    private readonly InMemoryCountStateStore _store = new();
    private readonly FakeTimeProvider _time = new(Local(2026, 4, 22, 9));

    private static DateTimeOffset Local(int year, int month, int day, int hour, int minute = 0) => new DateTimeOffset(year, month, day, hour, minute, 0, TimeSpan.FromHours(7)).ToUniversalTime();

    private ReportSchedule Schedule() => new(SampleCounts.Site, new ReportTimes { Settle = TimeSpan.Zero }, Zone, SampleCounts.Setting.Holidays, _store, _time);

    private static List<DueReport> MakeAll(ReportSchedule schedule)
    {
        var due = schedule.Due().ToList();
        foreach (var report in due) schedule.Done(report);
        return due;
    }

    [Fact]
    public void The_week_is_due_on_monday_at_18_and_once()
    {
        var schedule = Schedule();
        Assert.Empty(schedule.Due()); // on the first start nothing was missed
        _time.SetUtcNow(Local(2026, 4, 25, 12));
        MakeAll(schedule);
        _time.SetUtcNow(Local(2026, 4, 26, 17));
        MakeAll(schedule); // the quick report of the 26th
        _time.SetUtcNow(Local(2026, 4, 27, 17, 59));
        Assert.Empty(schedule.Due());
        _time.SetUtcNow(Local(2026, 4, 27, 18));
        var due = Assert.Single(MakeAll(schedule));
        Assert.Equal((ReportSchedule.Weekly, Local(2026, 4, 20, 0), Local(2026, 4, 27, 0)), (due.Kind, due.Range.From, due.Range.To));
        Assert.Empty(schedule.Due());
        Assert.Empty(Schedule().Due()); // after a restart neither
    }

    [Fact]
    public void A_clock_that_was_years_ahead_keeps_no_report_from_being_made()
    {
        _time.SetUtcNow(Local(2031, 4, 28, 19));
        _ = Schedule();
        MakeAll(Schedule());
        var back = new FakeTimeProvider(Local(2026, 4, 22, 9));
        ReportSchedule Again() => new(SampleCounts.Site, new ReportTimes { Settle = TimeSpan.Zero }, Zone, SampleCounts.Setting.Holidays, _store, back);
        Assert.Empty(Again().Due());
        back.SetUtcNow(Local(2026, 4, 27, 18));
        Assert.Contains(Again().Due(), report => report.Kind == ReportSchedule.Weekly);
    }

    [Fact]
    public void A_box_without_a_clock_of_its_own_that_starts_a_year_back_makes_no_report_twice()
    {
        _time.SetUtcNow(Local(2026, 4, 22, 9));
        _ = Schedule();
        _time.SetUtcNow(Local(2026, 5, 5, 9));
        Assert.NotEmpty(MakeAll(Schedule()));
        var clock = new FakeTimeProvider(Local(2025, 5, 1, 0)); // until the network tells the time
        ReportSchedule Again() => new(SampleCounts.Site, new ReportTimes { Settle = TimeSpan.Zero }, Zone, SampleCounts.Setting.Holidays, _store, clock);
        Assert.Empty(Again().Due());
        clock.SetUtcNow(Local(2026, 5, 5, 9, 1));
        Assert.DoesNotContain(Again().Due(), report => report.Due > Local(2026, 4, 22, 9));
    }

    [Fact]
    public void A_listed_day_is_due_at_16_with_its_hours_so_far()
    {
        var schedule = Schedule();
        _time.SetUtcNow(Local(2026, 4, 26, 15, 59));
        Assert.Empty(schedule.Due());
        _time.SetUtcNow(Local(2026, 4, 26, 16));
        var due = Assert.Single(schedule.Due());
        Assert.Equal((ReportSchedule.HolidayQuick, Local(2026, 4, 26, 0), Local(2026, 4, 26, 16)), (due.Kind, due.Range.From, due.Range.To));
    }

    [Fact]
    public void A_report_waits_until_the_intervals_that_end_with_its_hour_are_told()
    {
        var time = new FakeTimeProvider(Local(2026, 4, 26, 15));
        var schedule = new ReportSchedule(SampleCounts.Site, new ReportTimes(), Zone, SampleCounts.Setting.Holidays, _store, time);
        // A quarter's sums come when late crossings are in; a counter sees to that on its own clock.
        var counter = new IntervalCounter(new CounterSetup("count/cong/visitors", "visitors", "gate", ["person"], TimeSpan.FromMinutes(15)) { Zone = Zone }, new InMemoryCountStateStore());
        counter.Cross("gate", "person", inwards: true, Local(2026, 4, 26, 15, 59));
        var told = new List<CountInterval>();
        for (var second = 0; second < 60 && schedule.Due().Count == 0; second++)
        {
            time.SetUtcNow(Local(2026, 4, 26, 16).AddSeconds(second));
            if (schedule.Due().Count == 0) counter.Advance(time.GetUtcNow(), told);
        }

        Assert.Equal(1, Assert.Single(told).In);
        Assert.Equal(Local(2026, 4, 26, 16), Assert.Single(schedule.Due()).Range.To);
    }

    [Fact]
    public void What_was_missed_while_off_is_made_at_the_next_start_oldest_first()
    {
        Schedule();
        _time.SetUtcNow(Local(2026, 5, 6, 7));
        Assert.Equal(
            [(ReportSchedule.HolidayQuick, 26), (ReportSchedule.Weekly, 27), (ReportSchedule.HolidayQuick, 30), (ReportSchedule.HolidayQuick, 1), (ReportSchedule.Weekly, 4)],
            MakeAll(Schedule()).Select(report => (report.Kind, TimeZoneInfo.ConvertTime(report.Due, Zone).Day)));
        Assert.Empty(Schedule().Due());
        // One that fails stays due.
        _time.SetUtcNow(Local(2026, 5, 11, 18, 1));
        Assert.Equal(Schedule().Due(), Schedule().Due());
        // Off for half a year: the last eight weeks.
        _time.SetUtcNow(Local(2026, 11, 11, 7));
        Assert.Equal(8, MakeAll(Schedule()).Count);
    }

    [Fact]
    public void A_clock_that_steps_back_makes_nothing_due_again()
    {
        var schedule = Schedule();
        _time.SetUtcNow(Local(2026, 4, 27, 18));
        MakeAll(schedule);
        _time.AdjustTime(Local(2026, 4, 27, 17));
        Assert.Empty(schedule.Due());
        _time.AdjustTime(Local(2026, 4, 27, 18, 30));
        Assert.Empty(schedule.Due());
    }

    [Fact]
    public void A_report_that_is_due_lies_in_the_folder_under_the_hash_of_its_event()
    {
        var folder = TestEvents.Folder();
        using (SampleCounts.Archive(Path.Combine(folder, "counts.db"))) { }
        var reports = new ReportFolder(Path.Combine(folder, "reports"), SampleCounts.Setting, ReportLanguage.Vi, () => CountArchive.Open(Path.Combine(folder, "counts.db"), Zone));
        var kept = reports.Make(new DueReport(ReportSchedule.Weekly, Local(2026, 4, 27, 18), new ReportRange(Local(2026, 4, 20, 0), Local(2026, 4, 27, 0))), Local(2026, 4, 27, 18));
        Assert.NotNull(kept);
        Assert.Equal("visitors-weekly_bai-bien-cua-lo_2026-04-20_2026-04-26.html", kept.Event.Uri);
        Assert.Equal(kept.Event.Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(kept.Path))));
        Assert.Equal([kept.Path], Directory.GetFiles(Path.Combine(folder, "reports")));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_box_that_began_with_a_clock_in_the_past_makes_no_report_on_the_time_before_it_came()
    {
        var folder = TestEvents.Folder();
        _time.AdjustTime(Local(2025, 1, 1, 0));
        var schedule = Schedule(); // until the network tells the time
        var came = Local(2026, 4, 25, 9); // a Saturday
        _time.SetUtcNow(came);
        using (var archive = CountArchive.Open(Path.Combine(folder, "counts.db"), Zone)) archive.Add(((DateTimeOffset[])[Local(2025, 1, 1, 0), came]).Select(at => new ArchivedCount(new CountSeries("g1", SampleCounts.Site, "cong", "visitors", "gate", "person"), at, at.AddMinutes(15), 3, 1, 1, CountMethod.Tracks, 1)).ToList()); // the interval of the false past too
        var reports = new ReportFolder(Path.Combine(folder, "reports"), SampleCounts.Setting, ReportLanguage.Vi, () => CountArchive.Open(Path.Combine(folder, "counts.db"), Zone));
        Assert.Equal(8, schedule.Due().Count); // weeks; the listed days of this calendar lie ahead
        foreach (var report in schedule.Due()) Assert.Null(reports.Make(report, came));
        Assert.False(Directory.Exists(Path.Combine(folder, "reports")));
        MakeAll(schedule);

        // Its first week has two days of counts, and is told.
        _time.SetUtcNow(Local(2026, 4, 27, 18));
        Assert.All(MakeAll(schedule), report => Assert.NotNull(reports.Make(report, Local(2026, 4, 27, 18))));
        Assert.Contains(Directory.GetFiles(Path.Combine(folder, "reports")), file => file.EndsWith("_2026-04-20_2026-04-26.html", StringComparison.Ordinal));
        Directory.Delete(folder, recursive: true);
    }
}
