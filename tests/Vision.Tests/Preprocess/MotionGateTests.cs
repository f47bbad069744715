using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Tests.Preprocess;

public sealed class MotionGateTests
{
    private const double FrameRate = 8;

    [Fact]
    public void A_still_noisy_scene_is_analysed_only_every_two_seconds()
    {
        var analysed = Play(80, (frame, _) => { }, (_, _) => false);
        // 10 s at 8 fps: the first frame, then one every 2 s.
        Assert.InRange(analysed.Count, 5, 6);
        Assert.Equal(0, analysed[0]);
    }

    [Fact]
    public void A_person_who_walks_in_opens_the_gate_at_once_and_it_stays_open_a_second_longer()
    {
        var analysed = Play(60, (frame, index) =>
        {
            if (index is >= 20 and < 30) Draw(frame, 100 + (index - 20) * 6, 60, 20, 50, 60);
        }, (_, _) => false);
        Assert.All(Enumerable.Range(20, 10 + (int)FrameRate), index => Assert.Contains(index, analysed));
        Assert.DoesNotContain(44, analysed);
    }

    [Fact]
    public void Slow_motion_adds_up_until_it_opens_the_gate()
    {
        // 2 px a second: from one frame to the next a quarter of a pixel.
        var gate = new MotionGate(new MotionGateOptions { LongestPause = TimeSpan.FromHours(1) });
        var analysed = Play(gate, 120, (frame, index) => Draw(frame, 100 + index / 4, 60, 30, 60, 60), (_, _) => false);
        Assert.True(analysed.Count > 8, $"{analysed.Count} frames");
    }

    [Fact]
    public void The_gate_stays_open_while_tracks_move()
    {
        var analysed = Play(40, (_, _) => { }, (index, _) => index is >= 10 and < 30);
        Assert.All(Enumerable.Range(10, 20), index => Assert.Contains(index, analysed));
    }

    [Fact]
    public void A_stopped_object_is_seen_every_two_seconds()
    {
        var analysed = Play(100, (frame, _) => Draw(frame, 100, 60, 30, 60, 60), (_, _) => false);
        Assert.All(analysed.Zip(analysed.Skip(1)), pair => Assert.True((pair.Second - pair.First) / FrameRate <= 2));
    }

    [Fact]
    public void A_cloud_that_darkens_everything_does_not_open_the_gate()
    {
        var analysed = Play(80, (frame, index) =>
        {
            var luma = frame.Pixels[..(frame.Width * frame.Height)];
            for (var i = 0; i < luma.Length; i++) luma[i] = (byte)(luma[i] - index);
        }, (_, _) => false);
        Assert.InRange(analysed.Count, 5, 8);
    }

    [Fact]
    public void A_burnt_in_clock_is_learnt_as_the_scenes_own_unrest()
    {
        var shown = new bool[400];
        var analysed = Play(400, (frame, index) =>
        {
            if (index / 8 % 2 == 0) Draw(frame, 8, 8, 24, 16, 200);
        }, (_, _) => false);
        foreach (var index in analysed) shown[index] = true;
        var (early, late) = (shown[..100].Count(s => s), shown[200..].Count(s => s));
        Assert.True(late < 200 / 4, $"{late} of the last 200 frames, {early} of the first 100");
    }

    [Fact]
    public void A_new_size_begins_anew()
    {
        var gate = new MotionGate(MotionGateOptions.Default);
        using var small = Pictures.Noise(64, 64, 1);
        using var large = Pictures.Noise(128, 64, 1);
        using var tiny = Pictures.Noise(1, 1, 1);
        Assert.True(gate.ShouldAnalyse(small, false));
        Assert.True(gate.ShouldAnalyse(large, false));
        Assert.True(gate.ShouldAnalyse(tiny, false));
        Assert.True(gate.ShouldAnalyse(tiny, false));
        Assert.Equal(4, gate.Analysed);
    }

    [Fact]
    public void Looking_allocates_nothing()
    {
        var gate = new MotionGate(MotionGateOptions.Default);
        using var frame = Pictures.Noise(640, 360, 1);
        for (var i = 0; i < 50; i++) gate.ShouldAnalyse(frame, false);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) gate.ShouldAnalyse(frame, i % 2 == 0);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public unsafe void The_vector_sums_equal_their_plain_twin_at_every_width()
    {
        for (var width = 8; width <= 256; width++)
        {
            using var memory = new GuardedMemory(width * 24);
            new Random(width).NextBytes(memory.Bytes);
            var cells = width / 8 * 3;
            var (fast, plain) = (new ushort[cells], new ushort[cells]);
            MotionGrid.Sum((byte*)memory.Address, width, 24, width, fast);
            MotionGrid.SumReference((byte*)memory.Address, width, 24, width, plain);
            Assert.Equal(plain, fast);
        }
    }

    [Fact]
    public void The_vector_comparison_equals_its_plain_twin_at_every_length()
    {
        var random = new Random(3);
        for (var length = 1; length <= 256; length++)
        {
            var (now, before, noise) = (new ushort[length], new ushort[length], new ushort[length]);
            for (var i = 0; i < length; i++) (now[i], before[i], noise[i]) = ((ushort)random.Next(8161), (ushort)random.Next(8161), (ushort)random.Next(3000));
            var plain = (ushort[])noise.Clone();
            var shift = (short)random.Next(-500, 500);
            Assert.Equal(now.Zip(before).Sum(p => p.First - (long)p.Second), MotionGrid.Shift(now, before));
            var learn = length % 2 == 0;
            Assert.Equal(MotionGrid.ChangedReference(now, before, plain, shift, 160, learn), MotionGrid.Changed(now, before, noise, shift, 160, learn));
            Assert.Equal(plain, noise);
        }
    }

    private static List<int> Play(int frames, Action<Frame, int> draw, Func<int, MotionGate, bool> tracksAlive) =>
        Play(new MotionGate(MotionGateOptions.Default), frames, draw, tracksAlive);

    private static List<int> Play(MotionGate gate, int frames, Action<Frame, int> draw, Func<int, MotionGate, bool> tracksAlive)
    {
        using var pool = new FramePool(320, 180, 1);
        var random = new Random(5);
        var analysed = new List<int>();
        for (var index = 0; index < frames; index++)
        {
            using var frame = pool.TryRent()!;
            frame.Time = new FrameTime(TimeSpan.FromSeconds(index / FrameRate), DateTimeOffset.UnixEpoch);
            var luma = frame.Pixels[..(320 * 180)];
            for (var i = 0; i < luma.Length; i++) luma[i] = (byte)(110 + i % 320 / 8 + random.Next(-6, 7));
            draw(frame, index);
            if (gate.ShouldAnalyse(frame, tracksAlive(index, gate))) analysed.Add(index);
        }

        return analysed;
    }

    private static void Draw(Frame frame, int left, int top, int width, int height, byte luma)
    {
        for (var y = top; y < top + height; y++) frame.Pixels.Slice(y * frame.Width + left, width).Fill(luma);
    }
}
