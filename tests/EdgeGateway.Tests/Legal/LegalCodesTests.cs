using EdgeGateway.Configuration;
using EdgeGateway.Legal;
using EdgeGateway.Sync.Events;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.Legal;

public sealed class LegalCodesTests
{
    /// <summary>Section 2 of the domain file, line by line: code, car (Article 6 where none is named), motorbike (Article 7): point, range in thousands, licence points.</summary>
    private const string DomainTable = """
        RED_LIGHT            | 6.9.b 18000-20000 4  | 7.7.c 4000-6000 4
        STOP_LINE            | 6.1.a 400-600 0      | 7.1.a 200-400 0
        WRONG_WAY            | 6.9.d 18000-20000 4  | 7.7.a 4000-6000 2
        PROHIBITED_ROAD ◆    | 6.5.i 4000-6000 2    | 7.6.b 2000-3000 2
        PROHIBITED_TIME ◆    | 6.5.i 4000-6000 2    | 7.6.b 2000-3000 2
        WRONG_LANE           | 6.5.b 4000-6000 2    | 7.3.d 600-800 0
        ILLEGAL_LANE_CHANGE ◆| 6.2.a 600-800 0      | 7.1.e 200-400 0
        SIDEWALK_DRIVING     | 6.6.d 6000-8000 4    | 7.7.a 4000-6000 2
        NO_STOPPING          | 6.2.đ 600-800 0      | 7.2.e 400-600 0
        NO_PARKING           | 6.3.e 800-1000 0     | 7.2.d 400-600 0
        STOP_AT_JUNCTION     | 6.3.đ 800-1000 0     | 7.2.e 400-600 0
        PARK_LEFT_OR_DOUBLE  | 6.4.b 2000-3000 2    | 7.3.c 600-800 0
        OBSTRUCT_JAM         | 6.5.k 4000-6000 2    | 7.2.d 400-600 0
        NO_UTURN             | 6.4.k 2000-3000 0    | 7.2.k 400-600 0
        NO_TURN              | 6.4.k 2000-3000 0    | 7.3.a 600-800 0
        SPEED_5_10           | 6.3.a 800-1000 0     | 7.2.b 400-600 0
        SPEED_10_20          | 6.5.đ 4000-6000 2    | 7.4.a 800-1000 0
        SPEED_20_35          | 6.6.a 6000-8000 4    | -
        SPEED_OVER_20        | -                    | 7.8.a 6000-8000 4
        SPEED_OVER_35        | 6.7.a 12000-14000 6  | -
        NO_HELMET_DRIVER     | -                    | 7.2.h 400-600 0
        NO_HELMET_PASSENGER  | -                    | 7.2.i 400-600 0
        OVER_PERSONS_2       | -                    | 7.2.g 400-600 0
        OVER_PERSONS_3       | -                    | 7.3.b 600-800 2
        RIDE_ABREAST_3       | -                    | 7.3.k 600-800 0
        PHONE_IN_HAND        | 6.5.h 4000-6000 4    | 7.4.đ 800-1000 4
        NO_SEATBELT_DRIVER   | 6.3.k 800-1000 0     | -
        NO_SEATBELT_PASSENGER| 6.3.l 800-1000 0     | -
        CROSSWALK_NO_YIELD   | 6.5.l 4000-6000 0    | 7.5.b 1000-2000 2
        PLATE_MISSING        | 13.7.b 10000-12000 6 | 14.3.a 4000-6000 6
        PLATE_OBSCURED ◆     | 13.8.b 20000-26000 6 | 14.3.b 4000-6000 6
        """;

    private const string Documents = """
        documents:
          alt: { number: 1/2025, validFrom: 2025-01-01, validTo: 2026-08-14, verified: true, source: A }
          neu: { number: 1/2025, amendedBy: 2/2026, validFrom: 2026-08-15, verified: false, source: B }
        texts:

        """;

    private static readonly LegalCodes Codes = LegalCodes.Load(Repository.PathOf("config"));

