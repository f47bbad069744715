using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Reports;

namespace EdgeGateway.Sync.Tests.Reports;

/// <summary>Two weeks of an invented beach with three gates, and the weeks to compare with.</summary>
internal static class SampleCounts
{
    public const string Site = "bai-bien-cua-lo";
    public static readonly TimeZoneInfo Zone = IntervalGrid.HoChiMinh;
    public static readonly DateTimeOffset Monday = ReportRange.LocalDay(new DateOnly(2026, 4, 20), Zone);
    public static readonly DateTimeOffset Now = ReportRange.LocalDay(new DateOnly(2026, 5, 4), Zone).AddHours(18);
    public static readonly ReportRange Fortnight = new(Monday, Monday.AddDays(14));

    // Share of a day's visitors by hour: an early bath, the heat of noon, the evening.
    private static readonly double[] Day = [0, 0, 0, 0, 2, 9, 10, 6, 4, 3, 2, 1, 1, 2, 4, 9, 14, 13, 8, 5, 3, 2, 1, 0];

    public static ReportSetting Setting { get; } = new(Site, "Bãi biển Cửa Lò", Zone)
    {
        CameraNames = new Dictionary<string, string>(StringComparer.Ordinal) { ["cong-binh-minh"] = "Cổng Bình Minh", ["cong-xuan-huong"] = "Cổng Xuân Hương", ["quang-truong"] = "Lối quảng trường" },
        Holidays = HolidayCalendar.Read(new StringReader("date,name_vi,name_en,quick_report\n2026-04-26,Giỗ Tổ Hùng Vương (10/3 âm lịch),Hung Kings' Commemoration,yes\n2026-04-30,Ngày Giải phóng miền Nam,Reunification Day,yes\n2026-05-01,Quốc tế Lao động,Labour Day,yes\n"), "holidays.csv"),
        Calibrations = [new StoredCalibration("cong-binh-minh", "visitors", "gate", "person", "in", 1.12, 1.06, 1.19, 214, 191, 186, "block_bootstrap", Monday, "00")],
    };

    public static IEnumerable<ArchivedCount> Rows(DateTimeOffset from, int days, double size, int seed = 3)
    {
        var random = new Random(seed);
        foreach (var (camera, share, gateway) in ((string, double, string)[])[("cong-binh-minh", 0.5, "bien-cua-lo-01"), ("cong-xuan-huong", 0.32, "bien-cua-lo-02"), ("quang-truong", 0.18, "bien-cua-lo-01")])
        {
            for (var day = 0; day < days; day++)
            {
                var date = from.AddDays(day);
                var local = TimeZoneInfo.ConvertTime(date, Zone);
                var busy = size * share * (local.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 1.9 : 1) * (Setting.Holidays.Of(DateOnly.FromDateTime(local.DateTime)) is null ? 1 : 2.6) * (0.85 + (0.3 * random.NextDouble()));
                for (var quarter = 0; quarter < 96; quarter++)
                {
                    // A cable was cut on one day, and one camera came later.
                    if (camera == "cong-xuan-huong" && day == 5 && quarter is >= 30 and < 60) continue;
                    if (camera == "quang-truong" && day < 2 && days == 14) continue;
                    var into = (int)(busy * Day[quarter / 4] / 400 * (0.8 + (0.4 * random.NextDouble())));
                    var outOf = (int)(busy * Day[(quarter / 4 + 22) % 24] / 400 * (0.8 + (0.4 * random.NextDouble())));
                    var calibrated = camera == "cong-binh-minh";
                    yield return new ArchivedCount(
                        new CountSeries(gateway, Site, camera, "visitors", "gate", "person"), date.AddMinutes(15 * quarter), date.AddMinutes((15 * quarter) + 15), into, outOf,
                        random.NextDouble() < 0.02 ? 0.6 : 1, calibrated ? CountMethod.Calibrated : CountMethod.Tracks, 1, calibrated ? (int)(into / 1.12) : null, calibrated ? outOf : null);
                    if (camera == "quang-truong" && quarter is > 20 and < 80)
                    {
                        foreach (var (kind, part) in ((string, int)[])[("motorcycle", 6), ("car", 14), ("bus", 60)])
                            yield return new ArchivedCount(new CountSeries(gateway, Site, camera, "vehicles", "gate", kind), date.AddMinutes(15 * quarter), date.AddMinutes((15 * quarter) + 15), into / part, outOf / part, 1, CountMethod.Tracks, 1);
                    }
                }
            }
        }
    }

    /// <summary>The fortnight, the one before and the same one a year ago.</summary>
    public static CountArchive Archive(string path)
    {
        var archive = CountArchive.Open(path, Zone, durable: false);
        foreach (var part in Rows(Monday, 14, 9000).Concat(Rows(Monday.AddDays(-14), 14, 7600, 4)).Concat(Rows(Monday.AddDays(-364), 14, 8100, 5)).Chunk(5000)) archive.Add(part);
        var events = 0;
        archive.Together(() =>
        {
            foreach (var (entry, line, times) in ((string, string, int)[])[("gate", "loi-ra", 420), ("gate", "gate", 61), ("loi-ra", "gate", 388)])
            {
                for (var i = 0; i < times; i++, events++) archive.AddFlow(Site, "bien-cua-lo-01", "quang-truong", new CrossingData(i, ObjectKind.Person, line, CrossingDirection.Out, Monday.AddDays(3), entry, TimeSpan.FromSeconds(20 + (i % 30))));
            }

            for (var i = 0; i < 640; i++) archive.AddOrigin(Site, "bien-cua-lo-01", "quang-truong", Monday.AddDays(4), i % 5 == 0 ? PlateOrigin.Unread : i % 3 == 0 ? PlateOrigin.Home : PlateOrigin.Other);
            archive.AddCorrection(Site, new Sync.Sites.OccupancyCorrection(Monday.AddDays(10).AddHours(11), Sync.Sites.CorrectionKind.Set, 6120, 5800, "trực ban A-204", "đếm lại tại cổng"));
            return events;
        });
        return archive;
    }
}
