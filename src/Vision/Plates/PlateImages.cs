using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Plates;

/// <summary>A plate read in a single picture.</summary>
/// <param name="Reading">What it says. One picture is one look: nothing is voted.</param>
/// <param name="Spot">Where it is.</param>
public sealed record PlateInImage(PlateReading Reading, PlateSpot Spot);

/// <summary>Reads plates in single pictures: the body of the command <c>plates</c>. One thread at a time.</summary>
public sealed class PlateImages : IDisposable
{
    private const int LaneSide = 640;

    // Tiles begin where the whole picture would be shrunk by more than this.
    private const float MostShrink = 1.25f;
    private const float TileOverlap = 0.25f;
    private const int MostPlates = 64;

    private readonly PlateDetector _detector;
    private readonly PlateReader _reader;
    private readonly PlateSpot[] _found = new PlateSpot[MostPlates];
    private readonly PlateRead _read = new();
    private readonly PlateInterpreter _interpreter = new(PlateInterpreter.SureForPictures);

    /// <param name="detect">The model that finds plates; outlives this object.</param>
    /// <param name="read">The model that reads them; outlives this object.</param>
    /// <exception cref="ModelException">A model is not of its task.</exception>
    public PlateImages(OnnxModel detect, OnnxModel read)
    {
        ArgumentNullException.ThrowIfNull(detect);
        var turns = new FairTurnstile(1);
        var side = detect.Manifest.Input.Dynamic ? LaneSide : 0;
        _detector = new PlateDetector(detect, turns, "pictures", side, side);
        try
        {
            _reader = new PlateReader(read, turns, "pictures");
        }
        catch
        {
            _detector.Dispose();
            throw;
        }
    }

    /// <summary>Every plate in a picture, the surest detection first.</summary>
    /// <param name="picture">The picture; held by the caller.</param>
    /// <param name="minScore">Weaker detections are left out; null asks for the model's own threshold.</param>
    public IReadOnlyList<PlateInImage> Find(Frame picture, float? minScore = null) =>
        [.. Spots(picture, minScore ?? _detector.ScoreThreshold).Select(spot => new PlateInImage(Read(picture, spot, PlateReader.MarginFor(spot)), spot))];

    /// <summary>The plate that fills a picture.</summary>
    /// <param name="picture">One plate, cut close or with a little around it; held by the caller.</param>
    public PlateInImage ReadCrop(Frame picture)
    {
        var box = new BoxPx(0, 0, picture.Width, picture.Height);
        var spot = new PlateSpot(box, 1, PlateQuad.Of(box), false);
        return new PlateInImage(Read(picture, spot, 0), spot);
    }

    /// <summary>Where plates are, whole picture first, then tiles of a large one; the same plate seen twice counts once.</summary>
    internal List<PlateSpot> Spots(Frame picture, float minScore)
    {
        List<PlateSpot> all = [];
        foreach (var place in Places(picture.Width, picture.Height))
        {
            var count = _detector.Find(picture, place, minScore, _found);
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
        _reader.Read(picture, spot, PlateReader.MarginFor(spot), _read);
        return _read;
    }

    public void Dispose()
    {
        _detector.Dispose();
        _reader.Dispose();
    }

    /// <summary>The places of a picture that are searched one after the other.</summary>
    internal static IEnumerable<BoxPx> Places(int width, int height)
    {
        yield return new BoxPx(0, 0, width, height);
        if (Math.Max(width, height) <= LaneSide * MostShrink) yield break;
        foreach (var y in Starts(height))
        {
            foreach (var x in Starts(width)) yield return new BoxPx(x, y, LaneSide, LaneSide);
        }
    }

    private static IEnumerable<int> Starts(int length)
    {
        if (length <= LaneSide) return [0];
        var tiles = (int)MathF.Ceiling((length - LaneSide) / (LaneSide * (1 - TileOverlap))) + 1;
        return Enumerable.Range(0, tiles).Select(i => (int)((long)(length - LaneSide) * i / (tiles - 1)));
    }

    private PlateReading Read(Frame picture, in PlateSpot spot, float margin)
    {
        _reader.Read(picture, spot, margin, _read);
        // Nobody knows the vehicle; a picture that is one plate tells its shape at least.
        var context = _read.ContextFor(ObjectClass.Other);
        if (context.Aspect <= 0) context = context with { Aspect = spot.Corners.Aspect };
        _interpreter.Interpret(_read.Probabilities, context);
        return PlateReading.From(_interpreter, context);
    }

    // A tile's edge cuts plates, so that the piece lies inside the whole one without covering much of it.
    private static bool IsSame(in BoxPx a, in BoxPx b)
    {
        var width = MathF.Min(a.Right, b.Right) - MathF.Max(a.X, b.X);
        var height = MathF.Min(a.Bottom, b.Bottom) - MathF.Max(a.Y, b.Y);
        return width > 0 && height > 0 && width * height > 0.5f * MathF.Min(a.Area, b.Area);
    }
}
