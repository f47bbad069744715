using System.Globalization;
using System.Text;

namespace EdgeGateway.Sync.TimeSeries;

/// <summary>InfluxDB's line protocol, version 1 and 2 alike: <c>measurement,tag=value field=value time</c>, times in milliseconds.</summary>
public static class LineProtocol
{
    /// <summary>Appends one line with its end. Tags without a value and fields that are no number (NaN, infinite) are left out; a point without any field gives no line.</summary>
    /// <returns>False when nothing was appended.</returns>
    public static bool Append(StringBuilder text, TimeSeriesPoint point)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(point);
        var begin = text.Length;
        Escaped(text, point.Measurement, ", ");
        foreach (var (name, value) in point.Tags)
        {
            if (value.Length == 0) continue;
            text.Append(',');
            Escaped(text, name, ",= ");
            text.Append('=');
            Escaped(text, value, ",= ");
        }

        var separator = ' ';
        foreach (var (name, value) in point.Fields)
        {
            if (value.Fraction is { } fraction && !double.IsFinite(fraction)) continue;
            text.Append(separator);
            separator = ',';
            Escaped(text, name, ",= ");
            text.Append('=');
            Append(text, value);
        }

        if (separator == ' ')
        {
            text.Length = begin;
            return false;
        }

        text.Append(' ').Append(point.Time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)).Append('\n');
        return true;
    }

    private static void Append(StringBuilder text, FieldValue value)
    {
        if (value.Whole is { } whole) text.Append(whole.ToString(CultureInfo.InvariantCulture)).Append('i');
        else if (value.Fraction is { } fraction) text.Append(fraction.ToString("R", CultureInfo.InvariantCulture));
        else if (value.Truth is { } truth) text.Append(truth ? "true" : "false");
        else text.Append('"').Append((value.Text ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace('\n', ' ')).Append('"');
    }

    /// <summary>A line break cannot be escaped in a name, and a backslash at its end would swallow the separator.</summary>
    private static void Escaped(StringBuilder text, string name, string special)
    {
        foreach (var letter in name)
        {
            if (special.Contains(letter, StringComparison.Ordinal)) text.Append('\\');
            text.Append(letter is '\n' or '\r' ? '_' : letter == '\\' ? '/' : letter);
        }
    }
}
