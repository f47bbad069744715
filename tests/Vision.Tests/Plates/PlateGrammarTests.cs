using System.Text.RegularExpressions;
using CsCheck;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Vision.Tests.Plates;

public sealed class PlateGrammarTests
{
    public static TheoryData<string, string, PlateKind> Valid => new()
    {
        { "37A12345", "37A-123.45", PlateKind.Car }, { "37C45678", "37C-456.78", PlateKind.Car }, { "38A67890", "38A-678.90", PlateKind.Car },
        { "29A1234", "29A-1234", PlateKind.Car }, { "30K99999", "30K-999.99", PlateKind.Car }, { "51L00001", "51L-000.01", PlateKind.Car },
        { "43C54321", "43C-543.21", PlateKind.Car }, { "36H12345", "36H-123.45", PlateKind.Car }, { "99A00001", "99A-000.01", PlateKind.Car },
        { "75F11111", "75F-111.11", PlateKind.Car }, { "88A23456", "88A-234.56", PlateKind.Car }, { "72C13579", "72C-135.79", PlateKind.Car },
        { "65A24680", "65A-246.80", PlateKind.Car }, { "47D77777", "47D-777.77", PlateKind.Car }, { "19A8642", "19A-8642", PlateKind.Car },
        { "80A12345", "80A-123.45", PlateKind.Car }, { "80B00123", "80B-001.23", PlateKind.Car }, { "37A01234", "37A-012.34", PlateKind.Car },
        { "29M45678", "29M-456.78", PlateKind.Car },
        { "59X123456", "59X1-234.56", PlateKind.Motorbike }, { "37B112345", "37B1-123.45", PlateKind.Motorbike },
        { "37K954321", "37K9-543.21", PlateKind.Motorbike }, { "36B11234", "36B1-1234", PlateKind.Motorbike },
        { "29Z700089", "29Z7-000.89", PlateKind.Motorbike }, { "80B123456", "80B1-234.56", PlateKind.Motorbike },
        { "37A200045", "37A2-000.45", PlateKind.Motorbike }, { "37AA12345", "37AA-123.45", PlateKind.Motorbike },
        { "29HA00233", "29HA-002.33", PlateKind.Motorbike }, { "59AR12345", "59AR-123.45", PlateKind.Motorbike },
        { "38BF00010", "38BF-000.10", PlateKind.Motorbike }, { "37MĐ112345", "37MĐ1-123.45", PlateKind.Motorbike },
        { "29MD101353", "29MĐ1-013.53", PlateKind.Motorbike },
        { "37LD12345", "37LD-123.45", PlateKind.Special }, { "29DA01234", "29DA-012.34", PlateKind.Special },
        { "37R01234", "37R-012.34", PlateKind.Special }, { "51RM12345", "51RM-123.45", PlateKind.Special },
        { "37MK1234", "37MK-1234", PlateKind.Special }, { "80001NG01", "80-001-NG-01", PlateKind.Diplomatic },
        { "29500NN12", "29-500-NN-12", PlateKind.Diplomatic }, { "TM1234", "TM-12-34", PlateKind.Military },
    };

    // With what each most likely means, where a single slip explains it; else null: a misfit of kind unknown.
    public static TheoryData<string, string?> Invalid => new()
    {
        { "13A12345", null }, { "42A12345", null }, { "91A12345", null }, { "00A12345", null }, { "07A12345", null },
        { "30I12345", null }, { "37O12345", "37D12345" }, { "37J12345", null }, { "37Q12345", "37D12345" }, { "37W12345", null },
        { "37812345", "37B12345" }, { "3OA12345", "30A12345" }, { "37A1234S", "37A12345" }, { "37A12B45", "37A12845" }, { "Z9A12345", "29A12345" },
        { "37A00000", null }, { "37B100000", null }, { "37A123", null }, { "37A01234567", null }, { "37B012345", null },
        { "37ABC1234", null }, { "37AA123", null }, { "37MĐ012345", null }, { "80001XY01", null }, { "A3712345", null },
    };

