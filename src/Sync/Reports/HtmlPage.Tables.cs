using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Reports;

/// <summary>The tables of the page: gates, holidays, zones, lines, vehicles, days, and how far all of it can be trusted.</summary>
internal sealed partial class HtmlPage
{
    private const int MostRows = 20;
    private const int MostLines = 7;

    private void Gates()
    {
        if (report.Gates.Count == 0) return;
        _html.Append("<section><h2>").Append(E(Say("Theo cổng", "By gate"))).Append("</h2><table class=\"tight").Append(report.Total.In >= 1_000_000 ? " millions" : "").Append("\"><thead><tr>");
        Heads((Say("cổng", "gate"), "l"), (Say("lượt vào", "in"), ""), (Say("tỷ trọng", "share"), ""), (Say("lượt ra", "out"), ""), (Say("vào − ra", "in − out"), ""), (Say("quan sát", "watched"), ""), (Say("lượt vào, tin cậy 95\u00A0%", "in, 95\u00A0% range"), ""), (Say("cách đếm", "method"), "l"));
        _html.Append("</tr></thead><tbody>");
        foreach (var gate in report.Gates)
        {
            _html.Append("<tr><td class=\"w\">").Append(E(gate.Name));
            var namesakes = report.Gates.Where(other => other.Name == gate.Name).ToList();
            if (namesakes.Count > 1) _html.Append(" <span class=\"small\">").Append(E(namesakes.Exists(other => other.Gateway != gate.Gateway) ? $"{gate.Gateway}, {gate.Line}" : gate.Line)).Append("</span>");
            _html.Append("</td>");
            var share = report.Total.In > 0 && gate.People.Coverage > 0 ? language.Share((double)gate.People.In / report.Total.In) : "–";
            Cells(Value(gate.People, gate.People.In), share, Value(gate.People, gate.People.Out), Value(gate.People, gate.People.Net), language.Percent(gate.People.Coverage), gate.LowIn is { } low && gate.HighIn is { } high ? $"{language.Number(low)} – {language.Number(high)}" : Say("chưa biết", "not known"));
            _html.Append("<td class=\"l\">").Append(E(MethodText(gate))).Append("</td></tr>");
        }

        _html.Append("</tbody><tfoot><tr><td>").Append(E(Say("Tổng", "Sum"))).Append("</td>");
        Cells(Value(report.Total, report.Total.In), "", Value(report.Total, report.Total.Out), Value(report.Total, report.Total.Net), language.Percent(report.Total.Coverage), report.LowIn is { } lowest && report.HighIn is { } highest ? $"{language.Number(lowest)} – {language.Number(highest)}" : "", "");
        _html.Append("</tr></tfoot></table></section>\n");
    }

    private string MethodText(GateFigures gate)
    {
        if (gate.People.Coverage <= 0) return "–";
        var method = MethodText(gate.Method);
        // Only who goes out was counted by hand there: the number that came in is the tracks' own.
        var isOutAlone = gate.RawIn == gate.People.In && gate.RawOut != gate.People.Out;
        if (gate.Method == CountMethod.Calibrated && isOutAlone) method += Say($", chỉ lượt ra (thô {language.Number(gate.RawOut)})", $", out only (raw {language.Number(gate.RawOut)})");
        else if (gate.Method == CountMethod.Calibrated) method += Say($" (thô {language.Number(gate.RawIn)})", $" (raw {language.Number(gate.RawIn)})");
        // A gate that was calibrated in the middle of the period has two methods, and neither may pass for the whole.
        return gate.MethodShare < 0.9995 ? Say($"{method}, chỉ {language.Percent(gate.MethodShare)} số khoảng", $"{method}, {language.Percent(gate.MethodShare)} of intervals only") : method;
    }

    private string MethodText(CountMethod method) => method switch
    {
        CountMethod.Calibrated => Say("đã hiệu chỉnh", "calibrated"),
        CountMethod.Density => Say("ước tính mật độ", "density estimate"),
        _ => Say("đếm theo vết", "tracks"),
    };

    private void Holidays()
    {
        var days = report.Days.Where(day => day.HolidayVi is not null).ToList();
        if (days.Count == 0) return;
        _html.Append("<section><h2>").Append(E(Say("Ngày lễ trong kỳ", "Holidays in the period"))).Append("</h2><table class=\"tight\"><thead><tr>");
        Heads((Say("ngày", "day"), "l"), (Say("ngày lễ", "holiday"), "l"), (Say("lượt vào", "in"), ""), (Say("lượt ra", "out"), ""), (Say("quan sát", "watched"), ""));
        var hasLastYear = days.Exists(day => day.HolidayLastYear is not null);
        if (hasLastYear) Heads((Say("lượt vào cùng ngày lễ năm trước", "in, same holiday last year"), ""));
        _html.Append("</tr></thead><tbody>");
        foreach (var day in days)
        {
            _html.Append("<tr><td class=\"mark\">").Append(E($"{language.Weekday(day.Date.DayOfWeek)} {language.Date(day.Date)}")).Append("</td><td class=\"l w\">").Append(E(Say(day.HolidayVi!, day.HolidayEn!))).Append("</td>");
            Cells(Value(day.People, day.People.In), Value(day.People, day.People.Out), language.Percent(day.People.Coverage));
            if (hasLastYear) HolidayCell(day.HolidayLastYear);
            _html.Append("</tr>");
        }

        _html.Append("</tbody></table></section>\n");
    }

