using System.Diagnostics;
using System.Text.Json;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary><c>replay</c>: one recorded file through a camera's whole pipeline.</summary>
public sealed class ReplayTests : IDisposable
{
    private readonly Installation _site = new(zone: IntervalGrid.HoChiMinh);

    [Fact]
    public async Task The_same_file_gives_the_same_bytes()
    {
        var clip = await StreetClip.PathAsync();
        _site.Camera("cong", Installation.UrlOf(clip));
        var first = await ReplayAsync(clip, "a.jsonl");
        var second = await ReplayAsync(clip, "b.jsonl");
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Crossings_and_counts_agree_and_begin_at_the_stated_time()
    {
        var clip = await StreetClip.PathAsync();
        _site.Camera("cong", Installation.UrlOf(clip), "place: { text: Cổng Bình Minh, lat: 18.8206, lon: 105.7189 }\nzones: { san: { points: [[0, 0], [1, 0], [1, 1], [0, 1]], units: fraction } }")
            .Write("cameras/cong.yaml", (await File.ReadAllTextAsync(Path.Combine(_site.Folder, "cameras", "cong.yaml"))).Replace("interval: 1d }", "interval: 1d }, { id: san, zone: san, classes: [person], capacity: 5 }", StringComparison.Ordinal));
        var text = await ReplayAsync(clip, "a.jsonl", "--start", "2026-06-01T06:00:00+07:00");
        var events = await EventContract.ReadLinesAsync(text);
        var crossings = events.Of("crossing");
        Assert.NotEmpty(crossings);
        var (from, to) = (new DateTimeOffset(2026, 5, 31, 23, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 5, 31, 23, 0, 12, TimeSpan.Zero));
        Assert.All(crossings, crossing => Assert.InRange(crossing.GetProperty("at").GetDateTimeOffset(), from, to));

        var count = Assert.Single(events.Of("count"));
        int Of(string direction) => crossings.Count(crossing => crossing.GetProperty("direction").GetString() == direction);
        Assert.Equal((Of("in"), Of("out")), (count.GetProperty("in").GetInt32(), count.GetProperty("out").GetInt32()));
        Assert.All(events, item => Assert.Equal("Cổng Bình Minh", item.GetProperty("data").GetProperty("place").GetProperty("text").GetString()));
        var present = events.Of("occupancy");
        Assert.Contains(present, zone => zone.GetProperty("present").GetInt32() > 0 && zone.GetProperty("capacity").GetInt32() == 5);
        Assert.InRange(count.GetProperty("to").GetDateTimeOffset(), from.AddSeconds(11), to);
    }

    [Fact]
    public async Task Crossings_are_told_of_what_is_counted_at_their_line_and_of_everything_where_nobody_counts()
    {
        var clip = await StreetClip.PathAsync();
        var counted = Installation.CameraYaml("cong", Installation.UrlOf(clip));
        _site.Write("cameras/cong.yaml", counted.Replace("[person]", "[car]", StringComparison.Ordinal));
        Assert.Empty((await EventContract.ReadLinesAsync(await ReplayAsync(clip, "a.jsonl"))).Of("crossing"));
        _site.Write("cameras/cong.yaml", string.Join('\n', counted.Split('\n').Where(line => !line.StartsWith("counting:", StringComparison.Ordinal))));
        Assert.NotEmpty((await EventContract.ReadLinesAsync(await ReplayAsync(clip, "b.jsonl"))).Of("crossing"));
    }

    [Fact]
    public async Task An_unknown_camera_is_wrong_usage_and_those_there_are_are_named()
    {
        var clip = await StreetClip.PathAsync();
        _site.Camera("cong", Installation.UrlOf(clip)).Camera("cho-dem", Installation.UrlOf(clip));
        var ended = await GatewayProcess.RunAsync("replay", "--config", _site.Folder, "--camera", "cng", "--input", clip, "--out", PathOf("a.jsonl"));
        Assert.Equal(2, ended.Code);
        Assert.Contains("There is no camera 'cng'", ended.Error, StringComparison.Ordinal);
        Assert.Contains("cho-dem, cong", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seconds_that_the_decoder_calls_damaged_are_a_gap_and_not_a_quiet_street()
    {
        var clip = await StreetClip.PathAsync();
        var damaged = Path.Combine(_site.Folder, "damaged.ts");
        using (var copy = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-y", "-i", clip, "-c", "copy", damaged]) { UseShellExecute = false })!) await copy.WaitForExitAsync();
        var bytes = await File.ReadAllBytesAsync(damaged);
        var random = new Random(7);
        for (var i = 0; i < 400; i++) bytes[random.Next(bytes.Length / 2, bytes.Length)] = (byte)random.Next(256);
        await File.WriteAllBytesAsync(damaged, bytes);
        _site.Camera("cong", Installation.UrlOf(clip));
        var ended = await GatewayProcess.RunAsync("replay", "--config", _site.Folder, "--camera", "cong", "--input", damaged, "--out", PathOf("a.jsonl"), "--start", "2026-06-01T00:00:00+07:00");
        Assert.Contains("reported damage", ended.Error, StringComparison.Ordinal);
        var count = Assert.Single((await EventContract.ReadLinesAsync(await File.ReadAllTextAsync(PathOf("a.jsonl")))).Of("count"));
        Assert.InRange(count.GetProperty("coverage").GetDouble(), 0.3, 0.9);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Đây không phải là phim.\n")]
    public async Task A_file_that_is_no_video_fails_and_leaves_no_half_result(string content)
    {
        _site.Camera("cong", "rtsp://10.0.0.1/main");
        var file = Path.Combine(_site.Folder, "notes.mp4");
        await File.WriteAllTextAsync(file, content);
        var ended = await GatewayProcess.RunAsync("replay", "--config", _site.Folder, "--camera", "cong", "--input", file, "--out", PathOf("a.jsonl"));
        Assert.Equal(1, ended.Code);
        Assert.Contains("notes.mp4", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("a.jsonl")) || File.Exists(PathOf("a.jsonl.partial")));
    }

    [Fact]
    public async Task A_mistake_in_the_configuration_is_told_before_anything_is_done()
    {
        var clip = await StreetClip.PathAsync();
        _site.Camera("cong", Installation.UrlOf(clip), "analyseFp: 3");
        var ended = await GatewayProcess.RunAsync("replay", "--config", _site.Folder, "--camera", "cong", "--input", clip, "--out", PathOf("a.jsonl"));
        Assert.Equal(2, ended.Code);
        Assert.Contains("cameras/cong.yaml:7:1: ", ended.Error, StringComparison.Ordinal);
        Assert.Contains("'analyseFps'", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(320, 568)]
    [InlineData(321, 241)]
    [InlineData(16, 16)]
    [InlineData(2600, 64)]
    public async Task Any_size_of_picture_is_looked_at(int width, int height)
    {
        _site.Camera("cong", "rtsp://10.0.0.1/main");
        var clip = await Clips.RenderAsync($"odd-{width}x{height}.mkv", ["-f", "lavfi", "-i", $"testsrc2=size={width}x{height}:rate=5", "-t", "2", "-c:v", "ffv1", "-pix_fmt", "yuv420p"]);
        var ended = await GatewayProcess.RunAsync("replay", "--config", _site.Folder, "--camera", "cong", "--input", clip, "--out", PathOf("a.jsonl"));
        Assert.True(ended.Code == 0, ended.Error);
        using var summary = JsonDocument.Parse(ended.Output);
        Assert.Equal((10, 0), (summary.RootElement.GetProperty("frames").GetInt32(), summary.RootElement.GetProperty("failed").GetInt32()));
    }

    [Fact]
    public async Task A_size_that_changes_midway_is_told_and_what_came_before_is_kept()
    {
        _site.Camera("cong", "rtsp://10.0.0.1/main");
        var bytes = new List<byte>();
        foreach (var size in new[] { "320x240", "640x480" })
        {
            bytes.AddRange(await File.ReadAllBytesAsync(await Clips.RenderAsync($"change-{size}.ts", ["-f", "lavfi", "-i", $"testsrc2=size={size}:rate=5", "-t", "2", .. Clips.Encoder("libx264", 5), "-f", "mpegts"])));
        }

        var ended = await GatewayProcess.RunAsync("replay", "--config", _site.Folder, "--camera", "cong", "--input", Clips.Bytes("change.ts", bytes.ToArray()), "--out", PathOf("a.jsonl"));
        Assert.Equal(1, ended.Code);
        Assert.Contains("320×240", ended.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(PathOf("a.jsonl")));
        Assert.False(File.Exists(PathOf("a.jsonl.partial")));
    }

    [Fact]
    public async Task An_mp4_that_was_not_copied_whole_fails_and_keeps_what_it_held()
    {
        _site.Camera("cong", "rtsp://10.0.0.1/main");
        var whole = await File.ReadAllBytesAsync(await Clips.RenderAsync("square-fast.mp4", ["-i", await StreetClip.PathAsync(), "-c", "copy", "-movflags", "faststart"]));
        var cut = Clips.Bytes("cut.mp4", whole.AsSpan(0, whole.Length / 2));
        var ended = await GatewayProcess.RunAsync("replay", "--config", _site.Folder, "--camera", "cong", "--input", cut, "--out", PathOf("a.jsonl"));
        Assert.Equal(1, ended.Code);
        Assert.Contains("cut.mp4 is cut off", ended.Error, StringComparison.Ordinal);
        Assert.Contains(PathOf("a.jsonl"), ended.Error, StringComparison.Ordinal);
        Assert.NotEmpty(await File.ReadAllLinesAsync(PathOf("a.jsonl")));
    }

    [Fact]
    public async Task A_clip_cut_short_counts_what_it_holds()
    {
        _site.Camera("cong", "rtsp://10.0.0.1/main");
        var whole = await File.ReadAllBytesAsync(await Clips.RenderAsync("square.ts", ["-i", await StreetClip.PathAsync(), "-c", "copy", "-f", "mpegts"]));
        var cut = Clips.Bytes("cut.ts", whole.AsSpan(0, whole.Length * 2 / 3));
        var ended = await GatewayProcess.RunAsync("replay", "--config", _site.Folder, "--camera", "cong", "--input", cut, "--out", PathOf("a.jsonl"));
        Assert.True(ended.Code == 0, ended.Error);
        using var summary = JsonDocument.Parse(ended.Output);
        Assert.InRange(summary.RootElement.GetProperty("frames").GetInt32(), 30, 45); // two thirds of 12 s at 5 a second
    }

    public void Dispose() => _site.Dispose();

    private string PathOf(string name) => Path.Combine(_site.Folder, name);

    private async Task<string> ReplayAsync(string clip, string name, params string[] more)
    {
        var ended = await GatewayProcess.RunAsync(["replay", "--config", _site.Folder, "--camera", "cong", "--input", clip, "--out", PathOf(name), .. more]);
        Assert.True(ended.Code == 0, ended.Error);
        return await File.ReadAllTextAsync(PathOf(name));
    }
}
