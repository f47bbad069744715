using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Plates;

/// <summary>A plate read in a single picture.</summary>
/// <param name="Reading">What it says. One picture is one look: nothing is voted.</param>
/// <param name="Spot">Where it is.</param>
public sealed record PlateInImage(PlateReading Reading, PlateSpot Spot)
{
    private const int FewestCharacters = 4;

    /// <summary>
    /// False where the reader is at a loss, as before a grille, a sign or a test picture: fewer than four characters, or a mean probability below 0.35. Of 2,875
    /// real plates that were cut out, one is below (none of its nine characters was known; all others have 0.43 and more, 99.5 % of them 0.92); of 172 test
    /// pictures and pieces of streets, one is above. A doubtful plate stays far above: its other characters are sure.
    /// </summary>
    public bool IsReadable => Reading.CharConfidences.Count >= FewestCharacters && Reading.CharConfidences.Average() >= PlateVote.LeastReadable;
}

/// <summary>Reads plates in single pictures: the body of the command <c>plates</c>. One thread at a time.</summary>
public sealed class PlateImages : IDisposable
{
    // A character of fewer than five pixels cannot be told from another; a long plate is 4.7 times as wide as high.
    private const int LeastCropPx = 8;
    private const int MostCropAspect = 12;
    private const int TileSide = 640;

    // Tiles begin where the whole picture would be shrunk by more than this.
    private const float MostShrink = 1.25f;
    private const float TileOverlap = 0.25f;
    private const int MostPlates = 64;
    private const float SureSpot = 0.7f;

    private readonly List<PlateDetector> _detectors = [];
    private readonly PlateReader _reader;
    private readonly PlateSpot[] _found = new PlateSpot[MostPlates];
    private readonly PlateRead _read = new();
    private readonly PlateInterpreter _interpreter = new(PlateInterpreter.SureForPictures);

    /// <param name="detect">The model that finds plates; outlives this object.</param>
    /// <param name="read">The model that reads them; outlives this object.</param>
    /// <exception cref="ModelException">A model is not of its task.</exception>
    public PlateImages(OnnxModel detect, OnnxModel read) : this(detect, read, [TileSide, TileSide / 2])
    {
    }

    /// <param name="detect">The model that finds plates.</param>
    /// <param name="read">The model that reads them.</param>
    /// <param name="sides">Sizes of input at which a picture is searched whole, pixels, multiples of 32; tiles are searched at the first.</param>
    internal PlateImages(OnnxModel detect, OnnxModel read, IReadOnlyList<int> sides)
    {
        ArgumentNullException.ThrowIfNull(detect);
        var turns = new FairTurnstile(1);
        try
        {
            foreach (var side in detect.Manifest.Input.Dynamic ? sides : [0]) _detectors.Add(new PlateDetector(detect, turns, "pictures", side, side));
            _reader = new PlateReader(read, turns, "pictures");
        }
        catch
        {
            foreach (var detector in _detectors) detector.Dispose();
            throw;
        }
    }

    /// <summary>Every plate in a picture, the surest detection first. What cannot be read at all must be a sure find.</summary>
    /// <param name="picture">The picture; held by the caller.</param>
    /// <param name="minScore">Weaker detections are left out; null asks for the model's own threshold.</param>
    public IReadOnlyList<PlateInImage> Find(Frame picture, float? minScore = null) =>
        [.. Spots(picture, minScore ?? _detectors[0].ScoreThreshold)
            .Select(spot => new PlateInImage(Interpret(LookAt(picture, spot), spot), spot))
            .Where(plate => plate.Spot.Score >= SureSpot || plate.IsReadable)];

    /// <summary>The plate that fills a picture; null for a picture in which none can be: a stripe, or a few pixels.</summary>
    /// <param name="picture">One plate, cut close or with a little around it; held by the caller.</param>
    public PlateInImage? ReadCrop(Frame picture)
    {
        if (Math.Min(picture.Width, picture.Height) < LeastCropPx || Math.Max(picture.Width, picture.Height) > MostCropAspect * Math.Min(picture.Width, picture.Height)) return null;
        var box = new BoxPx(0, 0, picture.Width, picture.Height);
        var spot = new PlateSpot(box, 1, PlateQuad.Of(box), false);
        _reader.ReadWhole(picture, _read);
        return new PlateInImage(Interpret(_read, spot), spot);
    }

    /// <summary>What the network gave for the plate read last; overwritten by the next.</summary>
    internal PlateRead LastRead => _read;

    /// <summary>Where plates are, whole picture first, then tiles of a large one; the same plate seen twice counts once.</summary>
    internal List<PlateSpot> Spots(Frame picture, float minScore)
    {
        List<PlateSpot> all = [];
        foreach (var detector in _detectors) Search(detector, new BoxPx(0, 0, picture.Width, picture.Height));
        foreach (var tile in Tiles(picture.Width, picture.Height)) Search(_detectors[0], tile);
        void Search(PlateDetector detector, BoxPx place)
        {
            var count = detector.Find(picture, place, minScore, _found);
            all.AddRange(_found.AsSpan(0, count));
        }

        List<PlateSpot> kept = [];
        foreach (var spot in all.OrderByDescending(s => s.Score))
        {
            if (!kept.Exists(k => IsSame(k.Box, spot.Box))) kept.Add(spot);
        }

        return kept;
    }

    /// <summary>One look at a plate, not yet interpreted; overwritten by the next.</summary>
    internal PlateRead LookAt(Frame picture, in PlateSpot spot)
    {
        _reader.Read(picture, spot, _read);
        return _read;
    }

    public void Dispose()
    {
        foreach (var detector in _detectors) detector.Dispose();
        _reader.Dispose();
    }

    /// <summary>The parts of a large picture that are searched besides the whole, at full resolution; none for a small one.</summary>
    internal static IEnumerable<BoxPx> Tiles(int width, int height)
    {
        if (Math.Max(width, height) <= TileSide * MostShrink) yield break;
        foreach (var y in Starts(height))
        {
            foreach (var x in Starts(width)) yield return new BoxPx(x, y, TileSide, TileSide);
        }
    }

    private static IEnumerable<int> Starts(int length)
    {
        if (length <= TileSide) return [0];
        var tiles = (int)MathF.Ceiling((length - TileSide) / (TileSide * (1 - TileOverlap))) + 1;
        return Enumerable.Range(0, tiles).Select(i => (int)((long)(length - TileSide) * i / (tiles - 1)));
    }

    private PlateReading Interpret(PlateRead read, in PlateSpot spot)
    {
        // Nobody knows the vehicle; a picture that is one plate tells its shape at least.
        var context = read.ContextFor(ObjectClass.Other);
        if (context.Aspect <= 0) context = context with { Aspect = spot.Corners.Aspect };
        _interpreter.Interpret(read.Probabilities, context);
        return PlateReading.From(_interpreter, context);
    }

    // A tile's edge cuts plates, so that the piece lies inside the whole one without covering much of it.
    private static bool IsSame(in BoxPx a, in BoxPx b) => a.SharedWith(b) > 0.5f * MathF.Min(a.Area, b.Area);
}
