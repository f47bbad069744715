using System.Globalization;
using EdgeGateway.Vision.Tamper;
using OpenCvSharp;

namespace EdgeGateway.Benchmarks.Tamper;

/// <summary>What is done to a camera, painted into its pictures; and what a street does to it without any harm.</summary>
internal static class TamperAttacks
{
    /// <summary>Each attack and what the watch is to say of it. Paint thick enough to hide the view may be called a cover.</summary>
    public static IReadOnlyList<(string Name, TamperState Expected)> All { get; } =
    [
        ("black", TamperState.Covered), ("white", TamperState.Covered), ("hand", TamperState.Covered), ("bag", TamperState.Covered),
        ("shift 2 %", TamperState.Moved), ("shift 5 %", TamperState.Moved), ("shift 10 %", TamperState.Moved), ("turn 3", TamperState.Moved), ("turn 8", TamperState.Moved), ("away", TamperState.Moved),
        ("defocus", TamperState.Blurred), ("spray", TamperState.Blurred),
    ];

    /// <summary>Harmless things: exposure that hunts, headlights, a bus that stops before the camera, rain, dusk and dawn.</summary>
    public static IReadOnlyList<string> Harmless { get; } = ["gain", "headlights", "bus", "rain", "dusk"];

    /// <summary>Plays one of <see cref="Harmless"/>: twice, or an evening and a morning of six minutes each, faster than a tropical one.</summary>
    public static void PlayHarmless(TamperScene scene, string what)
    {
        if (what == "dusk")
        {
            scene.Play(360, (picture, i) => Dusk(picture, i / 120.0));
            scene.Play(360, (picture, i) => Dusk(picture, 1 - i / 120.0));
            return;
        }

        for (var times = 0; times < 2; times++)
        {
            scene.Play(what switch { "bus" => 12, "headlights" => 9, _ => 60 }, (picture, i) => Weather(picture, what, i));
            scene.Play(30);
        }
    }

    /// <summary>Does it to a picture.</summary>
    public static void Apply(Mat picture, string attack)
    {
        var (width, height) = (picture.Width, picture.Height);
        switch (attack)
        {
            case "black":
                picture.SetTo(new Scalar(4, 4, 4));
                break;
            case "white":
                picture.SetTo(new Scalar(250, 250, 250));
                break;
            case "hand":
                // Three quarters of the view behind skin that is out of focus.
                Cv2.Ellipse(picture, new Point(width * 0.4, height * 0.5), new Size(width * 0.47, height * 0.62), 15, 0, 360, new Scalar(110, 140, 190), -1);
                using (var soft = new Mat())
                {
                    Cv2.GaussianBlur(picture, soft, new Size(0, 0), width * 0.05);
                    using var mask = new Mat(picture.Size(), MatType.CV_8UC1, Scalar.All(0));
                    Cv2.Ellipse(mask, new Point(width * 0.4, height * 0.5), new Size(width * 0.5, height * 0.68), 15, 0, 360, Scalar.All(255), -1);
                    soft.CopyTo(picture, mask);
                }

                break;
            case "bag":
                // A thin plastic bag: light comes through, shapes do not.
                Cv2.GaussianBlur(picture, picture, new Size(0, 0), width * 0.06);
                picture.ConvertTo(picture, -1, 0.4, 120);
                break;
            case "defocus":
                Cv2.GaussianBlur(picture, picture, new Size(0, 0), width * 0.004);
                break;
            case "spray":
                Cv2.GaussianBlur(picture, picture, new Size(0, 0), width * 0.006);
                picture.ConvertTo(picture, -1, 0.6, 70);
                break;
            case "away":
                // Upside down and mirrored: another street, of the same kind.
                Cv2.Flip(picture, picture, FlipMode.XY);
                break;
            default:
                var number = double.Parse(attack.Split(' ')[1], CultureInfo.InvariantCulture);
                var turn = attack.StartsWith("turn", StringComparison.Ordinal);
                using (var how = Cv2.GetRotationMatrix2D(new Point2f(width / 2f, height / 2f), turn ? number : 0, 1))
                {
                    if (!turn) how.Set(0, 2, how.At<double>(0, 2) + number / 100 * width);
                    using var from = picture.Clone();
                    Cv2.WarpAffine(from, picture, how, picture.Size(), InterpolationFlags.Linear, BorderTypes.Reflect);
                }

                break;
        }
    }

    /// <summary>What a street does by itself, at a check's number.</summary>
    private static void Weather(Mat picture, string what, int check)
    {
        var (width, height) = (picture.Width, picture.Height);
        switch (what)
        {
            case "gain":
                // The camera's exposure hunts.
                picture.ConvertTo(picture, -1, (check % 3) switch { 0 => 0.55, 1 => 1.5, _ => 1 }, (check % 3) switch { 1 => 15, _ => 0 });
                break;
            case "headlights":
                using (var glare = new Mat(picture.Size(), picture.Type(), Scalar.All(0)))
                {
                    Cv2.Circle(glare, new Point(width * 0.45, height * 0.6), height / 8, Scalar.All(255), -1);
                    Cv2.Circle(glare, new Point(width * 0.6, height * 0.6), height / 8, Scalar.All(255), -1);
                    Cv2.GaussianBlur(glare, glare, new Size(0, 0), height / 9.0);
                    Cv2.AddWeighted(picture, 0.7, glare, 1, 0, picture);
                }

                break;
            case "bus":
                Cv2.Rectangle(picture, new Rect(width / 10, height / 10, width * 8 / 10, height * 85 / 100), new Scalar(60, 90, 150), -1);
                for (var i = 0; i < 6; i++) Cv2.Rectangle(picture, new Rect(width / 8 + i * width / 8, height / 5, width / 10, height / 4), new Scalar(40, 40, 45), -1);
                break;
            case "rain":
                var random = new Random(check);
                for (var i = 0; i < 250; i++)
                {
                    var at = new Point(random.Next(width), random.Next(height));
                    Cv2.Line(picture, at, new Point(at.X + height / 60, at.Y + height / 12), new Scalar(190, 190, 190), 1, LineTypes.AntiAlias);
                }

                break;
        }
    }

    /// <summary>Evening at a share of its way, 0 to 1: light goes to a twelfth, and the sensor's noise comes up.</summary>
    private static void Dusk(Mat picture, double share)
    {
        picture.ConvertTo(picture, -1, Math.Pow(12, -share), 6 * share);
        using var noise = new Mat(picture.Size(), MatType.CV_8UC3);
        Cv2.Randn(noise, Scalar.All(6 * share), Scalar.All(4 * share));
        Cv2.Add(picture, noise, picture);
    }
}
