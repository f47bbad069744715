using System.Diagnostics;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Evaluation;

/// <summary>How well one class is found.</summary>
/// <param name="Boxes">Objects to find.</param>
/// <param name="Ap50">Average precision at IoU 0.5; null where there is nothing to find.</param>
/// <param name="Ap50Interval">Its 95 % bootstrap interval over pictures.</param>
/// <param name="Ap50To95">Mean over the IoU thresholds 0.50, 0.55 … 0.95.</param>
/// <param name="Ap50Small">Of objects under 32² px.</param>
/// <param name="Ap50Medium">Of 32² to 96² px.</param>
/// <param name="Ap50Large">Of 96² px and more.</param>
/// <param name="Precision">At the score that models.json proposes.</param>
/// <param name="Recall">At that score.</param>
public sealed record ClassFigures(
    int Boxes, double? Ap50, double[]? Ap50Interval, double? Ap50To95, double? Ap50Small, double? Ap50Medium, double? Ap50Large, double? Precision, double? Recall);

/// <summary>AP50 of a class in the pictures of one source.</summary>
public sealed record SourceFigures(double? Ap50, int Boxes);

/// <summary>How well a street model does on one set.</summary>
public sealed record StreetFigures(
    int Pictures, int Skipped, double? MeanAp50, IReadOnlyDictionary<string, ClassFigures> Classes,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, SourceFigures>> BySource, double MillisecondsEach);

/// <summary>
/// Runs a model over labelled street pictures through the product's own lane and counts as <c>models/training/street/judge.py</c> does:
/// a class only where people looked for it, ignore regions neither right nor wrong. Sizes are those of pictures shrunk to
/// <see cref="LongSide"/> in the held-out set, of stored ones in <c>val</c>, as in the cards.
/// </summary>
/// <param name="detector">The model.</param>
public sealed class StreetEvaluation(ObjectDetector detector)
{
    /// <summary>Training pictures are kept with at most so many pixels a side.</summary>
    public const int LongSide = 416;

    // Weaker detections change no figure that counts.
    private const float LowestScore = 0.02f;
    private const int FewestBoxes = 5;
    private const int Draws = 400;
    private static readonly float[] Thresholds = [.. Enumerable.Range(0, 10).Select(i => 0.5f + 0.05f * i)];
    private static readonly ObjectClass[] Classes = [.. Enumerable.Range(0, ObjectClasses.All.Count).Select(i => (ObjectClass)i)];
    private static readonly (float From, float To) Small = (0, 32 * 32), Medium = (32 * 32, 96 * 96), Large = (96 * 96, float.MaxValue);

    /// <summary>A picture and what was found in it, both scaled to the size in which sizes are counted.</summary>
    /// <param name="Picture">Labels, scaled.</param>
    /// <param name="Found">Per class, strongest first.</param>
    public sealed record Looked(StreetPicture Picture, IReadOnlyList<ScoredBox>[] Found);

    /// <summary>Time of all detections so far, the loading of pictures not included.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>The set of pictures by its name: <c>held-out</c> (of <c>train</c>, for choices) or <c>val</c>.</summary>
    /// <exception cref="DirectoryNotFoundException">The set is not there.</exception>
    /// <exception cref="InvalidDataException">Its labels cannot be read.</exception>
    public static IReadOnlyList<StreetPicture> PicturesOf(string data, string set) => set == "val"
        ? StreetSet.Load(data, "val")
        : [.. StreetSet.Load(data, "train").Where(picture => picture.HeldOut && picture.Source != StreetSet.LeftOutSource)];

    /// <summary>Detects in every picture that can be used.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="shrinks">True for training pictures, which are counted at <see cref="LongSide"/>.</param>
    /// <param name="skipped">Names and counts the others.</param>
    /// <param name="progress">Gets the number of pictures done.</param>
    /// <param name="stop">Ends it.</param>
    public IReadOnlyList<Looked> Look(IReadOnlyList<StreetPicture> pictures, bool shrinks, SkippedPictures skipped, Action<int>? progress = null, CancellationToken stop = default)
    {
        using var lane = detector.Open("evaluate");
        var found = new DetectionBuffer(1000);
        List<Looked> looked = [];
        for (var i = 0; i < pictures.Count; i++)
        {
            stop.ThrowIfCancellationRequested();
            progress?.Invoke(i);
            var picture = pictures[i];
            using var frame = skipped.TryLoad(picture.Path);
            if (frame is null) continue;
            var fault = frame.Width != picture.Width || frame.Height != picture.Height ? $"is {frame.Width}x{frame.Height}, its labels say {picture.Width}x{picture.Height}" : picture.Fault;
            if (fault is not null)
            {
                skipped.Skip(picture.Path, fault);
                continue;
            }

            var began = Stopwatch.GetTimestamp();
            lane.Detect(frame, LowestScore, found);
            Elapsed += Stopwatch.GetElapsedTime(began);
            var scale = shrinks ? MathF.Min(1, LongSide / (float)Math.Max(frame.Width, frame.Height)) : 1;
            looked.Add(new Looked(Scaled(picture, scale), [.. Classes.Select(kind => OfClass(found.Items, kind, scale))]));
        }

        return looked;
    }

    /// <summary>Counts.</summary>
    public StreetFigures Measure(IReadOnlyList<Looked> looked, int skipped)
    {
        var classes = Classes.ToDictionary(kind => kind.Name(), kind => FiguresOf(looked, kind, detector.Model.Manifest.ScoreThreshold), StringComparer.Ordinal);
        var bySource = looked.GroupBy(one => one.Picture.Source, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => OfSource([.. group]), StringComparer.Ordinal);
        var known = classes.Values.Where(one => one.Ap50 is not null).Select(one => one.Ap50!.Value).ToList();
        return new StreetFigures(
            looked.Count, skipped, known.Count == 0 ? null : Math.Round(known.Average(), 4), classes, bySource,
            looked.Count == 0 ? 0 : Math.Round(Elapsed.TotalMilliseconds / looked.Count, 2));
    }

