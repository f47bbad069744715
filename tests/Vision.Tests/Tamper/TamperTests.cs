using EdgeGateway.Benchmarks.Tamper;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tamper;

namespace EdgeGateway.Vision.Tests.Tamper;

// A few attacks of each kind on each clip; all of them, with delays and costs, are in "benchmarks report tamper".
public sealed class TamperTests(ITestOutputHelper output)
{
    private const double Minute = 60;
    private const double Settling = 36;

    public static TheoryData<string, string[]> Attacks => new()
    {
        { "lobby_one_by_one.mp4", ["hand", "shift 5 %", "defocus"] },
        { "plaza_walkers.mp4", ["black", "turn 8", "spray"] },
        { "hanoi_junction_light.mp4", ["bag", "shift 10 %", "away", "defocus"] },
        { "night_ir_path.mp4", ["white", "turn 3", "defocus"] },
    };

    public static TheoryData<string> StillClips => [.. TamperScene.StillClips];

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_is_told_within_a_minute_and_its_end_too(string clip, string[] attacks)
    {
        foreach (var attack in attacks)
        {
            using var scene = Open(clip);
            Assert.Null(scene.Play(Settling));
            var delay = scene.Play(Minute, (picture, _) => TamperAttacks.Apply(picture, attack), untilChanged: true);
            output.WriteLine($"{clip} {attack}: {scene.Watch.State} after {delay?.TotalSeconds} s, {scene.Ms.Average():0.0} ms a check, {scene.Watch.Figures}");
            // Paint thick enough to hide the view is a cover.
            if (attack == "spray") Assert.True(scene.Watch.IsTampered, "nothing was told");
            else Assert.Equal(TamperAttacks.All.Single(one => one.Name == attack).Expected, scene.Watch.State);
            Assert.NotNull(scene.Play(48, untilChanged: true));
            Assert.Equal(TamperState.Clear, scene.Watch.State);
        }
    }

    [Theory]
    [MemberData(nameof(StillClips))]
    public void Untouched_clips_raise_nothing_with_a_reference_and_without(string clip)
    {
        foreach (var withReference in (bool[])[true, false])
        {
            using var scene = Open(clip, withReference);
            scene.Play(120);
            output.WriteLine($"{clip}: {scene.Watch.Figures}, {scene.Ms.Average():0.0} ms a check");
            Assert.DoesNotContain(scene.Changes, change => change.State != TamperState.Clear);
            Assert.Equal(TamperState.Clear, scene.Watch.State);
            // Without one it took its own, and said so.
            if (!withReference) Assert.NotNull(Assert.Single(scene.Changes).NewReference);
        }
    }

    [Theory]
    [InlineData("plaza_walkers.mp4", "gain")]
    [InlineData("hanoi_junction_light.mp4", "headlights")]
    [InlineData("lobby_one_by_one.mp4", "bus")]
    [InlineData("night_ir_path.mp4", "rain")]
    public void What_a_street_does_by_itself_is_no_attack(string clip, string what)
    {
        using var scene = Open(clip);
        scene.Play(Settling);
        TamperAttacks.PlayHarmless(scene, what);
        output.WriteLine($"{clip} {what}: {string.Join(", ", scene.Changes.Select(c => $"{c.State} at {c.At.Elapsed}"))} {scene.Watch.Figures}");
        Assert.Empty(scene.Changes);
    }

    [Fact]
    public void A_camera_in_a_hand_is_a_moved_camera()
    {
        using var scene = Open("street_plate_pan.mp4", fps: 1);
        var delay = scene.Play(2 * Minute, untilChanged: true);
        output.WriteLine($"after {delay?.TotalSeconds} s: {scene.Watch.Figures}");
        // No view stays for half a minute, so it takes more than the minute of a fixed camera.
        Assert.Equal(TamperState.Moved, scene.Watch.State);
    }

    [Fact]
    public void A_confirmed_view_is_the_new_reference_and_comes_back_from_its_file()
    {
        using var scene = Open("hanoi_junction_light.mp4");
        scene.Play(30);
        scene.Play(Minute, (picture, _) => TamperAttacks.Apply(picture, "shift 5 %"), untilChanged: true);
        Assert.Equal(TamperState.Moved, scene.Watch.State);
        scene.Watch.Confirm();
        scene.Play(30, (picture, _) => TamperAttacks.Apply(picture, "shift 5 %"));
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

    private static TamperScene Open(string clip, bool withReference = true, double fps = 1 / 3.0)
    {
        var path = SharedData.TryPath("videos", clip);
        Assert.SkipWhen(path is null, "shared/data is not beside this checkout: the real clips are not there.");
        return TamperScene.Open(path, withReference, fps);
    }
}
