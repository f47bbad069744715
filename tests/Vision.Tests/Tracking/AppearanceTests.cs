using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Tests.Analytics;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Tracking;

/// <summary>How objects look helps to keep them apart. The pictures are painted: coats of plain colours.</summary>
public sealed class AppearanceTests : IDisposable
{
    private static readonly (byte Y, byte U, byte V) Red = (90, 90, 200), White = (220, 128, 128), Blue = (70, 190, 100);
    private readonly FramePool _pool = new(640, 480, 1);
    private readonly ByteTracker _tracker = new();
    private readonly TrackBuffer _tracks = new();
    private readonly AppearanceBuffer _looks = new(TrackerOptions.DefaultCapacity);
    private double _time;

    public void Dispose() => _pool.Dispose();

    private Frame Picture(params (BoxPx Box, (byte Y, byte U, byte V) Coat)[] people)
    {
        var frame = _pool.TryRent()!;
        var (luma, chroma) = (frame.Width * frame.Height, frame.ChromaWidth * frame.ChromaHeight);
        frame.Pixels.Fill(128);
        foreach (var (box, coat) in people)
        {
            for (var y = (int)box.Y; y < (int)box.Bottom; y++)
            {
                frame.Pixels.Slice(y * frame.Width + (int)box.X, (int)box.Width).Fill(coat.Y);
                var at = y / 2 * frame.ChromaWidth + (int)box.X / 2;
                frame.Pixels.Slice(luma + at, (int)box.Width / 2).Fill(coat.U);
                frame.Pixels.Slice(luma + chroma + at, (int)box.Width / 2).Fill(coat.V);
            }
        }

        return frame;
    }

    /// <summary>One frame; the last of the people stands in front.</summary>
    private void See(BoxPx[] found, params (BoxPx Box, (byte Y, byte U, byte V) Coat)[] people)
    {
        using var frame = Picture(people);
        Detection[] detections = [.. found.Select(box => new Detection(box, 0.9f, 0, ObjectClass.Person))];
        _tracker.Update(detections, _looks.Look(frame, detections), Script.TimeOf(TimeSpan.FromSeconds(_time)), _tracks);
        _time += 0.125;
    }

    private static BoxPx At(float x, float y = 100) => new(x, y, 40, 100);

    private TrackId IdAt(float x)
    {
        foreach (ref readonly var track in _tracks.Items)
        {
            if (track.IsMatched && MathF.Abs(track.Box.X - x) < 15) return track.Id;
        }

        return default;
    }

    [Fact]
    public void One_coat_elsewhere_in_the_picture_looks_more_alike_than_another_coat()
    {
        using var frame = Picture((At(100), Red), (At(200), White), (At(300), Blue));
        var red = Appearance.Of(frame, At(100));
        using var later = PictureOf(At(140), Red);
        Assert.True(red.DistanceTo(Appearance.Of(later, At(142, 103))) < 5);
        Assert.True(red.DistanceTo(Appearance.Of(frame, At(200))) > 45);
        Assert.True(red.DistanceTo(Appearance.Of(frame, At(300))) > 45);
    }

    [Fact]
    public void A_look_that_is_not_known_costs_nothing()
    {
        using var frame = Picture((At(100), Red));
        Assert.Equal(0, default(Appearance).DistanceTo(Appearance.Of(frame, At(100))));
        Assert.False(default(Appearance).IsKnown);
    }

    [Theory]
    [InlineData(-30, -30, 40, 80)]
    [InlineData(620, 460, 100, 100)]
    [InlineData(10, 10, 0, 0)]
    [InlineData(float.NaN, 10, float.PositiveInfinity, 20)]
    public void A_box_beyond_the_frame_or_without_size_is_looked_at_within_it(float x, float y, float width, float height)
    {
        using var frame = Picture();
        Assert.True(Appearance.Of(frame, new BoxPx(x, y, width, height)).IsKnown);
    }

    [Fact]
    public void Who_comes_out_from_behind_another_keeps_the_number_of_his_coat()
    {
        for (var i = 0; i < 8; i++) See([At(190), At(215)], (At(190), Red), (At(215), White));
        var (red, white) = (IdAt(190), IdAt(215));
        Assert.NotEqual(red, white);
        // They change places; while they do, one box stands where both are, and it shows the white coat.
        for (var i = 0; i < 3; i++) See([At(202)], (At(202), Red), (At(202), White));
        for (var i = 0; i < 8; i++) See([At(190), At(215)], (At(215), Red), (At(190), White));
        Assert.Equal((white, red), (IdAt(190), IdAt(215)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_box_midway_between_two_goes_to_the_one_whose_coat_it_shows(bool first)
    {
        for (var i = 0; i < 8; i++) See([At(100), At(130)], (At(100), Red), (At(130), White));
        var expected = first ? IdAt(100) : IdAt(130);
        for (var i = 0; i < 3; i++) See([At(115)], (At(115), first ? Red : White));
        Assert.Equal(expected, IdAt(115));
    }

    [Fact]
    public void Looks_must_be_one_for_each_detection() =>
        Assert.Throws<ArgumentException>(() => _tracker.Update(new Detection[2], new Appearance[1], Script.TimeOf(default), _tracks));

    private static Frame PictureOf(BoxPx box, (byte Y, byte U, byte V) coat)
    {
        using var own = new AppearanceTests();
        return own.Picture((box, coat));
    }
}
