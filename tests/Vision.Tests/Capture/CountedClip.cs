using System.Globalization;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Tests.Capture;

/// <summary>Clips whose every picture carries its number as bright and dark bars, readable after any encoding.</summary>
internal static class CountedClip
{
    private const int Bits = 12;
    private const int BarPx = 24;

    public static Task<string> RenderAsync(int fps = 20, double seconds = 40, int keyFrameEvery = 20, int bFrames = 0, string codec = "libx264")
    {
        string[] encoder = bFrames == 0
            ? Clips.Encoder(codec, keyFrameEvery)
            : ["-c:v", codec, "-preset", "veryfast", "-bf", bFrames.ToString(CultureInfo.InvariantCulture), "-g", keyFrameEvery.ToString(CultureInfo.InvariantCulture), "-pix_fmt", "yuv420p"];
        return Clips.RenderAsync(
            $"counted-{fps}-{seconds.ToString(CultureInfo.InvariantCulture)}-{keyFrameEvery}-{bFrames}-{codec}.mp4",
            ["-f", "lavfi", "-i", $"color=black:size={Bits * BarPx}x64:rate={fps}", "-t", seconds.ToString(CultureInfo.InvariantCulture),
             // Each bar is one pixel wide when it is painted, and then enlarged: painting is slow.
             "-vf", $"scale={Bits}:2,format=gray,geq=lum='if(mod(floor(N/pow(2,X)),2),235,16)',scale={Bits * BarPx}:64:flags=neighbor", .. encoder]);
    }

    public static int NumberOf(Frame frame)
    {
        var number = 0;
        for (var bit = 0; bit < Bits; bit++)
        {
            if (frame.Y[frame.Height / 2 * frame.Width + bit * BarPx + BarPx / 2] > 128) number |= 1 << bit;
        }

        return number;
    }

    public static int NumberOf(byte[] jpeg)
    {
        using var picture = OpenCvSharp.Cv2.ImDecode(jpeg, OpenCvSharp.ImreadModes.Color);
        using var frame = EdgeGateway.Vision.Imaging.ImageFile.ToFrame(picture);
        return NumberOf(frame);
    }
}