    [Fact]
    public void An_act_is_judged_by_the_text_in_force_on_its_day_in_Viet_Nam()
    {
        var lastOfTheOld = new DateTimeOffset(2026, 8, 14, 23, 59, 59, TimeSpan.FromHours(7));
        var old = Codes.Resolve("ILLEGAL_LANE_CHANGE", ObjectKind.Car, lastOfTheOld)!;
        Assert.Equal(("168/2024/NĐ-CP", null, new DateOnly(2025, 1, 1), true), (old.Document, old.AmendedBy, old.ValidFrom, old.Verified));
        var amended = Codes.Resolve("ILLEGAL_LANE_CHANGE", ObjectKind.Car, lastOfTheOld.AddSeconds(1).ToUniversalTime())!;
        Assert.Equal(("168/2024/NĐ-CP", "238/2026/NĐ-CP", new DateOnly(2026, 8, 15), false), (amended.Document, amended.AmendedBy, amended.ValidFrom, amended.Verified));
        Assert.Contains("khoảng cách an toàn", amended.Text!.Vi, StringComparison.Ordinal);
        Assert.DoesNotContain("khoảng cách an toàn", old.Text!.Vi, StringComparison.Ordinal);
        Assert.Null(Codes.Resolve("RED_LIGHT", ObjectKind.Car, new DateTimeOffset(2024, 12, 31, 23, 0, 0, TimeSpan.FromHours(7))));
    }

