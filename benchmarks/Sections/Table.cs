using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeGateway.Benchmarks;

/// <summary>Markdown tables.</summary>
internal static class Table
{
    /// <summary>Figures as a person reads them.</summary>
    public static JsonSerializerOptions Indented { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A table of rows under a heading.</summary>
    public static string Of(IReadOnlyList<string> heading, IEnumerable<IReadOnlyList<string>> rows)
    {
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", heading).AppendLine(" |");
        text.Append('|').AppendJoin('|', heading.Select(_ => "---")).AppendLine("|");
        foreach (var row in rows) text.Append("| ").AppendJoin(" | ", row).AppendLine(" |");
        return text.ToString();
    }

    /// <summary>A table of JSON lines with the same keys, printed by a measurement.</summary>
    public static string OfJsonLines(string lines)
    {
        var objects = lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        if (objects.Count == 0) return "(nothing measured)";
        var keys = objects[0].EnumerateObject().Select(property => property.Name).ToList();
        return Of(keys, objects.Select(item => (IReadOnlyList<string>)[.. keys.Select(key => item.TryGetProperty(key, out var value) ? value.ToString() : "")]));
    }

    /// <summary>What a measurement prints on the console.</summary>
    public static string Captured(Action work)
    {
        var old = Console.Out;
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Console.SetOut(text);
        try
        {
            work();
        }
        finally
        {
            Console.SetOut(old);
        }

        return text.ToString();
    }

    public static string Number(double value, int digits = 2) => value.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
