using System.Diagnostics;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Vision.Evaluation;

/// <summary>How well cut-out plates are read.</summary>
/// <param name="Pictures">Plates read.</param>
/// <param name="Skipped">Pictures that could not be used.</param>
/// <param name="Shares">Exact reads by group.</param>
/// <param name="ColourRight">Share of right colours where it is known; null where it never is.</param>
/// <param name="LinesRight">Share of right line counts where they are known.</param>
/// <param name="CalibrationError">Of the network: product of the places' best probabilities beside exact raw texts.</param>
/// <param name="PublishedCalibrationError">Of what is published without doubtful characters: confidence beside right texts.</param>
/// <param name="Calibration">The published confidences in ten bins.</param>
/// <param name="Characters">Confidences of single characters in twenty bins.</param>
/// <param name="MillisecondsEach">Time of a plate on one thread, loading not included.</param>
public sealed record PlateReadFigures(
    int Pictures, int Skipped, ReadGroups Shares, double? ColourRight, double? LinesRight, double CalibrationError, double PublishedCalibrationError,
    IReadOnlyList<CalibrationPoint> Calibration, IReadOnlyList<CalibrationPoint> Characters, double MillisecondsEach);

/// <summary>How well plates in whole pictures are found and read.</summary>
/// <param name="Pictures">Pictures searched.</param>
/// <param name="Skipped">Pictures that could not be used.</param>
/// <param name="FalseFindsPerPicture">Detections where no plate is, a picture of the families that label every plate.</param>
/// <param name="Shares">Found plates and exact reads by group.</param>
/// <param name="MillisecondsEach">Time of a picture on one thread, loading not included.</param>
public sealed record PlateChainFigures(int Pictures, int Skipped, double FalseFindsPerPicture, ReadGroups Shares, double MillisecondsEach);

/// <summary>Reads the real plate pictures through the product's own code, as the command <c>plates</c> does. One thread at a time.</summary>
public sealed class PlateEvaluation : IDisposable
{
    // Narrower plates have no crop in the set: nobody read them.
    private const float LeastWidthPx = 36;

    private readonly PlateImages _images;

    /// <param name="detect">The model that finds plates; outlives this object.</param>
    /// <param name="read">The model that reads them; outlives this object.</param>
    /// <exception cref="ModelException">A model is not of its task.</exception>
    public PlateEvaluation(OnnxModel detect, OnnxModel read) => _images = new PlateImages(detect, read);

    /// <summary>Reads cut-out plates whose texts never trained.</summary>
    /// <param name="crops">The plates, see <see cref="PlateSet.Crops"/>.</param>
    /// <param name="skipped">Names and counts pictures that cannot be used.</param>
    /// <param name="progress">Gets the number of pictures done.</param>
    /// <param name="stop">Ends it.</param>
    public PlateReadFigures Read(IReadOnlyList<LabelledPlate> crops, SkippedPictures skipped, Action<int>? progress = null, CancellationToken stop = default)
    {
        List<PlateOutcome> outcomes = [];
        var watch = new Stopwatch();
        foreach (var plate in crops)
        {
            stop.ThrowIfCancellationRequested();
            progress?.Invoke(outcomes.Count);
            using var picture = skipped.TryLoad(plate.Path);
            if (picture is null) continue;
            watch.Start();
            var found = _images.ReadCrop(picture);
            watch.Stop();
            outcomes.Add(found is null ? new PlateOutcome(plate, null, 0, null, null) : OutcomeOf(plate, found.Reading));
        }

        var sure = outcomes.Where(o => o is { Reading: not null, Doubtful: false }).Select(o => ((double)o.Reading!.Confidence, o.Right)).ToList();
        return new PlateReadFigures(
            outcomes.Count, skipped.Count, PlateOutcome.Groups(outcomes), ShareOf(outcomes.Select(o => o.ColourRight)), ShareOf(outcomes.Select(o => o.LinesRight)),
            PlateOutcome.CalibrationError([.. outcomes.Select(o => (o.Confidence, o.Exact))]), PlateOutcome.CalibrationError(sure),
            PlateOutcome.Calibration(sure, 10), PlateOutcome.Calibration(PlateOutcome.Characters(outcomes), 20), MillisecondsEach(watch, outcomes.Count));
    }

    /// <summary>Finds and reads the plates of whole pictures.</summary>
    /// <param name="scenes">The pictures, see <see cref="PlateSet.Scenes"/>.</param>
    /// <param name="skipped">Names and counts pictures that cannot be used.</param>
    /// <param name="progress">Gets the number of pictures done.</param>
    /// <param name="stop">Ends it.</param>
    public PlateChainFigures Chain(IReadOnlyList<LabelledScene> scenes, SkippedPictures skipped, Action<int>? progress = null, CancellationToken stop = default)
    {
        List<PlateOutcome> outcomes = [];
        var watch = new Stopwatch();
        var (pictures, falseFinds, complete) = (0, 0, 0);
        foreach (var scene in scenes)
        {
            stop.ThrowIfCancellationRequested();
            progress?.Invoke(pictures);
            using var picture = skipped.TryLoad(scene.Path);
            if (picture is null) continue;
            watch.Start();
            var found = _images.Find(picture);
            watch.Stop();
            pictures++;
            foreach (var plate in scene.Plates.Where(p => p.Text is not null && p.Box!.Value.Width >= LeastWidthPx))
            {
                var match = found.FirstOrDefault(f => f.Spot.Box.Iou(plate.Box!.Value) >= 0.5f);
                outcomes.Add(new PlateOutcome(plate, match?.Reading, match?.Reading.Confidence ?? 0, null, null));
            }

            if (!PlateSet.IsComplete(scene.Family)) continue;
            complete++;
            falseFinds += found.Count(f => scene.Plates.All(p => f.Spot.Box.Iou(p.Box!.Value) < 0.3f));
        }

        return new PlateChainFigures(
            pictures, skipped.Count, complete == 0 ? 0 : Math.Round((double)falseFinds / complete, 4), PlateOutcome.Groups(outcomes), MillisecondsEach(watch, pictures));
    }

    public void Dispose() => _images.Dispose();

    private PlateOutcome OutcomeOf(LabelledPlate plate, PlateReading reading)
    {
        var network = _images.LastRead;
        var confidence = 1.0;
        for (var place = 0; place < PlateSymbols.MaxPlaces; place++)
        {
            var best = 0f;
            foreach (var p in network.Probabilities.Slice(place * PlateSymbols.Count, PlateSymbols.Count)) best = MathF.Max(best, p);
            confidence *= best;
        }

        return new PlateOutcome(
            plate, reading, Math.Min(1, confidence), plate.Colour == "?" ? null : reading.Colour.Name() == plate.Colour, plate.Lines == 0 ? null : reading.Lines == plate.Lines);
    }

    private static double? ShareOf(IEnumerable<bool?> right)
    {
        var known = right.Where(one => one is not null).ToList();
        return known.Count == 0 ? null : Math.Round((double)known.Count(one => one == true) / known.Count, 4);
    }

    private static double MillisecondsEach(Stopwatch watch, int count) => count == 0 ? 0 : Math.Round(watch.Elapsed.TotalMilliseconds / count, 2);
}