    [Theory]
    [InlineData("RED_LIGHT", ObjectKind.Bus, "6", "9", "b", 18_000_000, 20_000_000, 4)]
    [InlineData("RED_LIGHT", ObjectKind.Motorcycle, "7", "7", "c", 4_000_000, 6_000_000, 4)]
    [InlineData("RED_LIGHT", ObjectKind.Bicycle, "9", "2", "đ", 150_000, 250_000, 0)]
    [InlineData("WRONG_WAY", ObjectKind.Motorcycle, "7", "7", "a", 4_000_000, 6_000_000, 2)]
    [InlineData("NO_PARKING", ObjectKind.Truck, "6", "3", "e", 800_000, 1_000_000, 0)]
    [InlineData("SPEED_OVER_35", ObjectKind.Car, "6", "7", "a", 12_000_000, 14_000_000, 6)]
    [InlineData("PLATE_OBSCURED", ObjectKind.Car, "13", "8", "b", 20_000_000, 26_000_000, 6)]
    public void Code_and_class_give_the_paragraph(string code, ObjectKind vehicle, string article, string clause, string point, long from, long to, int points)
    {
        var text = Codes.Resolve(code, vehicle, new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero))!;
        Assert.Equal((article, clause, point, new FineRange(from, to), points), (text.Article, text.Clause, text.Point, text.Fine!, text.LicencePoints));
    }

    [Fact]
    public void Every_code_has_a_text_before_and_after_the_change_and_doubt_travels_with_it()
    {
        foreach (var code in ActCodes.All)
        {
            foreach (var day in new[] { new DateTimeOffset(2026, 8, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero) })
            {
                Assert.Contains(new[] { ObjectKind.Car, ObjectKind.Motorcycle }, vehicle => Codes.Resolve(code, vehicle, day) is not null);
            }
        }

        Assert.False(Codes.Resolve("STOP_LINE", ObjectKind.Car, new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero))!.Verified);
        Assert.Null(Codes.Resolve("RED_LIGHT", ObjectKind.Person, DateTimeOffset.UnixEpoch));
        Assert.Null(Codes.Resolve("NO_SUCH_CODE", ObjectKind.Car, new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void Every_line_of_the_domain_file_is_a_row_on_both_sides_of_the_change_of_15_August_2026()
    {
        var (before, after) = (new DateTimeOffset(2026, 8, 14, 12, 0, 0, TimeSpan.FromHours(7)), new DateTimeOffset(2026, 8, 15, 12, 0, 0, TimeSpan.FromHours(7)));
        var lines = DomainTable.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        foreach (var (row, vehicle) in lines.SelectMany(row => new[] { (row, ObjectKind.Car), (row, ObjectKind.Motorcycle) }))
        {
            var (code, cell) = (row[0].Split(' ')[0], row[vehicle == ObjectKind.Car ? 1 : 2]);
            var (old, now) = (Codes.Resolve(code, vehicle, before), Codes.Resolve(code, vehicle, after));
            if (cell == "-")
            {
                Assert.Null(old);
                Assert.Null(now);
                continue;
            }

            Assert.Equal((code, cell), (code, Words(old!)));
            Assert.Equal((code, cell), (code, Words(now!))); // the amendment leaves ranges and points alone
            Assert.Equal((null, "238/2026/NĐ-CP"), (old!.AmendedBy, now!.AmendedBy));
            Assert.Equal((new DateOnly(2025, 1, 1), new DateOnly(2026, 8, 15)), (old.ValidFrom, now.ValidFrom));
            Assert.False(now.Verified); // nobody has compared the amended text with the official print
            Assert.Equal(row[0].Contains('◆', StringComparison.Ordinal), old.Text!.Vi != now.Text!.Vi);
        }

        Assert.Equal(ActCodes.All.Order(StringComparer.Ordinal), lines.Select(row => row[0].Split(' ', '◆')[0]).Order(StringComparer.Ordinal));
        static string Words(LegalReference text) => $"{text.Article}.{text.Clause}.{text.Point} {text.Fine!.From / 1000}-{text.Fine.To / 1000} {text.LicencePoints}";
    }

    [Fact]
    public void Every_code_that_a_rule_may_say_is_one_that_events_know()
    {
        var said = typeof(Vision.Analytics.Rules.ActCodes).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)
            .Concat(from over in new double[] { 5, 15, 20.1, 40 } from kind in new[] { Vision.ObjectClass.Car, Vision.ObjectClass.Motorcycle } select Vision.Analytics.Rules.ActCodes.Speed(kind, over)!).ToList();
        Assert.Equal(21, said.Distinct(StringComparer.Ordinal).Count()); // 16 names and 5 bands of speed
        Assert.Empty(said.Except(ActCodes.All, StringComparer.Ordinal));
    }

    [Fact]
    public void Overlapping_dates_are_named_with_both_places() =>
        Assert.Equal(
            ["legal/test.yaml:6:5: two texts hold for RED_LIGHT, car on 2025-01-01; the other stands in legal/test.yaml:5:5. End one before the other begins"],
            MistakesOf(Row(), Row("RED_LIGHT", "[alt, neu]")));

    [Fact]
    public void Documents_whose_dates_overlap_are_named_once_and_days_without_a_text_are_a_warning()
    {
        const string Old = "documents:\n  alt: { number: a, validFrom: 2025-01-01, validTo: END, verified: true, source: A }\n  neu: { number: b, validFrom: 2026-08-15, verified: true, source: B }\ntexts:\n";
        var rows = Row(documents: "[alt, neu]") + Row("STOP_LINE", "[alt, neu]");
        var mistakes = new MistakeList();
        _ = LegalCodes.OfText(Old.Replace("END", "2026-08-15", StringComparison.Ordinal) + rows, mistakes);
        Assert.Equal("legal/test.yaml:3:32: 'alt' and 'neu' both hold on 2026-08-15, and a text stands in both. End one before the other begins", Assert.Single(mistakes.Mistakes).ToString());

        var gap = new MistakeList();
        _ = LegalCodes.OfText(Old.Replace("END", "2026-08-12", StringComparison.Ordinal) + rows, gap);
        Assert.Empty(gap.Mistakes);
        Assert.Equal("legal/test.yaml:3:32: no text holds from 2026-08-13 to 2026-08-14, between 'alt' and 'neu': acts of those days have no paragraph", Assert.Single(gap.Warnings).ToString());
    }

    [Fact]
    public void Unknown_codes_documents_and_keys_are_named_with_the_nearest_word()
    {
        Assert.Contains("unknown code 'RED_LIHGT'; did you mean 'RED_LIGHT'?", Assert.Single(MistakesOf(Row("RED_LIHGT"))), StringComparison.Ordinal);
        Assert.Contains("unknown document 'al'; did you mean 'alt'?", Assert.Single(MistakesOf(Row(documents: "[al]"))), StringComparison.Ordinal);
        Assert.Contains(MistakesOf(Row().Replace("article", "artcle", StringComparison.Ordinal)), text => text.Contains("unknown key 'artcle'", StringComparison.Ordinal));
        Assert.Contains("the highest fine of RED_LIGHT is below the least", Assert.Single(MistakesOf(Row().Replace("fineTo: 2", "fineTo: 0", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_names_mistakes_of_legal_data_beside_all_others()
    {
        using var folder = new Configuration.TestFolder();
        Directory.CreateDirectory(Path.Combine(folder.FolderPath, "legal"));
        folder.Write("legal/road-traffic.yaml", Documents + Row("RED_LIHGT"));
        Assert.Contains(folder.Load().Mistakes, mistake => mistake.ToString().StartsWith("legal/road-traffic.yaml:5:", StringComparison.Ordinal));
    }

    private static string Row(string code = "RED_LIGHT", string documents = "[alt]") =>
        $"  - {{ code: {code}, vehicle: car, documents: {documents}, article: 6, clause: 9, point: b, vi: x, en: x, fineFrom: 1, fineTo: 2, verified: true, source: A }}\n";

    private static string[] MistakesOf(params string[] rows)
    {
        var mistakes = new MistakeList();
        _ = LegalCodes.OfText(Documents + string.Concat(rows), mistakes);
        return [.. mistakes.Mistakes.Select(mistake => mistake.ToString())];
    }
}
