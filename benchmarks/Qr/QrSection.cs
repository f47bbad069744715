using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Vision.Identity;

namespace EdgeGateway.Benchmarks.Qr;

/// <summary>How many codes of rendered cards are read, how many wrongly, and how long that takes.</summary>
internal static class QrSection
{
    private const int Cards = 500;
    private const int Quarters = 4;

    public static string Measure()
    {
        using var reader = new QrReader();
        var random = new Random(2026);
        var (read, wrong) = (new int[Quarters], new int[Quarters]);
        var ms = Enumerable.Range(0, Quarters).Select(_ => new List<double>()).ToArray();
        for (var i = 0; i < Cards; i++)
        {
            var quarter = i * Quarters / Cards;
            var text = RenderedCards.Text(random);
            using var picture = RenderedCards.Picture(text, random, i / (double)Cards);
            var began = Stopwatch.GetTimestamp();
            var got = reader.Read(picture);
            ms[quarter].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (got == text) read[quarter]++;
            else if (got is not null) wrong[quarter]++;
        }

        string[] names = ["held well", "a little turned, soft", "turned, soft, far", "as bad as visitors hold it"];
        var rows = Enumerable.Range(0, Quarters).Select(i => Row(names[i], read[i], wrong[i], ms[i])).Append(Row("all", read.Sum(), wrong.Sum(), [.. ms.SelectMany(one => one)]));
        return $"""
            {Cards} invented cards with a real QR code, rendered into pictures of 1280 × 720 at growing angle, distance, blur, noise and glare; one look each. At a gate every frame is a look, so a visitor has several a second.

            {Table.Of(["quarter", "read", "wrong", "ms, median", "ms, p95"], rows)}
            """;
    }

    private static IReadOnlyList<string> Row(string name, int read, int wrong, List<double> ms)
    {
        ms.Sort();
        return [name, $"{(100.0 * read / ms.Count).ToString("0.0", CultureInfo.InvariantCulture)} %", wrong == 0 ? "0" : $"**{wrong}**", Number(ms[ms.Count / 2]), Number(ms[(int)(0.95 * ms.Count)])];
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
