using EdgeGateway.Vision.Frames;
using OpenCvSharp;

namespace EdgeGateway.Vision.Imaging;

/// <summary>How sharp a picture is, for an installer who turns the focus ring.</summary>
public static class Sharpness
{
    /// <summary>
    /// Variance of the Laplacian of the luma (Pech-Pacheco et al., 2000), grey levels squared. It depends on the scene, so compare two
    /// pictures of one camera: higher is sharper.
    /// </summary>
    public static double Of(Frame frame)
    {
        using var luma = Mat.FromPixelData(frame.Height, frame.Width, MatType.CV_8UC1, frame.Address);
        using var edges = new Mat();
        Cv2.Laplacian(luma, edges, MatType.CV_32F);
        Cv2.MeanStdDev(edges, out _, out var deviation);
        return deviation.Val0 * deviation.Val0;
    }
}
