using EdgeGateway.Testing;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Vision.Tests.Plates;

/// <summary>Plates made from the formats themselves, some whole and some damaged, as texts and as what a reader makes of a picture: 10,000 of each kind, a million in the long form.</summary>
public sealed class HostilePlateTests
{
    private static readonly PlateColour[] Colours = Enum.GetValues<PlateColour>();
    private static readonly ObjectClass[] Vehicles = Enum.GetValues<ObjectClass>();

    /// <summary>First check: a text that some format knows.</summary>
    [Fact]
    public void No_typed_plate_brings_its_reader_down() => Say(HostileInput.Run("plate texts", random => (Text: Typed(random), Context: Context(random)), plate =>
    {
        var reading = PlateGrammar.Interpret(plate.Text, plate.Context);
        Assert.Equal(PlateSymbols.Normalise(plate.Text), reading.RawText);
        IsBounded(reading, plate.Text.Length);
        return PlateGrammar.Match(plate.Text, plate.Context).Count > 0;
    }));

    /// <summary>First check: probabilities that some format explains.</summary>
    [Fact]
    public void No_probabilities_of_a_plate_bring_their_reader_down() => Say(HostileInput.Run("plate probabilities", random => (Rows: Seen(random), Context: Context(random)), plate =>
    {
        var reading = PlateGrammar.Interpret(plate.Rows, plate.Context);
        IsBounded(reading, PlateSymbols.MaxPlaces);
        return reading.Kind != PlateKind.Unknown;
    }));

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private static void IsBounded(PlateReading reading, int longest)
    {
        Assert.InRange(reading.Text.Length, 0, longest);
        Assert.InRange(reading.Confidence, 0, 1);
        Assert.Equal(reading.Text.Length, reading.CharConfidences.Count);
        foreach (var confidence in reading.CharConfidences) Assert.InRange(confidence, 0, 1);
        Assert.InRange(reading.Alternatives.Count, 0, 5);
    }

    private static PlateContext Context(Random random) => random.Next(3) == 0
        ? PlateContext.Nothing
        : new PlateContext(random.OneOf(0f, 0.5f, 1f, random.NextSingle()), random.OneOf(Colours), random.OneOf(Vehicles), random.OneOf(0f, 1.36f, 2f, random.NextSingle() * 8));

    /// <summary>A text of one format, legal group by group.</summary>
    private static (PlateFormat Format, string Text) Legal(Random random)
    {
        var format = PlateFormats.All[random.Next(PlateFormats.All.Length)];
        var text = "";
        foreach (var group in format.Groups)
        {
            foreach (var symbol in group.Code(random.Next(group.CodeCount))) text += PlateSymbols.CharacterOf(symbol);
        }

        return (format, text);
    }

    /// <summary>As people and lists write it: with and without separators, in small letters, with Đ in its forms, and damaged.</summary>
    private static string Typed(Random random)
    {
        var (format, text) = Legal(random);
        var written = random.Next(4) switch
        {
            0 => text,
            1 => text.ToLowerInvariant(),
            2 => format.Display(text).Replace('-', random.OneOf('-', ' ', '.', '–', '\t')),
            _ => format.Display(text).Replace('Đ', random.OneOf('Đ', 'đ', 'Ð', 'D')),
        };
        return random.Next(8) switch
        {
            0 => HostileInput.Damage(random, written),
            1 => written.Insert(random.Next(written.Length + 1), HostileInput.Word(random)),
            _ => written,
        };
    }

    /// <summary>What a reader may see of a plate: sure, in doubt between two, blurred, shifted, and now and then numbers that are no probabilities.</summary>
    private static float[] Seen(Random random)
    {
        var (_, text) = Legal(random);
        var rows = new float[PlateSymbols.MaxPlaces * PlateSymbols.Count];
        var noise = random.OneOf(0f, 0.001f, 0.01f, 0.2f);
        for (var place = 0; place < PlateSymbols.MaxPlaces; place++)
        {
            var row = rows.AsSpan(place * PlateSymbols.Count, PlateSymbols.Count);
            foreach (ref var p in row) p = random.NextSingle() * noise;
            var symbol = place < text.Length ? PlateSymbols.SymbolOf(text[place]) : PlateSymbols.Blank;
            var other = random.Next(PlateSymbols.Count);
            var share = random.Next(6) == 0 ? random.NextSingle() : 1;
            row[symbol] += share;
            row[other] += 1 - share;
            var sum = 0f;
            foreach (var p in row) sum += p;
            foreach (ref var p in row) p /= sum;
        }

        if (random.Next(8) == 0)
        {
            for (var times = random.Next(1, 20); times > 0; times--) rows[random.Next(rows.Length)] = random.OneOf(0f, 1f, 1e-38f, random.NextSingle());
        }

        return rows;
    }
}
