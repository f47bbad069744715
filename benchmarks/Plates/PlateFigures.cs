using System.Diagnostics;
using System.Text.Json;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Benchmarks.Plates;

/// <summary>
/// The plate chain on real pictures, through the product's own code: exact reads by family, colour and lines, without and with the
/// grammar; how often a published character is wrong; what is found in whole scenes. Prints one JSON object.
/// </summary>
internal static class PlateFigures
{
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private sealed record Outcome(LabelledPlate Truth, bool Found, string Raw, PlateReading? Reading)
    {
        public bool RawRight => Found && PlateSymbols.Fold(Raw) == PlateSymbols.Fold(Truth.Text!);

        public bool Right => Found && PlateSymbols.Fold(Reading!.Text) == PlateSymbols.Fold(Truth.Text!);

        public bool Doubtful => Found && Reading!.IsDoubtful;

        /// <summary>Says something false without a mark of doubt at that place.</summary>
        public bool SurelyWrong => Found && !Right && !IsCompatible(Reading!.Text, Truth.Text!);

        private static bool IsCompatible(string text, string truth)
        {
            var (a, b) = (PlateSymbols.Fold(text), PlateSymbols.Fold(truth));
            return a.Length == b.Length && a.Zip(b).All(pair => pair.First == PlateSymbols.Doubtful || pair.First == pair.Second);
        }
    }

    /// <param name="models">Folder of models.json.</param>
    /// <param name="data">Folder that holds plates/.</param>
    /// <param name="every">Takes one picture of so many; 1 for all.</param>
    /// <param name="heldOutOnly">Leaves out texts that the training saw.</param>
    /// <param name="sides">Input sizes at which whole scenes are searched; null for the product's own.</param>
    /// <param name="list">When given, wrong reads are written there, a line each.</param>
    public static void Run(string models, string data, int every = 1, bool heldOutOnly = false, TextWriter? list = null, IReadOnlyList<int>? sides = null)
    {
        var catalogue = ModelCatalogue.Load(models);
        using var detect = OnnxModel.Open(catalogue["plate-detect"], OnnxOptions.Default);
        using var read = OnnxModel.Open(catalogue["plate-read"], OnnxOptions.Default);
        using var images = sides is null ? new PlateImages(detect, read) : new PlateImages(detect, read, sides);
        var crops = Crops(images, data, every, heldOutOnly, list);
        var scenes = Scenes(images, data, every, heldOutOnly, list);
        Console.WriteLine(JsonSerializer.Serialize(new { every, heldOutOnly, crops, scenes }, Indented));
    }

    private static object Crops(PlateImages images, string data, int every, bool heldOutOnly, TextWriter? list)
    {
        List<Outcome> outcomes = [];
        var watch = new Stopwatch();
        foreach (var plate in PlateSet.Crops(data).Where((_, i) => i % every == 0).Where(p => p.Text is not null && (p.HeldOut || !heldOutOnly)))
        {
            using var picture = ImageFile.Load(plate.Path);
            watch.Start();
            var found = images.ReadCrop(picture);
            watch.Stop();
            outcomes.Add(new Outcome(plate, true, found.Reading.RawText, found.Reading));
        }

        return new { all = Summary(outcomes, watch.Elapsed, list, "crop"), calibration = Calibration(outcomes), characters = Characters(outcomes) };
    }

    private static object Scenes(PlateImages images, string data, int every, bool heldOutOnly, TextWriter? list)
    {
        List<Outcome> outcomes = [];
        var watch = new Stopwatch();
        var (pictures, falseFinds, complete) = (0, 0, 0);
        foreach (var (path, family, plates) in PlateSet.Scenes(data).Where((_, i) => i % every == 0))
        {
            if (heldOutOnly && !plates.Any(p => p.HeldOut)) continue;
            using var picture = ImageFile.Load(path);
            watch.Start();
            var found = images.Find(picture);
            watch.Stop();
            pictures++;
            foreach (var plate in plates.Where(p => p.Text is not null && (p.HeldOut || !heldOutOnly) && p.Box![2] >= 36))
            {
                var box = new EdgeGateway.Vision.BoxPx(plate.Box![0], plate.Box[1], plate.Box[2], plate.Box[3]);
                var match = found.FirstOrDefault(f => f.Spot.Box.Iou(box) >= 0.5f);
                outcomes.Add(new Outcome(plate, match is not null, match?.Reading.RawText ?? "", match?.Reading));
            }

            if (!PlateSet.IsComplete(family)) continue;
            complete++;
            falseFinds += found.Count(f => plates.All(p => f.Spot.Box.Iou(new(p.Box![0], p.Box[1], p.Box[2], p.Box[3])) < 0.3f));
        }

