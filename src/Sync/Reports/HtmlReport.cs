using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Reports;

/// <summary>
/// The report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere, and a policy that forbids them. Made for
/// A4 and a head of office: the numbers first, then when and where, then how far they can be trusted. All that comes from configuration is escaped.
/// </summary>
public static class HtmlReport
{
    /// <summary>Beyond this many days the chart goes by month and the table by hour goes by weekday.</summary>
    private const int MostSingleDays = 45;

    /// <summary>Escapes what HTML understands; Vietnamese letters stay readable in the file.</summary>
    internal static HtmlEncoder Encoder { get; } = HtmlEncoder.Create(UnicodeRanges.All);

    private const string Style = """
        @page { size: A4; margin: 14mm 14mm 16mm }
        * { box-sizing: border-box }
        body { font: 13px/1.45 "Noto Sans", "Liberation Sans", "DejaVu Sans", Arial, sans-serif; color: #1f2933; margin: 0 auto; max-width: 780px; padding: 18px; background: #fff }
        h1 { font-size: 22px; margin: 0 0 2px; color: #08405f } h2 { font-size: 15px; margin: 22px 0 6px; color: #08405f; break-after: avoid }
        header { border-bottom: 3px solid #0b6aa2; padding-bottom: 8px } .sub { color: #52606d }
        .cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 10px; margin: 14px 0 8px }
        .card { border: 1px solid #dfe4ea; border-top: 3px solid #0b6aa2; padding: 8px 10px } .card b { display: block; font-size: 22px; line-height: 1.25 }
        .card span { color: #52606d; font-size: 12px } .say { background: #f3f8fb; border-left: 4px solid #0b6aa2; padding: 7px 10px; margin: 10px 0 }
        table { border-collapse: collapse; width: 100%; margin: 4px 0 } th, td { padding: 3px 7px; border-bottom: 1px solid #dfe4ea; text-align: right; vertical-align: top }
        th { color: #52606d; font-weight: 600; white-space: nowrap; border-bottom: 1.5px solid #9aa5b1 } th:first-child, td:first-child, .l { text-align: left !important }
        tr { break-inside: avoid } thead { display: table-header-group } .mark { color: #b8402a } .gap { color: #7b8794 } tfoot td { font-weight: 600; border-top: 1.5px solid #9aa5b1; border-bottom: 0 }
        svg { width: 100%; height: auto; font-family: inherit; display: block } section { break-inside: avoid } .long { break-inside: auto }
        ul { margin: 4px 0; padding-left: 18px } li { margin: 2px 0 } .small { color: #52606d; font-size: 11.5px } footer { margin-top: 20px; border-top: 1px solid #dfe4ea; padding-top: 6px; color: #52606d; font-size: 11.5px }
        @media print { body { padding: 0; max-width: none; -webkit-print-color-adjust: exact; print-color-adjust: exact } }
        """;

    /// <summary>Writes the page.</summary>
    public static void Write(Stream output, VisitorReport report, TimeZoneInfo zone, ReportLanguage language)
    {
        using var writer = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        writer.Write(new Page(report, zone, language).Make());
    }

    private sealed class Page(VisitorReport report, TimeZoneInfo zone, ReportLanguage language)
    {
        private readonly StringBuilder _html = new(64 * 1024);

        private bool IsLong => report.Days.Count > MostSingleDays;

        public string Make()
        {
            var title = $"{language.Say("Báo cáo lượt khách", "Visitor report")}: {report.SiteName}, {Period(report.From, report.To)}";
            _html.Append("<!doctype html>\n<html lang=\"").Append(language.Say("vi", "en")).Append("\"><head><meta charset=\"utf-8\">")
                .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><meta name=\"viewport\" content=\"width=device-width\">")
                .Append("<title>").Append(E(title)).Append("</title><style>").Append(Style).Append("</style></head><body>\n");
            Head();
            Cards();
            _html.Append("<p class=\"say\">").Append(E(language.Say(report.Statement))).Append("</p>\n");
            Comparisons();
            if (report.Days.Any(day => day.People.Coverage > 0))
            {
                Chart();
                HeatMap();
            }

            Gates();
            Holidays();
            Others();
            Flows();
            Trust();
            DayTable();
            _html.Append("<footer>").Append(E(language.Say(
                $"Lập tự động lúc {language.Moment(report.Made, zone)} bởi EdgeGateway từ các khoảng đếm đã lưu. Giờ địa phương {report.TimeZone}.",
                $"Made by EdgeGateway from the archived count intervals at {language.Moment(report.Made, zone)}. Local time {report.TimeZone}."))).Append(' ').Append(E(language.Say(report.Statement))).Append("</footer>\n</body></html>\n");
            return _html.ToString();
        }

