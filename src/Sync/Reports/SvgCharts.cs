using System.Globalization;
using System.Text;

namespace EdgeGateway.Sync.Reports;

/// <summary>One bar.</summary>
/// <param name="Value">Null where nobody watched: drawn as a gap.</param>
/// <param name="Coverage">Below <see cref="DayFigures.WellWatched"/> the bar is hatched.</param>
/// <param name="Before">What stands beside it a year ago, drawn as a line over the bar; null for none.</param>
internal readonly record struct Bar(string Label, long? Value, double Coverage, bool IsMarked, long? Before = null);

/// <summary>One row of the table by hour.</summary>
/// <param name="Hours">By hour 0 to 23; null where nobody watched.</param>
/// <param name="Coverage">Share of each hour that was watched.</param>
internal sealed record HeatRow(string Label, bool IsMarked, IReadOnlyList<double?> Hours, IReadOnlyList<double?> Coverage)
{
    /// <summary>True where the number is that of a part of the hour.</summary>
    public bool IsThin(int hour) => Hours[hour] is not null && Coverage[hour] is < DayFigures.WellWatched;
}

/// <summary>The charts of a report as inline SVG: sizes in CSS pixels, fonts of the page, all text escaped.</summary>
internal static class SvgCharts
{
    private const string Ink = "#1f2933";
    private const string Soft = "#6b7785";
    private const string Grid = "#dfe4ea";
    private const string Blue = "#0b6aa2";
    private const string Red = "#b8402a";
    private const string Orange = "#e08a00";

    /// <summary>Bars over time, with a marked colour and a diamond for holidays (paper is often grey), hatching for poor coverage and a label where nobody watched.</summary>
    public static string Bars(IReadOnlyList<Bar> bars, ReportLanguage language, string title)
    {
        const int width = 720, right = 8, top = 22;
        var bottom = bars.Any(bar => bar.IsMarked) ? 45 : 34;
        var height = 162 + bottom;
        var most = Nice(bars.Max(bar => Math.Max(bar.Value ?? 0, bar.Before ?? 0)));
        var left = Math.Max(52, (language.Number(most).Length * 6) + 8); // a million has nine signs
        var step = (double)(width - left - right) / Math.Max(1, bars.Count);
        var thick = Math.Min(step * 0.72, 44);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox='0 0 {width} {height}' role='img' aria-label='{Escape(title)}'>");
        svg.Append($"<defs><pattern id='gap' width='6' height='6' patternUnits='userSpaceOnUse' patternTransform='rotate(45)'><rect width='6' height='6' fill='#fff' fill-opacity='.0'/><rect width='2.2' height='6' fill='#fff' fill-opacity='.75'/></pattern></defs>");
        double Y(double value) => top + ((height - top - bottom) * (1 - (value / most)));
        for (var i = 0; i <= 4; i++)
        {
            var value = most * i / 4;
            svg.Append(CultureInfo.InvariantCulture, $"<line x1='{left}' x2='{width - right}' y1='{Y(value):0.#}' y2='{Y(value):0.#}' stroke='{Grid}'/>");
            Text(svg, left - 6, Y(value) + 3.5, language.Number(value), Soft, "end", 10);
        }

        var every = Math.Max(1, (int)Math.Ceiling(bars.Count / 26.0));
        var showValues = step >= 38;
        for (var i = 0; i < bars.Count; i++)
        {
            var bar = bars[i];
            var middle = left + (step * (i + 0.5));
            if (bar.Value is { } value)
            {
                var y = Y(value);
                foreach (var fill in bar.Coverage < DayFigures.WellWatched ? [bar.IsMarked ? Red : Blue, "url(#gap)"] : new[] { bar.IsMarked ? Red : Blue })
                    svg.Append(CultureInfo.InvariantCulture, $"<rect x='{middle - (thick / 2):0.#}' y='{y:0.#}' width='{thick:0.#}' height='{Math.Max(0, height - bottom - y):0.#}' fill='{fill}'/>");
                // The line of last year may lie where the number stands: the number moves above it.
                var above = bar.Before is { } then && Y(then) < y + 1 && Y(then) > y - 14 ? Y(then) : y;
                if (showValues) Text(svg, middle, above - 4, language.Number(value), Ink, "middle", 9.5);
            }
            else
            {
                Text(svg, middle, height - bottom - 4, "–", Soft, "middle", 11);
            }

            if (bar.Before is { } before)
                svg.Append(CultureInfo.InvariantCulture, $"<rect x='{middle - (thick * 0.62):0.#}' y='{Y(before) - 1.1:0.#}' width='{thick * 1.24:0.#}' height='2.2' fill='{Orange}'/>");
            if (bar.IsMarked) Diamond(svg, middle, height - 6);
            if (i % every != 0) continue;
            var lines = bar.Label.Split('\n');
            for (var line = 0; line < lines.Length; line++) Text(svg, middle, height - bottom + 13 + (line * 12), lines[line], bar.IsMarked ? Red : line == 0 ? Ink : Soft, "middle", 10);
        }

        svg.Append(CultureInfo.InvariantCulture, $"<line x1='{left}' x2='{width - right}' y1='{height - bottom}' y2='{height - bottom}' stroke='{Soft}'/></svg>");
        return svg.ToString();
    }

