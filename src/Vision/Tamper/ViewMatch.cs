using OpenCvSharp;

namespace EdgeGateway.Vision.Tamper;

/// <summary>How a view lies over another one.</summary>
/// <param name="Likeness">Correlation of the edge maps once turned and shifted, -1 to 1.</param>
/// <param name="ShiftShare">How far the middle moved, as a share of the picture's longer side.</param>
/// <param name="Degrees">How far it turned.</param>
internal readonly record struct Alignment(double Likeness, double ShiftShare, double Degrees)
{
    /// <summary>How far the outer parts of the picture moved, as a share of its longer side.</summary>
    public double MovedShare => ShiftShare + Math.Abs(Degrees) * Math.PI / 180 * 0.4;
}

/// <summary>Compares edge maps: as they lie, and by phase correlation over turns of up to 12 degrees. Memory made once; one thread.</summary>
internal sealed class ViewMatch : IDisposable
{
    private const int LargestTurn = 12;
    private const double LeastOverlap = 0.3;
    private readonly Mat _window;
    private readonly Mat _turned = new();
    private readonly Mat _moved = new();
    private readonly Mat _inside = new();
    private readonly Mat _centred = new();
    private readonly Mat _ones;
    private readonly Mat _everywhere;

    public ViewMatch(Size size)
    {
        _window = new Mat();
        Cv2.CreateHanningWindow(_window, size, MatType.CV_32FC1);
        _ones = new Mat(size, MatType.CV_32FC1, new Scalar(1));
        _everywhere = new Mat(size, MatType.CV_8UC1, new Scalar(255));
    }

    /// <summary>Correlation of two maps as they lie, -1 to 1.</summary>
    public double Likeness(Mat now, Mat before) => Likeness(now, before, _everywhere);

    /// <summary>The best way to lay the earlier map over the present one.</summary>
    /// <param name="now">The present map.</param>
    /// <param name="before">The earlier one.</param>
    /// <param name="enough">A likeness with which a plain shift is taken without a search over turns, which costs twelve times as much.</param>
    public Alignment Align(Mat now, Mat before, double enough)
    {
        var best = new Alignment(-1, 0, 0);
        // Without its mean the window's own shape does not pull the peak to no shift at all.
        Cv2.Subtract(now, new Scalar(Cv2.Mean(now).Val0), _centred);
        Try(0);
        if (best.Likeness >= enough) return best;
        for (var degrees = -LargestTurn; degrees <= LargestTurn; degrees += 2)
        {
            if (degrees != 0) Try(degrees);
        }

        var near = best.Degrees;
        Try(near - 1);
        Try(near + 1);
        return best;

        void Try(double degrees)
        {
            using var turn = Cv2.GetRotationMatrix2D(new Point2f(now.Width / 2f, now.Height / 2f), degrees, 1);
            Cv2.WarpAffine(before, _turned, turn, before.Size(), InterpolationFlags.Linear, BorderTypes.Replicate);
            Cv2.Subtract(_turned, new Scalar(Cv2.Mean(_turned).Val0), _turned);
            var shift = Cv2.PhaseCorrelate(_turned, _centred, _window, out _);
            turn.Set(0, 2, turn.At<double>(0, 2) + shift.X);
            turn.Set(1, 2, turn.At<double>(1, 2) + shift.Y);
            Cv2.WarpAffine(_ones, _inside, turn, _ones.Size(), InterpolationFlags.Nearest, BorderTypes.Constant, Scalar.All(0));
            using var mask = new Mat();
            _inside.ConvertTo(mask, MatType.CV_8UC1, 255);
            if (Cv2.CountNonZero(mask) < LeastOverlap * now.Width * now.Height) return;
            Cv2.WarpAffine(before, _moved, turn, before.Size(), InterpolationFlags.Linear, BorderTypes.Constant, Scalar.All(0));
            var likeness = Likeness(now, _moved, mask);
            if (likeness > best.Likeness) best = new Alignment(likeness, Math.Sqrt(shift.X * shift.X + shift.Y * shift.Y) / Math.Max(now.Width, now.Height), degrees);
        }
    }

    public void Dispose()
    {
        foreach (var mat in (Mat[])[_window, _turned, _moved, _inside, _centred, _ones, _everywhere]) mat.Dispose();
    }

    // Pearson's correlation over the mask.
    private static double Likeness(Mat a, Mat b, Mat mask)
    {
        Cv2.MeanStdDev(a, out var meanA, out var deviationA, mask);
        Cv2.MeanStdDev(b, out var meanB, out var deviationB, mask);
        if (deviationA.Val0 < 1e-4 || deviationB.Val0 < 1e-4) return 0;
        using var product = new Mat();
        Cv2.Multiply(a, b, product);
        return (Cv2.Mean(product, mask).Val0 - meanA.Val0 * meanB.Val0) / (deviationA.Val0 * deviationB.Val0);
    }
}