        private void Head()
        {
            _html.Append("<header><h1>").Append(E(language.Say("Báo cáo lượt khách", "Visitor report"))).Append("</h1><div><b>").Append(E(report.SiteName)).Append("</b></div><div class=\"sub\">")
                .Append(E(Period(report.From, report.To))).Append(" · ").Append(E(language.Say("thiết bị", "gateways"))).Append(": ").Append(E(report.Gateways.Count == 0 ? "–" : string.Join(", ", report.Gateways))).Append("</div></header>\n");
        }

        private void Cards()
        {
            var peaks = report.Peaks;
            var has = report.Total.Coverage > 0;
            _html.Append("<div class=\"cards\">");
            Card(has ? language.Number(report.Total.In) : "–", language.Say("lượt vào", "crossings in"), report.LowIn is { } low && report.HighIn is { } high ? language.Say("khoảng", "between") + $" {language.Number(low)} – {language.Number(high)}" : null);
            Card(has ? language.Number(report.Total.Out) : "–", language.Say("lượt ra", "crossings out"), null);
            Card(peaks.Hour is null ? "–" : language.Number(peaks.HourIn), language.Say("lượt vào giờ cao điểm", "in at the peak hour"), peaks.Hour is { } hour ? HourText(hour) : null);
            Card(language.Percent(report.Total.Coverage), language.Say("thời gian được quan sát", "of the time watched"), language.Say($"{report.Gates.Count} cổng", $"{report.Gates.Count} gates"));
            _html.Append("</div>\n<p class=\"sub\">");
            if (peaks.Day is { } day) _html.Append(E(language.Say("Ngày đông nhất", "Busiest day"))).Append(": <b>").Append(E($"{language.Weekday(day.DayOfWeek)} {language.Date(day)}")).Append("</b> (").Append(E($"{language.Number(peaks.DayIn)} {language.Say("lượt vào", "in")}")).Append("). ");
            if (peaks.PresentAt is { } at) _html.Append(E(language.Say("Số người có mặt cao nhất, ước tính theo giờ từ vào trừ ra", "Most people present, estimated by the hour from in minus out"))).Append(": <b>").Append(language.Number(peaks.Present)).Append("</b> (").Append(E(language.Moment(at, zone))).Append(").");
            _html.Append("</p>\n");
        }

        private void Card(string value, string label, string? more)
        {
            _html.Append("<div class=\"card\"><b>").Append(E(value)).Append("</b><span>").Append(E(label));
            if (more is not null) _html.Append("<br>").Append(E(more));
            _html.Append("</span></div>");
        }

        private void Comparisons()
        {
            _html.Append("<section><h2>").Append(E(language.Say("So sánh", "Comparison"))).Append("</h2><table><thead><tr>");
            Heads(("", "l"), (language.Say("lượt vào", "in"), ""), (language.Say("lượt ra", "out"), ""), (language.Say("quan sát", "watched"), ""), (language.Say("thay đổi lượt vào", "change of in"), ""), (language.Say("theo giờ quan sát", "per watched hour"), ""));
            _html.Append("</tr></thead><tbody><tr><td>").Append(E(language.Say("Kỳ này", "This period"))).Append("</td>");
            Cells(Value(report.Total, report.Total.In), Value(report.Total, report.Total.Out), language.Percent(report.Total.Coverage), "", "");
            _html.Append("</tr>");
            CompareRow(language.Say("Kỳ trước", "Period before"), report.Before);
            CompareRow(language.Say("Cùng kỳ năm trước", "Same period last year"), report.LastYear);
            _html.Append("</tbody></table></section>\n");
        }

        private void CompareRow(string label, Comparison then)
        {
            _html.Append("<tr><td>").Append(E(label)).Append(" <span class=\"small\">").Append(E(Period(then.From, then.To))).Append("</span></td>");
            if (then.HasData) Cells(language.Number(then.People.In), language.Number(then.People.Out), language.Percent(then.People.Coverage), then.ChangePercent is { } change ? language.Change(change) : "–", then.ChangePerWatchedHourPercent is { } fair ? language.Change(fair) : "–");
            else _html.Append("<td colspan=\"5\" class=\"gap\">").Append(E(language.Say("không có số liệu", "no data"))).Append("</td>");
            _html.Append("</tr>");
        }

