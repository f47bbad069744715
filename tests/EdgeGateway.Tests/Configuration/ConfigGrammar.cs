using System.Globalization;
using System.Text;
using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Binding;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.Configuration;

/// <summary>Writes configuration files as their records allow them, in the ways in which people write YAML, with a strange value here and there.</summary>
internal sealed class ConfigGrammar(Random random)
{
    /// <summary>One in so many values is strange.</summary>
    private readonly int _strange = random.OneOf(int.MaxValue, 200, 40);

    // Few names, so that what refers to a line or zone often finds it.
    private static readonly string[] Ids = ["a", "gate", "vach-dung", "via-he"];

    public string File(Type record) => Block(record, "");

    /// <summary>A map in lines.</summary>
    private string Block(Type record, string indent)
    {
        var text = new StringBuilder();
        foreach (var key in Chosen(record))
        {
            if (random.Next(30) == 0) text.Append("# ").Append(HostileInput.Word(random).ReplaceLineEndings(" ")).Append('\n');
            text.Append(indent).Append(Named(key)).Append(':');
            if (indent.Length < 4 && IsRecord(key.Type) && random.Next(2) == 0) text.Append('\n').Append(Block(key.Type, indent + "  "));
            else if (key.Type.IsGenericType && key.Type.GetGenericTypeDefinition() == typeof(ValueList<>) && random.Next(3) == 0)
                text.Append('\n').Append(string.Concat(Items().Select(_ => $"{indent}  - {Value(key.Type.GetGenericArguments()[0], key)}\n")));
            else text.Append(' ').Append(Value(key.Type, key)).Append(random.Next(20) == 0 ? "   # ghi chú" : "").Append('\n');
        }

        return text.ToString();
    }

