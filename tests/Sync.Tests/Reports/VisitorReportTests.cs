using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Reports;
using EdgeGateway.Sync.Tests.Counting;
using EdgeGateway.Sync.Tests.Events;
using NJsonSchema;

namespace EdgeGateway.Sync.Tests.Reports;

public sealed class VisitorReportTests : IDisposable
{
    private static readonly DateTimeOffset Now = SampleCounts.Now;
    private readonly string _folder = TestEvents.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private CountArchive Sample() => SampleCounts.Archive(Path.Combine(_folder, "counts.db"));

    private static string Html(VisitorReport report, ReportLanguage language = ReportLanguage.Vi)
    {
        using var page = new MemoryStream();
        HtmlReport.Write(page, report, SampleCounts.Zone, language);
        return Encoding.UTF8.GetString(page.ToArray());
    }

    private static string Csv(VisitorReport report, ReportSetting setting, ICountSource counts, double minutes = 1440)
    {
        using var table = new MemoryStream();
        CsvReport.Write(table, report, setting, counts, TimeSpan.FromMinutes(minutes), ReportLanguage.Vi);
        return Encoding.UTF8.GetString(table.ToArray());
    }

    [Fact]
    public void The_sums_of_the_report_are_those_of_its_intervals()
    {
        using var archive = Sample();
        var report = new VisitorReportBuilder(SampleCounts.Setting, archive).Build(SampleCounts.Fortnight, Now);
        var rows = SampleCounts.Rows(SampleCounts.Monday, 14, 9000).Where(row => row.Series.Class == "person").ToList();
        Assert.Equal((rows.Sum(row => (long)row.In), rows.Sum(row => (long)row.Out)), (report.Total.In, report.Total.Out));
        Assert.Equal(Math.Round(rows.Sum(row => row.Coverage) / (3 * 14 * 96), 3), report.Total.Coverage, 0.002);
        Assert.Equal(report.Total.In, report.Days.Sum(day => day.People.In));
        Assert.Equal(report.Total.In, report.Gates.Sum(gate => gate.People.In));
        Assert.Equal(report.Total.In, report.Days.Sum(day => day.Hours.Sum()));
        Assert.Equal("Giỗ Tổ Hùng Vương (10/3 âm lịch); Ngày Giải phóng miền Nam; Quốc tế Lao động", string.Join("; ", report.Days.Select(day => day.HolidayVi).OfType<string>()));
        Assert.Equal((CountMethod.Calibrated, true), (report.Gates.Single(gate => gate.Camera == "cong-binh-minh").Method, report.Gates.Single(gate => gate.Camera == "cong-binh-minh").LowIn < report.Gates.Single(gate => gate.Camera == "cong-binh-minh").HighIn));
        Assert.True(report.Before.HasData && report.LastYear.HasData && report.Before.ChangePercent > 0);
        Assert.Equal(SampleCounts.Monday.AddDays(-364), report.LastYear.From);
        Assert.True(report.Peaks.Present > 0 && report.Peaks.HourIn > 0 && report.Peaks.Day is not null);
    }

    [Fact]
    public void A_gap_is_a_gap_in_every_format_and_the_sentence_on_crossings_stands_in_each()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = new DateTimeOffset(2026, 4, 20, 17, 0, 0, TimeSpan.Zero);
        archive.Add([.. Enumerable.Range(0, 96).Select(i => CountArchiveTests.Row(day.AddMinutes(15 * i), 2, 1))]); // local 21 April alone
        var setting = SampleCounts.Setting with { Site = "bai-bien" };
        var report = new VisitorReportBuilder(setting, archive).Build(new ReportRange(day.AddDays(-1), day.AddDays(2)), Now);
        Assert.Equal([0.0, 1.0, 0.0], report.Days.Select(one => one.People.Coverage));
        Assert.Equal(0.333, report.Total.Coverage);
        Assert.All(report.Days[0].Hours, hour => Assert.Null(hour));
        Assert.False(report.Before.HasData);
        Assert.Null(report.Before.ChangePercent);

        var csv = Csv(report, setting, archive).Split("\r\n");
        Assert.StartsWith("\uFEFFfrom,to,weekday", csv[0], StringComparison.Ordinal);
        Assert.Equal("2026-04-20 00:00,2026-04-21 00:00,T2,,bai-bien,g1,cong-bac,gate,visitors,person,,,,0,,,,", csv[1]);
        Assert.Equal("2026-04-21 00:00,2026-04-22 00:00,T3,,bai-bien,g1,cong-bac,gate,visitors,person,192,96,96,1,tracks,192,96,1", csv[2]);
        foreach (var text in (string[])[string.Join('\n', csv), Html(report)]) Assert.Contains("không phải số khách khác nhau", text, StringComparison.Ordinal);
        Assert.Contains("not unique visitors", Html(report, ReportLanguage.En), StringComparison.Ordinal);
        using var json = new MemoryStream();
        JsonReport.Write(json, report);
        Assert.Contains("not unique visitors", Encoding.UTF8.GetString(json.ToArray()), StringComparison.Ordinal);