    private void HolidayCell(HolidayLastYear? then)
    {
        _html.Append("<td>").Append(then?.People is { } people ? E(language.Number(people.In)) : "–");
        if (then is not null) _html.Append(" <span class=\"small\">(").Append(E(language.ShortDate(then.Date))).Append(then.People is { Coverage: < DayFigures.WellWatched and var share } ? E(Say($", quan sát {language.Percent(share)}", $", watched {language.Percent(share)}")) : "").Append(")</span>");
        _html.Append("</td>");
    }

    private void Zones()
    {
        if (report.Zones.Count == 0) return;
        _html.Append("<section><h2>").Append(E(Say("Khu vực: số người có mặt và thời gian lưu lại", "Zones: people present and time of stay"))).Append("</h2><table class=\"tight\"><thead><tr>");
        Heads((Say("khu vực", "zone"), "l"), (Say("loại", "class"), "l"), (Say("có mặt trung bình", "present, mean"), ""), (Say("cao nhất", "most"), ""), (Say("trong giờ", "in the hour"), "l"), (Say("lượt lưu lại", "stays"), ""), (Say("lưu lại trung bình", "mean stay"), ""), (Say("quan sát", "watched"), ""));
        _html.Append("</tr></thead><tbody>");
        foreach (var one in report.Zones.Take(MostRows))
        {
            _html.Append("<tr><td class=\"w\">").Append(E(one.Name)).Append(" <span class=\"small\">").Append(E(one.Zone)).Append("</span></td><td class=\"l\">").Append(E(ClassText(one.Class))).Append("</td>");
            Cells(language.Decimal(one.Mean), language.Number(one.Most));
            _html.Append("<td class=\"l\">").Append(E(HourText(one.MostIn))).Append("</td>");
            Cells(language.Number(one.Visits), one.MeanDwellSeconds is { } seconds ? Duration(seconds) : "–", language.Percent(one.Coverage));
            _html.Append("</tr>");
        }

        _html.Append("</tbody></table><div class=\"small\">").Append(E(Say(
            $"Chỉ có số gộp ({MethodText(CountMethod.Tracks)}). Thời gian lưu lại ngắn hơn thực tế khi vết bị đứt trong đám đông; dưới {Counting.ZoneMeter.LeastVisits} lượt thì không ghi.",
            $"Aggregated only ({MethodText(CountMethod.Tracks)}). Stays read shorter than they were where a crowd breaks a track; of fewer than {Counting.ZoneMeter.LeastVisits} stays no mean is told."))).Append("</div></section>\n");
    }

    /// <summary>From which line to which, camera by camera, and who turned back.</summary>
    private void Lines()
    {
        if (report.Flows.Count == 0) return;
        var through = report.Flows.Where(flow => !flow.IsTurnBack).ToList();
        foreach (var camera in through.GroupBy(flow => flow.Camera, StringComparer.Ordinal).Take(MostRows))
        {
            foreach (var kind in camera.GroupBy(flow => flow.Class, StringComparer.Ordinal)) Matrix(camera.Key, kind.Key, [.. kind]);
        }

        var back = report.Flows.Where(flow => flow.IsTurnBack).ToList();
        if (back.Count == 0) return;
        _html.Append("<section><h2>").Append(E(Say("Quay đầu ở cổng", "Turned back at a gate") + WholeDays)).Append("</h2><table><thead><tr>");
        Heads((Say("cổng", "gate"), "l"), (Say("vạch", "line"), "l"), (Say("loại", "class"), "l"), (Say("lượt quay đầu", "turned back"), ""), (Say("sau trung bình", "after, mean"), ""));
        _html.Append("</tr></thead><tbody>");
        foreach (var flow in back.Take(MostRows))
        {
            _html.Append("<tr><td class=\"w\">").Append(E(flow.Camera)).Append("</td><td class=\"l\">").Append(E(flow.EntryLine)).Append("</td><td class=\"l\">").Append(E(ClassText(flow.Class))).Append("</td>");
            Cells(language.Number(flow.Passed), flow.MeanDwellSeconds is { } seconds ? Duration(seconds) : "–");
            _html.Append("</tr>");
        }

        _html.Append("</tbody></table><div class=\"small\">").Append(E(Say(
            "Người qua vạch rồi trở lại khi camera vẫn còn thấy. Người quay đầu ngay tại vạch không có trong lượt vào và lượt ra.",
            "Who came over the line and went back while the camera still saw them. Who turned round on the line itself is in neither in nor out."))).Append("</div></section>\n");
    }