        return new { pictures, falseFindsPerCompletePicture = Share(falseFinds, complete), all = Summary(outcomes, watch.Elapsed, list, "scene") };
    }

    private static object Summary(List<Outcome> outcomes, TimeSpan elapsed, TextWriter? list, string what)
    {
        foreach (var wrong in outcomes.Where(o => !o.Right))
        {
            list?.WriteLine($"{what}\t{Path.GetFileName(wrong.Truth.Path)}\t{wrong.Truth.Text}\traw {wrong.Raw}\t{wrong.Reading?.Text ?? "(not found)"}\t{wrong.Reading?.Kind}\t{wrong.Reading?.Confidence:0.00}");
        }

        return new
        {
            millisecondsEach = outcomes.Count == 0 ? 0 : Math.Round(elapsed.TotalMilliseconds / outcomes.Count, 2),
            total = Line(outcomes),
            heldOut = Line(outcomes.Where(o => o.Truth.HeldOut)),
            familyMean = Mean(outcomes.GroupBy(o => o.Truth.Family, StringComparer.Ordinal)),
            byFamily = By(outcomes, o => o.Truth.Family),
            byColour = By(outcomes, o => o.Truth.Colour),
            byLines = By(outcomes, o => o.Truth.Lines.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        };
    }

    private static SortedDictionary<string, object> By(IEnumerable<Outcome> outcomes, Func<Outcome, string> key) =>
        new(outcomes.GroupBy(key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => Line(g), StringComparer.Ordinal), StringComparer.Ordinal);

    private static object Line(IEnumerable<Outcome> group)
    {
        var all = group.ToList();
        return new
        {
            n = all.Count,
            found = Share(all.Count(o => o.Found), all.Count),
            raw = Share(all.Count(o => o.RawRight), all.Count),
            grammar = Share(all.Count(o => o.Right), all.Count),
            guess = Share(all.Count(o => o.Found && PlateSymbols.Fold(o.Reading!.Guess) == PlateSymbols.Fold(o.Truth.Text!)), all.Count),
            doubtful = Share(all.Count(o => o.Doubtful), all.Count),
            surelyWrong = Share(all.Count(o => o.SurelyWrong), all.Count),
            unknownKind = Share(all.Count(o => o.Found && o.Reading!.Kind == PlateKind.Unknown), all.Count),
        };
    }

    private static object Mean(IEnumerable<IGrouping<string, Outcome>> families)
    {
        var each = families.Select(f => (Raw: f.Average(o => o.RawRight ? 1.0 : 0), Grammar: f.Average(o => o.Right ? 1.0 : 0))).ToList();
        return new { raw = Math.Round(each.Average(e => e.Raw), 4), grammar = Math.Round(each.Average(e => e.Grammar), 4) };
    }

    // Of the texts without doubtful characters: what was promised, what was kept.
    private static object Calibration(List<Outcome> outcomes) => outcomes
        .Where(o => !o.Doubtful)
        .GroupBy(o => Math.Min(9, (int)(o.Reading!.Confidence * 10)))
        .OrderBy(g => g.Key)
        .Select(g => new { from = g.Key / 10.0, n = g.Count(), promised = Math.Round(g.Average(o => o.Reading!.Confidence), 3), kept = Share(g.Count(o => o.Right), g.Count()) });

    // Of all characters in texts of the right length, doubtful ones too: how often the best guess is right, by what it was given.
    private static object Characters(List<Outcome> outcomes) => outcomes
        .Select(o => (Guess: PlateSymbols.Fold(o.Reading!.Guess), Truth: PlateSymbols.Fold(o.Truth.Text!), o.Reading.CharConfidences))
        .Where(o => o.Guess.Length == o.Truth.Length && o.CharConfidences.Count == o.Truth.Length)
        .SelectMany(o => o.Guess.Select((c, i) => (Confidence: o.CharConfidences[i], Right: c == o.Truth[i])))
        .GroupBy(c => Math.Min(19, (int)(c.Confidence * 20)))
        .OrderBy(g => g.Key)
        .Select(g => new { from = g.Key / 20.0, n = g.Count(), promised = Math.Round(g.Average(c => c.Confidence), 3), kept = Share(g.Count(c => c.Right), g.Count()) });

    private static double Share(int part, int whole) => whole == 0 ? 0 : Math.Round((double)part / whole, 4);
}
