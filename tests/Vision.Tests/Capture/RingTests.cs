using System.Diagnostics;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class RingTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly DateTimeOffset Start = new(2026, 8, 15, 0, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("ring-test-").FullName;
    private readonly List<(FrameTime Time, int Number)> _seen = [];
    private readonly ClipCutter _cutter = new();

    public void Dispose()
    {
        _cutter.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("libx264")]
    [InlineData("libx265")]
    public async Task Stills_and_a_clip_of_a_live_camera_are_exactly_the_frames_that_were_seen(string codec)
    {
        await using var server = await RtspServer.StartAsync("cam=" + await CountedClip.RenderAsync(codec: codec));
        using var camera = Streams.Watch(server.Url("cam"), o => o with { Transport = Transport.Tcp, AnalyseFps = 8, Ring = Ring() }, Look);
        await Wait.Until("some seconds were seen", () => Count() > 60, Soon);

        var ring = camera.Stream.Ring!;
        var seen = Seen();
        // One frame of long ago, one in the middle, and the newest, which the ring may not hold yet.
        var wanted = new[] { seen[^40], seen[^20], seen[^1] };
        var watch = Stopwatch.StartNew();
        var stills = await _cutter.StillsAtAsync(ring, [.. wanted.Select(s => s.Time)], TestContext.Current.CancellationToken);
        output.WriteLine($"3 stills in {watch.ElapsedMilliseconds} ms");
        Assert.Equal(wanted, stills.Select(s => (s.Time, CountedClip.NumberOf(s.Jpeg))));

        watch.Restart();
        var clip = await _cutter.CutAsync(ring, seen[^40].Time, seen[^1].Time, Path.Combine(_folder, "clip.mp4"), TestContext.Current.CancellationToken);
        output.WriteLine($"clip of {clip.Pictures} pictures in {watch.ElapsedMilliseconds} ms");
        AssertTrue(clip, codec == "libx265" ? "hevc" : "h264");
        Assert.InRange((seen[^40].Time.Elapsed - clip.First.Elapsed).TotalSeconds, 0, 1.001);
        Assert.Equal((false, false, false), (clip.HasGap, clip.StartsLate, clip.EndsEarly));
        Assert.Equal(RingState.Recording, ring.Status.State);
    }

    [Theory]
    [InlineData(0, "libx264")]
    [InlineData(2, "libx264")]
    [InlineData(2, "libx265")]
    public async Task Copied_stretches_outlive_the_ring_and_give_the_same_pictures_at_the_same_times(int bFrames, string codec)
    {
        var file = await CountedClip.RenderAsync(bFrames: bFrames, codec: codec);
        using var old = new MemoryStream();
        using var late = new MemoryStream();
        IReadOnlyList<FrameTime> oldTimes, lateTimes;
        List<(FrameTime Time, int Number)> seen;
        using (var camera = Streams.Watch(file, o => o with { Ring = Ring() }, Look))
        {
            await Wait.Until("some seconds were seen", () => Count() > 100, Soon);
            seen = Seen();
            var ring = camera.Stream.Ring!;
            await ring.WaitForAsync(seen[^1].Time, Soon, TestContext.Current.CancellationToken);
            oldTimes = await ring.CopyAsync(seen[9].Time, seen[11].Time, old, TestContext.Current.CancellationToken);
            lateTimes = await ring.CopyAsync(seen[^60].Time, seen[^1].Time, late, TestContext.Current.CancellationToken);
        }

        Assert.Empty(Directory.GetFiles(_folder, "ring-*"));
        (old.Position, late.Position) = (0, 0);
        var work = Path.Combine(_folder, "work");
        using (var copy = FileFootage.OfCopies([(old, oldTimes), (late, lateTimes)], work))
        {
            var stills = await _cutter.StillsAtAsync(copy, [seen[10].Time, seen[^55].Time, seen[^2].Time], TestContext.Current.CancellationToken);
            Assert.Equal([seen[10], seen[^55], seen[^2]], stills.Select(s => (s.Time, CountedClip.NumberOf(s.Jpeg))));
            var clip = await _cutter.CutAsync(copy, seen[^55].Time, seen[^1].Time, Path.Combine(_folder, "copy.mp4"), TestContext.Current.CancellationToken);
            AssertTrue(clip, codec == "libx265" ? "hevc" : "h264");
            Assert.Equal((false, false, false), (clip.HasGap, clip.StartsLate, clip.EndsEarly));
        }

        Assert.False(Directory.Exists(work));
        late.Position = 0;
        Assert.Throws<FootageException>(() => FileFootage.OfCopies([(late, [.. lateTimes.Take(3)])], work));
    }

    [Fact]
    public async Task A_paced_file_with_B_frames_is_kept_and_cut_as_a_camera_is()
    {
        var file = await CountedClip.RenderAsync(bFrames: 2);
        using var camera = Streams.Watch(file, o => o with { Ring = Ring() }, Look);
        await Wait.Until("some seconds were seen", () => Count() > 100, Soon);
        var seen = Seen();
        var stills = await _cutter.StillsAtAsync(camera.Stream.Ring!, [seen[^60].Time, seen[^31].Time], TestContext.Current.CancellationToken);
        Assert.Equal([seen[^60], seen[^31]], stills.Select(s => (s.Time, CountedClip.NumberOf(s.Jpeg))));
        AssertTrue(await _cutter.CutAsync(camera.Stream.Ring!, seen[^60].Time, seen[^1].Time, Path.Combine(_folder, "b.mp4"), TestContext.Current.CancellationToken), "h264");
    }

    [Theory]
    [InlineData(0, "libx264")]
    [InlineData(2, "libx264")]
    [InlineData(2, "libx265")]
    public async Task A_replayed_file_gives_the_same_stills_and_clip_each_time(int bFrames, string codec)
    {
        var file = await CountedClip.RenderAsync(bFrames: bFrames, codec: codec);
        using (var replay = Streams.Watch(file, o => o with { RealTime = false, Start = Start, AnalyseFps = 8 }, Look)) await replay.Until(StreamState.Ended);
        var seen = Seen();
        using var footage = await FileFootage.OpenAsync(file, Start, TestContext.Current.CancellationToken);
        foreach (var at in (int[])[0, 1, 100, seen.Count - 1])
        {
            var still = Assert.Single(await _cutter.StillsAtAsync(footage, [seen[at].Time], TestContext.Current.CancellationToken));
            Assert.Equal(seen[at], (still.Time, CountedClip.NumberOf(still.Jpeg)));
        }

        var (first, second) = (Path.Combine(_folder, "1.mp4"), Path.Combine(_folder, "2.mp4"));
        var (from, to) = ClipCutter.StretchOf(seen[100].Time, seen[110].Time);
        AssertTrue(await _cutter.CutAsync(footage, from, to, first, TestContext.Current.CancellationToken), codec == "libx265" ? "hevc" : "h264");
        await _cutter.CutAsync(footage, from, to, second, TestContext.Current.CancellationToken);
        Assert.Equal(await File.ReadAllBytesAsync(first, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(second, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_cut_over_lost_connections_says_that_it_has_a_gap_and_keeps_its_length()
    {
        await using var server = await RtspServer.StartAsync("cam=" + await CountedClip.RenderAsync());
        await using var proxy = CuttingProxy.Start(server.Port);
        using var camera = Streams.Watch($"rtsp://127.0.0.1:{proxy.Port}/cam", o => o with { Transport = Transport.Tcp, Ring = Ring(count: 20) }, Look);
        for (var flap = 0; flap < 3; flap++)
        {
            var before = Count();
            await Wait.Until("frames come", () => Count() > before + 45, Soon);
            if (flap < 2) proxy.CutAll();
        }

        var seen = Seen();
        // The server begins its file anew for each connection; a pause between two frames may also be a busy machine's.
        var broken = Enumerable.Range(1, seen.Count - 1).Last(i => seen[i].Number < seen[i - 1].Number);
        var clip = await _cutter.CutAsync(camera.Stream.Ring!, seen[broken - 20].Time, seen[broken + 20].Time, Path.Combine(_folder, "gap.mp4"), TestContext.Current.CancellationToken);
        output.WriteLine($"{clip}; gap from {seen[broken - 1]} to {seen[broken]}, asked from {seen[broken - 20]} to {seen[broken + 20]}");
        Assert.True(clip.HasGap);
        AssertTrue(clip, "h264");
        // What came by an earlier connection is still there, frame by frame.
        var still = Assert.Single(await _cutter.StillsAtAsync(camera.Stream.Ring!, [seen[broken - 5].Time], TestContext.Current.CancellationToken));
        Assert.Equal(seen[broken - 5], (still.Time, CountedClip.NumberOf(still.Jpeg)));
        Assert.True(camera.Stream.Counters.Reconnects >= 2, $"{camera.Stream.Counters.Reconnects}"); // on a busy machine an attempt may be in vain
    }

    [Fact]
    public async Task The_ring_keeps_its_bounds_and_says_when_a_moment_is_gone()
    {
        File.WriteAllText(Path.Combine(_folder, "ring-00000007.ts"), "left by a process that was killed");
        File.WriteAllText(Path.Combine(_folder, "notes.txt"), "not ours");
        var file = await CountedClip.RenderAsync();
        using (var camera = Streams.Watch(file, o => o with { Ring = Ring(count: 3) }, Look))
        {
            var most = 0;
            await Wait.Until("the ring went round", () =>
            {
                most = Math.Max(most, Directory.GetFiles(_folder, "ring-*.ts").Length);
                return Count() > 140;
            }, Soon);
            Assert.Equal(3, most);
            var fault = await Assert.ThrowsAsync<FootageException>(() => _cutter.CutAsync(camera.Stream.Ring!, Seen()[0].Time, Seen()[10].Time, Path.Combine(_folder, "x.mp4"), TestContext.Current.CancellationToken));
            Assert.Contains("too long ago", fault.Message, StringComparison.Ordinal);
            var late = await _cutter.CutAsync(camera.Stream.Ring!, Seen()[0].Time, Seen()[^1].Time, Path.Combine(_folder, "x.mp4"), TestContext.Current.CancellationToken);
            Assert.True(late.StartsLate);
        }

        Assert.Equal(["notes.txt", "x.mp4"], Directory.GetFiles(_folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_ring_of_few_bytes_stays_below_them()
    {
        using var camera = Streams.Watch(await CountedClip.RenderAsync(), o => o with { Ring = Ring(count: 50) with { MaxBytes = 40_000 } }, Look);
        await Wait.Until("more than that was seen", () =>
        {
            Assert.InRange(camera.Stream.Ring!.Bytes, 0, 40_000);
            return Count() > 120;
        }, Soon);
        Assert.True(Directory.GetFiles(_folder).Length > 1);
    }

    [Fact]
    public async Task On_a_disk_that_is_almost_full_the_ring_stops_and_pictures_go_on()
    {
        var told = new List<RingStatus>();
        using var camera = Streams.Open(await CountedClip.RenderAsync(), o => o with { Ring = Ring() with { MinFreeBytes = long.MaxValue } });
        camera.Stream.Ring!.Changed += status =>
        {
            lock (told) told.Add(status);
        };
        for (var i = 0; i < 60; i++)
        {
            using var frame = camera.Stream.Take(TestContext.Current.CancellationToken);
            Assert.NotNull(frame);
        }

        await Wait.Until("the ring says so", () => camera.Stream.Ring!.Status.State == RingState.DiskLow, Soon);
        Assert.Empty(Directory.GetFiles(_folder));
        lock (told) Assert.Contains(told, s => s.Reason.Contains("MiB free", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disk_that_runs_full_in_midst_of_a_file_costs_the_ring_alone()
    {
        var disk = Path.Combine(_folder, "disk");
        Directory.CreateDirectory(disk);
        using var mount = Process.Start("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]);
        await mount.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen(mount.ExitCode != 0, "A small file system cannot be mounted here: the full disk is not tried.");
        try
        {
            using var camera = Streams.Watch(await CountedClip.RenderAsync(), o => o with { Ring = new SegmentRing(disk, TimeSpan.FromSeconds(1), 50) { MinFreeBytes = 0 } }, Look);
            await Wait.Until("the disk is full", () => camera.Stream.Ring!.Status.State == RingState.DiskFailed, Soon);
            var before = Count();
            await Wait.Until("pictures go on", () => Count() > before + 20, Soon);
            Assert.Contains("cannot be written", camera.Stream.Ring!.Status.Reason, StringComparison.Ordinal);
            // What was written before is whole.
            var still = Assert.Single(await _cutter.StillsAtAsync(camera.Stream.Ring!, [Seen()[5].Time], TestContext.Current.CancellationToken));
            Assert.Equal(Seen()[5], (still.Time, CountedClip.NumberOf(still.Jpeg)));
        }
        finally
        {
            using var away = Process.Start("umount", ["-l", disk]);
            await away.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task Key_frames_that_are_far_apart_are_told()
    {
        using var camera = Streams.Watch(await CountedClip.RenderAsync(keyFrameEvery: 60), o => o with { Ring = Ring() }, Look);
        await Wait.Until("it is told", () => camera.Stream.Ring!.Status is { KeyFramesFarApart: true, KeyFrameInterval.TotalSeconds: > 2.9 }, Soon);
        Assert.Equal(3, camera.Stream.Ring!.Status.KeyFrameInterval.TotalSeconds, 2);
        var probe = await StreamProbe.ProbeAsync(SecretUrl.Parse(await CountedClip.RenderAsync(keyFrameEvery: 800)), Transport.Auto, null, TimeProvider.System, new ListLogger(), TestContext.Current.CancellationToken);
        Assert.Null(probe.KeyFrameIntervalS);
        // A second key frame that does not come in 5 s is waited for 25.
        Assert.InRange(probe.LongestKeyFrameGapS!.Value, 24, 25.1);
    }

    [Fact]
    public async Task Pictures_of_another_codec_cannot_be_kept_and_it_says_so()
    {
        var clip = await Clips.RenderAsync("mjpeg.avi", ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10", "-t", "5", "-c:v", "mjpeg"]);
        using var camera = Streams.Watch(clip, o => o with { Loop = true, Ring = Ring() });
        await Wait.Until("the ring says so", () => camera.Stream.Ring!.Status.State == RingState.Unsupported, Soon);
        await Wait.Until("pictures go on", () => camera.Frames > 20, Soon);
        await Assert.ThrowsAsync<FootageException>(() => FileFootage.OpenAsync(clip, Start, TestContext.Current.CancellationToken));
    }

    private SegmentRing Ring(int count = 30) => new(_folder, TimeSpan.FromSeconds(1), count);

    private void Look(Frame frame)
    {
        lock (_seen) _seen.Add((frame.Time, CountedClip.NumberOf(frame)));
    }

    private int Count()
    {
        lock (_seen) return _seen.Count;
    }

    private List<(FrameTime Time, int Number)> Seen()
    {
        lock (_seen) return [.. _seen];
    }

    // Every picture of the clip that was also analysed is in it, in its order and without one left out; after a lost connection the server begins its file anew.
    private void AssertTrue(CutClip clip, string codec)
    {
        using var stream = Streams.Open(clip.Path, o => o with { RealTime = false });
        var (numbers, shown) = (new List<int>(), new List<TimeSpan>());
        while (stream.Stream.Take(TestContext.Current.CancellationToken) is { } frame)
        {
            using (frame)
            {
                numbers.Add(CountedClip.NumberOf(frame));
                shown.Add(frame.Time.Elapsed);
            }
        }

        var within = Seen().Where(s => s.Time.Elapsed >= clip.First.Elapsed && s.Time.Elapsed <= clip.Last.Elapsed).Select(s => s.Number).ToList();
        output.WriteLine($"{clip}: pictures {numbers[0]} to {numbers[^1]}, {numbers.Count} decoded, {within.Count} of them were analysed");
        Assert.Equal(codec, stream.Stream.Status.Codec);
        Assert.Equal(clip.Pictures, numbers.Count);
        Assert.Equal(clip.HasGap ? 1 : 0, numbers.Zip(numbers.Skip(1)).Count(pair => pair.Second != pair.First + 1));
        // Within a connection the clip keeps the camera's own clock, and the frames' times are those of their arrival: they differ by what a busy machine is late.
        Assert.Equal((clip.Last.Elapsed - clip.First.Elapsed).TotalSeconds, (shown[^1] - shown[0]).TotalSeconds, 1.0);
        Assert.NotEmpty(within);
        Assert.Subset(numbers.ToHashSet(), within.ToHashSet());
    }
}