    private string Value(Type type, RecordKey key)
    {
        if (random.Next(_strange) == 0) return Strange();
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueList<>)) return List(type.GetGenericArguments()[0], key);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueMap<>))
            return $"{{ {string.Join(", ", Items().Select(i => $"{Ids[i % Ids.Length]}: {Value(type.GetGenericArguments()[0], key)}"))} }}";
        if (type == typeof(PairConfig)) return $"[{Fraction()}, {Fraction()}]";
        if (type == typeof(SizeConfig)) return random.OneOf("[960, 540]", "[1920, 1080]", "[1, 16384]");
        if (type == typeof(ShapeConfig)) return Shape(key);
        if (type == typeof(RuleConfig)) return Rule();
        return ScalarBinder.Reads(type) ? Scalar(type, key) : Flow(type);
    }

    private string Flow(Type record, string first = "") => $"{{ {first}{string.Join(", ", Chosen(record).Where(key => first.Length == 0 || key.Name != "rule").Select(key => $"{Named(key)}: {Value(key.Type, key)}"))} }}";

    private string Rule()
    {
        var kinds = RuleTable.Kinds.ToArray();
        var (word, type) = kinds[random.Next(kinds.Length)];
        return Flow(type, $"rule: {word}, ");
    }

    /// <summary>A line for two points, else the corners of a simple area; now and then any points.</summary>
    private string Shape(RecordKey key)
    {
        var isLine = key.Name.Contains("ine", StringComparison.Ordinal) && key.Name != "plane";
        var corners = isLine || key.Name == "region" ? 2 : key.Name == "plane" ? 4 : random.Next(3, 9);
        var pixels = random.Next(3) == 0;
        var points = Enumerable.Range(0, corners).Select(i =>
        {
            var angle = (i + random.NextDouble() * 0.5) * 2 * Math.PI / corners;
            var (x, y) = random.Next(50) == 0 ? (random.NextDouble() * 3 - 1, random.NextDouble()) : (0.5 + 0.45 * Math.Cos(angle), 0.5 + 0.45 * Math.Sin(angle));
            return string.Create(CultureInfo.InvariantCulture, $"[{x * (pixels ? 960 : 1):0.###}, {y * (pixels ? 540 : 1):0.###}]");
        });
        return $"{{ points: [{string.Join(", ", points)}], units: {(pixels ? "px, frame: [960, 540]" : "fraction")} }}";
    }

    private string List(Type item, RecordKey key) => $"[{string.Join(", ", Items().Select(_ => Value(item, key)))}]";

    private string Scalar(Type type, RecordKey key)
    {
        if (type.IsEnum) return random.OneOf([.. RecordKeys.Words(type)]);
        if (key.Attribute<WordsAttribute>() is { } words) return random.OneOf([.. words.Words]);
        if (type == typeof(bool)) return random.OneOf("true", "false");
        if (type == typeof(int) || type == typeof(double)) return Number(type, key);
        if (type == typeof(TimeSpan)) return key.Attribute<BetweenTimesAttribute>() is { } limits ? random.OneOf(limits.Least, limits.Most, "60s", "15m") : random.OneOf("1s", "24h", "1.5m");
        if (type == typeof(DateOnly)) return new DateOnly(2026, 1, 1).AddDays(random.Next(800)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (type == typeof(DayHours)) return random.OneOf("\"06:00-22:00\"", "\"22:00-06:00\"", "\"00:00-24:00\"", "\"06:00-08:00, 16:00-19:00\"");
        if (type == typeof(Secret)) return random.OneOf("\"${CAM}\"", "\"${credential:mqtt}\"", "\"${file:/nicht/da}\"", "\"trong-tep\"");
        if (type == typeof(SourceUrl)) return Url(key.Attribute<SchemesAttribute>()!.Schemes);
        if (key.Attribute<IdAttribute>() is not null || key.Name is "line" or "zone" or "signal" or "gate" or "entryLine" or "exitLine" or "solidLines") return random.OneOf(Ids);
        return random.OneOf("Cổng Bình Minh", "\"A-204\"", "'12/QĐ-UBND'", "street-s", "/etc/ca.pem", "ioc/replies/", "violation");
    }

    private string Number(Type type, RecordKey key)
    {
        var (least, most) = key.Attribute<BetweenAttribute>() is { } limits ? (limits.Least, limits.Most) : (0, 100);
        var number = random.Next(12) switch { 0 => least, 1 => most, 2 => most + 1, _ => least + random.NextDouble() * (most - least) };
        return (type == typeof(int) ? Math.Floor(number) : Math.Round(number, 6)).ToString("0.######", CultureInfo.InvariantCulture);
    }

    private string Url(IReadOnlyList<string> schemes)
    {
        var scheme = random.OneOf([.. schemes]);
        return scheme == "file" ? "\"file:///var/lib/a.mp4\"" : $"\"{scheme}://{random.OneOf("", "viewer:${CAM}@", "u:p@")}{random.OneOf("10.20.0.11", "ioc.example.vn", "[::1]", "127.0.0.1")}{random.OneOf("", ":8883", ":554")}{random.OneOf("", "/main", "/a?b=c")}\"";
    }

    private string Strange() => random.Next(6) switch
    {
        0 => "", 1 => "~", 2 => new string('[', random.Next(1, 40)), 3 => HostileInput.Word(random), 4 => "[1, {a: b}]",
        _ => "\"" + HostileInput.Word(random).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"",
    };

    private string Fraction() => random.NextDouble().ToString("0.###", CultureInfo.InvariantCulture);

    private IEnumerable<int> Items() => Enumerable.Range(0, random.Next(60) == 0 ? random.Next(200) : random.Next(4));

    private IEnumerable<RecordKey> Chosen(Type record) => RecordKeys.Of(record).Where(key => key.IsRequired ? random.Next(150) > 0 : random.Next(3) == 0).ToList();

    private string Named(RecordKey key) => random.Next(400) switch { 0 => HostileInput.Word(random), 1 => key.Name.ToUpperInvariant(), 2 => key.Name[..^1], _ => key.Name };

    private static bool IsRecord(Type type) => !type.IsGenericType && !ScalarBinder.Reads(type) && type != typeof(PairConfig) && type != typeof(SizeConfig) && type != typeof(RuleConfig);
}
