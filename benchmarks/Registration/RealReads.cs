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
    private static readonly ReadFloor None = new(0, 0);
    private static readonly double[] Means = [0, 0.95, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.997, 0.998, 0.999];
    private static readonly double[] Leasts = [0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.96, 0.97, 0.975, 0.98, 0.985, 0.99, 0.993, 0.995];

    public static string Measure()
    {
        if (Checkout.Data is not { } data || !Directory.Exists(Path.Combine(data, "plates", "crops"))) return "The real plates are not beside this checkout.";
        var (held, trained) = (Read(data, heldOut: true), Read(data, heldOut: false));
        var outcomes = held.GroupBy(one => Outcome(one, ReadFloor.Default), StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        var wrong = held.Where(one => Outcome(one, ReadFloor.Default) == Wrong).ToList();
        var (rightWithout, wrongWithout) = Count(trained, None);
        var rows = Frontier(trained).Select(point => (IReadOnlyList<string>)[
            $"{point.Wrong}", $"{rightWithout - point.Right}", Share(rightWithout - point.Right, rightWithout), Text(point.Floor.Mean), Text(point.Floor.Least)]).ToList();
        var (rightNow, wrongNow) = Count(trained, ReadFloor.Default);
        var (heldRightWithout, heldWrongWithout) = Count(held, None);
        var (heldRight, heldWrong) = Count(held, ReadFloor.Default);
        return string.Create(CultureInfo.InvariantCulture, $"""
            {held.Count} real plates whose texts never trained, each read from one picture (no vote), against a registry in which every text is registered to somebody, with the floor of {ReadFloor.Default.Mean} (mean) and {ReadFloor.Default.Least} (least character): {string.Join(", ", outcomes.Select(group => $"{group.Key} {group.Count()} ({100.0 * group.Count() / held.Count:0.0} %)"))}. Without a floor {held.Count(one => Outcome(one, None) == Wrong)} would name a wrong owner.

            {(wrong.Count == 0 ? "No plate named a wrong owner." : "Wrong owners in such a registry: " + string.Join("; ", wrong.Select(one => $"{one.Printed} read as {one.Facts.Text} (mean {one.Facts.MeanCertainty:0.000}, least {one.Facts.LeastCertainty:0.000})")) + ".")}

            The floor is chosen on the {trained.Count} plates that did train the reader: without one, {rightWithout} right and {wrongWithout} wrong owners. Of {Means.Length * Leasts.Length} pairs of mean and least character, for each number of wrong owners the one that holds back the fewest right ones:

            {Table.Of(["wrong owners", "right ones held back", "share", "mean", "least character"], rows).Trim()}

            The floor in force there: {wrongNow} wrong, {rightWithout - rightNow} right ones held back ({Share(rightWithout - rightNow, rightWithout)}). On the plates that never trained: {heldWrong} wrong instead of {heldWrongWithout}, {heldRightWithout - heldRight} of {heldRightWithout} right ones held back ({Share(heldRightWithout - heldRight, heldRightWithout)}).
            """);
    }

    private const string Right = "found, the right one";
    private const string Wrong = "found, a wrong one";

    private sealed record OneRead(string Printed, bool IsTrue, PlateFacts Facts);

    private static (int Right, int Wrong) Count(List<OneRead> reads, ReadFloor floor)
    {
        var outcomes = reads.Select(one => Outcome(one, floor)).ToList();
        return (outcomes.Count(one => one == Right), outcomes.Count(one => one == Wrong));
    }

    // Floors that no other floor beats in both numbers, the loosest first.
    private static IEnumerable<(ReadFloor Floor, int Right, int Wrong)> Frontier(List<OneRead> reads)
    {
        var all = Means.SelectMany(mean => Leasts.Select(least => new ReadFloor(mean, least))).Select(floor => (Floor: floor, Counts: Count(reads, floor)))
            .Select(one => (one.Floor, one.Counts.Right, one.Counts.Wrong)).ToList();
        var best = int.MaxValue;
        foreach (var point in all.OrderByDescending(one => one.Right).ThenBy(one => one.Wrong).ThenByDescending(one => one.Floor.Mean))
        {
            if (point.Wrong >= best) continue;
            best = point.Wrong;
            yield return point;
        }
    }

    private static string Share(int part, int whole) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.0} %");

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static List<OneRead> Read(string data, bool heldOut)
    {
        var catalogue = ModelCatalogue.Load(Checkout.Models);
        using var detect = OnnxModel.Open(catalogue["plate-detect"], OnnxOptions.Default);
        using var read = OnnxModel.Open(catalogue["plate-read"], OnnxOptions.Default);
        using var images = new PlateImages(detect, read);
        var skipped = new SkippedPictures(_ => { });
        List<OneRead> reads = [];
        foreach (var plate in PlateSet.Crops(data).Where(crop => crop.HeldOut == heldOut && crop.Text is not null))
        {
            using var picture = skipped.TryLoad(plate.Path);
            if (picture is null) continue;
            var reading = images.ReadCrop(picture)!.Reading;
            var vehicle = reading.Kind == Vision.Plates.PlateKind.Motorbike ? ObjectKind.Motorcycle : ObjectKind.Car;
            IReadOnlyList<PlateKind> kinds = reading.OtherKind is { } other ? [KindOf(reading.Kind), KindOf(other)] : [KindOf(reading.Kind)];
            reads.Add(new OneRead(plate.Text!, PlateSymbols.Fold(reading.Text) == PlateSymbols.Fold(plate.Text!),
                new PlateFacts(reading.Text, EventWords.Parse<PlateColour>(reading.Colour.Name()), vehicle, kinds, [.. reading.Alternatives.Where(one => one.Probability >= 0.05f).Select(one => one.Text)])
                {
                    MeanCertainty = reading.CharConfidences.DefaultIfEmpty(0).Average(), LeastCertainty = reading.CharConfidences.DefaultIfEmpty(0).Min(),
                }));
        }

        return reads;
    }

    private static string Outcome(OneRead one, ReadFloor floor)
    {
        var status = RegistrationMatch.Before(one.Facts, floor)?.Status ?? RegistrationMatch.Judge(
            new RegistryQuery(one.Facts.Text, one.Facts.Colour, one.Facts.Vehicle, DateTimeOffset.UnixEpoch, new AuditIdentity("A-204", "", "benchmark", "0", null), "r"),
            [new RegistryRow(one.Facts.Colour, one.Facts.Vehicle, null, null, false, "1:1", () => null)]).Status;
        return status == OwnerStatus.Found ? one.IsTrue ? Right : Wrong : EventWords.Of(status);
    }

    private static PlateKind KindOf(Vision.Plates.PlateKind kind) => EventWords.Parse<PlateKind>(kind.Name());
}
