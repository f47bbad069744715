using EdgeGateway.Cameras;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tamper;
using OpenCvSharp;

namespace EdgeGateway.Tests.Cameras;

/// <summary>Rules rest from the moment a camera was covered or moved until a person has looked. What counts as that is shown on real clips in <c>TamperTests</c>.</summary>
public sealed class ViewGuardTests : IDisposable
{
    private const int Shift = 60;
    private static readonly DateTimeOffset Noon = DateTimeOffset.UtcNow.AddHours(-1);

    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-view-").FullName;
    private readonly FramePool _pool = new(640, 360, 1);
    private readonly List<TamperChange> _changes = [];
    private TimeSpan _now;

    private string Reference => Path.Combine(_folder, "references", "cong.reference");

    private string Mark => Reference + ".unconfirmed";

    public ViewGuardTests() => KeepReference(Noon);

    public void Dispose()
    {
        _pool.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_view_that_was_moved_and_is_back_is_counted_again_and_accuses_nobody_until_somebody_has_looked_over_a_restart_too()
    {
        using (var guard = Open())
        {
            Play(guard, 45);
            Assert.False(guard.RulesRest);
            Play(guard, 60, Shift);
            Assert.True(guard is { IsTampered: true, RulesRest: true });
            Play(guard, 60);
            Assert.True(guard is { IsTampered: false, RulesRest: true });
            Assert.Equal(TamperState.Moved, _changes[^1].State);
            Assert.Contains("confirm_camera", _changes[^1].ReasonVi, StringComparison.Ordinal);
        }

        using (var again = Open())
        {
            _changes.Clear();
            Play(again, 30);
            Assert.True(again is { IsTampered: false, RulesRest: true });
            Assert.Equal(TamperState.Moved, Assert.Single(_changes).State);
            again.Confirm();
            Play(again, 3);
            Assert.False(again.RulesRest);
            Assert.Equal(TamperState.Clear, _changes[^1].State);
            Assert.False(File.Exists(Mark));
        }

        using var last = Open();
        Play(last, 3);
        Assert.False(last.RulesRest);
    }

    [Fact]
    public void A_camera_that_was_moved_while_the_service_was_off_accuses_nobody_from_its_first_frame_on()
    {
        using var guard = Open();
        for (var i = 0; i < 100; i++)
        {
            Play(guard, 3, Shift);
            Assert.True(guard.RulesRest, $"after {_now}");
        }

        Assert.Equal(TamperState.Moved, Assert.Single(_changes).State);
    }

    [Fact]
    public void A_reference_that_an_installer_takes_later_says_that_somebody_has_looked()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Reference)!);
        File.WriteAllText(Mark, "Covered");
        File.SetLastWriteTimeUtc(Mark, Noon.AddMinutes(10).UtcDateTime);
        using (var guard = Open())
        {
            Play(guard, 3);
            Assert.True(guard.RulesRest);
            Assert.Equal(TamperState.Covered, Assert.Single(_changes).State);
        }

        KeepReference(Noon.AddMinutes(20));
        using var later = Open();
        Play(later, 3);
        Assert.False(later.RulesRest);
    }

    [Fact]
    public void A_disk_that_takes_nothing_stops_no_camera_and_rules_rest_all_the_same()
    {
        using var guard = Open();
        Play(guard, 45);
        Directory.CreateDirectory(Mark); // where the mark should be
        Play(guard, 60, Shift);
        Assert.True(guard.RulesRest);
        Directory.Delete(Mark);
        Play(guard, 3, Shift);
        Assert.Equal("Moved", File.ReadAllText(Mark));
    }

    private ViewGuard Open() => new(Reference, _changes.Add);

    private void KeepReference(DateTimeOffset at)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Reference)!);
        using var frame = Picture(0);
        TamperWatch.ReferenceOf(frame, at).Save(Reference);
    }

    private void Play(ViewGuard guard, int seconds, int shift = 0)
    {
        for (var second = 0; second < seconds; second += (int)TamperWatch.Every.TotalSeconds)
        {
            using var frame = Picture(shift);
            guard.RulesRestAfter(frame);
            _now += TamperWatch.Every;
        }
    }

    // A wall of grey stones, seen from a little further to the left where it is shifted.
    private Frame Picture(int shift)
    {
        using var wall = new Mat(360, 640, MatType.CV_8UC1, new Scalar(110));
        var random = new Random(7);
        for (var i = 0; i < 90; i++)
        {
            var (x, y) = (random.Next(-100, 700), random.Next(-40, 360));
            Cv2.Rectangle(wall, new Rect(x + shift, y, random.Next(20, 90), random.Next(12, 50)), new Scalar(random.Next(40, 220)), -1);
        }

        var frame = _pool.TryRent()!;
        frame.Pixels.Fill(128);
        wall.GetArray(out byte[] luma);
        luma.CopyTo(frame.Pixels);
        frame.Time = new FrameTime(_now, Noon + _now);
        return frame;
    }
}
