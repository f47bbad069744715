using System.Collections.Immutable;

namespace EdgeGateway.Vision.Plates;

/// <summary>A run of places that are judged together: one of a closed list of codes, each as long as the run.</summary>
/// <param name="Start">First place.</param>
/// <param name="Length">How many places.</param>
/// <param name="Codes">The symbols of all codes, one after the other.</param>
internal sealed record PlateGroup(int Start, int Length, byte[] Codes)
{
    public int CodeCount => Codes.Length / Length;

    public ReadOnlySpan<byte> Code(int index) => Codes.AsSpan(index * Length, Length);
}

/// <summary>One way in which Vietnamese plates are written.</summary>
internal sealed class PlateFormat
{
    private const string Digits = "0123456789";

    /// <param name="name">Short name for tests and logs.</param>
    /// <param name="kind">What such a plate is.</param>
    /// <param name="weight">How common it is beside the others, before colour, lines and vehicle are looked at.</param>
    /// <param name="pattern">How it is shown: each underscore takes one character, all else stands as written.</param>
    /// <param name="parts">The parts from left to right: a list of codes, or a number of digits (<c>#5</c>) that is not all zero.</param>
    public PlateFormat(string name, PlateKind kind, float weight, string pattern, params string[][] parts)
    {
        (Name, Kind, Weight, Pattern) = (name, kind, weight, pattern);
        var groups = ImmutableArray.CreateBuilder<PlateGroup>();
        NumberStart = -1;
        foreach (var part in parts)
        {
            if (part is [['#', var digits]])
            {
                (NumberStart, NumberLength) = (Length, digits - '0');
                for (var i = 0; i < NumberLength; i++) Add(groups, [.. Digits.Select(d => d.ToString())]);
            }
            else
            {
                Add(groups, part);
            }
        }

        Groups = groups.ToImmutable();
        LetterPlaces = Groups.Count(g => g.Start >= 2 && g.Codes.Any(c => !PlateSymbols.IsDigit(c)));
    }

    public string Name { get; }

    public PlateKind Kind { get; }

    public float Weight { get; }

    public string Pattern { get; }

    public ImmutableArray<PlateGroup> Groups { get; }

    /// <summary>Characters in all.</summary>
    public int Length { get; private set; }

    /// <summary>First place of the order number, which is never all zero; -1 when there is none.</summary>
    public int NumberStart { get; }

    public int NumberLength { get; }

    public int LetterPlaces { get; }

    /// <summary>The text as people write it: <c>29A12345</c> as <c>29A-123.45</c>. Doubtful marks keep their place.</summary>
    public string Display(ReadOnlySpan<char> text)
    {
        Span<char> shown = stackalloc char[Pattern.Length];
        var next = 0;
        for (var i = 0; i < shown.Length; i++) shown[i] = Pattern[i] == '_' ? text[next++] : Pattern[i];
        return new string(shown);
    }

    private void Add(ImmutableArray<PlateGroup>.Builder groups, IReadOnlyList<string> codes)
    {
        var length = codes[0].Length;
        groups.Add(new PlateGroup(Length, length, [.. codes.SelectMany(c => c).Select(c => (byte)PlateSymbols.SymbolOf(c))]));
        Length += length;
    }
}

/// <summary>
/// Every format there is (circulars TT 24/2023 and TT 79/2024 of the Ministry of Public Security, public parsers, and what real
/// pictures show beyond them: R as a motorbike's letter, two letters with four digits, Q in military codes).
/// </summary>
internal static class PlateFormats
{
    private static readonly string[] Province = [.. PlateProvinces.Codes.Select(c => c.ToString("00", System.Globalization.CultureInfo.InvariantCulture))];
    private static readonly string[] ProvinceOfTemporary = ["T"];
    private static readonly string[] Letter = Each("ABCDEFGHKLMNPSTUVXYZ");
    private static readonly string[] LetterOrR = Each("ABCDEFGHKLMNPRSTUVXYZ");
    private static readonly string[] Series = Each("123456789");
    private static readonly string[] Digit = Each("0123456789");
    private static readonly string[] Codes = ["LD", "DA", "KT", "HC", "MK", "CD", "RM", "TĐ"];
    private static readonly string[] Trailer = ["R"];
    private static readonly string[] Missions = ["NG", "QT", "CV", "NN"];
    private static readonly string[] Military = Each("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    private static readonly string[] Five = ["#5"];
    private static readonly string[] Four = ["#4"];

    public static ImmutableArray<PlateFormat> All { get; } =
    [
        new("car-5", PlateKind.Car, 1, "___-___.__", Province, Letter, Five),
        new("car-4", PlateKind.Car, 0.4f, "___-____", Province, Letter, Four),
        new("motorbike-digit-5", PlateKind.Motorbike, 1, "____-___.__", Province, LetterOrR, Series, Five),
        new("motorbike-digit-4", PlateKind.Motorbike, 0.6f, "____-____", Province, LetterOrR, Series, Four),
        new("motorbike-letter-5", PlateKind.Motorbike, 0.6f, "____-___.__", Province, Letter, LetterOrR, Five),
        new("motorbike-letter-4", PlateKind.Motorbike, 0.1f, "____-____", Province, Letter, LetterOrR, Four),
        new("motorbike-electric", PlateKind.Motorbike, 1, "_____-___.__", Province, ["MĐ"], Series, Five),
        new("special-5", PlateKind.Special, 0.4f, "____-___.__", Province, Codes, Five),
        new("special-4", PlateKind.Special, 0.2f, "____-____", Province, Codes, Four),
        new("trailer-5", PlateKind.Special, 0.05f, "___-___.__", Province, Trailer, Five),
        new("trailer-4", PlateKind.Special, 0.02f, "___-____", Province, Trailer, Four),
        new("mission-2", PlateKind.Diplomatic, 0.1f, "__-___-__-__", Province, Digit, Digit, Digit, Missions, Digit, Digit),
        new("mission-3", PlateKind.Diplomatic, 0.02f, "__-___-__-___", Province, Digit, Digit, Digit, Missions, Digit, Digit, Digit),
        new("mission-first-5", PlateKind.Diplomatic, 0.1f, "__-__-___-__", Province, Missions, Digit, Digit, Digit, Digit, Digit),
        new("mission-first-6", PlateKind.Diplomatic, 0.02f, "__-__-___-___", Province, Missions, Digit, Digit, Digit, Digit, Digit, Digit),
        new("temporary-5", PlateKind.Temporary, 0.05f, "___-___.__", ProvinceOfTemporary, Province, Digit, Digit, Digit, Digit, Digit),
        new("temporary-6", PlateKind.Temporary, 0.02f, "___-______", ProvinceOfTemporary, Province, Digit, Digit, Digit, Digit, Digit, Digit),
        new("temporary-last-6", PlateKind.Temporary, 0.02f, "___-______", Province, ProvinceOfTemporary, Digit, Digit, Digit, Digit, Digit, Digit),
        new("military-4", PlateKind.Military, 0.1f, "__-__-__", Military, Military, Digit, Digit, Digit, Digit),
        new("military-5", PlateKind.Military, 0.01f, "__-__-___", Military, Military, Digit, Digit, Digit, Digit, Digit),
    ];

    /// <summary>Letters of blue (state) plates; others on blue are a misreading or a misseen colour.</summary>
    public static ReadOnlySpan<char> BlueLetters => "ABCDEFGHKLM";

    private static string[] Each(string characters) => [.. characters.Select(c => c.ToString())];
}
