using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Counting;

public sealed class CountArchiveTests : IDisposable
{
    private static readonly DateTimeOffset Ten = new(2026, 7, 4, 3, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Zone = IntervalGrid.HoChiMinh;
    private readonly string _folder = TestEvents.Folder();

    private string File => Path.Combine(_folder, CountArchive.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    internal static ArchivedCount Row(
        DateTimeOffset from, int into, int outOf = 0, double coverage = 1, int revision = 1, double minutes = 15, string camera = "cong-bac", string gateway = "g1",
        string counter = "visitors", string kind = "person", CountMethod method = CountMethod.Tracks, int? rawIn = null) =>
        new(new CountSeries(gateway, "bai-bien", camera, counter, "gate", kind), from, from.AddMinutes(minutes), into, outOf, coverage, method, revision, rawIn, rawIn is null ? null : outOf);

    [Fact]
    public void A_higher_revision_replaces_the_whole_interval_and_repeats_or_late_rows_change_nothing()
    {
        using var archive = CountArchive.Open(File, Zone);
        Assert.Equal(new ArchiveOutcome(1, 0, 0, 0), archive.Add([Row(Ten, 5, 1, 0.5)]));
        Assert.Equal(new ArchiveOutcome(0, 1, 0, 0), archive.Add([Row(Ten, 9, 2, 0.9, revision: 3)]));
        Assert.Equal(new ArchiveOutcome(0, 0, 3, 0), archive.Add([Row(Ten, 9, 2, 0.9, revision: 3), Row(Ten, 7, 2, 0.7, revision: 2), Row(Ten, 5, 1, 0.5)]));
        var kept = Assert.Single(archive.Intervals(Ten, Ten.AddHours(1)));
        Assert.Equal(Row(Ten, 9, 2, 0.9, revision: 3), kept);
        var hour = Assert.Single(archive.Hours(Ten, Ten.AddHours(1)));
        Assert.Equal((9L, 2L, 810.0, 1), (hour.In, hour.Out, hour.WatchedSeconds, hour.Intervals));
    }

    [Fact]
    public void Rows_in_any_order_and_repeated_give_the_same_sums()
    {
        var random = new Random(11);
        var rows = Enumerable.Range(0, 200).SelectMany(i => Enumerable.Range(1, 3).Select(revision => Row(Ten.AddMinutes(15 * i), i + revision, revision, 0.3 * revision, revision))).ToArray();
        List<CountSum>? first = null;
        for (var round = 0; round < 5; round++)
        {
            random.Shuffle(rows);
            var path = Path.Combine(_folder, $"{round}.db");
            using var archive = CountArchive.Open(path, Zone, durable: false);
            foreach (var part in rows.Concat(rows.Take(100)).Chunk(37)) archive.Add(part);
            var hours = archive.Hours(Ten.AddDays(-1), Ten.AddDays(7)).ToList();
            first ??= hours;
            Assert.Equal(first, hours);
            Assert.Equal(200 * 199 / 2 + (200 * 3), hours.Sum(hour => hour.In));
            // Sums that are kept and sums that are made from the rows agree.
            Assert.Equal(hours.Select(hour => (hour.From, hour.In, hour.Out)), archive.Sums(TimeSpan.FromHours(1), Ten.AddDays(-1).AddSeconds(1), Ten.AddDays(7)).Select(hour => (hour.From, hour.In, hour.Out)));
            Assert.Equal(hours.Sum(hour => hour.In), archive.Sums(TimeSpan.FromDays(1), Ten.AddDays(-1), Ten.AddDays(7)).Sum(day => day.In));
        }
    }

    [Fact]
    public void A_row_whose_number_before_correction_is_below_zero_is_refused()
    {
        using var archive = CountArchive.Open(File, Zone);
        Assert.Equal(2, archive.Add([Row(Ten, 3, rawIn: -1), Row(Ten, 3, rawIn: 2) with { RawOut = -1 }]).Refused);
    }

    [Fact]
    public void A_local_day_ends_at_17_UTC()
    {
        var midnight = new DateTimeOffset(2026, 7, 4, 17, 0, 0, TimeSpan.Zero);
        using var archive = CountArchive.Open(File, Zone);
        archive.Add([Row(midnight.AddMinutes(-15), 3), Row(midnight, 4)]);
        var days = archive.Sums(TimeSpan.FromDays(1), midnight.AddDays(-1), midnight.AddDays(1)).ToList();
        Assert.Equal([(midnight.AddDays(-1), 3L), (midnight, 4L)], days.Select(day => (day.From, day.In)));
        Assert.Equal(900 / 86400.0, days[0].Coverage, 6);
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(15, 4)]
    [InlineData(60, 1)]
    public void Sums_of_1_15_and_60_minutes_and_a_gap_stays_a_gap(int minutes, int stretches)
    {
        using var archive = CountArchive.Open(File, Zone);
        archive.Add([.. Enumerable.Range(0, 60).Select(i => Row(Ten.AddMinutes(i), 1, coverage: 0.5, minutes: 1))]);
        var sums = archive.Sums(TimeSpan.FromMinutes(minutes), Ten, Ten.AddHours(3)).ToList();
        Assert.Equal(stretches, sums.Count); // the two hours without rows are absent, not zero
        Assert.All(sums, sum => Assert.Equal(((long)minutes, 0.5), (sum.In, Math.Round(sum.Coverage, 3))));
    }

    [Fact]
    public void An_interval_longer_than_an_hour_is_in_the_sum_and_its_hour_is_not_claimed()
    {
        using var archive = CountArchive.Open(File, Zone);
        archive.Add([Row(Ten, 100, minutes: 1440 / 2)]);
        Assert.True(Assert.Single(archive.Hours(Ten.AddHours(-4), Ten.AddDays(1))).IsCoarse);
        // Shortened by a stop it lies in one hour; the revision that completes it leaves nothing behind there.
        archive.Add([Row(Ten.AddDays(2), 5, minutes: 30)]);
        Assert.False(Assert.Single(archive.Hours(Ten.AddDays(2), Ten.AddDays(3))).IsCoarse);
        archive.Add([Row(Ten.AddDays(2), 50, minutes: 720, revision: 2)]);
        var hour = Assert.Single(archive.Hours(Ten.AddDays(2), Ten.AddDays(3)));
        Assert.Equal((true, 50L), (hour.IsCoarse, hour.In));
    }

    [Fact]
    public void A_clock_that_jumps_makes_rows_that_cannot_be_and_these_are_refused()
    {
        using var archive = CountArchive.Open(File, Zone);
        var outcome = archive.Add([
            Row(new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero), 1), Row(new DateTimeOffset(2106, 1, 1, 0, 0, 0, TimeSpan.Zero), 1),
            Row(Ten, -1), Row(Ten, 1, coverage: 1.2), Row(Ten, 1, coverage: double.NaN), Row(Ten, 1, minutes: 0), Row(Ten, 1, minutes: 2000), Row(Ten, 1, revision: 0),
            Row(Ten, 1, camera: "<b>"), Row(Ten, 1, kind: "dog"),
        ]);
        Assert.Equal(new ArchiveOutcome(0, 0, 0, 10), outcome);
        // The hour that a clock lived through twice is one hour with the higher revision, not two.
        archive.Add([Row(Ten, 10), Row(Ten.AddMinutes(-60), 4), Row(Ten, 12, revision: 2)]);
        Assert.Equal(16, archive.Hours(Ten.AddHours(-1), Ten.AddHours(1)).Sum(hour => hour.In));
    }

    [Fact]
    public void What_was_added_is_there_after_a_reopening_and_another_zone_is_refused_but_to_the_service_which_sums_anew()
    {
        using (var archive = CountArchive.Open(File, Zone)) archive.Add([Row(Ten, 7, method: CountMethod.Calibrated, rawIn: 5)]);
        using (var archive = CountArchive.Open(File, Zone))
        {
            var row = Assert.Single(archive.Intervals(Ten, Ten.AddHours(1)));
            Assert.Equal((7, 5, CountMethod.Calibrated), (row.In, row.RawIn, row.Method));
            Assert.Equal((5L, 1), archive.Hours(Ten, Ten.AddHours(1)).Select(hour => (hour.RawIn, hour.Calibrated)).Single());
        }

        var nepal = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kathmandu"); // 5:45 ahead: its hours begin at a quarter past
        Assert.Contains("Asia/Ho_Chi_Minh", Assert.Throws<InvalidDataException>(() => CountArchive.Open(File, nepal)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => CountArchive.Open(File, nepal, guard: StoreGuard.ForCommand(null)));
        var service = StoreGuard.ForService(null, _ => { });
        using (var archive = CountArchive.Open(File, nepal, guard: service))
        {
            Assert.Equal(Zone.Id, archive.FormerZone);
            archive.Add([Row(Ten.AddMinutes(15), 2)]);
            Assert.Equal([(Ten.AddMinutes(-45), 7L, 5L, 900.0, 1), (Ten.AddMinutes(15), 2L, 2L, 900.0, 0)], archive.Hours(Ten.AddMinutes(-45), Ten.AddMinutes(75)).Select(hour => (hour.From, hour.In, hour.RawIn, hour.WatchedSeconds, hour.Calibrated)));
        }

        using (var archive = CountArchive.Open(File, nepal, guard: service)) Assert.Null(archive.FormerZone); // once
        Assert.Throws<InvalidDataException>(() => CountArchive.Open(File, Zone));
    }

    [Fact]
    public async Task The_writer_keeps_intervals_flows_and_origins_and_tells_of_nothing_personal()
    {
        await using (var writer = new ArchiveWriter(File, Zone, "g1", "bai-bien", TimeProvider.System, NullLogger.Instance))
        {
            writer.Add("cong-bac", new CountInterval("visitors", "gate", "person", 3, 1, Ten, Ten.AddMinutes(15), 1, "tracks", 1));
            writer.AddFlow("g1", "cong-bac", new CrossingData(1, ObjectKind.Person, "ra", CrossingDirection.Out, Ten, "gate", TimeSpan.FromSeconds(8)));
            writer.AddFlow("g1", "cong-bac", new CrossingData(2, ObjectKind.Person, "gate", CrossingDirection.Out, Ten, "gate", TimeSpan.FromSeconds(2)));
            writer.AddFlow("g1", "cong-bac", new CrossingData(3, ObjectKind.Person, "gate", CrossingDirection.In, Ten, null, null));
            var early = new CrossingData(4, ObjectKind.Person, "ra", CrossingDirection.Out, Ten, "gate", TimeSpan.FromSeconds(4)); // and taken back
            writer.AddFlow("g1", "cong-bac", early);
            writer.TakeBackFlow("g1", "cong-bac", early);
            foreach (var plate in (string?[])["37A12345", "29A12345", null, "TM1234"]) writer.AddOrigin("g1", "cong-bac", Ten, PlateOriginOf.Plate(plate));
            await writer.FlushAsync(TestContext.Current.CancellationToken);
        }

        using var archive = CountArchive.Open(File, Zone);
        Assert.Equal(3, Assert.Single(archive.Intervals(Ten, Ten.AddHours(1))).In);
        Assert.Equal([(false, 8.0), (true, 2.0)], archive.Flows(Ten.AddDays(-1), Ten.AddDays(1), "bai-bien").OrderBy(flow => flow.IsTurnBack).Select(flow => (flow.IsTurnBack, flow.MeanDwell.TotalSeconds)));
        Assert.Equal(new OriginTally(1, 1, 2), archive.Origins(Ten.AddDays(-1), Ten.AddDays(1), "bai-bien"));
    }

    [Fact]
    public async Task A_row_that_nobody_can_work_on_costs_itself_only()
    {
        await using var writer = new ArchiveWriter(File, Zone, "g1", "bai-bien", TimeProvider.System, NullLogger.Instance);
        writer.Add(Row(Ten, 3) with { Series = null! });
        writer.Add(Row(Ten, 4, counter: null!));
        writer.Add(Row(Ten, 5));
        await writer.FlushAsync(TestContext.Current.CancellationToken);
        using var archive = CountArchive.Open(File, Zone);
        Assert.Equal(5, Assert.Single(archive.Intervals(Ten, Ten.AddHours(1))).In);
    }

    [Fact]
    public async Task Another_time_zone_in_the_configuration_costs_the_writer_no_row_and_is_logged()
    {
        using (var archive = CountArchive.Open(File, TimeZoneInfo.Utc)) archive.Add([Row(Ten, 7)]);
        var logger = new Registration.KeptLog();
        await using (var writer = new ArchiveWriter(File, Zone, "g1", "bai-bien", TimeProvider.System, logger, StoreGuard.ForService(null, _ => { })))
        {
            await writer.FlushAsync(TestContext.Current.CancellationToken);
            using (CountArchive.Open(File, Zone)) { } // who reads finds it before anything new was counted
            writer.Add(Row(Ten.AddMinutes(15), 3));
            await writer.FlushAsync(TestContext.Current.CancellationToken);
            Assert.Null(writer.Problem);
        }

        using var after = CountArchive.Open(File, Zone);
        Assert.Equal(10, after.Hours(Ten, Ten.AddHours(1)).Sum(hour => hour.In));
        Assert.Contains("summed hours of UTC; the configuration says Asia/Ho_Chi_Minh", Assert.Single(logger.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_refuses_costs_nothing_but_time()
    {
        Directory.CreateDirectory(File); // a folder stands where the file should be
        await using var writer = new ArchiveWriter(File, Zone, "g1", "bai-bien", TimeProvider.System, NullLogger.Instance);
        writer.Add(Row(Ten, 3));
        await EdgeGateway.Testing.Wait.Until("the problem is told", () => writer.Problem is not null, TimeSpan.FromSeconds(10));
        Assert.Equal("không mở được cơ sở dữ liệu", writer.Problem?.Vi); // no words of SQLite in a Vietnamese alert
        Directory.Delete(File);
        await writer.FlushAsync(TestContext.Current.CancellationToken);
        using var archive = CountArchive.Open(File, Zone);
        Assert.Equal(3, Assert.Single(archive.Intervals(Ten, Ten.AddHours(1))).In);
    }
}
