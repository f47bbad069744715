using EdgeGateway.Testing;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tests.Imaging;

public sealed class ExportClipTests
{
    private static readonly BoxPx Other = new(40, 60, 64, 32);
    private static readonly BoxPx Own = new(180, 60, 64, 32);

    [Theory]
    [InlineData(320, 240, "libx264")]
    [InlineData(321, 239, "libx265")]
    public async Task What_is_hidden_is_gone_from_every_picture_and_the_rest_stays(int width, int height, string codec)
    {
        // Still noise: every picture of it is alike, and has detail everywhere.
        var noise = await Clips.RenderAsync(
            $"noise-{width}-{codec}.mp4", ["-f", "lavfi", "-i", $"nullsrc=size={width}x{height}:rate=25,geq=lum='mod(X*79+Y*131+X*Y*31,251)':cb=128:cr=128", "-t", "3", "-c:v", codec, "-pix_fmt", "yuv444p", "-crf", "10", "-g", "12"]);
        var copy = Clips.NewPath("copy.mp4");
        var seen = new List<double>();
        await ExportClip.MakeAsync(noise, copy, frame =>
        {
            Assert.Equal((width, height), (frame.Width, frame.Height));
            seen.Add(frame.Time.Elapsed.TotalSeconds);
            return new ExportPlaces([Other, Own], [Own]);
        }, TestContext.Current.CancellationToken);

        Assert.Equal([.. Enumerable.Range(0, 15).Select(i => i / 5.0)], seen.Select(s => Math.Round(s, 2)));
        var pictures = PicturesOf(copy);
        Assert.Equal(15, pictures.Count);
        Assert.All(pictures, picture =>
        {
            using (picture)
            {
                Assert.InRange(DetailIn(picture, Other), 0, 6);
                Assert.True(DetailIn(picture, Own) > 30);
            }
        });
    }

    [Fact]
    public async Task A_hole_in_the_clip_stays_as_long_as_it_was()
    {
        // Two seconds are missing after the first.
        var holed = await Clips.RenderAsync(
            "holed.mp4", ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10", "-t", "5", "-vf", "select='lt(t,1)+gte(t,3)'", "-fps_mode", "vfr", "-c:v", "libx264", "-bf", "0", "-pix_fmt", "yuv420p"]);
        var copy = Clips.NewPath("copy.mp4");
        var seen = new List<double>();
        await ExportClip.MakeAsync(holed, copy, frame =>
        {
            seen.Add(frame.Time.Elapsed.TotalSeconds);
            return new ExportPlaces([], []);
        }, TestContext.Current.CancellationToken);
        Assert.Equal(15, seen.Count);
        Assert.DoesNotContain(seen, s => s is > 1 and < 2.9);
        var pictures = PicturesOf(copy);
        pictures.ForEach(one => one.Dispose());
        Assert.Equal(25, pictures.Count);
    }

    [Fact]
    public async Task The_same_clip_gives_the_same_bytes()
    {
        var clip = await Clips.MovingAsync();
        var (one, two) = (Clips.NewPath("one.mp4"), Clips.NewPath("two.mp4"));
        await ExportClip.MakeAsync(clip, one, _ => new ExportPlaces([Other], []), TestContext.Current.CancellationToken);
        await ExportClip.MakeAsync(clip, two, _ => new ExportPlaces([Other], []), TestContext.Current.CancellationToken);
        Assert.Equal(await File.ReadAllBytesAsync(one, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(two, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_is_no_clip_leaves_nothing_behind_and_a_fault_in_the_search_comes_through()
    {
        var copy = Clips.NewPath("copy.mp4");
        await Assert.ThrowsAsync<FootageException>(() => ExportClip.MakeAsync(Clips.Bytes("no.mp4", "no clip"u8), copy, _ => default, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await ExportClip.MakeAsync(await Clips.MovingAsync(), copy, _ => throw new InvalidOperationException("search"), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(copy)!, Path.GetFileName(copy) + "*"));
    }

    [Fact]
    public void A_path_is_known_between_its_moments_and_nowhere_else()
    {
        TrackMoment[] path = [Moment(1, 0), Moment(1.4, 40), Moment(1.6, 60), Moment(3, 200)];
        Assert.Null(TrackMoment.BoxAt(path, TimeSpan.FromSeconds(0.9)));
        Assert.Equal(0, At(1));
        Assert.Equal(20, At(1.2), 1);
        Assert.Equal(50, At(1.5), 1);
        Assert.Null(TrackMoment.BoxAt(path, TimeSpan.FromSeconds(2))); // nobody saw it for more than a second
        Assert.Equal(200, At(3));
        Assert.Null(TrackMoment.BoxAt(path, TimeSpan.FromSeconds(3.1)));
        Assert.Null(TrackMoment.BoxAt([], TimeSpan.Zero));

        float At(double seconds) => TrackMoment.BoxAt(path, TimeSpan.FromSeconds(seconds))!.Value.X;
        static TrackMoment Moment(double seconds, float x) => new(new FrameTime(TimeSpan.FromSeconds(seconds), DateTimeOffset.UnixEpoch), new BoxPx(x, 0, 10, 10));
    }

    private static List<Mat> PicturesOf(string clip)
    {
        using var video = new VideoCapture(clip);
        var pictures = new List<Mat>();
        for (var picture = new Mat(); video.Read(picture) && !picture.Empty(); picture = new Mat()) pictures.Add(picture);
        return pictures;
    }

    /// <summary>Standard deviation of the grey values within the inner half of a box.</summary>
    private static double DetailIn(Mat picture, in BoxPx box)
    {
        using var part = picture[new Rect((int)(box.X + box.Width / 4), (int)(box.Y + box.Height / 4), (int)(box.Width / 2), (int)(box.Height / 2))];
        using var grey = part.CvtColor(ColorConversionCodes.BGR2GRAY);
        Cv2.MeanStdDev(grey, out _, out var deviation);
        return deviation.Val0;
    }
}
