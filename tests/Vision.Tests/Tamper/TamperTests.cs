using EdgeGateway.Testing;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Tamper;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tests.Tamper;

public sealed class TamperTests(ITestOutputHelper output)
{
    private const double Minute = 60;

    public static TheoryData<string> StillClips => ["lobby_one_by_one.mp4", "plaza_walkers.mp4", "hanoi_junction_light.mp4", "night_ir_path.mp4"];

    public static TheoryData<string, string, TamperState> Attacks
    {
        get
        {
            var all = new TheoryData<string, string, TamperState>();
            foreach (var clip in StillClips)
            {
                foreach (var attack in (string[])["black", "white", "hand", "bag"]) all.Add(clip.Data, attack, TamperState.Covered);
                foreach (var attack in (string[])["shift 2 %", "shift 5 %", "shift 10 %", "turn 3", "turn 8", "away"]) all.Add(clip.Data, attack, TamperState.Moved);
                foreach (var attack in (string[])["defocus", "spray"]) all.Add(clip.Data, attack, TamperState.Blurred);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_is_told_within_a_minute_and_its_end_too(string clip, string attack, TamperState expected)
    {
        using var scene = TamperScene.Open(clip);
        Assert.Null(scene.Play(Minute));
        var delay = scene.Play(Minute, (picture, _) => Attack(picture, attack));
        var figures = scene.Watch.Figures;
        output.WriteLine($"{clip} {attack}: {scene.Watch.State} after {delay?.TotalSeconds} s, {scene.MsPerCheck:0.0} ms a check, {figures}");
        // Paint thick enough to hide the view is a cover.
        if (attack == "spray") Assert.True(scene.Watch.IsTampered, "nothing was told");
        else Assert.Equal(expected, scene.Watch.State);
        Assert.True(delay < TimeSpan.FromSeconds(Minute));
        Assert.NotNull(scene.Play(48));
        Assert.Equal(TamperState.Clear, scene.Watch.State);
    }

    [Theory]
    [MemberData(nameof(StillClips))]
    public void Untouched_clips_raise_nothing_in_five_minutes_with_a_reference_and_without(string clip)
    {
        foreach (var withReference in (bool[])[true, false])
        {
            using var scene = TamperScene.Open(clip, withReference);
            var (least, most, sharp) = (1.0, 0.0, 1.0);
            for (var i = 0; i < 100; i++)
            {
                scene.Play(3);
                var figures = scene.Watch.Figures;
                (least, most, sharp) = (Math.Min(least, figures.LikeReference), Math.Max(most, figures.LostShare), Math.Min(sharp, figures.Sharpness));
            }

            output.WriteLine($"{clip}: least likeness {least:0.00}, most lost {most:0.00}, least sharpness {sharp:0.00}, {scene.MsPerCheck:0.0} ms a check");
            Assert.DoesNotContain(scene.Changes, c => c.State != TamperState.Clear);
            Assert.Equal(TamperState.Clear, scene.Watch.State);
            // Without one it took its own, and said so.
            if (!withReference) Assert.NotNull(Assert.Single(scene.Changes).NewReference);
        }
    }

    [Theory]
    [InlineData("gain")]
    [InlineData("headlights")]
    [InlineData("bus")]
    [InlineData("rain")]
    [InlineData("dusk")]
    public void What_a_street_does_by_itself_is_no_attack(string what)
    {
        foreach (var clip in StillClips)
        {
            using var scene = TamperScene.Open(clip.Data);
            scene.Play(Minute);
            if (what == "dusk")
            {
                // Six minutes to a twelfth of the light: faster than a tropical evening.
                scene.Play(6 * Minute, (picture, i) => Dusk(picture, i / 120.0));
                scene.Play(6 * Minute, (picture, i) => Dusk(picture, 1 - i / 120.0));
            }

            for (var times = 0; times < 2 && what != "dusk"; times++)
            {
                scene.Play(what is "bus" ? 12 : what is "headlights" ? 9 : Minute, (picture, i) => Weather(picture, what, i));
                scene.Play(30);
            }

            output.WriteLine($"{clip.Data} {what}: {string.Join(", ", scene.Changes.Select(c => $"{c.State} at {c.At.Elapsed}"))} {scene.Watch.Figures}");
            Assert.Empty(scene.Changes);
        }
    }

    [Fact]
    public void A_camera_in_a_hand_is_a_moved_camera()
    {
        using var scene = TamperScene.Open("street_plate_pan.mp4", fps: 1);
        var delay = scene.Play(2 * Minute);
        output.WriteLine($"after {delay?.TotalSeconds} s: {string.Join(", ", scene.Changes.Select(c => c.State))} {scene.Watch.Figures}");
        // No view stays for half a minute, so it takes more than the minute of a fixed camera.
        Assert.Equal(TamperState.Moved, scene.Changes[0].State);
    }

    [Fact]
    public void A_confirmed_view_is_the_new_reference_and_comes_back_from_its_file()
    {
        using var scene = TamperScene.Open("hanoi_junction_light.mp4");
        scene.Play(30);
        scene.Play(Minute, (picture, _) => Attack(picture, "shift 5 %"));
        Assert.Equal(TamperState.Moved, scene.Watch.State);
        scene.Watch.Confirm();
        scene.Play(Minute, (picture, _) => Attack(picture, "shift 5 %"));
        var taken = scene.Changes[^1];
        Assert.Equal((TamperState.Clear, TamperState.Moved), (taken.State, taken.Before));

        var path = Clips.NewPath("hanoi.reference");
        taken.NewReference!.Save(path);
        var loaded = TamperReference.Load(path)!;
        Assert.Equal(taken.NewReference.Edges, loaded.Edges);
        Assert.Equal((taken.NewReference.Width, taken.NewReference.Sharpness, taken.NewReference.TakenAt), (loaded.Width, loaded.Sharpness, loaded.TakenAt));
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..200]);
        Assert.Contains("snapshot --reference", Assert.Throws<InvalidDataException>(() => TamperReference.Load(path)).Message, StringComparison.Ordinal);
        Assert.Null(TamperReference.Load(path + ".absent"));
    }

    [Fact]
    public void Between_two_checks_nothing_is_allocated()
    {
        using var pool = new FramePool(640, 360, 1);
        using var frame = pool.TryRent()!;
        frame.Pixels.Fill(90);
        using var watch = new TamperWatch(null);
        watch.Look(frame, new FrameTime(TimeSpan.Zero, DateTimeOffset.UnixEpoch));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1; i < 1000; i++) watch.Look(frame, new FrameTime(TimeSpan.FromMilliseconds(i), DateTimeOffset.UnixEpoch));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(1, watch.Checks);
    }

    private static void Attack(Mat picture, string attack)
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
                var number = double.Parse(attack.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
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

    // Light goes to a twelfth, and the sensor's noise comes up.
    private static void Dusk(Mat picture, double share)
    {
        picture.ConvertTo(picture, -1, Math.Pow(12, -share), 6 * share);
        using var noise = new Mat(picture.Size(), MatType.CV_8UC3);
        Cv2.Randn(noise, Scalar.All(6 * share), Scalar.All(4 * share));
        Cv2.Add(picture, noise, picture);
    }
}
