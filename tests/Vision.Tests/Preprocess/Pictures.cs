using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tests.Preprocess;

/// <summary>Pictures that tests make themselves.</summary>
internal static class Pictures
{
    /// <summary>Random bytes in all planes: harder than any camera.</summary>
    public static Frame Noise(int width, int height, int seed)
    {
        using var pool = new FramePool(width, height, 1);
        var frame = pool.TryRent()!;
        new Random(seed).NextBytes(frame.Pixels);
        return frame;
    }

    /// <summary>A street-like picture: sky, walls, saturated signs, text, thin lines, sensor noise.</summary>
    public static Frame Scene(int width, int height, int seed)
    {
        using var picture = new Mat(height, width, MatType.CV_8UC3, new Scalar(190, 170, 150));
        var random = new Random(seed);
        for (var i = 0; i < 60; i++)
        {
            var colour = new Scalar(random.Next(256), random.Next(256), random.Next(256));
            var at = new Point(random.Next(width), random.Next(height));
            var to = new Point(at.X + random.Next(width / 5 + 2), at.Y + random.Next(height / 5 + 2));
            if (i % 3 == 0) Cv2.Rectangle(picture, at, to, colour, -1);
            else if (i % 3 == 1) Cv2.Line(picture, at, to, colour, 1 + random.Next(4), LineTypes.AntiAlias);
            else Cv2.PutText(picture, "37A-123.45", at, HersheyFonts.HersheySimplex, 0.4 + random.NextDouble(), colour, 2, LineTypes.AntiAlias);
        }

        var bytes = new byte[width * height * 3];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(random.Next(8) + random.Next(8));
        using var noise = Mat.FromPixelData(height, width, MatType.CV_8UC3, bytes);
        Cv2.Add(picture, noise, picture);
        return ImageFile.ToFrame(picture);
    }
}