    /// <summary>AP50 of a class; null where there is nothing to find.</summary>
    public static double? Ap50(IReadOnlyList<Looked> looked, ObjectClass kind) => Collected.From(looked, kind, 0.5f).Ap();

    private static StreetPicture Scaled(StreetPicture picture, float scale) => scale == 1 ? picture : picture with
    {
        Boxes = [.. picture.Boxes.Select(one => (one.Class, Times(one.Box, scale)))],
        Ignore = [.. picture.Ignore.Select(one => one with { Box = Times(one.Box, scale) })],
    };

    private static List<ScoredBox> OfClass(ReadOnlySpan<Detection> found, ObjectClass kind, float scale)
    {
        List<ScoredBox> boxes = [];
        foreach (ref readonly var one in found)
        {
            if (one.Class == kind) boxes.Add(new ScoredBox(Times(one.Box, scale), one.Score));
        }

        return boxes;
    }

    private static BoxPx Times(in BoxPx box, float scale) => new(box.X * scale, box.Y * scale, box.Width * scale, box.Height * scale);

    private static IReadOnlyDictionary<string, SourceFigures> OfSource(IReadOnlyList<Looked> looked) => Classes
        .Select(kind => (kind, Judged: Collected.From(looked, kind, 0.5f)))
        .Where(one => one.Judged.Total >= FewestBoxes)
        .ToDictionary(one => one.kind.Name(), one => new SourceFigures(Rounded(one.Judged.Ap()), one.Judged.Total), StringComparer.Ordinal);

    private static ClassFigures FiguresOf(IReadOnlyList<Looked> looked, ObjectClass kind, float score)
    {
        var judged = Collected.From(looked, kind, 0.5f);
        var used = judged.All.Where(one => one.Score >= score).ToList();
        var hits = used.Count(one => one.Right);
        var wide = Thresholds.Select(threshold => Collected.From(looked, kind, threshold).Ap()).ToList();
        return new ClassFigures(
            judged.Total, Rounded(judged.Ap()), judged.Interval(Draws), Rounded(wide.Average()),
            Rounded(Collected.From(looked, kind, 0.5f, Small).Ap()), Rounded(Collected.From(looked, kind, 0.5f, Medium).Ap()), Rounded(Collected.From(looked, kind, 0.5f, Large).Ap()),
            used.Count == 0 ? null : Rounded((double)hits / used.Count), judged.Total == 0 ? null : Rounded((double)hits / judged.Total));
    }

    private static double? Rounded(double? value) => value is { } known ? Math.Round(known, 4) : null;

    /// <summary>Per picture what counts, and how many there were to find.</summary>
    private sealed class Collected
    {
        private readonly List<(IReadOnlyList<(float Score, bool Right)> Judged, int Total)> _pictures = [];

        public int Total => _pictures.Sum(one => one.Total);

        public IEnumerable<(float Score, bool Right)> All => _pictures.SelectMany(one => one.Judged);

        public double? Ap() => AveragePrecision.Of(All, Total);

        /// <summary>95 % of draws of as many pictures lie between these; the same draws each time.</summary>
        public double[]? Interval(int draws)
        {
            if (Total == 0) return null;
            var random = new Random(7);
            List<double> values = [];
            for (var draw = 0; draw < draws; draw++)
            {
                var chosen = Enumerable.Range(0, _pictures.Count).Select(_ => _pictures[random.Next(_pictures.Count)]).ToList();
                if (AveragePrecision.Of(chosen.SelectMany(one => one.Judged), chosen.Sum(one => one.Total)) is { } value) values.Add(value);
            }

            values.Sort();
            return values.Count == 0 ? null : [Math.Round(values[(int)(0.025 * (values.Count - 1))], 4), Math.Round(values[(int)(0.975 * (values.Count - 1))], 4)];
        }

        public static Collected From(IReadOnlyList<Looked> looked, ObjectClass kind, float threshold, (float From, float To)? size = null)
        {
            var collected = new Collected();
            foreach (var (picture, found) in looked)
            {
                // Where people did not look for a class, nobody knows what is right.
                if (picture.Human.Contains(kind)) collected._pictures.Add(Judge(picture, found[(int)kind], kind, threshold, size));
            }

            return collected;
        }

        private static (IReadOnlyList<(float Score, bool Right)> Judged, int Total) Judge(StreetPicture picture, IReadOnlyList<ScoredBox> found, ObjectClass kind, float threshold, (float From, float To)? size)
        {
            var boxes = picture.Boxes.Where(one => one.Class == kind).Select(one => (one.Box, Ignored: false))
                .Concat(picture.Ignore.Where(one => one.Class == kind).Select(one => (one.Box, Ignored: true))).ToList();
            var ignored = boxes.Select(one => one.Ignored || (size is { } range && !IsWithin(one.Box, range))).ToList();
            var verdicts = AveragePrecision.Match(found, [.. boxes.Select(one => one.Box)], ignored, threshold);
            List<(float, bool)> judged = [];
            for (var i = 0; i < verdicts.Length; i++)
            {
                // A wrong detection of another size belongs to another row.
                if (verdicts[i] == Verdict.NotCounted || (verdicts[i] == Verdict.Wrong && size is { } range && !IsWithin(found[i].Box, range))) continue;
                judged.Add((found[i].Score, verdicts[i] == Verdict.Right));
            }

            return (judged, ignored.Count(one => !one));
        }

        private static bool IsWithin(in BoxPx box, (float From, float To) range) => box.Area >= range.From && box.Area < range.To;
    }
}
