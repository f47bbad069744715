using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using Gate = (string Gateway, string Camera, string Line);

namespace EdgeGateway.Sync.Reports;

/// <summary>
/// Makes a report from sums by hour. In this order: 1. the period's hours, one counter a gate; 2. by gate, day and class; 3. peaks;
/// 4. the periods to compare with; 5. what limits the numbers.
/// </summary>
public sealed class VisitorReportBuilder(ReportSetting setting, ICountSource counts)
{
    private const string Person = "person";

    /// <summary>So long after its last interval a gate is missed; then it is taken for gone.</summary>
    internal static readonly TimeSpan StaysKnown = TimeSpan.FromDays(35);

    /// <summary>Makes the report as it can be said at <paramref name="now"/>.</summary>
    public VisitorReport Build(ReportRange range, DateTimeOffset now)
    {
        var until = range.To < now ? range.To : now;
        var counted = counts.Hours(range.From, range.To, setting.Site).ToList();
        var hours = Chosen(counted);
        // Ways of a class that nobody asked to count (older archives hold them) are no finding.
        var ways = counted.Select(sum => (sum.Series.Gateway, sum.Series.Camera, sum.Series.Class)).ToHashSet();
        var beforeRange = range.Before(setting.Zone);
        var holidayRange = OfSameHoliday(range);
        var lastYearRange = holidayRange ?? range.LastYear(setting.Zone);
        var before = Chosen(counts.Hours(beforeRange.From, beforeRange.To, setting.Site));
        var lastYear = Chosen(counts.Hours(lastYearRange.From, lastYearRange.To, setting.Site));

        var people = hours.Where(IsPerson).ToList();
        // A gate that counted before and says nothing now is silent, not gone: it stays in the table and in the coverage, week after week.
        var gates = new GatesToWatch(setting, people.Concat(before.Where(IsPerson)).Select(GateOf).Concat(KnownAt(range.From)), people, range.From, () => Within(range.To, now));
        var total = Sum(people, gates.Seconds(range.From, until));
        var gateFigures = gates.Gates.Select(gate => FiguresOf(gate, people, gates.Seconds(gate, range.From, until), range.From)).ToList();
        var days = Days(people, gates, range, until, now);
        var hasRange = gateFigures.Count > 0 && gateFigures.All(gate => gate.LowIn is not null);
        // What is not over is compared with as much of the other period; a month that is over, with a whole longer one.
        TimeSpan? soFar = until < range.To ? until - range.From : null;
        var beforeFigures = Compare(before, beforeRange, people, gates, total, soFar, days, now);
        var lastYearFigures = Compare(lastYear, lastYearRange, people, gates, total, soFar, days, now) with { IsSameHoliday = holidayRange is not null };
        return new VisitorReport(
            VisitorReport.SchemaName, setting.Site, setting.SiteName,
            [.. hours.Select(hour => hour.Series.Gateway).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            range.From, range.To, setting.Zone.Id, now, VisitorReport.CrossingsNotPeople,
            total, hasRange ? gateFigures.Sum(gate => gate.LowIn) : null, hasRange ? gateFigures.Sum(gate => gate.HighIn) : null,
            gateFigures, days, Others(hours, until - range.From), PeaksOf(people, days, until),
            beforeFigures, lastYearFigures,
            [.. counts.Flows(range.From, range.To, setting.Site).Where(flow => ways.Contains((flow.Gateway, flow.Camera, flow.Class))).Select(flow => new FlowFigures(setting.NameOf(flow.Gateway, flow.Camera), flow.EntryLine, flow.Line, flow.Class, flow.Passed, flow.Passed < ZoneMeter.LeastVisits ? null : Math.Round(flow.MeanDwell.TotalSeconds, 1), flow.IsTurnBack))],
            [.. counts.Zones(range.From, range.To, setting.Site).Select(zone => Zone(zone, until - range.From))],
            counts.Origins(range.From, range.To, setting.Site) is { } origin && origin.Home + origin.Other > 0 ? new OriginFigures(setting.HomeCode, origin.Home, origin.Other, origin.Unread) : null,
            [.. counts.Corrections(range.From, range.To, setting.Site).Where(one => one.Kind != Sites.CorrectionKind.Reset).Select(one => new CorrectionFigures(one.At, EventWords.Of(one.Kind), one.Was, one.Became, one.Who, one.Reason))],
            Notes(people, gates, gateFigures, days, total, range, until, beforeFigures, lastYearFigures));
    }

    private static bool IsPerson(CountSum sum) => sum.Series.Class == Person;

    internal static Gate GateOf(CountSum sum) => GateOf(sum.Series);

    private static Gate GateOf(CountSeries series) => (series.Gateway, series.Camera, series.Line);

    /// <summary>Gates that counted in the weeks before a moment: from then on they are missed where they say nothing.</summary>
    private IEnumerable<Gate> KnownAt(DateTimeOffset at) => Within(at - StaysKnown, at);

    private IEnumerable<Gate> Within(DateTimeOffset from, DateTimeOffset to) =>
        counts.SeriesWithin(from, to, setting.Site).Where(series => series.Class == Person && setting.IsInReport(series)).Select(GateOf);

    /// <summary>
    /// Two counters over the same line count the same people: hour by hour the one that watched longest stands for the line and class. A counter that was
    /// given another name in the midst of the period so loses nothing but that hour. Where an interval is longer than an hour, it goes by days.
    /// </summary>
    private List<CountSum> Chosen(IEnumerable<CountSum> hours)
    {
        var all = hours.Where(sum => setting.IsInReport(sum.Series)).ToList();
        var twice = all.Select(sum => sum.Series).Distinct().GroupBy(LineOf).Where(line => line.Count() > 1).Select(line => line.Key).ToHashSet();
        if (twice.Count == 0) return all;
        var chosen = all.FindAll(sum => !twice.Contains(LineOf(sum.Series)));
        foreach (var day in all.Where(sum => twice.Contains(LineOf(sum.Series))).GroupBy(sum => (Line: LineOf(sum.Series), Day: DateOf(sum.From))))
        {
            var isCoarse = day.Any(sum => sum.IsCoarse);
            foreach (var time in day.GroupBy(sum => isCoarse ? default : sum.From))
                chosen.AddRange(time.GroupBy(sum => sum.Series).OrderByDescending(series => series.Sum(sum => sum.WatchedSeconds)).ThenBy(series => series.Key.Counter, StringComparer.Ordinal).First());
        }

        return chosen;

        static (string Gateway, string Camera, string Line, string Class) LineOf(CountSeries series) => (series.Gateway, series.Camera, series.Line, series.Class);
    }

    /// <param name="expected">Seconds in which its gates were to be watched.</param>
    private static Figures Sum(List<CountSum> sums, double expected)
    {
        var watched = sums.Sum(sum => sum.WatchedSeconds);
        return new Figures(sums.Sum(sum => sum.In), sums.Sum(sum => sum.Out), ShareOf(watched, expected));
    }

    /// <summary>To a thousandth, and no less where somebody watched at all: 0 says that nobody did.</summary>
    private static double ShareOf(double watched, double expected) =>
        watched <= 0 ? 0 : expected <= 0 ? 1 : Math.Max(0.001, Math.Round(Math.Clamp(watched / expected, 0, 1), 3));

    private GateFigures FiguresOf(Gate gate, List<CountSum> people, double expected, DateTimeOffset from)
    {
        var mine = people.FindAll(sum => GateOf(sum) == gate);
        var figures = Sum(mine, expected);
        string[] counters = [.. mine.GroupBy(sum => sum.Series.Counter, StringComparer.Ordinal).OrderByDescending(one => one.Sum(sum => sum.WatchedSeconds)).Select(one => one.Key)];
        var counter = counters.FirstOrDefault("");
        var (intervals, calibrated, density) = (mine.Sum(sum => sum.Intervals), mine.Sum(sum => sum.Calibrated), mine.Sum(sum => sum.Density));
        var (method, share) = CountSum.MethodOf(intervals, calibrated, density);
        var rawIn = mine.Sum(sum => sum.RawIn);
        // What another counter counted over the same line was not looked at by hand, and what was counted before the count by hand holds no correction.
        // A later count by hand speaks of another factor than the one that is in the sum.
        var known = counters.Length == 1 && calibrated == intervals && setting.CalibrationOf(gate.Gateway, gate.Camera, counter, gate.Line, Person) is { } made && made.Made <= from ? made : null;
        return new GateFigures(
            gate.Gateway, gate.Camera, setting.NameOf(gate.Gateway, gate.Camera), gate.Line, counter, figures, method, Math.Round(share, 3), rawIn, mine.Sum(sum => sum.RawOut),
            known is null ? null : (long)Math.Round(rawIn * known.Low), known is null ? null : (long)Math.Round(rawIn * known.High));
    }

    private List<DayFigures> Days(List<CountSum> people, GatesToWatch gates, ReportRange range, DateTimeOffset until, DateTimeOffset now)
    {
        var byDay = people.GroupBy(sum => DateOf(sum.From)).ToDictionary(day => day.Key, day => day.ToList());
        var days = new List<DayFigures>();
        for (var date = DateOf(range.From); date <= DateOf(range.To.AddTicks(-1)); date = date.AddDays(1))
        {
            var begin = Later(ReportRange.LocalDay(date, setting.Zone), range.From);
            var end = Earlier(ReportRange.LocalDay(date.AddDays(1), setting.Zone), until);
            if (begin >= until) break;
            var mine = byDay.GetValueOrDefault(date) ?? [];
            var (byHour, watched, open) = (new long?[24], new double[24], new double[24]);
            foreach (var sum in mine)
            {
                if (sum.IsCoarse || sum.WatchedSeconds <= 0) continue;
                var hour = TimeZoneInfo.ConvertTime(sum.From, setting.Zone).Hour;
                byHour[hour] = (byHour[hour] ?? 0) + sum.In;
                watched[hour] += sum.WatchedSeconds;
            }

            // An hour that the period cuts, or that is not over, is measured against its part.
            for (var at = begin; at < end;)
            {
                var local = TimeZoneInfo.ConvertTime(at, setting.Zone);
                var next = Earlier(at + (TimeSpan.FromHours(1) - TimeSpan.FromTicks(local.TimeOfDay.Ticks % TimeSpan.TicksPerHour)), end);
                open[local.Hour] += gates.Seconds(at, next);
                at = next;
            }

            var holiday = setting.Holidays.Of(date);
            days.Add(new DayFigures(date, Sum(mine, gates.Seconds(begin, end)), holiday?.NameVi, holiday?.NameEn, holiday is null ? null : LastYearOf(holiday, new ReportRange(begin, end), now), byHour, [.. byHour.Select((value, hour) => value is null || open[hour] <= 0 ? (double?)null : ShareOf(watched[hour], open[hour]))]));
        }

        return days;
    }

    /// <summary>The same holiday a year ago, of one that lasts several days the same day of it; null where nobody listed it.</summary>
    private Holiday? SameHoliday(Holiday day)
    {
        IEnumerable<Holiday> Named(int from, int to) => setting.Holidays.Between(day.Date.AddDays(from), day.Date.AddDays(to)).Where(other => other.NameVi == day.NameVi);
        return Named(-400, -300).ElementAtOrDefault(Named(-50, -1).Count());
    }

    /// <summary>A stretch of one day as it lies in another one.</summary>
    private ReportRange Moved(ReportRange range, DateOnly from, DateOnly to)
    {
        var by = ReportRange.LocalDay(to, setting.Zone) - ReportRange.LocalDay(from, setting.Zone);
        return new ReportRange(range.From + by, range.To + by);
    }

    /// <summary>The same hours of the same holiday a year ago, for a range within one listed day; null for any other.</summary>
    private ReportRange? OfSameHoliday(ReportRange range)
    {
        var date = DateOf(range.From);
        return date == DateOf(range.To.AddTicks(-1)) && setting.Holidays.Of(date) is { } day && SameHoliday(day) is { } then ? Moved(range, date, then.Date) : null;
    }

    private HolidayLastYear? LastYearOf(Holiday day, ReportRange hours, DateTimeOffset now)
    {
        if (SameHoliday(day) is not { } then) return null;
        var range = Moved(hours, day.Date, then.Date);
        var people = Chosen(counts.Hours(range.From, range.To, setting.Site)).FindAll(IsPerson);
        if (!people.Exists(sum => sum.WatchedSeconds > 0)) return new HolidayLastYear(then.Date, null);
        var gates = new GatesToWatch(setting, people.Select(GateOf).Concat(KnownAt(range.From)), people, range.From, () => Within(range.To, now));
        return new HolidayLastYear(then.Date, Sum(people, gates.Seconds(range.From, range.To)));
    }

    private static List<ClassFigures> Others(List<CountSum> hours, TimeSpan length)
    {
        var found = new List<ClassFigures>();
        foreach (var one in hours.Where(sum => !IsPerson(sum)).GroupBy(sum => sum.Series.Class, StringComparer.Ordinal))
        {
            var sums = one.ToList();
            var figures = Sum(sums, sums.Select(GateOf).Distinct().Count() * length.TotalSeconds);
            found.Add(new ClassFigures(one.Key, figures.In, figures.Out, figures.Coverage));
        }

        return [.. found.OrderByDescending(one => one.In + one.Out)];
    }

    private ZoneFigures Zone(ZoneSum zone, TimeSpan length) => new(
        zone.Camera, setting.NameOf(zone.Gateway, zone.Camera), zone.Zone, zone.Class, Math.Round(zone.Mean, 1), zone.Most, zone.MostIn, zone.Visits,
        zone.MeanDwell is { } dwell ? Math.Round(dwell.TotalSeconds, 1) : null, ShareOf(zone.WatchedSeconds, length.TotalSeconds), CountMethod.Tracks);

    private Peaks PeaksOf(List<CountSum> people, List<DayFigures> days, DateTimeOffset until)
    {
        var day = days.Where(one => one.People.In > 0).MaxBy(one => one.People.In);
        var byHour = people.Where(sum => !sum.IsCoarse).GroupBy(sum => sum.From).Select(hour => (At: hour.Key, In: hour.Sum(sum => sum.In), Out: hour.Sum(sum => sum.Out))).OrderBy(hour => hour.At).ToList();
        var busiest = byHour.Where(hour => hour.In > 0).OrderByDescending(hour => hour.In).ThenBy(hour => hour.At).FirstOrDefault();
        // Present at the end of an hour: in − out since the night's reset, never below zero.
        var (present, most, mostAt, night) = (0L, 0L, (DateTimeOffset?)null, DateOnly.MinValue);
        foreach (var hour in byHour)
        {
            var ofNight = DateOf(hour.At.AddHours(-setting.ResetHour));
            if (ofNight != night) (present, night) = (0, ofNight);
            present = Math.Max(0, present + hour.In - hour.Out);
            if (present > most) (most, mostAt) = (present, Earlier(hour.At.AddHours(1), until));
        }

        // The running hour, or one that the period cuts, is measured against its part, as in the table by hour.
        var watched = busiest.In > 0 ? days.Find(one => one.Date == DateOf(busiest.At))?.HourCoverage[TimeZoneInfo.ConvertTime(busiest.At, setting.Zone).Hour] ?? 0 : 0;
        return new Peaks(day?.Date, day?.People.In ?? 0, busiest.In > 0 ? busiest.At : null, busiest.In, watched, mostAt, most);
    }

    private Comparison Compare(List<CountSum> then, ReportRange range, List<CountSum> now, GatesToWatch gates, Figures total, TimeSpan? soFar, List<DayFigures> days, DateTimeOffset made)
    {
        var people = then.Where(IsPerson).ToList();
        // The running day is compared with as much of the other one as has gone by.
        var cut = soFar is { } length ? range.From + length : range.To;
        if (cut < range.To)
        {
            // The hour in which it is cut is not whole: of that hour the intervals that had begun.
            var hour = IntervalGrid.Begin(cut, TimeSpan.FromHours(1), setting.Zone);
            people.RemoveAll(sum => sum.From >= hour);
            if (hour < cut) people.AddRange(Chosen(counts.Hours(hour > range.From ? hour : range.From, cut, setting.Site)).Where(IsPerson));
        }

        var end = cut < range.To ? cut : range.To;
        var counting = people.Select(GateOf).ToHashSet();
        var gatesThen = new GatesToWatch(setting, counting.Concat(KnownAt(range.From)), people, range.From, () => Within(range.To, made));
        var figures = Sum(people, gatesThen.Seconds(range.From, end));
        // A gate that was there and said nothing for the whole of either period, because its box was dead, would read as a decline or a rise. One that is new was not there.
        var names = new NamesOfGates(setting, people.Concat(now));
        var leftOut = gatesThen.Gates.Except(counting).Concat(gates.Gates.Except(now.Select(GateOf))).Concat(names.Unmatched()).ToHashSet();
        var hasData = people.Exists(sum => sum.WatchedSeconds > 0);
        double? change = Comparison.AreComparable(total, figures) && hasData && now.Exists(sum => sum.WatchedSeconds > 0) && figures.In > 0 ? Math.Round(100.0 * (total.In - figures.In) / figures.In, 1) : null;
        double? fair = change is not null && InASecond(people, now) is > 0 and var pace ? Math.Round(100.0 * ((InASecond(now, people) / pace) - 1), 1) : null;
        var byDay = people.Where(sum => sum.WatchedSeconds > 0).GroupBy(sum => DateOf(sum.From)).ToDictionary(day => day.Key, day => day.Sum(sum => sum.In));
        var first = DateOf(range.From);
        var sameDates = days.Count > 0 && first == days[0].Date.AddYears(-1);
        return new Comparison(
            range.From, end, hasData, gatesThen.Gates.Count, figures, change, fair,
            [.. leftOut.Select(gate => setting.NameOf(gate.Gateway, gate.Camera)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], IsSameHoliday: false,
            [.. days.Select(day => Beside(day.Date) is { } other && byDay.TryGetValue(other, out var sum) ? sum : (long?)null)]);

        // Of the site, with all its gates watched: gate by gate, because a busy one may have been away while a quiet one was not. What a gate counted
        // in a few minutes of a week says nothing of its week: such a gate is left out of both periods.
        double InASecond(List<CountSum> sums, List<CountSum> others)
        {
            var without = Brief(sums).Concat(Brief(others)).Concat(leftOut).ToHashSet();
            return sums.GroupBy(NowOf).Where(gate => !without.Contains(gate.Key)).Sum(gate => gate.Sum(sum => sum.WatchedSeconds) is > 0 and var watched ? gate.Sum(sum => sum.In) / watched : 0);

            IEnumerable<Gate> Brief(List<CountSum> sums)
            {
                var watched = sums.GroupBy(NowOf).ToDictionary(gate => gate.Key, gate => gate.Sum(sum => sum.WatchedSeconds));
                return watched.Where(gate => gate.Value < 0.1 * watched.Values.Max()).Select(gate => gate.Key);
            }

            Gate NowOf(CountSum sum) => names.Now(GateOf(sum));
        }

        // Against the same dates of the year before, a leap day stands beside none, and those behind it beside their own dates.
        DateOnly? Beside(DateOnly date) => !sameDates ? first.AddDays(date.DayNumber - days[0].Date.DayNumber) : date is { Month: 2, Day: 29 } ? null : date.AddYears(-1);
    }

    private List<TwoLanguages> Notes(List<CountSum> people, GatesToWatch toWatch, List<GateFigures> gates, List<DayFigures> days, Figures total, ReportRange range, DateTimeOffset until, Comparison before, Comparison lastYear)
    {
        var notes = new List<TwoLanguages>();
        var hoursAll = toWatch.Seconds(range.From, until) / 3600;
        var hoursWatched = people.Sum(sum => sum.WatchedSeconds) / 3600;
        if (gates.Count == 0)
        {
            notes.Add(new TwoLanguages("Không có số liệu nào trong khoảng thời gian này. Đây là khoảng trống, không phải số không.", "There are no counts in this period. That is a gap, not a zero."));
            return notes;
        }

        notes.Add(total.Coverage >= 0.995
            ? new TwoLanguages($"Các cổng được quan sát gần như suốt thời gian ({ReportLanguage.Vi.Percent(total.Coverage)}).", $"The gates were watched nearly all the time ({ReportLanguage.En.Percent(total.Coverage)}).")
            : new TwoLanguages(
                $"Quan sát được {Hours(ReportLanguage.Vi, hoursWatched)} trên {Hours(ReportLanguage.Vi, hoursAll)} giờ cổng ({ReportLanguage.Vi.Percent(total.Coverage)}). Trong thời gian còn lại không ai được đếm và báo cáo không ước tính thay: số thật cao hơn số in ở đây.",
                $"{Hours(ReportLanguage.En, hoursWatched)} of {Hours(ReportLanguage.En, hoursAll)} gate hours were watched ({ReportLanguage.En.Percent(total.Coverage)}). In the rest nobody was counted, and the report does not guess: the true number is higher than the one printed here."));
        var silent = days.Where(day => day.People.Coverage <= 0).ToList();
        if (silent.Count > 0) notes.Add(new TwoLanguages($"{silent.Count} ngày không có số liệu; các ngày đó để trống, không ghi số không.", $"{silent.Count} days have no data; they are left empty, not written as zero."));
        foreach (var gate in gates.Where(gate => gate.People.Coverage <= 0)) notes.Add(new TwoLanguages($"Cổng {gate.Name} không gửi số liệu nào trong kỳ này.", $"The gate {gate.Name} sent no data in this period."));

        if (toWatch.Former.Count > 0)
        {
            var names = string.Join(", ", toWatch.Former.Select(gate => $"{setting.NameOf(gate.Gateway, gate.Camera)} ({gate.Line})"));
            notes.Add(new TwoLanguages(
                $"Vạch đếm đã được đổi tên hoặc gỡ bỏ: {names}. Từ lần đếm cuối trở đi, vạch đó không còn tính vào thời gian quan sát.",
                $"Lines that were renamed or taken away: {names}. From their last count on they are not in the watched time."));
        }

        var calibrated = gates.Where(gate => gate.LowIn is not null).ToList();
        if (calibrated.Count > 0)
        {
            var names = string.Join(", ", calibrated.Select(gate => gate.Name));
            notes.Add(new TwoLanguages(
                $"Đã đối chiếu với đếm tay tại: {names}. Khoảng tin cậy 95 % của lượt vào, trong thời gian quan sát, ghi ở bảng theo cổng.",
                $"Checked against a count by hand at: {names}. The 95 % range of crossings in, while they were watched, stands in the table by gate."));
        }

        if (calibrated.Count < gates.Count)
        {
            var names = string.Join(", ", gates.Where(gate => gate.LowIn is null).Select(gate => gate.Name));
            notes.Add(new TwoLanguages(
                $"Chưa đối chiếu với đếm tay cho cả kỳ tại: {names}. Sai số ở đó chưa biết; khi đông người, máy thường đếm thiếu. Cần đếm tay một đoạn phim ngắn để hiệu chỉnh (lệnh “edgegateway calibrate”).",
                $"Not checked against a count by hand for the whole period, as far as this box knows: {names}. The error there is not known; in dense crowds the machine usually counts too few. Run \"edgegateway calibrate\" with a short film counted by hand."));
        }

        var changed = ((Comparison Then, string Vi, string En)[])[(before, "kỳ trước", "the period before"), lastYear.IsSameHoliday ? (lastYear, "cùng ngày lễ năm trước", "the same holiday last year") : (lastYear, "cùng kỳ năm trước", "the same period last year")];
        foreach (var (then, vi, en) in changed.Where(one => one.Then.HasData && one.Then.Gates != gates.Count))
            notes.Add(new TwoLanguages($"Có {gates.Count} cổng trong kỳ này và {then.Gates} cổng trong {vi}: so sánh cần tính đến điều đó.", $"There are {gates.Count} gates in this period and {then.Gates} in {en}: keep that in mind when you compare."));

        foreach (var (then, vi, en) in changed.Where(one => one.Then is { ChangePerWatchedHourPercent: not null, LeftOut.Count: > 0 }))
        {
            var names = string.Join(", ", then.LeftOut);
            notes.Add(new TwoLanguages(
                $"Thay đổi so với {vi}, tính trên mỗi giờ quan sát, không gồm các cổng không gửi số liệu trong một trong hai kỳ: {names}.",
                $"The change against {en}, per watched hour, is without the gates that sent nothing in one of the two periods: {names}."));
        }

        if (lastYear.HasData && HolidaysApart(days, lastYear) is { } apart) notes.Add(apart);

        if (people.Exists(sum => sum.IsCoarse)) notes.Add(new TwoLanguages("Một số bộ đếm công bố theo khoảng dài hơn một giờ: lượt của chúng có trong tổng, không có trong bảng theo giờ.", "Some counters publish intervals longer than an hour: their crossings are in the sums and not in the table by hour."));
        notes.Add(new TwoLanguages("Số liệu có thể được bổ sung khi dữ liệu đến muộn; báo cáo lập lại sau sẽ thay báo cáo này.", "Late data may still be added; a report made later replaces this one."));
        return notes;
    }

    private static string Hours(ReportLanguage language, double hours) =>
        hours >= 10 ? language.Number(hours) : hours.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture).Replace('.', language == ReportLanguage.Vi ? ',' : '.');

    /// <summary>Tết against an ordinary week is no comparison of visitors: says so, and where the same days lay last year. Null where the holidays are the same, or nobody listed those of last year.</summary>
    private TwoLanguages? HolidaysApart(List<DayFigures> days, Comparison lastYear)
    {
        var (first, last) = (DateOf(lastYear.From), DateOf(lastYear.To.AddTicks(-1)));
        if (!setting.Holidays.Between(new DateOnly(first.Year, 1, 1), new DateOnly(last.Year, 12, 31)).Any()) return null;
        List<Holiday> now = [.. days.Select(day => setting.Holidays.Of(day.Date)).OfType<Holiday>()];
        List<Holiday> then = [.. setting.Holidays.Between(first, last)];
        var moved = now.FindAll(day => !then.Exists(other => other.NameVi == day.NameVi));
        if (moved.Count == 0 && then.TrueForAll(day => now.Exists(other => other.NameVi == day.NameVi))) return null;
        List<DateOnly> lay = [.. moved.Select(day => SameHoliday(day)?.Date).OfType<DateOnly>()];
        return new TwoLanguages(
            $"Ngày lễ không trùng nhau: kỳ này {Names(now, day => day.NameVi, "có ", "không có")}; cùng kỳ năm trước {Names(then, day => day.NameVi, "có ", "không có")}. Thay đổi so với năm trước một phần do đó." + (lay.Count == 0 ? "" : $" Năm trước các ngày lễ ấy là {string.Join(", ", lay.Select(day => ReportLanguage.Vi.Date(day)))}."),
            $"The holidays differ: this period has {Names(now, day => day.NameEn, "", "none")}; the same period last year has {Names(then, day => day.NameEn, "", "none")}. The change against last year is partly theirs." + (lay.Count == 0 ? "" : $" Last year these holidays were on {string.Join(", ", lay.Select(day => ReportLanguage.En.Date(day)))}."));

        static string Names(List<Holiday> days, Func<Holiday, string> name, string before, string none) => days.Count == 0 ? none : before + string.Join(", ", days.Select(name));
    }

    private DateOnly DateOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, setting.Zone).DateTime);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