        private void Chart()
        {
            var title = IsLong ? language.Say("Lượt vào theo tháng", "Crossings in by month") : language.Say("Lượt vào theo ngày", "Crossings in by day");
            List<Bar> bars = IsLong
                ? [.. Months().Select(month => new Bar(language.Month(month.Key.Year, month.Key.Month), month.Value.In, month.Value.Coverage, false))]
                : [.. report.Days.Select(day => new Bar($"{language.Weekday(day.Date.DayOfWeek)}\n{language.ShortDate(day.Date)}", day.People.Coverage > 0 ? day.People.In : null, day.People.Coverage, day.HolidayVi is not null))];
            _html.Append("<section><h2>").Append(E(title)).Append("</h2>").Append(SvgCharts.Bars(bars, language, title)).Append("<div class=\"small\">")
                .Append(E(language.Say("Đỏ: ngày lễ. Sọc: quan sát dưới 90 % thời gian. Gạch ngang: không có số liệu.", "Red: holiday. Hatched: watched for less than 90 % of the time. Dash: no data."))).Append("</div></section>\n");
        }

        private void HeatMap()
        {
            var title = IsLong ? language.Say("Lượt vào trung bình theo thứ và giờ", "Mean crossings in by weekday and hour") : language.Say("Lượt vào theo ngày và giờ", "Crossings in by day and hour");
            List<(string, bool, IReadOnlyList<double?>)> rows = IsLong
                ? [.. ((DayOfWeek[])[DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday, DayOfWeek.Saturday, DayOfWeek.Sunday]).Select(day => (language.Weekday(day), false, MeanHours(day)))]
                : [.. report.Days.Select(day => ($"{language.Weekday(day.Date.DayOfWeek)} {language.ShortDate(day.Date)}", day.HolidayVi is not null, (IReadOnlyList<double?>)[.. day.Hours.Select(hour => (double?)hour)]))];
            _html.Append("<section><h2>").Append(E(title)).Append("</h2>").Append(SvgCharts.HeatMap(rows, language, title)).Append("<div class=\"small\">")
                .Append(E(language.Say("Cột: giờ trong ngày, 0 là 00:00–01:00. Ô xám sọc: không quan sát được; đó là khoảng trống, không phải số không.", "Columns: hours of the day, 0 is 00:00–01:00. Grey hatched: nobody watched; that is a gap, not a zero."))).Append("</div></section>\n");
        }

        private double?[] MeanHours(DayOfWeek weekday)
        {
            var mean = new double?[24];
            for (var hour = 0; hour < 24; hour++)
            {
                var values = report.Days.Where(day => day.Date.DayOfWeek == weekday).Select(day => day.Hours[hour]).OfType<long>().ToList();
                mean[hour] = values.Count == 0 ? null : values.Average();
            }

            return mean;
        }

        private void Gates()
        {
            if (report.Gates.Count == 0) return;
            _html.Append("<section><h2>").Append(E(language.Say("Theo cổng", "By gate"))).Append("</h2><table><thead><tr>");
            Heads((language.Say("cổng", "gate"), "l"), (language.Say("lượt vào", "in"), ""), (language.Say("lượt ra", "out"), ""), (language.Say("vào − ra", "in − out"), ""), (language.Say("quan sát", "watched"), ""), (language.Say("cách đếm", "method"), "l"));
            _html.Append("</tr></thead><tbody>");
            foreach (var gate in report.Gates)
            {
                _html.Append("<tr><td>").Append(E(gate.Name)).Append(" <span class=\"small\">").Append(E(gate.Line)).Append("</span></td>");
                Cells(Value(gate.People, gate.People.In), Value(gate.People, gate.People.Out), Value(gate.People, gate.People.Net), language.Percent(gate.People.Coverage));
                _html.Append("<td class=\"l\">").Append(E(MethodText(gate))).Append("</td></tr>");
            }

            _html.Append("</tbody><tfoot><tr><td>").Append(E(language.Say("Tổng", "Sum"))).Append("</td>");
            Cells(Value(report.Total, report.Total.In), Value(report.Total, report.Total.Out), Value(report.Total, report.Total.Net), language.Percent(report.Total.Coverage), "");
            _html.Append("</tr></tfoot></table></section>\n");
        }

        private string MethodText(GateFigures gate) => gate.Method switch
        {
            CountMethod.Calibrated => language.Say($"đã hiệu chỉnh (thô: {language.Number(gate.RawIn)} vào)", $"calibrated (raw: {language.Number(gate.RawIn)} in)"),
            CountMethod.Density => language.Say("ước tính mật độ", "density estimate"),
            _ when gate.People.Coverage <= 0 => "–",
            _ => language.Say("đếm theo vết", "tracks"),
        };

