using OpenCvSharp;
using QRCoder;

namespace EdgeGateway.Benchmarks.Qr;

/// <summary>Invented citizen cards with a real QR code, seen at an angle, out of focus, in glare, from afar.</summary>
internal static class RenderedCards
{
    private const int CardWidthPx = 1012;     // ID-1, 85.6 x 54 mm, at 11.8 px/mm
    private const int CardHeightPx = 638;

    private static readonly string[] Names = ["NGUYỄN THỊ THỬ NGHIỆM", "TRẦN VĂN MẪU", "LÊ VĂN GIẢ LẬP", "PHẠM THỊ ẢO", "HOÀNG VĂN BỊA"];

    /// <summary>A card's text whose fields agree; all of it invented.</summary>
    public static string Text(Random random)
    {
        var year = random.Next(1950, 2008);
        var woman = random.Next(2);
        var century = year >= 2000 ? 2 : 0;
        return $"040{century + woman}{year % 100:00}{random.Next(1_000_000):000000}||{Names[random.Next(Names.Length)]}|{random.Next(1, 29):00}{random.Next(1, 13):00}{year}|{(woman == 1 ? "Nữ" : "Nam")}|Khối {random.Next(20)}, Phường Mẫu, Nghệ An|{random.Next(1, 29):00}{random.Next(1, 13):00}2024";
    }

    /// <summary>The card in a grey picture of 1280 × 720.</summary>
    /// <param name="hard">0 a card held well, 1 as bad as visitors hold it.</param>
    public static Mat Picture(string text, Random random, double hard)
    {
        using var data = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M, forceUtf8: true);
        using var code = new PngByteQRCode(data);
        using var qr = Cv2.ImDecode(code.GetGraphic(6), ImreadModes.Grayscale);
        using var card = new Mat(CardHeightPx, CardWidthPx, MatType.CV_8UC1, new Scalar(205));
        Cv2.PutText(card, "CAN CUOC CONG DAN (MAU)", new Point(60, 80), HersheyFonts.HersheySimplex, 1.2, new Scalar(60), 2);
        Cv2.Rectangle(card, new Rect(50, 150, 230, 310), new Scalar(120), -1);
        // The code on a card is about 18 mm wide.
        using var small = qr.Resize(new Size(215, 215), 0, 0, InterpolationFlags.Area);
        small.CopyTo(card[new Rect(CardWidthPx - 250, 30, 215, 215)]);

        var width = 900 - hard * random.NextDouble() * 330;
        var turn = (random.NextDouble() - 0.5) * 2 * (4 + 22 * hard) * Math.PI / 180;
        var tilt = 0.04 + 0.14 * hard * random.NextDouble();
        var (cx, cy) = (640 + (random.NextDouble() - 0.5) * 120, 360 + (random.NextDouble() - 0.5) * 60);
        Point2f At(double x, double y)
        {
            var (u, v) = (x * width, y * width * CardHeightPx / CardWidthPx);
            var depth = 1 + tilt * x;
            return new Point2f((float)(cx + (u * Math.Cos(turn) - v * Math.Sin(turn)) / depth), (float)(cy + (u * Math.Sin(turn) + v * Math.Cos(turn)) / depth));
        }

        using var warp = Cv2.GetPerspectiveTransform(
            [new Point2f(0, 0), new Point2f(CardWidthPx, 0), new Point2f(CardWidthPx, CardHeightPx), new Point2f(0, CardHeightPx)],
            new[] { At(-0.5, -0.5), At(0.5, -0.5), At(0.5, 0.5), At(-0.5, 0.5) });
        var scene = new Mat(720, 1280, MatType.CV_8UC1, new Scalar(90 + random.Next(60)));
        Cv2.WarpPerspective(card, scene, warp, scene.Size(), InterpolationFlags.Area, BorderTypes.Transparent);
        var blur = 0.3 + hard * random.NextDouble() * 1.1;
        Cv2.GaussianBlur(scene, scene, new Size(0, 0), blur);
        if (random.NextDouble() < 0.4 * hard) Glare(scene, At(0.2 + 0.3 * random.NextDouble(), -0.4 + 0.4 * random.NextDouble()), 60 + random.Next(90));
        using var noise = new Mat(scene.Size(), MatType.CV_16SC1);
        Cv2.Randn(noise, 0, 2 + 6 * hard * random.NextDouble());
        Cv2.Add(scene, noise, scene, dtype: MatType.CV_8U);
        return scene;
    }

    private static void Glare(Mat scene, Point2f at, int strength)
    {
        using var light = new Mat(scene.Size(), MatType.CV_8UC1, new Scalar(0));
        Cv2.Circle(light, new Point((int)at.X, (int)at.Y), 60, new Scalar(strength), -1);
        Cv2.GaussianBlur(light, light, new Size(0, 0), 40);
        Cv2.Add(scene, light, scene);
    }
}