        var empty = new VisitorReportBuilder(setting, archive).Build(new ReportRange(day.AddDays(-20), day.AddDays(-19)), Now);
        Assert.Contains("không phải số không", Html(empty), StringComparison.Ordinal);
        Assert.Contains("coverage", Csv(empty, setting, archive), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "Góc đậm", "<path class='thin'")]
    [InlineData(1, "Sọc", "url(#gap)")]
    public void An_hour_that_was_watched_in_part_is_marked_in_the_map_and_in_the_chart_of_a_day_and_a_watched_one_is_not(int days, string word, string mark)
    {
        var setting = SampleCounts.Setting with { Site = "bai-bien" };
        var day = SampleCounts.Monday;
        string Page(int missing)
        {
            using var archive = CountArchive.Open(Path.Combine(_folder, $"counts{missing}.db"), SampleCounts.Zone);
            archive.Add([.. Enumerable.Range(0, 96 * days).Where(quarter => quarter < 30 || quarter >= 30 + missing).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), 20))]);
            var report = new VisitorReportBuilder(setting, archive).Build(new ReportRange(day, day.AddDays(days)), Now);
            Assert.Equal(missing == 0 ? 1 : 0.5, report.Days[0].HourCoverage[7]);
            Assert.Equal(1, report.Days[0].HourCoverage[8]);
            return System.Net.WebUtility.HtmlDecode(Html(report));
        }

        var (whole, part) = (Page(0), Page(2));
        Assert.DoesNotContain(word, whole, StringComparison.Ordinal);
        Assert.DoesNotContain(mark, whole, StringComparison.Ordinal);
        Assert.Contains(word, part, StringComparison.Ordinal);
        Assert.Equal(2, part.Split(mark).Length); // once
    }

    [Fact]
    public void The_running_hour_of_today_is_measured_against_what_has_gone_by()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 42).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), 20))]); // until 10:30
        var report = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day, day.AddDays(1)), day.AddMinutes(42 * 15));
        Assert.Equal(1, report.Days[0].HourCoverage[10]);
        Assert.Null(report.Days[0].HourCoverage[11]);
    }

    [Fact]
    public void A_peak_in_the_running_hour_lies_in_no_future_and_is_measured_against_what_has_gone_by()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 42).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), quarter >= 40 ? 200 : 2))]); // until 10:30
        var now = day.AddMinutes(42 * 15);
        var peaks = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day, day.AddDays(1)), now).Peaks;
        Assert.Equal((day.AddHours(10), 400L, 1.0), (peaks.Hour, peaks.HourIn, peaks.HourCoverage));
        Assert.Equal(now, peaks.PresentAt);
    }

    [Fact]
    public void The_running_day_is_compared_with_as_much_of_the_other_one_as_has_gone_by()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(-96, 96 + 42).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), 10))]);
        var report = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day, day.AddDays(1)), day.AddMinutes(42 * 15));
        Assert.Equal((420L, 420L, 0.0), (report.Total.In, report.Before.People.In, report.Before.ChangePercent));
        Assert.Equal(420, report.Before.ByDay[0]);
    }

    [Fact]
    public void A_month_that_is_over_is_compared_with_the_whole_month_before_and_the_same_month_last_year()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        DateTimeOffset Local(int year, int month) => ReportRange.LocalDay(new DateOnly(year, month, 1), SampleCounts.Zone);
        foreach (var (year, month) in ((int, int)[])[(2025, 2), (2026, 1), (2026, 2)])
        {
            for (var day = Local(year, month); day < Local(year, month + 1); day = day.AddDays(1)) archive.Add([CountArchiveTests.Row(day, 10, minutes: 1440)]);
        }

        var builder = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive);
        var report = builder.Build(new ReportRange(Local(2026, 2), Local(2026, 3)), Local(2026, 4));
        Assert.Equal((Local(2026, 1), Local(2026, 2), 310L), (report.Before.From, report.Before.To, report.Before.People.In));
        Assert.Equal((Local(2025, 2), Local(2025, 3), 280L), (report.LastYear.From, report.LastYear.To, report.LastYear.People.In));
        var running = builder.Build(new ReportRange(Local(2026, 2), Local(2026, 3)), Local(2026, 2).AddDays(10));
        Assert.Equal((Local(2026, 1), Local(2026, 1).AddDays(10)), (running.Before.From, running.Before.To));
    }

    [Fact]
    public void Behind_a_leap_day_each_date_stands_beside_its_own_of_last_year()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        DateTimeOffset Local(int year, int month, int day) => ReportRange.LocalDay(new DateOnly(year, month, day), SampleCounts.Zone);
        foreach (var (date, people) in ((DateTimeOffset, int)[])[(Local(2027, 2, 28), 28), (Local(2027, 3, 1), 1), (Local(2027, 3, 31), 31), (Local(2028, 2, 29), 29)])
            archive.Add([CountArchiveTests.Row(date, people, minutes: 1440)]);
        var builder = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive);

        var leap = builder.Build(new ReportRange(Local(2028, 2, 1), Local(2028, 4, 1)), Local(2028, 4, 2)).LastYear.ByDay;
        Assert.Equal((28L, null, 1L, 31L), (leap[27], leap[28], leap[29], leap[^1]));
        var after = builder.Build(new ReportRange(Local(2029, 2, 1), Local(2029, 4, 1)), Local(2029, 4, 2)).LastYear;
        Assert.Equal((29L, 59), (after.People.In, after.ByDay.Count(day => day is null)));
    }

    [Fact]
    public void The_hours_below_the_chart_of_a_day_do_not_touch()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 96).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), 20))]);
        var page = Html(new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day, day.AddDays(1)), Now));
        var labels = Regex.Matches(page, "<text x='(?<x>[0-9.]+)' y='175' [^>]*text-anchor='middle' font-size='10'>(?<text>[^<]+)</text>", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5))
            .Select(label => (X: double.Parse(label.Groups["x"].Value, CultureInfo.InvariantCulture), Width: System.Net.WebUtility.HtmlDecode(label.Groups["text"].Value).Length * 6.0)).ToList();
        Assert.Equal(24, labels.Count);
        Assert.All(labels.Zip(labels.Skip(1)), pair => Assert.True(pair.Second.X - (pair.Second.Width / 2) > pair.First.X + (pair.First.Width / 2) + 4));
    }

    [Fact]
    public void Each_number_says_how_it_was_counted_and_a_gate_calibrated_within_the_period_says_both()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 40).Select(i => CountArchiveTests.Row(day.AddMinutes(15 * i), 10) with { Method = i < 10 ? CountMethod.Tracks : CountMethod.Calibrated, RawIn = i < 10 ? null : 9, RawOut = i < 10 ? null : 0 })]);
        var setting = SampleCounts.Setting with { Site = "bai-bien" };
        var report = new VisitorReportBuilder(setting, archive).Build(new ReportRange(day, day.AddDays(1)), Now);
        Assert.Equal((CountMethod.Calibrated, 0.75), (report.Gates[0].Method, report.Gates[0].MethodShare));
        Assert.Contains("đã hiệu chỉnh (thô 370), chỉ 75,0 % số khoảng", System.Net.WebUtility.HtmlDecode(Html(report)).Replace('\u00A0', ' '), StringComparison.Ordinal);
        Assert.Contains(",calibrated,370,0,0.75", Csv(report, setting, archive), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gate_that_was_calibrated_in_the_midst_of_the_period_has_no_range_and_one_calibrated_for_all_of_it_has()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 40).Select(i => CountArchiveTests.Row(day.AddMinutes(15 * i), 10, method: i < 10 ? CountMethod.Tracks : CountMethod.Calibrated, rawIn: i < 10 ? null : 9))]);
        var setting = SampleCounts.Setting with { Site = "bai-bien", Gateway = "g1", Calibrations = [SampleCounts.Setting.Calibrations[0] with { Camera = "cong-bac" }] };
        Assert.Null(new VisitorReportBuilder(setting, archive).Build(new ReportRange(day, day.AddHours(10)), Now).Gates[0].LowIn);
        var later = new ReportRange(day.AddHours(3), day.AddHours(10));
        var report = new VisitorReportBuilder(setting, archive).Build(later, Now);
        Assert.InRange(report.Total.In, report.LowIn!.Value, report.HighIn!.Value);

        // Calibrated anew within the period, or for the line that the counter watches now: the newest factor is not the one in the sum.
        foreach (var other in (StoredCalibration[])[setting.Calibrations[0] with { Made = day.AddHours(5) }, setting.Calibrations[0] with { Line = "cong-moi" }])
            Assert.Null(new VisitorReportBuilder(setting with { Calibrations = [other] }, archive).Build(later, Now).Gates[0].LowIn);
    }

    [Fact]
    public void A_gate_where_only_those_who_go_out_were_counted_by_hand_says_so()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 40).Select(i => CountArchiveTests.Row(day.AddMinutes(15 * i), 10, 12, method: CountMethod.Calibrated, rawIn: 10) with { RawOut = 10 })]);
        var report = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day, day.AddDays(1)), Now);
        Assert.Contains("<td class=\"l\">đã hiệu chỉnh, chỉ lượt ra (thô 400)</td>", System.Net.WebUtility.HtmlDecode(Html(report)), StringComparison.Ordinal);
        Assert.Contains("<td class=\"l\">calibrated, out only (raw 400)</td>", System.Net.WebUtility.HtmlDecode(Html(report, ReportLanguage.En)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gate_that_died_weeks_ago_is_named_and_missed_until_it_is_long_gone()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([CountArchiveTests.Row(day.AddDays(-20), 5, gateway: "g2", camera: "cong-nam"), CountArchiveTests.Row(day.AddDays(-40), 5, gateway: "g3", camera: "cong-dong"), .. Enumerable.Range(0, 96).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), 2))]);
        VisitorReport On(DateTimeOffset begin) => new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(begin, begin.AddDays(1)), Now);
        Assert.Equal((2, 0.5), (On(day).Gates.Count, On(day).Total.Coverage));
        Assert.Contains(On(day).Notes, note => note.En.Contains("cong-nam sent no data", StringComparison.Ordinal));
    }

    [Fact]
    public void Twice_the_gates_with_half_more_people_is_no_decline()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 96).Select(quarter => CountArchiveTests.Row(day.AddDays(-1).AddMinutes(15 * quarter), 4))]);
        foreach (var camera in (string[])["cong-bac", "cong-nam"]) archive.Add([.. Enumerable.Range(0, 96).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), 3, camera: camera))]);
        var before = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day, day.AddDays(1)), Now).Before;
        Assert.Equal((50.0, 50.0), (before.ChangePercent, before.ChangePerWatchedHourPercent));
    }

    [Fact]
    public void A_box_that_was_dead_for_all_of_a_week_is_neither_a_decline_in_it_nor_a_rise_in_the_next()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var monday = SampleCounts.Monday;
        // Eight gates alike over three weeks; the box with two of them is off in the second.
        foreach (var week in (int[])[-1, 0, 1])
        {
            foreach (var gate in Enumerable.Range(0, week == 0 ? 6 : 8))
                archive.Add([.. Enumerable.Range(0, 7 * 24).Select(hour => CountArchiveTests.Row(monday.AddDays(7 * week).AddHours(hour), 20, minutes: 60, camera: $"cong-{gate}", gateway: gate < 6 ? "g1" : "g2"))]);
        }

        VisitorReport Week(int week) => new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(monday.AddDays(7 * week), monday.AddDays(7 * (week + 1))), monday.AddDays(21));
        var (dead, after) = (Week(0), Week(1));
        Assert.Equal((0.75, 1.0, 8, 0.0), (dead.Total.Coverage, dead.Before.People.Coverage, dead.Before.Gates, dead.Before.ChangePerWatchedHourPercent));
        Assert.Equal((1.0, 0.75, 8, 0.0), (after.Total.Coverage, after.Before.People.Coverage, after.Before.Gates, after.Before.ChangePerWatchedHourPercent));
        foreach (var report in (VisitorReport[])[dead, after])
        {
            Assert.Equal(["cong-6", "cong-7"], report.Before.LeftOut);
            Assert.Contains(report.Notes, note => note.Vi.EndsWith("không gồm các cổng không gửi số liệu trong một trong hai kỳ: cong-6, cong-7.", StringComparison.Ordinal));
            Assert.Contains("không đổi so với kỳ trước (tính trên mỗi giờ quan sát)", System.Net.WebUtility.HtmlDecode(Html(report)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_line_that_was_given_another_name_is_neither_missed_nor_a_gate_more()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var monday = SampleCounts.Monday;
        ArchivedCount Over(string line, DateTimeOffset at, string camera = "cong-bac", string gateway = "g1")
        {
            var row = CountArchiveTests.Row(at, 20, minutes: 60, camera: camera, gateway: gateway);
            return row with { Series = row.Series with { Line = line } };
        }

        // Three weeks; on Thursday of the second the line "gate" of one camera becomes "cong-chinh". A second camera is switched off since then, and a line of another box is silent.
        var renamed = monday.AddDays(3);
        for (var at = monday.AddDays(-7); at < monday.AddDays(14); at = at.AddHours(1))
        {
            archive.Add([Over(at < renamed ? "gate" : "cong-chinh", at)]);
            if (at < renamed) archive.Add([Over("gate", at, "cong-nam"), Over("gate", at, "cong-xa", "g2")]);
        }

        var setting = SampleCounts.Setting with { Site = "bai-bien", Gateway = "g1", OwnLines = new HashSet<(string, string)> { ("cong-bac", "cong-chinh"), ("cong-nam", "gate") } };
        VisitorReport Week(int week, ReportSetting known) => new VisitorReportBuilder(known, archive).Build(new ReportRange(monday.AddDays(7 * week), monday.AddDays(7 * (week + 1))), monday.AddDays(14));
        var (during, after) = (Week(0, setting), Week(1, setting));
        // Of three gates one was watched all the time, the two others for three days and not at all.
        Assert.Equal([("cong-bac", "cong-chinh", 1.0), ("cong-bac", "gate", 1.0), ("cong-nam", "gate", 0.429), ("cong-xa", "gate", 0.429)], during.Gates.Select(gate => (gate.Camera, gate.Line, gate.People.Coverage)));
        Assert.Equal((0.619, 0.0), (during.Total.Coverage, during.Before.ChangePerWatchedHourPercent));
        Assert.All(during.Days.Take(3), day => Assert.Equal(1, day.People.Coverage));
        Assert.Equal(1, during.Days[0].HourCoverage[9]);
        Assert.Equal(["cong-chinh", "gate", "gate"], after.Gates.Select(gate => gate.Line));
        Assert.Equal((0.333, 3), (after.Total.Coverage, after.Gates.Count));
        Assert.DoesNotContain(after.Notes, note => note.Vi.Contains("Cổng cong-bac không gửi", StringComparison.Ordinal));
        foreach (var report in (VisitorReport[])[during, after])
            Assert.Single(report.Notes, note => note.Vi == "Vạch đếm đã được đổi tên hoặc gỡ bỏ: cong-bac (gate). Từ lần đếm cuối trở đi, vạch đó không còn tính vào thời gian quan sát.");

        // Where the configuration is not known nothing is gone.
        Assert.Equal(4, Week(1, setting with { OwnLines = null }).Gates.Count);
    }

    [Theory]
    [InlineData("b", "b")] // two lines of a camera became one
    [InlineData("b", "c")] // two were given other names at once
    public void Lines_that_cannot_be_told_from_their_successors_are_neither_rise_nor_fall(string first, string second)
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var monday = SampleCounts.Monday;
        ArchivedCount Over(string line, DateTimeOffset at, int people, string camera = "cong-bac") => new(new CountSeries("g1", "bai-bien", camera, "visitors", line, "person"), at, at.AddHours(1), people, 0, 1, CountMethod.Tracks, 1);
        for (var at = monday.AddDays(-7); at < monday.AddDays(7); at = at.AddHours(1))
        {
            archive.Add([Over("gate", at, 4, "cong-nam")]);
            if (at < monday) archive.Add([Over("gate", at, 6), Over("old", at, 6)]);
            else if (first == second) archive.Add([Over(first, at, 12)]);
            else archive.Add([Over(first, at, 6), Over(second, at, 6)]);
        }

        var setting = SampleCounts.Setting with { Site = "bai-bien", Gateway = "g1", OwnLines = new HashSet<(string, string)> { ("cong-bac", first), ("cong-bac", second), ("cong-nam", "gate") } };
        var before = new VisitorReportBuilder(setting, archive).Build(new ReportRange(monday, monday.AddDays(7)), monday.AddDays(7)).Before;
        Assert.Equal((0.0, "cong-bac"), (before.ChangePerWatchedHourPercent, Assert.Single(before.LeftOut)));
    }

    [Fact]
    public void A_gate_that_was_away_for_half_of_the_day_before_is_no_rise_by_the_watched_hour()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        foreach (var begin in (DateTimeOffset[])[day.AddDays(-1), day])
        {
            // The quiet gate counts 2 a quarter all the time; the busy one 10, and on the first day from noon on only.
            archive.Add([.. Enumerable.Range(0, 96).Select(quarter => CountArchiveTests.Row(begin.AddMinutes(15 * quarter), 2))]);
            archive.Add([.. Enumerable.Range(begin < day ? 48 : 0, begin < day ? 48 : 96).Select(quarter => CountArchiveTests.Row(begin.AddMinutes(15 * quarter), 10, camera: "cong-nam"))]);
        }

        var before = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day, day.AddDays(1)), Now).Before;
        Assert.Equal((71.4, 0.0), (before.ChangePercent, before.ChangePerWatchedHourPercent));
    }

    [Fact]
    public void Zones_turn_backs_and_ways_from_line_to_line_stand_in_the_report_and_no_mean_of_few()
    {
        using var archive = Sample();
        archive.Together(() =>
        {
            archive.AddZone(SampleCounts.Site, "bien-cua-lo-01", "quang-truong", new ZoneStretch("san-khau", "person", SampleCounts.Monday.AddHours(19), 36_000, 3_600, 31, 40, TimeSpan.FromMinutes(400)));
            archive.AddZone(SampleCounts.Site, "bien-cua-lo-01", "quang-truong", new ZoneStretch("loi-thoat", "person", SampleCounts.Monday.AddHours(19), 10, 3_600, 1, 2, TimeSpan.FromSeconds(917)));
            archive.AddCorrection(SampleCounts.Site, new Sync.Sites.OccupancyCorrection(SampleCounts.Monday.AddHours(30), Sync.Sites.CorrectionKind.Floor, -3, 0, "gateway", "more were counted out than in"));
            return 0;
        });
        var report = new VisitorReportBuilder(SampleCounts.Setting, archive).Build(SampleCounts.Fortnight, Now);
        Assert.Equal([("loi-thoat", 1, (double?)null), ("san-khau", 31, 600.0)], report.Zones.Select(zone => (zone.Zone, zone.Most, zone.MeanDwellSeconds)));
        Assert.Equal(10, report.Zones[1].Mean);
        Assert.InRange(report.Zones[1].Coverage, 0.002, 0.004); // an hour of a fortnight
        Assert.Equal(61, report.Flows.Single(flow => flow.IsTurnBack).Passed);
        var page = System.Net.WebUtility.HtmlDecode(Html(report));
        foreach (var text in (string[])["10 phút", "Quay đầu ở cổng", "Từ cổng vào đến cổng ra: Lối quảng trường, người", "được giữ ở 0 vì đếm ra nhiều hơn đếm vào (cộng lại 3 người)"]) Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.DoesNotContain("more were counted", page, StringComparison.Ordinal); // a Vietnamese page speaks Vietnamese
        Assert.DoesNotContain("458", page, StringComparison.Ordinal); // the mean of two stays, 458.5 s
        Assert.All(report.Others, one => Assert.InRange(one.Coverage, 0.5, 0.7)); // vehicles are counted by day alone
    }

    [Theory]
    [InlineData("gate")] // turned back
    [InlineData("loi-ra")] // from line to line
    public void The_mean_time_of_fewer_than_five_on_their_way_stands_in_no_format(string line)
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        var setting = SampleCounts.Setting with { Site = "bai-bien" };
        archive.Add([CountArchiveTests.Row(day, 9)]);
        void Pass(int times) => archive.Together(() =>
        {
            for (var i = 0; i < times; i++) archive.AddFlow("bai-bien", "g1", "cong-bac", new CrossingData(i, ObjectKind.Person, line, CrossingDirection.Out, day.AddHours(3), "gate", TimeSpan.FromSeconds(83.7)));
            return 0;
        });
        (double? Mean, string Text) Told()
        {
            var report = new VisitorReportBuilder(setting, archive).Build(new ReportRange(day, day.AddDays(1)), Now);
            using var json = new MemoryStream();
            JsonReport.Write(json, report);
            return (report.Flows.Single().MeanDwellSeconds, string.Join('\n', Encoding.UTF8.GetString(json.ToArray()), Html(report), Html(report, ReportLanguage.En), Csv(report, setting, archive)));
        }

        Pass(4);
        var few = Told();
        Assert.Null(few.Mean);
        Assert.Contains("\"meanDwellSeconds\": null", few.Text, StringComparison.Ordinal);
        foreach (var seconds in (string[])["83.7", "84"]) Assert.DoesNotMatch($"(?<![0-9.]){Regex.Escape(seconds)}(&#160;|\u00A0| )?(s|giây|,)", few.Text);
        Pass(1);
        Assert.Equal(83.7, Told().Mean);
        Assert.Contains("84 giây", System.Net.WebUtility.HtmlDecode(Told().Text).Replace('\u00A0', ' '), StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_that_begins_within_a_day_has_that_day_s_ways_and_plates_and_says_that_they_are_of_whole_days()
    {
        using var archive = Sample();
        var builder = new VisitorReportBuilder(SampleCounts.Setting, archive);
        string Page(DateTimeOffset from, DateTimeOffset to, DateTimeOffset made) => System.Net.WebUtility.HtmlDecode(Html(builder.Build(new ReportRange(from, to), made))).Replace('\u00A0', ' ');
        var thursday = SampleCounts.Monday.AddDays(3); // its ways, and the plates of the day after
        var cut = Page(thursday.AddHours(8), thursday.AddDays(2), Now);
        foreach (var text in (string[])["Quay đầu ở cổng (cả ngày)", "Từ cổng vào đến cổng ra: Lối quảng trường, người (cả ngày)", "Ước tính thô theo biển số (cả ngày):"]) Assert.Contains(text, cut, StringComparison.Ordinal);
        Assert.Contains("Ước tính thô theo biển số (cả ngày):", Page(thursday.AddDays(1).AddHours(8), thursday.AddDays(2), Now), StringComparison.Ordinal);
        Assert.DoesNotContain("(cả ngày)", Page(thursday, thursday.AddDays(2), Now), StringComparison.Ordinal);
        // On the afternoon of a holiday there are no later ones yet.
        Assert.DoesNotContain("(cả ngày)", Page(thursday, thursday.AddHours(16), thursday.AddHours(16).AddSeconds(20)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_hour_that_the_range_cuts_is_measured_against_its_part_in_the_table_as_on_the_page()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 96).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), 2))]);
        var setting = SampleCounts.Setting with { Site = "bai-bien" };
        var report = new VisitorReportBuilder(setting, archive).Build(new ReportRange(day.AddHours(8.5), day.AddHours(11.25)), Now);
        Assert.Equal([1.0, 1.0, 1.0, 1.0], report.Days[0].HourCoverage.Skip(8).Take(4).Select(share => share ?? 0));
        var rows = Csv(report, setting, archive, 60).Split("\r\n").Where(row => row.StartsWith("2026", StringComparison.Ordinal)).Select(row => row.Split(',')).ToList();
        Assert.Equal(["1", "1", "1", "1"], rows.Select(cells => cells[13]));
    }

    [Fact]
    public void Two_counters_over_one_line_are_not_added()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([CountArchiveTests.Row(day, 5), CountArchiveTests.Row(day.AddMinutes(15), 6), CountArchiveTests.Row(day, 5, counter: "visitors-2")]);
        var report = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day, day.AddDays(1)), Now);
        Assert.Equal((11L, 1, "visitors"), (report.Total.In, report.Gates.Count, report.Gates[0].Counter));
    }

    [Fact]
    public void A_counter_that_was_given_another_name_in_the_midst_of_the_period_stands_for_its_gate_under_both()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 96).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), 2, counter: quarter < 40 ? "visitors" : "khach"))]);
        archive.Add([.. Enumerable.Range(0, 8).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), 2, counter: "khach"))]); // tried beside the other one
        var report = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day, day.AddDays(1)), Now);
        Assert.Equal((192L, 1.0, 1), (report.Total.In, report.Total.Coverage, report.Gates.Count));
        Assert.Equal("khach", report.Gates[0].Counter); // longest

        // A day's sum and quarters beside it are the same people, too.
        archive.Add([CountArchiveTests.Row(day.AddDays(1), 300, minutes: 1440, counter: "ngay"), .. Enumerable.Range(96, 90).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), 3))]);
        Assert.Equal(300, new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day.AddDays(1), day.AddDays(2)), Now).Total.In);
    }

    [Fact]
    public void Another_gateway_s_camera_of_the_same_id_has_neither_this_one_s_name_nor_its_count_by_hand()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([CountArchiveTests.Row(day, 100, method: CountMethod.Calibrated, rawIn: 90), CountArchiveTests.Row(day, 40, gateway: "g2")]);
        var setting = SampleCounts.Setting with
        {
            Site = "bai-bien", Gateway = "g1", CameraNames = new Dictionary<string, string>(StringComparer.Ordinal) { ["cong-bac"] = "Cổng Bắc" },
            Calibrations = [SampleCounts.Setting.Calibrations[0] with { Camera = "cong-bac" }],
        };
        var report = new VisitorReportBuilder(setting, archive).Build(new ReportRange(day, day.AddDays(1)), Now);
        Assert.Equal([("Cổng Bắc", true), ("cong-bac", false)], report.Gates.Select(gate => (gate.Name, gate.LowIn is not null)));
        Assert.Null(report.LowIn); // the other gate's error is not known, so the sum's is not
        Assert.Contains(",g2,cong-bac,gate,", Csv(report, setting, archive), StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_finer_than_a_counter_s_intervals_has_its_intervals_and_no_gaps_between_them()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 24).Select(hour => CountArchiveTests.Row(day.AddHours(hour), 60, minutes: 60)), .. Enumerable.Range(0, 96).Select(quarter => CountArchiveTests.Row(day.AddMinutes(15 * quarter), 5, camera: "cong-nam"))]);
        var setting = SampleCounts.Setting with { Site = "bai-bien" };
        var report = new VisitorReportBuilder(setting, archive).Build(new ReportRange(day, day.AddDays(1)), Now);
        foreach (var minutes in (double[])[1, 15])
        {
            var rows = Csv(report, setting, archive, minutes).Split("\r\n").Where(row => row.StartsWith("2026", StringComparison.Ordinal)).Select(row => row.Split(',')).ToList();
            Assert.Equal(24, rows.Count(row => row[6] == "cong-bac"));
            Assert.Equal(96, rows.Count(row => row[6] == "cong-nam"));
            Assert.All(rows, row => Assert.Equal("1", row[13])); // watched, all of them
            Assert.Equal("2026-04-20 23:00 2026-04-21 00:00", string.Join(' ', rows.Last(row => row[6] == "cong-bac").Take(2)));
        }
    }

    [Fact]
    public void A_gate_that_watched_for_a_minute_of_a_year_is_not_called_silent()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([CountArchiveTests.Row(day, 7, minutes: 1)]);
        var report = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day.AddDays(-200), day.AddDays(14)), Now);
        Assert.Equal((7L, 0.001), (report.Gates[0].People.In, report.Gates[0].People.Coverage));
        Assert.DoesNotContain("không gửi số liệu nào", System.Net.WebUtility.HtmlDecode(Html(report)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_month_of_last_year_of_which_days_are_missing_stands_beside_no_whole_month()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var first = ReportRange.LocalDay(new DateOnly(2025, 6, 1), SampleCounts.Zone);
        archive.Add([.. Enumerable.Range(0, 61).Select(day => CountArchiveTests.Row(first.AddDays(day).AddYears(1), 1000, minutes: 1440))]);
        archive.Add([.. Enumerable.Range(20, 41).Select(day => CountArchiveTests.Row(first.AddDays(day), 500, minutes: 1440))]); // from 21 June on
        var page = System.Net.WebUtility.HtmlDecode(Html(new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(first.AddYears(1), first.AddYears(1).AddDays(61)), Now.AddYears(1))));
        Assert.Contains("<td>06/2026</td><td>30.000</td><td>0</td><td>30.000</td><td>100\u00A0%</td><td>–</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>07/2026</td><td>31.000</td><td>0</td><td>31.000</td><td>100\u00A0%</td><td>15.500</td>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_month_that_the_range_cuts_is_called_by_its_days_and_marked()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var first = ReportRange.LocalDay(new DateOnly(2026, 3, 20), SampleCounts.Zone);
        archive.Add([.. Enumerable.Range(0, 52).Select(day => CountArchiveTests.Row(first.AddDays(day), 1000, minutes: 1440))]); // 20 March to 10 May
        string Page(ReportLanguage language, int days) => System.Net.WebUtility.HtmlDecode(Html(new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(first, first.AddDays(days)), Now.AddDays(20)), language)).Replace('\u00A0', ' ');
        var page = Page(ReportLanguage.Vi, 52);
        foreach (var text in (string[])[
            "<td>20–31/03/2026</td><td>12.000</td><td>0</td><td>12.000</td><td>100 %</td><td>–</td><td class=\"l\">một phần tháng</td>", "<td>04/2026</td><td>30.000</td><td>0</td><td>30.000</td><td>100 %</td><td>–</td><td class=\"l\"></td>",
            "<td>01–10/05/2026</td>", ">03*<", ">04<", ">05*<", "*: chỉ một phần của tháng (20–31/03/2026, 01–10/05/2026)."]) Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.Contains("<td>2026-03-20–31</td>", Page(ReportLanguage.En, 52), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(35)]
    public void The_corner_of_an_hour_that_was_watched_in_part_does_not_cover_its_number(int days)
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 24 * days).Select(hour => CountArchiveTests.Row(day.AddHours(hour), 2345, minutes: 60, coverage: 0.5))]);
        var page = System.Net.WebUtility.HtmlDecode(Html(new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day, day.AddDays(days)), day.AddDays(days))));
        var cells = Regex.Matches(page, "<text x='(?<x>[0-9.]+)' y='(?<y>[0-9.]+)' [^>]*font-size='8.5'>2,3k</text><path class='thin' d='M(?<left>[0-9.]+) (?<top>[0-9.]+)h(?<side>[0-9.]+)v", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
        Assert.Equal(24 * days, cells.Count);
        Assert.All(cells, cell =>
        {
            double Of(string name) => double.Parse(cell.Groups[name].Value, CultureInfo.InvariantCulture);
            // Four signs of about 4.7 px and capitals of 6.2 px: where they are highest, the corner has come so far to the left.
            var (right, top) = (Of("x") + (4 * 4.7 / 2), Of("y") - 6.2);
            Assert.True(right < Of("left") + Math.Max(0, top - Of("top")), $"number to {right} at {top}, corner from {Of("left")} {Of("top")}");
        });
    }

    [Fact]
    public void A_single_day_is_told_with_its_weekday_and_so_are_those_that_it_is_compared_with()
    {
        using var archive = Sample();
        var page = System.Net.WebUtility.HtmlDecode(Html(new VisitorReportBuilder(SampleCounts.Setting, archive).Build(new ReportRange(SampleCounts.Monday.AddDays(5), SampleCounts.Monday.AddDays(6)), Now)));
        foreach (var text in (string[])["T7 25/04/2026", "T6 24/04/2026"]) Assert.Contains(text, page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gate_that_is_silent_in_the_period_is_a_gap_in_the_table_too()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([CountArchiveTests.Row(day.AddDays(-1), 7), CountArchiveTests.Row(day, 3, camera: "cong-nam")]);
        var setting = SampleCounts.Setting with { Site = "bai-bien" };
        var report = new VisitorReportBuilder(setting, archive).Build(new ReportRange(day, day.AddDays(1)), Now);
        Assert.Contains("2026-04-20 00:00,2026-04-21 00:00,T2,,bai-bien,g1,cong-bac,gate,,person,,,,0,,,,", Csv(report, setting, archive), StringComparison.Ordinal);
    }

    [Fact]
    public void A_counter_that_is_left_out_of_reports_adds_to_no_sum_and_no_row()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        var hall = CountArchiveTests.Row(day, 4, counter: "hall");
        archive.Add([CountArchiveTests.Row(day, 5), hall with { Series = hall.Series with { Line = "hall-door" } }]);
        var setting = SampleCounts.Setting with { Site = "bai-bien" };
        var range = new ReportRange(day, day.AddDays(1));
        Assert.Equal(9, new VisitorReportBuilder(setting, archive).Build(range, Now).Total.In);
        setting = setting with { LeftOut = new HashSet<(string, string, string)> { ("g1", "cong-bac", "hall") } };
        var report = new VisitorReportBuilder(setting, archive).Build(range, Now);
        Assert.Equal((5L, "visitors"), (report.Total.In, report.Gates.Single().Counter));
        Assert.DoesNotContain("hall", Csv(report, setting, archive), StringComparison.Ordinal);
    }

    [Fact]
    public void Ways_of_a_class_that_no_counter_of_the_camera_counts_are_not_told()
    {
        using var archive = Sample();
        archive.Together(() =>
        {
            foreach (var (camera, kind) in ((string, ObjectKind)[])[("cong-binh-minh", ObjectKind.Motorcycle), ("cong-binh-minh", ObjectKind.Person)])
                archive.AddFlow(SampleCounts.Site, "bien-cua-lo-01", camera, new CrossingData(1, kind, "gate", CrossingDirection.Out, SampleCounts.Monday.AddDays(3), "gate", TimeSpan.FromSeconds(9)));
            return 0;
        });
        var report = new VisitorReportBuilder(SampleCounts.Setting, archive).Build(SampleCounts.Fortnight, Now);
        Assert.Equal("person", report.Flows.Single(flow => flow.Camera == "Cổng Bình Minh").Class);
    }

    [Fact]
    public void Periods_of_which_less_than_half_was_watched_are_not_compared_in_percent()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "counts.db"), SampleCounts.Zone);
        var day = SampleCounts.Monday;
        archive.Add([.. Enumerable.Range(0, 96).Select(i => CountArchiveTests.Row(day.AddMinutes(15 * i), 2))]);
        archive.Add([.. Enumerable.Range(0, 96).Select(i => CountArchiveTests.Row(day.AddDays(-1).AddMinutes(15 * i), 1))]);
        archive.Add([.. Enumerable.Range(0, 24).Select(i => CountArchiveTests.Row(day.AddYears(-1).AddMinutes(15 * i), 3))]);
        var report = new VisitorReportBuilder(SampleCounts.Setting with { Site = "bai-bien" }, archive).Build(new ReportRange(day, day.AddDays(1)), Now);
        Assert.Equal((100.0, true, (double?)null, (double?)null), (report.Before.ChangePercent, report.LastYear.HasData, report.LastYear.ChangePercent, report.LastYear.ChangePerWatchedHourPercent));
        var page = System.Net.WebUtility.HtmlDecode(Html(report)).Replace('\u00A0', ' ');
        Assert.Contains("tăng 100,0 % so với kỳ trước (tính trên mỗi giờ quan sát)", page, StringComparison.Ordinal);
        Assert.Contains("Không so sánh được với cùng kỳ năm trước: thời gian quan sát quá ít (kỳ này 100 %, kỳ kia 25,0 %).", page, StringComparison.Ordinal);
        Assert.Contains("không so sánh được</td>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("% so với cùng kỳ năm trước", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Shares_are_rounded_to_the_nearest_and_coverage_down()
    {
        Assert.Equal(["3,6", "42,6", "53,9", "100", "0"], ((double[])[0.0356, 0.42555, 0.5389, 1, 0]).Select(share => ReportLanguage.Vi.Share(share).Split('\u00A0')[0]));
        Assert.Equal("99.9\u00A0%", ReportLanguage.En.Percent(0.9999));
    }

    [Fact]
    public void Holidays_that_lay_elsewhere_last_year_are_named_with_their_dates()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "tet.db"), SampleCounts.Zone);
        DateTimeOffset Local(int year, int month, int day) => ReportRange.LocalDay(new DateOnly(year, month, day), SampleCounts.Zone);
        archive.Add([.. SampleCounts.Rows(Local(2026, 2, 16), 7, 900), .. SampleCounts.Rows(Local(2025, 2, 17), 7, 900)]);
        var setting = SampleCounts.Setting with { Holidays = HolidayCalendar.Open(EdgeGateway.Testing.Repository.PathOf("config", "holidays.csv")) };
        var builder = new VisitorReportBuilder(setting, archive);
        var notes = builder.Build(new ReportRange(Local(2026, 2, 16), Local(2026, 2, 23)), Local(2026, 2, 23)).Notes;
        var note = Assert.Single(notes, one => one.En.StartsWith("The holidays differ", StringComparison.Ordinal));
        Assert.Equal("Ngày lễ không trùng nhau: kỳ này có Giao thừa Tết Nguyên đán, Mùng 1 Tết Nguyên đán, Mùng 2 Tết Nguyên đán, Mùng 3 Tết Nguyên đán; cùng kỳ năm trước không có. "
            + "Thay đổi so với năm trước một phần do đó. Năm trước các ngày lễ ấy là 28/01/2025, 29/01/2025, 30/01/2025, 31/01/2025.", note.Vi);
        Assert.Contains("the same period last year has none", note.En, StringComparison.Ordinal);
        Assert.DoesNotContain(builder.Build(new ReportRange(Local(2026, 2, 20), Local(2026, 2, 22)), Local(2026, 2, 23)).Notes, one => one.En.StartsWith("The holidays differ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_holiday_stands_beside_the_same_one_of_last_year_wherever_that_lay()
    {
        using var archive = CountArchive.Open(Path.Combine(_folder, "gio-to.db"), SampleCounts.Zone);
        DateTimeOffset Local(int year, int month, int day) => ReportRange.LocalDay(new DateOnly(year, month, day), SampleCounts.Zone);
        void Day(DateTimeOffset date, int people, int quarters = 96) => archive.Add([.. Enumerable.Range(0, quarters).Select(quarter => CountArchiveTests.Row(date.AddMinutes(15 * quarter), people))]);
        // Giỗ Tổ: Sunday 26 April 2026, and Monday 7 April 2025. The 26th of April 2025 was a Saturday like any other.
        Day(Local(2026, 4, 25), 1);
        Day(Local(2026, 4, 26), 30);
        Day(Local(2025, 4, 7), 20, quarters: 72); // the evening is missing
        Day(Local(2025, 4, 26), 5);
        Day(Local(2026, 4, 30), 40);
        var setting = SampleCounts.Setting with { Site = "bai-bien", Holidays = HolidayCalendar.Open(EdgeGateway.Testing.Repository.PathOf("config", "holidays.csv")) };
        VisitorReport Of(DateTimeOffset from, DateTimeOffset to) => new VisitorReportBuilder(setting, archive).Build(new ReportRange(from, to), to.AddSeconds(20));

        var week = Of(Local(2026, 4, 24), Local(2026, 5, 1));
        Assert.Equal((new DateOnly(2025, 4, 7), 20 * 72L, 0.75), (week.Days[2].HolidayLastYear!.Date, week.Days[2].HolidayLastYear!.People!.In, week.Days[2].HolidayLastYear!.People!.Coverage));
        Assert.Equal(new HolidayLastYear(new DateOnly(2025, 4, 30), null), week.Days[6].HolidayLastYear);
        Assert.False(week.LastYear.IsSameHoliday);
        var page = System.Net.WebUtility.HtmlDecode(Html(week)).Replace('\u00A0', ' ');
        foreach (var text in (string[])["<th>lượt vào cùng ngày lễ năm trước</th>", "<td>1.440 <span class=\"small\">(07/04, quan sát 75,0 %)</span></td>", "<td>– <span class=\"small\">(30/04)</span></td>"]) Assert.Contains(text, page, StringComparison.Ordinal);

        // The quick report at 16:00 stands beside the same hours of the same holiday, and says so.
        var quick = Of(Local(2026, 4, 26), Local(2026, 4, 26).AddHours(16));
        Assert.Equal((Local(2025, 4, 7), Local(2025, 4, 7).AddHours(16), true), (quick.LastYear.From, quick.LastYear.To, quick.LastYear.IsSameHoliday));
        Assert.Equal((20 * 64L, 50.0, 20 * 64L), (quick.LastYear.People.In, quick.LastYear.ChangePerWatchedHourPercent, quick.Days[0].HolidayLastYear!.People!.In));
        page = System.Net.WebUtility.HtmlDecode(Html(quick)).Replace('\u00A0', ' ');
        foreach (var text in (string[])["tăng 50,0 % so với cùng ngày lễ năm trước, ngày 07/04/2025 (tính trên mỗi giờ quan sát)", "Cùng ngày lễ năm trước<br><span class=\"small\">T2 07/04/2025, 00:00–16:00</span>"]) Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.DoesNotContain("cùng kỳ năm trước", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("against the same holiday last year, 2025-04-07", System.Net.WebUtility.HtmlDecode(Html(quick, ReportLanguage.En)), StringComparison.Ordinal);
        // No listed day, and more than one: as before.
        Assert.Equal(Local(2025, 4, 25), Of(Local(2026, 4, 25), Local(2026, 4, 26)).LastYear.From);
        Assert.Equal(Local(2025, 4, 25), Of(Local(2026, 4, 25), Local(2026, 4, 27)).LastYear.From);
    }

    [Fact]
    public void A_holiday_is_marked_by_a_shape_that_prints_in_grey()
    {
        using var archive = Sample();
        var html = Html(new VisitorReportBuilder(SampleCounts.Setting, archive).Build(SampleCounts.Fortnight, Now));
        Assert.Equal(6, html.Split("<path class='holiday'").Length - 1); // three days, below their bars and beside their hours
        Assert.Contains("Hình thoi: ngày lễ", html, StringComparison.Ordinal);
        Assert.Contains("Vạch qua cột: ngày tương ứng năm trước", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_peak_hour_s_date_is_not_broken_at_its_hyphen()
    {
        using var archive = Sample();
        Assert.Matches("<span class=\"n\">[0-9]{2}:00–[0-9]{2}:00 [A-Z][a-z]{2} 0[45]-[0-9]{2}</span>", Html(new VisitorReportBuilder(SampleCounts.Setting, archive).Build(SampleCounts.Fortnight, Now), ReportLanguage.En));
    }

    [Fact]
    public void A_table_for_a_spreadsheet_set_to_Vietnamese_has_semicolons_and_decimal_commas()
    {
        using var archive = Sample();
        var report = new VisitorReportBuilder(SampleCounts.Setting, archive).Build(SampleCounts.Fortnight, Now);
        using var bytes = new MemoryStream();
        CsvReport.Write(bytes, report, SampleCounts.Setting, archive, TimeSpan.FromDays(1), ReportLanguage.Vi, ';');
        var lines = Encoding.UTF8.GetString(bytes.ToArray()).Split("\r\n");
        Assert.Equal(Csv(report, SampleCounts.Setting, archive).Split("\r\n")[0].Replace(',', ';'), lines[0]);
        var rows = lines[1..].TakeWhile(line => line.Length > 0).Select(line => line.Split(';')).ToList();
        Assert.All(rows, cells => Assert.Equal(18, cells.Length));
        Assert.Contains(rows, cells => cells[13].StartsWith("0,", StringComparison.Ordinal));
        Assert.DoesNotContain(rows, cells => cells[13].Contains('.', StringComparison.Ordinal) || cells[17].Contains('.', StringComparison.Ordinal));
    }

    [Fact]
    public void A_cell_that_looks_like_a_formula_is_text()
    {
        Assert.Equal("\"'=HYPERLINK(\"\"http://x\"\",\"\"a\"\")\"", CsvReport.Cell("=HYPERLINK(\"http://x\",\"a\")"));
        foreach (var begin in "=+-@\t\r") Assert.StartsWith("'", CsvReport.Cell($"{begin}1+1").TrimStart('"'), StringComparison.Ordinal);
        Assert.Equal("Cổng Bình Minh", CsvReport.Cell("Cổng Bình Minh"));
        using var archive = Sample();
        var setting = SampleCounts.Setting with { CameraNames = new Dictionary<string, string>(StringComparer.Ordinal) { ["cong-binh-minh"] = "=HYPERLINK(\"http://x\")", ["quang-truong"] = "@SUM(A1)" } };
        var csv = Csv(new VisitorReportBuilder(setting, archive).Build(SampleCounts.Fortnight, Now), setting, archive);
        Assert.DoesNotContain(",=HYPERLINK", csv, StringComparison.Ordinal);
        Assert.Contains("\"'=HYPERLINK(\"\"http://x\"\")\"", csv, StringComparison.Ordinal);
        Assert.Contains("'@SUM(A1)", csv, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_text_in_the_page_and_never_markup()
    {
        const string evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
        using var archive = Sample();
        var setting = SampleCounts.Setting with { SiteName = evil, CameraNames = new Dictionary<string, string>(StringComparer.Ordinal) { ["cong-binh-minh"] = evil, ["quang-truong"] = evil } };
        var html = Html(new VisitorReportBuilder(setting, archive).Build(SampleCounts.Fortnight, Now));
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", html, StringComparison.Ordinal); // nothing is fetched from elsewhere
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_turns_the_direction_of_writing_or_has_no_blank_harms_no_sentence_and_no_table()
    {
        using var archive = Sample();
        var setting = SampleCounts.Setting with { CameraNames = new Dictionary<string, string>(StringComparer.Ordinal) { ["cong-xuan-huong"] = "\u202Egnổc\u2067, x", ["quang-truong"] = "\u202E=1+1" } };
        var report = new VisitorReportBuilder(setting, archive).Build(SampleCounts.Fortnight, Now);
        var (page, table) = (System.Net.WebUtility.HtmlDecode(Html(report)), Csv(report, setting, archive));
        foreach (var text in (string[])[page, table])
        {
            Assert.DoesNotContain('\u202E', text);
            Assert.DoesNotContain('\u2067', text);
            Assert.Contains("gnổc, x", text, StringComparison.Ordinal);
        }

        Assert.Contains(",'=1+1,", table, StringComparison.Ordinal); // still no formula behind the sign that was taken away
        Assert.Contains("overflow-wrap: anywhere", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-05-02", "2026-05-01", "reversed")]
    [InlineData("2026-05-05", "2026-05-06", "begins in the future")]
    [InlineData("2026-05-01", "2026-05-05", "ends in the future")]
    [InlineData("2026-05-01T10:00:00Z", "2026-05-01T10:00:00Z", "reversed or empty")]
    [InlineData("01/05/2026", "2026-05-02", "no date")]
    [InlineData("2010-05-01", "2026-05-02", "longer than ten years")]
    public void A_range_that_cannot_be_is_refused_in_words(string from, string to, string word) =>
        Assert.Contains(word, Assert.Throws<FormatException>(() => ReportRange.Parse(from, to, SampleCounts.Zone, Now)).Message, StringComparison.Ordinal);

    [Fact]
    public void Days_of_a_range_are_local_and_today_may_be_reported()
    {
        var range = ReportRange.Parse("2026-05-04", "2026-05-04", SampleCounts.Zone, Now);
        Assert.Equal((new DateTimeOffset(2026, 5, 3, 17, 0, 0, TimeSpan.Zero), TimeSpan.FromDays(1)), (range.From, range.To - range.From));
        Assert.Equal(new DateTimeOffset(2019, 5, 4, 3, 0, 0, TimeSpan.Zero), ReportRange.Parse("2019-05-04T10:00:00", "2019-05-05", SampleCounts.Zone, Now).From);
        Assert.Equal(new DateTimeOffset(2026, 5, 4, 3, 0, 0, TimeSpan.Zero), ReportRange.Parse("2026-05-04T10:00:00", "2026-05-04T11:00:00+07:00", SampleCounts.Zone, Now).From);
        Assert.Equal(range.From.AddDays(-1), new ReportRange(range.From, range.From.AddHours(16)).Before(SampleCounts.Zone).From);
        Assert.Equal("2024-02-28T17:00:00Z", new ReportRange(ReportRange.LocalDay(new DateOnly(2025, 3, 1), SampleCounts.Zone).AddDays(-1), Now).LastYear(SampleCounts.Zone).From.AddDays(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task The_committed_schema_of_the_report_is_what_the_record_says_and_a_report_fits_it()
    {
        CommittedText.Same("docs/schema/visitor-report.json", JsonReport.SchemaText());
        using var archive = Sample();
        using var json = new MemoryStream();
        JsonReport.Write(json, new VisitorReportBuilder(SampleCounts.Setting, archive).Build(SampleCounts.Fortnight, Now));
        var schema = await JsonSchema.FromJsonAsync(JsonReport.SchemaText(), TestContext.Current.CancellationToken);
        Assert.Empty(schema.Validate(Encoding.UTF8.GetString(json.ToArray())));
    }

    [Fact]
    public void The_holidays_of_the_repository_can_be_read_and_lunar_feasts_stand_on_their_days()
    {
        var holidays = HolidayCalendar.Open(EdgeGateway.Testing.Repository.PathOf("config", "holidays.csv"));
        Assert.Equal("2025-01-29 2026-02-17 2027-02-06 2028-01-26", Dates("Lunar New Year 1"));
        Assert.Equal("2025-04-07 2026-04-26 2027-04-16 2028-04-04", Dates("Hung Kings' Commemoration"));
        var fault = Assert.Throws<InvalidDataException>(() => HolidayCalendar.Read(new StringReader("date,name_vi,name_en,quick_report\n2026-02-30,a,b,yes\n2026-01-01,a,b,maybe\n2026-01-02,a\n2026-01-03,a,b,no\n2026-01-03,a,b,no\n"), "h.csv"));
        Assert.Equal(4, fault.Message.Split('\n').Length);
        var spreadsheet = HolidayCalendar.Read(new StringReader("\uFEFFdate;name_vi;name_en;quick_report\r\n02/9/2026;Quốc khánh;National Day;yes\r\n;;;\r\n2026-07-16;Khai trương, bãi A;Opening;no\r\n"), "h.csv");
        Assert.Equal([new Holiday(new DateOnly(2026, 7, 16), "Khai trương, bãi A", "Opening", false), new Holiday(new DateOnly(2026, 9, 2), "Quốc khánh", "National Day", true)], spreadsheet.Between(new DateOnly(2026, 1, 1), new DateOnly(2026, 12, 31)));

        string Dates(string name) => string.Join(' ', holidays.Between(new DateOnly(2025, 1, 1), new DateOnly(2028, 12, 31)).Where(day => day.NameEn == name).Select(day => day.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
    }

    /// <summary>Writes the sample page for a person to look at: EDGEGATEWAY_SAMPLE_REPORT names the folder.</summary>
    [Fact(Explicit = true)]
    public void A_sample_page_to_look_at()
    {
        var folder = Environment.GetEnvironmentVariable("EDGEGATEWAY_SAMPLE_REPORT") ?? throw new InvalidOperationException("Name a folder in EDGEGATEWAY_SAMPLE_REPORT.");
        using var archive = TwoYearBeach.Archive(Path.Combine(_folder, "beach.db"));
        var builder = new VisitorReportBuilder(TwoYearBeach.Setting, archive);
        var (week, now) = (TwoYearBeach.HolidayWeek, TwoYearBeach.MondayAfter);
        var quick = new ReportRange(week.From.AddDays(3), week.From.AddDays(3).AddHours(16));
        var year = new ReportRange(ReportRange.LocalDay(new DateOnly(2025, 6, 1), SampleCounts.Zone), ReportRange.LocalDay(new DateOnly(2026, 6, 1), SampleCounts.Zone));
        foreach (var (name, range, at) in ((string, ReportRange, DateTimeOffset)[])
            [("week", week, now), ("quick", quick, quick.To), ("month", new ReportRange(week.From.AddDays(-26), week.From.AddDays(4)), now), ("year", year, year.To.AddHours(8)), ("spring", new ReportRange(week.From.AddDays(-38), week.From.AddDays(14)), year.To)])
        {
            var report = builder.Build(range, at);
            foreach (var language in Enum.GetValues<ReportLanguage>()) File.WriteAllText(Path.Combine(folder, $"{name}-{(language == ReportLanguage.Vi ? "vi" : "en")}.html"), Html(report, language));
        }
    }
}