    /// <summary>What is kept by day alone holds more than a range that begins or ends within a day.</summary>
    private string WholeDays
    {
        get
        {
            var isCut = TimeZoneInfo.ConvertTime(report.From, zone).TimeOfDay != TimeSpan.Zero
                || (TimeZoneInfo.ConvertTime(report.To, zone).TimeOfDay != TimeSpan.Zero && report.Made - report.To > TimeSpan.FromHours(1)); // at 16:00 there is no more than until 16:00
            return isCut ? Say(" (cả ngày)", " (whole days)") : "";
        }
    }

    private void Matrix(string camera, string word, List<FlowFigures> flows)
    {
        var from = flows.Select(flow => flow.EntryLine).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MostRows).ToList();
        var to = flows.Select(flow => flow.Line).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MostLines).ToList();
        _html.Append("<section><h2>").Append(E(Say($"Từ cổng vào đến cổng ra: {camera}, {ClassText(word)}", $"From entry to exit: {camera}, {ClassText(word)}") + WholeDays)).Append("</h2><table><thead><tr><th class=\"l\">").Append(E(Say("vào qua ↓ ra qua →", "in over ↓ out over →"))).Append("</th>");
        foreach (var line in to) Heads((line, ""));
        _html.Append("</tr></thead><tbody>");
        foreach (var entry in from)
        {
            _html.Append("<tr><td>").Append(E(entry)).Append("</td>");
            foreach (var line in to)
            {
                var cell = flows.FirstOrDefault(flow => flow.EntryLine == entry && flow.Line == line);
                Cells(cell is null ? "–" : cell.MeanDwellSeconds is { } seconds ? $"{language.Number(cell.Passed)} ({Duration(seconds)})" : language.Number(cell.Passed));
            }

            _html.Append("</tr>");
        }

        _html.Append("</tbody></table><div class=\"small\">").Append(E(Say(
            "Lượt đi, trong ngoặc là thời gian trung bình. Chỉ những người được theo vết từ vạch này đến vạch kia trong cùng một camera.",
            "Crossings, with their mean time in brackets. Only those who were tracked from one line to the other within the same camera."))).Append("</div></section>\n");
    }

    private void Vehicles()
    {
        if (report.Others.Count == 0 && report.Origin is null) return;
        _html.Append("<section><h2>").Append(E(Say("Phương tiện", "Vehicles"))).Append("</h2>");
        if (report.Others.Count > 0)
        {
            _html.Append("<table><thead><tr>");
            Heads((Say("loại", "class"), "l"), (Say("lượt vào", "in"), ""), (Say("lượt ra", "out"), ""), (Say("quan sát", "watched"), ""));
            _html.Append("</tr></thead><tbody>");
            foreach (var one in report.Others)
            {
                _html.Append("<tr><td>").Append(E(ClassText(one.Class))).Append("</td>");
                Cells(one.Coverage > 0 ? language.Number(one.In) : "–", one.Coverage > 0 ? language.Number(one.Out) : "–", language.Percent(one.Coverage));
                _html.Append("</tr>");
            }

            _html.Append("</tbody></table>");
        }

        if (report.Origin is { } origin)
        {
            var share = (double)origin.Other / (origin.Home + origin.Other);
            _html.Append("<p>").Append(E(Say(
                $"Ước tính thô theo biển số{WholeDays}: {language.Share(share)} trong {language.Number(origin.Home + origin.Other)} biển đọc được không bắt đầu bằng {origin.HomeCode} ({language.Number(origin.Unread)} xe không đọc được biển). Từ năm 2023 biển số đi theo chủ xe, nên con số này không cho biết khách từ đâu đến.",
                $"Rough estimate by plates{WholeDays}: {language.Share(share)} of {language.Number(origin.Home + origin.Other)} plates read do not begin with {origin.HomeCode} ({language.Number(origin.Unread)} vehicles were not read). Plates follow their owners since 2023, so this is not where visitors come from."))).Append("</p>");
        }

        _html.Append("</section>\n");
    }

    private string ClassText(string word) => word switch
    {
        "person" => Say("người", "person"),
        "bicycle" => Say("xe đạp", "bicycle"),
        "motorcycle" => Say("xe máy", "motorcycle"),
        "car" => Say("ô tô con", "car"),
        "bus" => Say("xe khách", "bus"),
        "truck" => Say("xe tải", "truck"),
        _ => Say("khác", "other"),
    };

    private string Duration(double seconds) => seconds switch
    {
        < 90 => Say($"{language.Number(seconds)} giây", $"{language.Number(seconds)} s"),
        < 5400 => Say($"{language.Number(seconds / 60)} phút", $"{language.Number(seconds / 60)} min"),
        _ => Say($"{language.Decimal(Math.Round(seconds / 3600, 1))} giờ", $"{language.Decimal(Math.Round(seconds / 3600, 1))} h"),
    };

    private void Trust()
    {
        _html.Append("<section><h2>").Append(E(Say("Độ tin cậy của số liệu", "How far the numbers can be trusted"))).Append("</h2><ul>");
        foreach (var note in report.Notes) _html.Append("<li>").Append(E(language.Say(note))).Append("</li>");
        var held = report.Corrections.Where(one => one.Kind == "floor").ToList();
        if (held.Count > 0)
        {
            var people = held.Sum(one => (long)one.Became - one.Was);
            Item(
                $"{language.Number(held.Count)} lần số người có mặt được giữ ở 0 vì đếm ra nhiều hơn đếm vào (cộng lại {language.Number(people)} người): cổng đếm thiếu người vào.",
                $"The number of people present was held at zero {(held.Count == 1 ? "once" : $"{language.Number(held.Count)} times")} because more were counted out than in ({language.Number(people)} {(people == 1 ? "person" : "people")} together): a gate misses people who come in.");
        }

        foreach (var one in report.Corrections.Where(one => one.Kind != "floor").Take(10))
        {
            var by = one.Kind == "set" ? $" ({one.Who}; {one.Reason})" : Say(" (đồng hồ bị lùi)", " (the clock stepped back)");
            Item(
                $"{language.Moment(one.At, zone)}: số người có mặt được chỉnh từ {language.Number(one.Was)} thành {language.Number(one.Became)}{by}.",
                $"{language.Moment(one.At, zone)}: the number of people present was corrected from {language.Number(one.Was)} to {language.Number(one.Became)}{by}.");
        }

        _html.Append("</ul></section>\n");

        void Item(string vi, string en) => _html.Append("<li>").Append(E(Say(vi, en))).Append("</li>");
    }

    private void DayTable()
    {
        if (report.Days.Count <= 1) return;
        _html.Append("<section class=\"long\"><h2>").Append(E(IsLong ? Say("Theo tháng", "By month") : Say("Theo ngày", "By day"))).Append("</h2><table><thead><tr>");
        Heads((IsLong ? Say("tháng", "month") : Say("ngày", "day"), "l"), (Say("lượt vào", "in"), ""), (Say("lượt ra", "out"), ""), (Say("vào − ra", "in − out"), ""), (Say("quan sát", "watched"), ""), (Say("năm trước, vào", "last year, in"), ""), (Say("ghi chú", "note"), "l"));
        _html.Append("</tr></thead><tbody>");
        if (IsLong)
        {
            foreach (var month in Months()) DayRow(MonthText(month), month.Figures, month.LastYear, month.IsCut && month.Figures.Coverage > 0 ? Say("một phần tháng", "part of the month") : null, "");
        }
        else
        {
            for (var i = 0; i < report.Days.Count; i++)
            {
                var day = report.Days[i];
                DayRow($"{language.Weekday(day.Date.DayOfWeek)} {language.Date(day.Date)}", day.People, report.LastYear.ByDay[i], day.HolidayVi is null ? null : Say(day.HolidayVi, day.HolidayEn!), day.HolidayVi is null ? "" : " class=\"mark\"");
            }
        }

        _html.Append("</tbody><tfoot><tr><td>").Append(E(Say("Tổng", "Sum"))).Append("</td>");
        Cells(Value(report.Total, report.Total.In), Value(report.Total, report.Total.Out), Value(report.Total, report.Total.Net), language.Percent(report.Total.Coverage), report.LastYear.HasData ? language.Number(report.LastYear.People.In) : "–", "");
        _html.Append("</tr></tfoot></table></section>\n");
    }

    private void DayRow(string label, Figures figures, long? lastYear, string? note, string mark)
    {
        _html.Append("<tr><td").Append(mark).Append('>').Append(E(label)).Append("</td>");
        Cells(Value(figures, figures.In), Value(figures, figures.Out), Value(figures, figures.Net), language.Percent(figures.Coverage), lastYear is { } then ? language.Number(then) : "–");
        _html.Append("<td class=\"l\">").Append(E(note ?? (figures.Coverage <= 0 ? Say("không có số liệu", "no data") : ""))).Append("</td></tr>");
    }
}
