using EdgeGateway.Configuration;
using EdgeGateway.Legal;
using EdgeGateway.Sync.Events;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.Legal;

public sealed class LegalCodesTests
{
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
    public void Overlapping_dates_are_named_with_both_places() =>
        Assert.Equal(
            ["legal/test.yaml:6:5: two texts hold for RED_LIGHT, car on 2025-01-01; the other stands in legal/test.yaml:5:5. End one before the other begins"],
            MistakesOf(Row(), Row("RED_LIGHT", "[alt, neu]")));

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
