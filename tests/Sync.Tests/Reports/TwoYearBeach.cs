using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Reports;
using EdgeGateway.Sync.Sites;

namespace EdgeGateway.Sync.Tests.Reports;

/// <summary>
/// Two years of an invented beach, for pages that people look at: seasons, weekends, holidays, weather, growth, a storm, a cut cable, a gate that
/// came later, one that was calibrated late. Seeded, so that the pictures in the documents can be made again.
/// </summary>
internal static class TwoYearBeach
{
    public const string Site = SampleCounts.Site;
    public static readonly TimeZoneInfo Zone = SampleCounts.Zone;
    public static readonly DateOnly First = new(2024, 6, 1);
    public static readonly DateOnly Last = new(2026, 5, 31);

    /// <summary>When the week of 30 April 2026 is reported: on the Monday after.</summary>
    public static readonly DateTimeOffset MondayAfter = ReportRange.LocalDay(new DateOnly(2026, 5, 4), Zone).AddHours(18);
    public static readonly ReportRange HolidayWeek = new(ReportRange.LocalDay(new DateOnly(2026, 4, 27), Zone), ReportRange.LocalDay(new DateOnly(2026, 5, 4), Zone));

    // Share of a day's visitors by hour: an early bath, the heat of noon, the evening.
    private static readonly double[] DayShape = [0.1, 0, 0, 0, 2, 9, 10, 6, 4, 3, 2, 1, 1, 2, 4, 9, 14, 13, 8, 5, 3, 2, 1, 0.3];
    private static readonly double[] Season = [0.12, 0.16, 0.25, 0.6, 1.25, 1.9, 2.1, 1.7, 0.7, 0.3, 0.15, 0.1];

    private static readonly (string Camera, string Name, double Share, string Gateway)[] Gates =
    [
        ("cong-binh-minh", "Cổng Bình Minh", 0.30, "bien-cua-lo-01"),
        ("cong-xuan-huong", "Cổng Xuân Hương", 0.22, "bien-cua-lo-01"),
        ("quang-truong", "Lối quảng trường", 0.17, "bien-cua-lo-01"),
        ("loi-sao-nam", "Lối Sào Nam", 0.12, "bien-cua-lo-02"),
        ("loi-cau-cang", "Lối cầu cảng", 0.11, "bien-cua-lo-02"),
        ("bai-do-xe-bac", "Bãi đỗ xe phía bắc", 0.08, "bien-cua-lo-02"),
    ];

    public static ReportSetting Setting { get; } = new(Site, "Bãi biển Cửa Lò (số liệu minh họa)", Zone)
    {
        CameraNames = Gates.ToDictionary(gate => gate.Camera, gate => gate.Name, StringComparer.Ordinal),
        Holidays = HolidayCalendar.Open(EdgeGateway.Testing.Repository.PathOf("config", "holidays.csv")),
        Calibrations = [.. Gates.Where(gate => gate.Camera != "bai-do-xe-bac").Select((gate, i) => new StoredCalibration(
            gate.Camera, "visitors", "gate", "person", "in", 1.06 + (0.02 * i), 1.03 + (0.02 * i), 1.10 + (0.022 * i), 240 - (20 * i), 220 - (20 * i), 212 - (20 * i), "block_bootstrap", MondayAfter.AddDays(-400), "00"))],
    };

    public static IEnumerable<ArchivedCount> Rows()
    {
        var random = new Random(20260430);
        for (var date = First; date <= Last; date = date.AddDays(1))
        {
            var size = SizeOf(date) * (0.8 + (0.4 * random.NextDouble()));
            var begin = ReportRange.LocalDay(date, Zone);
            foreach (var (camera, _, share, gateway) in Gates)
            {
                if (camera == "loi-cau-cang" && date < new DateOnly(2025, 3, 1)) continue; // came later
                if (camera == "quang-truong" && date >= new DateOnly(2025, 9, 28) && date <= new DateOnly(2025, 10, 3)) continue; // the storm took its power
                for (var quarter = 0; quarter < 96; quarter++)
                {
                    if (camera == "cong-xuan-huong" && date == new DateOnly(2026, 4, 28) && quarter is >= 26 and < 52) continue; // a cut cable
                    var into = Draw(random, size * share * DayShape[quarter / 4] / 400);
                    var outOf = Draw(random, size * share * DayShape[((quarter / 4) + 22) % 24] / 400);
                    var factor = Setting.Calibrations.FirstOrDefault(one => one.Camera == camera)?.Factor;
                    var calibrated = factor is not null && (camera != "loi-sao-nam" || date >= new DateOnly(2026, 4, 30));
                    yield return new ArchivedCount(
                        new CountSeries(gateway, Site, camera, "visitors", "gate", "person"), begin.AddMinutes(15 * quarter), begin.AddMinutes((15 * quarter) + 15), into, outOf,
                        random.NextDouble() < 0.015 ? 0.6 : 1, calibrated ? CountMethod.Calibrated : CountMethod.Tracks, 1, calibrated ? (int)Math.Round(into / factor!.Value) : null, calibrated ? outOf : null);
                    if (camera != "bai-do-xe-bac" || quarter is < 16 or > 90) continue;
                    foreach (var (kind, part) in ((string, double)[])[("motorcycle", 2.1), ("car", 3.4), ("bus", 30)])
                        yield return new ArchivedCount(new CountSeries(gateway, Site, camera, "vehicles", "gate", kind), begin.AddMinutes(15 * quarter), begin.AddMinutes((15 * quarter) + 15), Draw(random, into / part), Draw(random, outOf / part), 1, CountMethod.Tracks, 1);
                }
            }
        }
    }

