using EdgeGateway.Vision.Frames;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tamper;

/// <summary>
/// What of a frame can be compared over day and night: an edge map that light and exposure hardly change, the detail of each
/// part, and how fine the detail is. Native memory made once for a frame size; one thread.
/// </summary>
internal sealed class ViewFeatures : IDisposable
{
    /// <summary>Columns and rows of the parts.</summary>
    public const int Columns = 8;

    /// <summary>Rows of the parts.</summary>
    public const int Rows = 6;

    private const int FineWidth = 640;
    private const int EdgeWidth = 320;
    private const int CoarseWidth = 160;

    // A noise floor in grey levels a pixel: a slope weaker than this is sensor noise or blocking.
    private const double Floor = 4;
    private const double NoiseCurvature = 6;

    private readonly Mat _fine;
    private readonly Mat _grey;
    private readonly Mat _coarse;
    private readonly Mat _dx = new();
    private readonly Mat _dy = new();
    private readonly Mat _laplacian = new();
    private readonly Mat _magnitude = new();
    private readonly Mat _scaled = new();

    public ViewFeatures(int frameWidth, int frameHeight)
    {
        _fine = new Mat(SizeOf(FineWidth), MatType.CV_8UC1);
        _grey = new Mat(SizeOf(EdgeWidth), MatType.CV_8UC1);
        _coarse = new Mat(SizeOf(CoarseWidth), MatType.CV_8UC1);
        Edges = new Mat(_grey.Size(), MatType.CV_32FC1);

        Size SizeOf(int width)
        {
            var scale = Math.Min(1, width / (double)Math.Max(frameWidth, frameHeight));
            return new Size(Math.Max(16, (int)(frameWidth * scale)), Math.Max(16, (int)(frameHeight * scale)));
        }
    }

    /// <summary>The edge map, 0 to 1, at most 320 pixels wide or high.</summary>
    public Mat Edges { get; }

    /// <summary>Mean slope of each part in grey levels, row by row.</summary>
    public float[] Detail { get; } = new float[Columns * Rows];

    /// <summary>Fine detail for each unit of coarse detail: contrast cancels out, focus stays.</summary>
    public double Sharpness { get; private set; }

    /// <summary>Measures one frame.</summary>
    public void Measure(Frame frame)
    {
        using (var luma = Mat.FromPixelData(frame.Height, frame.Width, MatType.CV_8UC1, frame.Address)) Cv2.Resize(luma, _fine, _fine.Size(), 0, 0, InterpolationFlags.Area);
        Cv2.Resize(_fine, _grey, _grey.Size(), 0, 0, InterpolationFlags.Area);
        Cv2.Resize(_grey, _coarse, _coarse.Size(), 0, 0, InterpolationFlags.Area);
        Sharpness = Fineness(_fine) / (Fineness(_coarse) + 0.2);

        Cv2.Sobel(_grey, _dx, MatType.CV_32F, 1, 0, 3, 0.25);
        Cv2.Sobel(_grey, _dy, MatType.CV_32F, 0, 1, 3, 0.25);
        Cv2.Magnitude(_dx, _dy, _magnitude);
        var (blockWidth, blockHeight) = (_magnitude.Width / Columns, _magnitude.Height / Rows);
        for (var i = 0; i < Detail.Length; i++)
        {
            using var part = _magnitude[new Rect(i % Columns * blockWidth, i / Columns * blockHeight, blockWidth, blockHeight)];
            Detail[i] = (float)Cv2.Mean(part).Val0;
        }

        // m / (m + mean): twice the contrast gives the same map.
        var half = Cv2.Mean(_magnitude).Val0 + Floor;
        Cv2.Add(_magnitude, new Scalar(half), _scaled);
        Cv2.Divide(_magnitude, _scaled, Edges);
        Cv2.GaussianBlur(Edges, Edges, new Size(5, 5), 1.2);
    }

    public void Dispose()
    {
        foreach (var mat in (Mat[])[_fine, _grey, _coarse, _dx, _dy, _laplacian, _magnitude, _scaled, Edges]) mat.Dispose();
    }

    // Curvature beyond what rounding to whole grey levels and compression make of a smooth picture.
    private double Fineness(Mat grey)
    {
        Cv2.Laplacian(grey, _laplacian, MatType.CV_32F, 1);
        Cv2.Absdiff(_laplacian, new Scalar(0), _laplacian);
        Cv2.Subtract(_laplacian, new Scalar(NoiseCurvature), _laplacian);
        Cv2.Threshold(_laplacian, _laplacian, 0, 0, ThresholdTypes.Tozero);
        return Cv2.Mean(_laplacian).Val0;
    }
}