        private void Holidays()
        {
            var days = report.Days.Where(day => day.HolidayVi is not null).ToList();
            if (days.Count == 0) return;
            _html.Append("<section><h2>").Append(E(language.Say("Ngày lễ trong kỳ", "Holidays in the period"))).Append("</h2><table><tbody>");
            foreach (var day in days)
            {
                _html.Append("<tr><td class=\"mark\">").Append(E($"{language.Weekday(day.Date.DayOfWeek)} {language.Date(day.Date)}")).Append("</td><td class=\"l\">").Append(E(language.Say(day.HolidayVi!, day.HolidayEn!))).Append("</td>");
                Cells($"{Value(day.People, day.People.In)} {language.Say("vào", "in")}", $"{Value(day.People, day.People.Out)} {language.Say("ra", "out")}", language.Percent(day.People.Coverage));
                _html.Append("</tr>");
            }

            _html.Append("</tbody></table></section>\n");
        }

        private void Others()
        {
            if (report.Others.Count == 0 && report.Origin is null) return;
            _html.Append("<section><h2>").Append(E(language.Say("Phương tiện", "Vehicles"))).Append("</h2>");
            if (report.Others.Count > 0)
            {
                _html.Append("<table><thead><tr>");
                Heads((language.Say("loại", "class"), "l"), (language.Say("lượt vào", "in"), ""), (language.Say("lượt ra", "out"), ""));
                _html.Append("</tr></thead><tbody>");
                foreach (var one in report.Others)
                {
                    _html.Append("<tr><td>").Append(E(ClassText(one.Class))).Append("</td>");
                    Cells(language.Number(one.In), language.Number(one.Out));
                    _html.Append("</tr>");
                }

                _html.Append("</tbody></table>");
            }

            if (report.Origin is { } origin)
            {
                var share = (double)origin.Other / (origin.Home + origin.Other);
                _html.Append("<p>").Append(E(language.Say(
                    $"Ước tính thô theo biển số: {language.Percent(share)} trong {language.Number(origin.Home + origin.Other)} biển đọc được không bắt đầu bằng {origin.HomeCode} ({language.Number(origin.Unread)} xe không đọc được). Biển số đi theo chủ xe từ 2023, nên đây không phải là nguồn gốc của khách.",
                    $"Rough estimate by plates: {language.Percent(share)} of {language.Number(origin.Home + origin.Other)} plates read do not begin with {origin.HomeCode} ({language.Number(origin.Unread)} vehicles were not read). Plates follow their owners since 2023, so this is not where visitors come from."))).Append("</p>");
            }

            _html.Append("</section>\n");
        }

        private string ClassText(string word) => word switch
        {
            "person" => language.Say("người", "person"),
            "bicycle" => language.Say("xe đạp", "bicycle"),
            "motorcycle" => language.Say("xe máy", "motorcycle"),
            "car" => language.Say("ô tô con", "car"),
            "bus" => language.Say("xe khách", "bus"),
            "truck" => language.Say("xe tải", "truck"),
            _ => language.Say("khác", "other"),
        };

        private void Flows()
        {
            if (report.Flows.Count == 0) return;
            _html.Append("<section><h2>").Append(E(language.Say("Vào bằng vạch nào, ra bằng vạch nào (cùng một camera)", "From line to line (same camera)"))).Append("</h2><table><thead><tr>");
            Heads(("camera", "l"), (language.Say("vào qua", "came over"), "l"), (language.Say("rời qua", "left over"), "l"), (language.Say("loại", "class"), "l"), (language.Say("lượt", "crossings"), ""), (language.Say("thời gian trung bình, s", "mean time, s"), ""));
            _html.Append("</tr></thead><tbody>");
            foreach (var flow in report.Flows.Take(20))
            {
                _html.Append("<tr><td>").Append(E(flow.Camera)).Append("</td><td class=\"l\">").Append(E(flow.EntryLine)).Append("</td><td class=\"l\">").Append(E(flow.Line));
                if (flow.IsTurnBack) _html.Append(" <span class=\"small\">").Append(E(language.Say("(quay lại)", "(turned back)"))).Append("</span>");
                _html.Append("</td><td class=\"l\">").Append(E(ClassText(flow.Class))).Append("</td>");
                Cells(language.Number(flow.Passed), language.Decimal(flow.MeanDwellSeconds));
                _html.Append("</tr>");
            }

            _html.Append("</tbody></table></section>\n");
        }