    /// <summary>Fills an archive; takes some ten seconds.</summary>
    public static CountArchive Archive(string path)
    {
        var archive = CountArchive.Open(path, Zone, durable: false);
        foreach (var part in Rows().Chunk(20_000)) archive.Add(part);
        var at = HolidayWeek.From.AddDays(3).AddHours(9);
        archive.Together(() =>
        {
            foreach (var (entry, line, times, seconds) in ((string, string, int, int)[])[("duong-bo", "xuong-bai", 2140, 48), ("duong-bo", "cho-dem", 655, 95), ("cho-dem", "xuong-bai", 402, 120), ("xuong-bai", "duong-bo", 1720, 52), ("xuong-bai", "cho-dem", 310, 130)])
            {
                for (var i = 0; i < times; i++) archive.AddFlow(Site, "bien-cua-lo-01", "quang-truong", Over(entry, line, at, seconds + (i % 40) - 20));
            }

            for (var i = 0; i < 187; i++) archive.AddFlow(Site, "bien-cua-lo-01", "cong-binh-minh", Over("gate", "gate", at, 9 + (i % 30)));
            for (var i = 0; i < 64; i++) archive.AddFlow(Site, "bien-cua-lo-02", "loi-sao-nam", Over("gate", "gate", at, 6 + (i % 20)));
            for (var i = 0; i < 5240; i++) archive.AddOrigin(Site, "bien-cua-lo-02", "bai-do-xe-bac", at, i % 11 == 0 ? PlateOrigin.Unread : i % 5 < 2 ? PlateOrigin.Home : PlateOrigin.Other);
            var random = new Random(7);
            for (var hour = 0; hour < 7 * 24; hour++)
            {
                var begin = HolidayWeek.From.AddHours(hour);
                var busy = DayShape[hour % 24] * (hour / 24 is 3 or 4 or 5 ? 2.4 : 1);
                archive.AddZone(Site, "bien-cua-lo-01", "quang-truong", new ZoneStretch("san-khau", "person", begin, (long)(busy * 7 * 3540), 3540, (int)(busy * 13) + random.Next(4), (int)(busy * 26), TimeSpan.FromMinutes(busy * 26 * (11 + random.Next(5)))));
                archive.AddZone(Site, "bien-cua-lo-02", "loi-cau-cang", new ZoneStretch("cho-len-tau", "person", begin, (long)(busy * 2 * 3600), 3600, (int)(busy * 5), (int)(busy * 9), TimeSpan.FromMinutes(busy * 9 * (19 + random.Next(6)))));
            }

            archive.AddCorrection(Site, new OccupancyCorrection(at.AddHours(2), CorrectionKind.Set, 6120, 5800, "trực ban A-204", "đếm lại tại các cổng"));
            for (var i = 0; i < 4; i++) archive.AddCorrection(Site, new OccupancyCorrection(HolidayWeek.From.AddHours(5).AddMinutes(i), CorrectionKind.Floor, -2, 0, "gateway", "more were counted out than in"));
            return 0;
        });
        return archive;
    }

    private static CrossingData Over(string entry, string line, DateTimeOffset at, int seconds) => new(1, ObjectKind.Person, line, CrossingDirection.Out, at, entry, TimeSpan.FromSeconds(seconds));

    private static double SizeOf(DateOnly date)
    {
        var season = Season[date.Month - 1] * (1 + (0.09 * (date.DayNumber - First.DayNumber) / 365.0));
        var week = date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 1.9 : date.DayOfWeek is DayOfWeek.Friday ? 1.25 : 1;
        var holiday = Setting.Holidays.Of(date) is null ? 1 : date.Month is 4 or 5 or 9 ? 2.8 : 1.5;
        var storm = date >= new DateOnly(2025, 9, 27) && date <= new DateOnly(2025, 9, 30) ? 0.05 : 1;
        return 13_000 * season * Math.Max(week, holiday) * storm;
    }

    /// <summary>A Poisson draw, near enough: people come one by one.</summary>
    private static int Draw(Random random, double mean) => (int)Math.Max(0, Math.Round(mean + (Math.Sqrt(Math.Max(0, mean)) * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2)));
}
