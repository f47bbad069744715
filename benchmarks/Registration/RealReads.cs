using System.Globalization;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Vision.Evaluation;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;
using PlateColour = EdgeGateway.Sync.Events.PlateColour;
using PlateKind = EdgeGateway.Sync.Events.PlateKind;

namespace EdgeGateway.Benchmarks.Registration;

/// <summary>
/// What the matching makes of real plates whose texts never trained, each read from a single picture, without the vote of a drive-by. The
/// registry is the worst there could be: whatever text is asked for is registered to somebody, with colour and vehicle as they were read. So
/// a wrong text that gets as far as a look-up names a wrong owner, always.
/// </summary>
internal static class RealReads
{
    public static string Measure()
    {
        if (Checkout.Data is not { } data || !Directory.Exists(Path.Combine(data, "plates", "crops"))) return "The real plates are not beside this checkout.";
        var catalogue = ModelCatalogue.Load(Checkout.Models);
        using var detect = OnnxModel.Open(catalogue["plate-detect"], OnnxOptions.Default);
        using var read = OnnxModel.Open(catalogue["plate-read"], OnnxOptions.Default);
        using var images = new PlateImages(detect, read);
        var skipped = new SkippedPictures(_ => { });
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        List<string> wrong = [];
        var (plates, without) = (0, 0);
        foreach (var plate in PlateSet.Crops(data).Where(crop => crop is { HeldOut: true, Text: not null }))
        {
            using var picture = skipped.TryLoad(plate.Path);
            if (picture is null) continue;
            plates++;
            var reading = images.ReadCrop(picture).Reading;
            var isTrue = PlateSymbols.Fold(reading.Text) == PlateSymbols.Fold(plate.Text!);
            var vehicle = reading.Kind == Vision.Plates.PlateKind.Motorbike ? ObjectKind.Motorcycle : ObjectKind.Car;
            IReadOnlyList<PlateKind> kinds = reading.OtherKind is { } other ? [KindOf(reading.Kind), KindOf(other)] : [KindOf(reading.Kind)];
            var colour = EventWords.Parse<PlateColour>(reading.Colour.Name());
            var facts = new PlateFacts(reading.Text, colour, vehicle, kinds, [.. reading.Alternatives.Where(one => one.Probability >= 0.05f).Select(one => one.Text)]);
            if (RegistrationMatch.Before(facts with { Alternatives = [] }) is null && !isTrue) without++;
            var status = RegistrationMatch.Before(facts)?.Status ?? RegistrationMatch.Judge(
                new RegistryQuery(reading.Text, colour, vehicle, DateTimeOffset.UnixEpoch, new AuditIdentity("A-204", "", "benchmark", "0", null), "r"),
                [new RegistryRow(colour, vehicle, null, null, false, "1:1", () => null)]).Status;
            var word = status == OwnerStatus.Found ? isTrue ? "found, the right one" : "found, a wrong one" : EventWords.Of(status);
            outcomes[word] = outcomes.GetValueOrDefault(word) + 1;
            if (status == OwnerStatus.Found && !isTrue) wrong.Add($"{plate.Text} read as {reading.Text} ({reading.Confidence.ToString("0.000", CultureInfo.InvariantCulture)})");
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            {plates} real plates whose texts never trained, each read from one picture (no vote), against a registry in which every text is registered to somebody: {string.Join(", ", outcomes.Select(pair => $"{pair.Key} {pair.Value} ({100.0 * pair.Value / plates:0.0} %)"))}. If other texts of 5 % and more were not minded, {without} would name a wrong owner.

            {(wrong.Count == 0 ? "No plate named a wrong owner." : "Wrong owners in such a registry: " + string.Join("; ", wrong) + ".")}
            """);
    }

    private static PlateKind KindOf(Vision.Plates.PlateKind kind) => EventWords.Parse<PlateKind>(kind.Name());
}
