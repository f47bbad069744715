using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EdgeGateway.Configuration.Yaml;
using EdgeGateway.Vision;

namespace EdgeGateway.Configuration.Binding;

/// <summary>Reads single values. A value of a key that may hold a secret is never repeated in a message.</summary>
internal sealed partial class ScalarBinder(SecretSource secrets, MistakeList mistakes)
{
    private static readonly string[] DurationUnits = ["ms", "s", "m", "h", "d"];

    /// <summary>True for the types that one value of the file fills.</summary>
    public static bool Reads(Type type) =>
        type.IsEnum || type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(double) || type == typeof(TimeSpan)
        || type == typeof(DateOnly) || type == typeof(DayHours) || type == typeof(Secret) || type == typeof(SourceUrl);

    /// <summary>What a key takes, in words.</summary>
    public static string Wanted(Type type, RecordKey key) => type switch
    {
        _ when type.IsEnum => $"one of {string.Join(", ", RecordKeys.Words(type))}",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) => "a whole number" + Limits(key),
        _ when type == typeof(double) => "a number" + Limits(key),
        _ when type == typeof(TimeSpan) => "a time with its unit (500ms, 60s, 15m, 24h)" + Limits(key),
        _ when type == typeof(DateOnly) => "a date, YYYY-MM-DD",
        _ when type == typeof(DayHours) => "hours of the day, \"06:00-22:00\", or several with commas",
        _ when type == typeof(SourceUrl) => $"a URL ({string.Join(", ", key.Attribute<SchemesAttribute>()!.Schemes.Select(s => s + "://"))})",
        _ when key.Attribute<WordsAttribute>() is { } words => $"one of {string.Join(", ", words.Words)}",
        _ => "text",
    };

    /// <summary>Reads a value, or adds a mistake and gives null.</summary>
    public object? Read(Type type, RecordKey key, ScalarNode node, string where)
    {
        if (node.IsNull)
        {
            mistakes.Add(node.Place, $"'{where}' has no value; it takes {Wanted(type, key)}");
            return null;
        }

        if (type == typeof(Secret)) return secrets.ReadSecret(node.Text, node.Place, mistakes);
        if (type == typeof(SourceUrl)) return ReadUrl(key, node, where);
        if (key.Attribute<TakesReferenceAttribute>() is not null) return secrets.ReadText(node.Text, node.Place, mistakes);
        if (SecretSource.HasReference(node.Text))
        {
            mistakes.Add(node.Place, $"'{where}' takes no '${{…}}'; only url, detectUrl, username, password and token do");
            return null;
        }

        object? value = type switch
        {
            _ when type == typeof(string) => ReadText(key, node, where),
            _ when type == typeof(bool) => node is { IsQuoted: false, Text: "true" or "false" } ? node.Text == "true" : null,
            _ when type == typeof(int) => ReadWhole(key, node, where),
            _ when type == typeof(double) => InLimits(key, node, Number(node, where), where),
            _ when type == typeof(TimeSpan) => ReadDuration(key, node, where),
            _ when type == typeof(DateOnly) => DateOnly.TryParseExact(node.Text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null,
            _ when type == typeof(DayHours) => DayHours.Parse(node.Text),
            _ => ReadWord(type, node, where),
        };
        if (value is null && (type == typeof(bool) || type == typeof(DateOnly) || type == typeof(DayHours)))
        {
            mistakes.Add(node.Place, $"'{where}' takes {Wanted(type, key)}, not '{Short(node.Text)}'");
        }

        return value;
    }

    /// <summary>Checks the name of a line, zone and the like.</summary>
    public void CheckId(ScalarNode node, string where)
    {
        if (IdShape().IsMatch(node.Text)) return;
        var proposal = Propose(node.Text);
        mistakes.Add(node.Place, $"'{Short(node.Text)}' in '{where}' is no id: small letters a-z, digits and '-', at most 64{(proposal.Length > 0 ? $"; '{proposal}' would do" : "")}");
    }

    /// <summary>Reads a number without limits.</summary>
    public double? Number(ScalarNode node, string where)
    {
        if (!node.IsQuoted && NumberShape().IsMatch(node.Text)) return double.Parse(node.Text, CultureInfo.InvariantCulture);
        var hint = CommaNumber().IsMatch(node.Text) ? $"; write {node.Text.Replace(',', '.')} with a point" : node.IsQuoted ? " (without quotes)" : "";
        mistakes.Add(node.Place, $"'{where}' takes a number, not '{Short(node.Text)}'{hint}");
        return null;
    }

    /// <summary>Reads <c>60s</c>, <c>1.5m</c>, <c>24h</c>; null for anything else.</summary>
    public static TimeSpan? Duration(string text)
    {
        if (DurationShape().Match(text) is not { Success: true } match) return null;
        var number = double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
        var seconds = match.Groups["unit"].Value switch { "ms" => 0.001, "s" => 1, "m" => 60, "h" => 3600, "d" => 86400, _ => double.NaN };
        return double.IsNaN(seconds) || number * seconds > 366d * 86400 ? null : TimeSpan.FromMilliseconds(Math.Round(number * seconds * 1000));
    }

    private SourceUrl? ReadUrl(RecordKey key, ScalarNode node, string where)
    {
        var before = mistakes.Count;
        if (secrets.ReadUrl(node.Text, node.Place, mistakes) is not { } url || mistakes.Count > before) return null;
        var schemes = key.Attribute<SchemesAttribute>()!.Schemes;
        if (!schemes.Contains(url.Scheme, StringComparer.Ordinal))
        {
            // The scheme is no secret as long as it looks like one; anything longer may be.
            var named = UrlScheme().Match(node.Text) is { Success: true } match ? $" '{match.Value}' is not known here; {NearestWord.Hint(match.Value, schemes)}" : "";
            mistakes.Add(node.Place, $"'{where}' takes {Wanted(typeof(SourceUrl), key)}.{named}");
            return null;
        }

        if (url.Scheme == "file" ? url.Open().StartsWith("file:///", StringComparison.Ordinal) && url.Open().Length > 8 : url.Host.Length > 0 && Uri.TryCreate(url.Open(), UriKind.Absolute, out _)) return url;
        mistakes.Add(node.Place, url.Scheme == "file"
            ? $"'{where}' needs the whole path of the file: file:///folder/file.mp4"
            : $"'{where}' is no complete URL like {url.Scheme}://host:554/path; user and password stand before the host, as user:${{NAME}} and an '@'. Characters like '@', '/', ':' in a password that stands in clear need %-encoding");
        return null;
    }

    private string? ReadText(RecordKey key, ScalarNode node, string where)
    {
        if (key.Attribute<IdAttribute>() is not null) CheckId(node, where);
        var text = node.Text.Trim();
        if (key.Attribute<WordsAttribute>() is { } words && !words.Words.Contains(text, StringComparer.Ordinal))
        {
            mistakes.Add(node.Place, $"'{where}' knows no '{Short(text)}'; {NearestWord.Hint(text, words.Words)}");
            return null;
        }

        if (text.Length is > 0 and <= 1000 && !text.Any(char.IsControl))
        {
            if (key.Attribute<NamesFileAttribute>() is { } file) LookAt(file, text, node.Place, where);
            return text;
        }

        mistakes.Add(node.Place, text.Length == 0 ? $"'{where}' is empty" : $"'{where}' takes one line of at most 1000 characters");
        return null;
    }

    private void LookAt(NamesFileAttribute file, string path, Place place, string where)
    {
        if (!file.BesideGatewayFile && !Path.IsPathRooted(path)) mistakes.Warn(place, $"the path '{path}' of '{where}' does not begin with '/': it starts from wherever the program was started");
        else if (NamedFile.FaultOf(Path.Combine(secrets.Folder, path)) is { } fault) mistakes.Warn(place, $"the file '{path}' of '{where}' {fault}: what needs it will not work");
    }

    private object? ReadWord(Type type, ScalarNode node, string where)
    {
        var words = RecordKeys.Words(type);
        var index = words.ToList().IndexOf(node.Text);
        if (index >= 0) return Enum.GetValues(type).GetValue(index);
        var what = type == typeof(ObjectClass) ? $"unknown class '{Short(node.Text)}' in '{where}'" : $"'{where}' knows no '{Short(node.Text)}'";
        mistakes.Add(node.Place, $"{what}; {NearestWord.Hint(node.Text, words)}");
        return null;
    }

    private object? ReadWhole(RecordKey key, ScalarNode node, string where)
    {
        if (InLimits(key, node, Number(node, where), where) is not { } number) return null;
        if (number == Math.Floor(number)) return (int)number;
        mistakes.Add(node.Place, $"'{where}' takes a whole number, not {node.Text}");
        return null;
    }

    private double? InLimits(RecordKey key, ScalarNode node, double? number, string where)
    {
        if (number is not { } value || key.Attribute<BetweenAttribute>() is not { } limits || (value >= limits.Least && value <= limits.Most)) return number;
        mistakes.Add(node.Place, $"'{where}' is {node.Text}, allowed is{Limits(key)}");
        return null;
    }

    private object? ReadDuration(RecordKey key, ScalarNode node, string where)
    {
        if (Duration(node.Text) is not { } time)
        {
            var hint = NumberShape().IsMatch(node.Text) ? $"'{node.Text}' has no unit; write {node.Text}s, {node.Text}m or {node.Text}h"
                : WrongUnit().Match(node.Text) is { Success: true } match ? $"'{match.Groups["unit"].Value}' is no unit of time; allowed: {string.Join(", ", DurationUnits)}"
                : $"'{Short(node.Text)}' is no time";
            mistakes.Add(node.Place, $"'{where}' takes a time with its unit (500ms, 60s, 15m, 24h); {hint}");
            return null;
        }

        if (key.Attribute<BetweenTimesAttribute>() is not { } limits || (time >= Duration(limits.Least) && time <= Duration(limits.Most))) return time;
        mistakes.Add(node.Place, $"'{where}' is {node.Text}, allowed is{Limits(key)}");
        return null;
    }

    private static string Limits(RecordKey key)
    {
        if (key.Attribute<BetweenAttribute>() is { } numbers) return string.Create(CultureInfo.InvariantCulture, $" {numbers.Least} to {numbers.Most}");
        return key.Attribute<BetweenTimesAttribute>() is { } times ? $" {times.Least} to {times.Most}" : "";
    }

    // A quote that is missing lets a value swallow the lines below it, passwords too: only the first line is repeated.
    private static string Short(string text)
    {
        var line = text.AsSpan().IndexOfAny('\r', '\n') is var end and >= 0 ? text[..end] : text;
        return line.Length <= 60 && line.Length == text.Length ? line : line[..Math.Min(57, line.Length)] + "…";
    }

    /// <summary>"Cổng Bình Minh" becomes "cong-binh-minh".</summary>
    private static string Propose(string text)
    {
        var plain = new StringBuilder();
        foreach (var c in text.Replace('đ', 'd').Replace('Đ', 'D').Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark) continue;
            plain.Append(char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-');
        }

        var id = Dashes().Replace(plain.ToString(), "-").Trim('-');
        return id.Length > 64 ? id[..64].Trim('-') : id;
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IdShape();

    [GeneratedRegex("^-?[0-9]{1,12}([.][0-9]{1,12})?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NumberShape();

    [GeneratedRegex("^-?[0-9]+,[0-9]+$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CommaNumber();

    [GeneratedRegex("^(?<number>[0-9]{1,9}([.][0-9]{1,6})?)(?<unit>ms|s|m|h|d)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DurationShape();

    [GeneratedRegex("^[0-9.]+ *(?<unit>[^0-9. ][^0-9]{0,15})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WrongUnit();

    [GeneratedRegex("^[a-z]{2,8}(?=://)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UrlScheme();

    [GeneratedRegex("-+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Dashes();
}