        private void Trust()
        {
            _html.Append("<section><h2>").Append(E(language.Say("Độ tin cậy của số liệu", "How far the numbers can be trusted"))).Append("</h2><ul>");
            foreach (var note in report.Notes) _html.Append("<li>").Append(E(language.Say(note))).Append("</li>");
            foreach (var one in report.Corrections.Take(10))
            {
                _html.Append("<li>").Append(E(language.Say(
                    $"{language.Moment(one.At, zone)}: số người có mặt được chỉnh từ {language.Number(one.Was)} thành {language.Number(one.Became)} ({one.Who}; {one.Reason}).",
                    $"{language.Moment(one.At, zone)}: the number of people present was corrected from {language.Number(one.Was)} to {language.Number(one.Became)} ({one.Who}; {one.Reason})."))).Append("</li>");
            }

            _html.Append("</ul></section>\n");
        }

        private void DayTable()
        {
            _html.Append("<section class=\"long\"><h2>").Append(E(IsLong ? language.Say("Theo tháng", "By month") : language.Say("Theo ngày", "By day"))).Append("</h2><table><thead><tr>");
            Heads((IsLong ? language.Say("tháng", "month") : language.Say("ngày", "day"), "l"), (language.Say("lượt vào", "in"), ""), (language.Say("lượt ra", "out"), ""), (language.Say("vào − ra", "in − out"), ""), (language.Say("quan sát", "watched"), ""), (language.Say("ghi chú", "note"), "l"));
            _html.Append("</tr></thead><tbody>");
            if (IsLong) foreach (var (month, figures) in Months()) DayRow(language.Month(month.Year, month.Month), figures, null, "");
            else foreach (var day in report.Days) DayRow($"{language.Weekday(day.Date.DayOfWeek)} {language.Date(day.Date)}", day.People, day.HolidayVi is null ? null : language.Say(day.HolidayVi, day.HolidayEn!), day.HolidayVi is null ? "" : " class=\"mark\"");
            _html.Append("</tbody><tfoot><tr><td>").Append(E(language.Say("Tổng", "Sum"))).Append("</td>");
            Cells(Value(report.Total, report.Total.In), Value(report.Total, report.Total.Out), Value(report.Total, report.Total.Net), language.Percent(report.Total.Coverage), "");
            _html.Append("</tr></tfoot></table></section>\n");
        }

        private void DayRow(string label, Figures figures, string? note, string mark)
        {
            _html.Append("<tr><td").Append(mark).Append('>').Append(E(label)).Append("</td>");
            Cells(Value(figures, figures.In), Value(figures, figures.Out), Value(figures, figures.Net), language.Percent(figures.Coverage));
            _html.Append("<td class=\"l\">").Append(E(note ?? (figures.Coverage <= 0 ? language.Say("không có số liệu", "no data") : ""))).Append("</td></tr>");
        }

        private Dictionary<(int Year, int Month), Figures> Months() => report.Days.GroupBy(day => (day.Date.Year, day.Date.Month))
            .ToDictionary(month => month.Key, month => new Figures(month.Sum(day => day.People.In), month.Sum(day => day.People.Out), Math.Round(month.Average(day => day.People.Coverage), 3)));

        private string HourText(DateTimeOffset hour)
        {
            var local = TimeZoneInfo.ConvertTime(hour, zone);
            return string.Create(CultureInfo.InvariantCulture, $"{local:HH}:00–{local.AddHours(1):HH}:00 {language.Weekday(local.DayOfWeek)} {language.ShortDate(DateOnly.FromDateTime(local.DateTime))}");
        }

        private string Period(DateTimeOffset from, DateTimeOffset to)
        {
            var (begin, end) = (TimeZoneInfo.ConvertTime(from, zone), TimeZoneInfo.ConvertTime(to, zone));
            if (begin.TimeOfDay == TimeSpan.Zero && end.TimeOfDay == TimeSpan.Zero)
            {
                var (first, last) = (DateOnly.FromDateTime(begin.DateTime), DateOnly.FromDateTime(end.DateTime).AddDays(-1));
                return first == last ? language.Date(first) : $"{language.Date(first)} – {language.Date(last)}";
            }

            return $"{language.Moment(from, zone)} – {language.Moment(to, zone)}";
        }

        private string Value(Figures figures, long value) => figures.Coverage > 0 ? language.Number(value) : "–";

        private void Heads(params ReadOnlySpan<(string Text, string Class)> heads)
        {
            foreach (var (text, cssClass) in heads) _html.Append(cssClass.Length == 0 ? "<th>" : $"<th class=\"{cssClass}\">").Append(E(text)).Append("</th>");
        }

        private void Cells(params ReadOnlySpan<string> cells)
        {
            foreach (var cell in cells) _html.Append("<td>").Append(E(cell)).Append("</td>");
        }

        private static string E(string text) => Encoder.Encode(text);
    }
}