    /// <summary>Rows by 24 hours: the darker, the more; a cell without a number is hatched grey, one that was watched in part has a corner of ink with a white edge, which prints in grey too.</summary>
    public static string HeatMap(IReadOnlyList<HeatRow> rows, ReportLanguage language, string title)
    {
        const int left = 92, cell = 26, head = 16;
        var tall = rows.Count > 20 ? 15 : 19;
        var (corner, aside) = tall < 19 ? (6.0, 2.5) : (7.5, 1.0); // of a cell that was watched in part: its number makes room
        var (width, height) = (left + (24 * cell) + 4, head + (rows.Count * tall) + 2);
        var most = Math.Max(1, rows.SelectMany(row => row.Hours).Max(value => value ?? 0));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox='0 0 {width} {height}' role='img' aria-label='{Escape(title)}'>");
        svg.Append("<defs><pattern id='none' width='5' height='5' patternUnits='userSpaceOnUse' patternTransform='rotate(45)'><rect width='5' height='5' fill='#f4f5f7'/><rect width='1.2' height='5' fill='#c3cad3'/></pattern></defs>");
        for (var hour = 0; hour < 24; hour++) Text(svg, left + (hour * cell) + (cell / 2.0), 11, hour.ToString(CultureInfo.InvariantCulture), Soft, "middle", 9.5);
        for (var i = 0; i < rows.Count; i++)
        {
            var y = head + (i * tall);
            Text(svg, left - 8, y + tall - 5.5, rows[i].Label, rows[i].IsMarked ? Red : Ink, "end", 10);
            if (rows[i].IsMarked) Diamond(svg, 10, y + (tall / 2.0) - 0.5);
            for (var hour = 0; hour < 24; hour++)
            {
                var value = rows[i].Hours[hour];
                var share = (value ?? 0) / most;
                svg.Append(CultureInfo.InvariantCulture, $"<rect x='{left + (hour * cell)}' y='{y}' width='{cell - 1}' height='{tall - 1}' fill='{(value is null ? "url(#none)" : Shade(share))}'/>");
                if (value is >= 0.5) Text(svg, left + (hour * cell) + ((cell - 1) / 2.0) - (rows[i].IsThin(hour) ? aside : 0), y + tall - 5.5, Brief(value.Value, language), share > 0.22 ? "#fff" : Ink, "middle", 8.5);
                if (rows[i].IsThin(hour)) svg.Append(CultureInfo.InvariantCulture, $"<path class='thin' d='M{left + (hour * cell) + cell - 1 - corner:0.#} {y}h{corner}v{corner}z' fill='{Ink}' stroke='#fff'/>");
            }
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>The corner of a cell that was watched in part, for the words below.</summary>
    public static string ThinKey { get; } = $"<svg viewBox='0 0 11 11' style='display:inline-block;width:11px;height:11px;vertical-align:-1px'><rect width='11' height='11' fill='{Shade(0.3)}'/><path d='M2.5 0h8.5v8.5z' fill='{Ink}' stroke='#fff'/></svg>";

    private static string Brief(double value, ReportLanguage language) => value switch
    {
        < 1000 => Math.Round(value).ToString(CultureInfo.InvariantCulture),
        < 9950 => language.Decimal(Math.Round(value / 1000, 1)) + "k",
        _ => language.Number(value / 1000) + "k",
    };

    /// <summary>From near white to a dark blue, even in lightness, so that it also prints grey.</summary>
    private static string Shade(double share)
    {
        var t = Math.Sqrt(Math.Clamp(share, 0, 1));
        int Mix(int from, int to) => (int)Math.Round(from + ((to - from) * t));
        return $"#{Mix(0xf1, 0x08):x2}{Mix(0xf7, 0x4d):x2}{Mix(0xfb, 0x7a):x2}";
    }

    /// <summary>A round number at or above the largest, that divides by four.</summary>
    private static long Nice(long most)
    {
        if (most <= 4) return 4;
        var unit = (long)Math.Pow(10, Math.Floor(Math.Log10(most)));
        foreach (var times in (double[])[1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10])
        {
            var top = (long)(unit * times);
            if (top >= most && top % 4 == 0) return top;
        }

        return ((most / 4) + 1) * 4;
    }

    private static void Text(StringBuilder svg, double x, double y, string text, string colour, string anchor, double size) =>
        svg.Append(CultureInfo.InvariantCulture, $"<text x='{x:0.#}' y='{y:0.#}' fill='{colour}' text-anchor='{anchor}' font-size='{size}'>{Escape(text)}</text>");

    private static void Diamond(StringBuilder svg, double x, double y) =>
        svg.Append(CultureInfo.InvariantCulture, $"<path class='holiday' d='M{x:0.#} {y - 4:0.#}l4 4-4 4-4-4z' fill='{Red}'/>");

    private static string Escape(string text) => HtmlReport.Encode(text);
}