    [Theory]
    [MemberData(nameof(Valid))]
    public void A_valid_text_is_matched_and_shown_with_its_separators(string text, string display, PlateKind kind)
    {
        Assert.Contains(PlateGrammar.Match(text), m => m.Kind == kind && m.Display == display);
        Assert.Contains(PlateGrammar.Match(display), m => m.Kind == kind && m.Display == display);
        var reading = PlateGrammar.Interpret(text, PlateContext.Nothing with { Vehicle = kind == PlateKind.Motorbike ? ObjectClass.Motorcycle : ObjectClass.Car });
        Assert.Equal(display, reading.Display);
        Assert.Equal(kind, reading.Kind);
        Assert.Equal(text, reading.RawText);
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void An_invalid_text_is_mended_by_one_slip_or_kept_as_unknown(string text, string? meant)
    {
        Assert.Empty(PlateGrammar.Match(text));
        var reading = PlateGrammar.Interpret(text, PlateContext.Nothing);
        Assert.Equal(text, reading.RawText);
        if (meant is null)
        {
            Assert.Equal(PlateKind.Unknown, reading.Kind);
            Assert.Equal(text, reading.Text);
            return;
        }

        Assert.NotEqual(PlateKind.Unknown, reading.Kind);
        var slip = Enumerable.Range(0, text.Length).Single(i => text[i] != meant[i]);
        Assert.True(reading.Text == meant || (reading.Text[slip] == '?' && reading.Alternatives.Any(a => a.Text == meant)), reading.Text + ": " + string.Join(' ', reading.Alternatives.Select(a => a.Text)));
        Assert.True(reading.CharConfidences[slip] < 0.8);
    }

    [Theory]
    [InlineData("O", "0")]
    [InlineData("Q", "0")]
    [InlineData("D", "0")]
    [InlineData("I", "1")]
    [InlineData("J", "1")]
    [InlineData("L", "1")]
    [InlineData("Z", "2")]
    [InlineData("A", "4")]
    [InlineData("S", "5")]
    [InlineData("G", "6")]
    [InlineData("T", "7")]
    [InlineData("B", "8")]
    public void A_letter_in_a_digit_slot_means_the_digit_of_its_shape(string read, string meant)
    {
        var reading = PlateGrammar.Interpret($"51F87{read}35", PlateContext.Nothing);
        Assert.Equal($"51F87{meant}35", reading.Text);
        Assert.Equal($"51F87{read}35", reading.RawText);
    }

    [Theory]
    [InlineData("0", "D")]
    [InlineData("2", "Z")]
    [InlineData("4", "A")]
    [InlineData("5", "S")]
    [InlineData("6", "G")]
    [InlineData("7", "T")]
    [InlineData("8", "B")]
    public void A_digit_in_a_letter_slot_means_the_letter_of_its_shape(string read, string meant) =>
        Assert.Equal($"37{meant}89999", PlateGrammar.Interpret($"37{read}89999", PlateContext.Nothing).Text);

    [Theory]
    [InlineData("3")]
    [InlineData("1")]
    public void A_weak_confusion_stays_doubtful_with_alternatives(string read)
    {
        var reading = PlateGrammar.Interpret($"37{read}89999", PlateContext.Nothing);
        Assert.Equal("37?89999", reading.Text);
        Assert.Equal("37?-899.99", reading.Display);
        Assert.NotEmpty(reading.Alternatives);
    }

    [Theory]
    [InlineData("37BF12345")]
    [InlineData("37B812345")]
    [InlineData("54R47039")]
    [InlineData("60FP1469")]
    [InlineData("37SA55555")]
    public void The_fourth_character_is_never_coerced(string text)
    {
        var reading = PlateGrammar.Interpret(text, PlateContext.Nothing with { Vehicle = ObjectClass.Motorcycle, TwoLines = 1 });
        Assert.Equal(text, reading.Text);
        Assert.Equal(PlateKind.Motorbike, reading.Kind);
    }

    [Fact]
    public void Lines_and_vehicle_decide_between_a_car_and_an_old_motorbike()
    {
        var nothing = PlateContext.Nothing;
        Assert.Equal(PlateKind.Car, PlateGrammar.Interpret("29B11234", nothing with { TwoLines = 0 }).Kind);
        Assert.Equal(PlateKind.Car, PlateGrammar.Interpret("29B11234", nothing with { TwoLines = 1, Vehicle = ObjectClass.Truck }).Kind);
        var bike = PlateGrammar.Interpret("29B11234", nothing with { TwoLines = 1, Vehicle = ObjectClass.Motorcycle });
        Assert.Equal((PlateKind.Motorbike, "29B1-1234"), (bike.Kind, bike.Display));
        var open = PlateGrammar.Interpret("29B11234", nothing with { TwoLines = 1 });
        Assert.Equal([PlateKind.Car, PlateKind.Motorbike], new[] { open.Kind, open.OtherKind!.Value }.Order());
    }

    [Fact]
    public void Colour_decides_between_a_mission_and_a_new_motorbike_else_both_are_named()
    {
        var open = PlateGrammar.Interpret("80NG16671", PlateContext.Nothing);
        Assert.Equal([PlateKind.Motorbike, PlateKind.Diplomatic], new[] { open.Kind, open.OtherKind!.Value }.Order());
        var blue = PlateGrammar.Interpret("80NG16671", PlateContext.Nothing with { Colour = PlateColour.Blue, Vehicle = ObjectClass.Motorcycle, TwoLines = 1 });
        Assert.Equal(PlateKind.Motorbike, blue.Kind);
        Assert.Null(blue.OtherKind);
    }

    [Theory]
    [InlineData("HQ1098")]
    [InlineData("TM1234")]
    [InlineData("KA12345")]
    public void Red_plates_are_military_with_Q_too(string text) =>
        Assert.Equal(PlateKind.Military, PlateGrammar.Interpret(text, PlateContext.Nothing with { Colour = PlateColour.Red }).Kind);

    [Theory]
    [InlineData("29MĐ1-013.53")]
    [InlineData("29MÐ1-013.53")]
    [InlineData("29mđ1 013.53")]
    [InlineData("29MD101353")]
    [InlineData("29MĐ101353")]
    public void Every_form_of_the_stroked_D_is_one_letter(string text)
    {
        var reading = PlateGrammar.Interpret(text, PlateContext.Nothing);
        Assert.Equal("29MĐ101353", reading.Text);
        Assert.Equal("29MĐ1-013.53", reading.Display);
        Assert.Equal("29MD101353", PlateSymbols.Fold(text));
    }

    [Fact]
    public void A_plate_of_one_character_is_kept_as_unknown()
    {
        var reading = PlateGrammar.Interpret("7", PlateContext.Nothing);
        Assert.Equal((PlateKind.Unknown, "7", "7"), (reading.Kind, reading.Text, reading.Display));
        Assert.Equal((PlateKind.Unknown, "", 0f), (PlateGrammar.Interpret("", PlateContext.Nothing).Kind, PlateGrammar.Interpret("", PlateContext.Nothing).Text, PlateGrammar.Interpret("", PlateContext.Nothing).Confidence));
    }

    [Fact]
    public void A_doubtful_mark_that_was_typed_is_no_digit_of_the_raw_text()
    {
        var reading = PlateGrammar.Interpret("48K-781?", PlateContext.Nothing);
        Assert.Equal("48K781?", reading.RawText);
        Assert.Contains('?', reading.Text);
    }

    [Fact]
    public void There_are_81_province_codes()
    {
        Assert.Equal(81, PlateProvinces.Codes.Count);
        Assert.All([0, 10, 13, 42, 44, 45, 46, 87, 91, 96, 100], code => Assert.Null(PlateProvinces.NameOf(code)));
        Assert.Equal("Nghệ An", PlateProvinces.NameOf(37));
    }

    [Fact]
    public void The_tables_agree_with_the_written_expressions()
    {
        // Texts near real ones, so that both answers occur often.
        var character = Gen.OneOf(Gen.Char["0123456789"], Gen.Char["0123456789"], Gen.Char["ABDFGMNRTX"], Gen.Char["IOQWĐCKVLH"]);
        var near = Gen.Select(OneOf("37", "29", "13", "80", "T37", "TM", "9"), OneOf("A", "B1", "AA", "MĐ1", "LD", "001NG", "R", "NG", "T", ""),
            character.Array[2, 7], (a, b, c) => a + b + new string(c));
        near.Sample(text => Expressions().Any(e => e.IsMatch(PlateSymbols.Fold(text))) == PlateGrammar.Match(text).Count > 0, iter: 20_000);
    }

    [Fact]
    public void Any_probabilities_give_a_bounded_reading()
    {
        var size = PlateSymbols.MaxPlaces * PlateSymbols.Count;
        Gen.Select(Gen.Float[0, 1].Array[size], Gen.Int[1, 12], Gen.Float[0, 1]).Sample((noise, sharpness, lines) =>
        {
            for (var place = 0; place < PlateSymbols.MaxPlaces; place++)
            {
                var row = noise.AsSpan(place * PlateSymbols.Count, PlateSymbols.Count);
                var sum = 0f;
                foreach (ref var p in row) sum += p = MathF.Pow(p, sharpness * 4);
                foreach (ref var p in row) p /= sum;
            }

            var reading = PlateGrammar.Interpret(noise, PlateContext.Nothing with { TwoLines = lines });
            return reading.Text.Length <= PlateSymbols.MaxPlaces && reading.Confidence is >= 0 and <= 1
                && reading.CharConfidences.Count == reading.Text.Length && reading.CharConfidences.All(c => c is >= 0 and <= 1)
                && reading.Alternatives.Count <= 5 && (reading.Kind == PlateKind.Unknown || reading.Text.Count(c => c == '?') <= 3);
        }, iter: 3_000);
    }

    [Fact]
    public void Any_typed_text_gives_a_bounded_reading() =>
        Gen.String.Sample(text => PlateGrammar.Interpret(text, PlateContext.Nothing).RawText == PlateSymbols.Normalise(text), iter: 5_000);

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Regex[] Expressions()
    {
        const string P = "(?:1[124-9]|[235-7][0-9]|4[013789]|8[0-689]|9[02-57-9])";
        const string L = "[A-HK-NPS-VXYZ]";
        const string LR = "[A-HK-NPR-VXYZ]";
        const string N = "(?:(?!00000)[0-9]{5}|(?!0000)[0-9]{4})";
        return [.. new[]
        {
            $"{P}{L}{N}", $"{P}{LR}[1-9]{N}", $"{P}{L}{LR}{N}", $"{P}M[ĐD][1-9](?!00000)[0-9]{{5}}",
            $"{P}(?:LD|DA|KT|HC|MK|CD|RM|TĐ|TD|R){N}", $"{P}[0-9]{{3}}(?:NG|QT|CV|NN)[0-9]{{2,3}}", $"{P}(?:NG|QT|CV|NN)[0-9]{{5,6}}",
            $"T{P}[0-9]{{5,6}}", $"{P}T[0-9]{{6}}", "[A-ZĐ]{2}[0-9]{4,5}",
        }.Select(e => new Regex($"^(?:{e})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5)))];
    }
}
