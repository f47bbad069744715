using EdgeGateway.Testing;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Plates;

/// <summary>The chain around two networks that always give the same answer: a plate in the middle, 37A-123.45.</summary>
public sealed class PlateChainTests : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(125);
    private static readonly BoxPx Somewhere = new(300, 200, 200, 160);

    private readonly OnnxModel _detect = OnnxModel.Open(Manifest("always-one-plate", "yolov8_corners"), OnnxOptions.Default);
    private readonly OnnxModel _read = OnnxModel.Open(Manifest("always-37A12345", "plate_slots"), OnnxOptions.Default);
    private readonly FairTurnstile _turns = new(1);
    private readonly FramePool _pool = new(960, 540, 1);
    private readonly List<Observation> _found = [];
    private int _frames;

    [Fact]
    public void A_vehicle_that_drives_past_is_one_passage_with_the_frame_that_was_read()
    {
        using var chain = Chain();
        for (var i = 0; i < 16; i++) Show(chain, Car(1, Somewhere with { X = 100 + 20 * i }));
        Assert.Empty(_found);
        chain.Forget(new TrackId(1), _found);
        var passage = Assert.IsType<PassageRead>(Assert.Single(_found));
        Assert.Equal("37A-123.45", passage.Plate!.Display);
        Assert.Equal(PlateKind.Car, passage.Plate.Kind);
        Assert.Equal((PlateColour.White, 1), (passage.Plate.Colour, passage.Plate.Lines));
        Assert.Equal(8, passage.Plate.CharConfidences.Count);
        Assert.Equal((TimeSpan.Zero, 15 * Step), (passage.From.Elapsed, passage.To.Elapsed));
        var picture = passage.Picture!;
        Assert.Equal(picture.Width * picture.Height * 3 / 2, picture.Pixels.Length);
        // Every frame has its own grey, so the picture tells which frame it was cut from.
        Assert.Equal(GreyOf(picture.Sequence), picture.Pixels.Span[0]);
        Assert.True(picture.TakenAt.Elapsed == picture.Sequence * Step);
    }

    [Fact]
    public void A_settled_plate_is_not_read_again()
    {
        using var chain = Chain();
        for (var i = 0; i < 60; i++) Show(chain, Car(1, Somewhere with { X = 10 + 8 * i }));
        Assert.InRange(chain.Counters.Reads, 3, 5);
        Assert.Equal("37A12345", chain.ReadingOf(new TrackId(1))!.Text);
        Assert.Null(chain.ReadingOf(new TrackId(2)));
    }

    [Fact]
    public void A_vehicle_that_stays_is_reported_once_after_a_while_and_never_read_again()
    {
        using var chain = Chain();
        for (var i = 0; i < 400; i++) Show(chain, Car(1, Somewhere));
        Assert.Single(_found);
        chain.Forget(new TrackId(1), _found);
        Assert.Single(_found);
        Assert.True(chain.Counters.Reads <= 5, $"{chain.Counters.Reads} reads");
    }

    [Fact]
    public void A_parked_vehicle_found_again_is_no_new_passage_even_after_a_restart()
    {
        var first = Chain();
        for (var i = 0; i < 20; i++) Show(first, Car(1, Somewhere));
        first.Forget(new TrackId(1), _found);
        Assert.Single(_found);
        for (var i = 0; i < 20; i++) Show(first, Car(2, Somewhere with { X = 303 }));
        first.Forget(new TrackId(2), _found);
        Assert.Single(_found);

        var parked = new ParkedPlates();
        parked.Restore(first.Parked.All);
        first.Dispose();
        using var second = Chain(parked: parked);
        for (var i = 0; i < 200; i++) Show(second, Car(1, Somewhere));
        second.Forget(new TrackId(1), _found);
        Assert.Single(_found);
        Assert.True(second.Counters.Reads <= 2);
        Assert.Equal(1, second.Counters.Suppressed);
    }

    [Fact]
    public void A_remembered_vehicle_that_drives_away_is_a_passage_and_its_place_is_free()
    {
        using var chain = Chain();
        for (var i = 0; i < 20; i++) Show(chain, Car(1, Somewhere));
        chain.Forget(new TrackId(1), _found);
        _frames += 120;
        for (var i = 0; i < 10; i++) Show(chain, Car(2, Somewhere with { X = 300 + 30 * i }, speed: 240));
        chain.Forget(new TrackId(2), _found);
        Assert.Equal(2, _found.Count);
        Assert.Empty(chain.Parked.All);
    }

    [Fact]
    public void A_vehicle_too_small_to_read_is_a_passage_without_a_plate()
    {
        using var chain = Chain();
        for (var i = 0; i < 16; i++) Show(chain, Car(1, new BoxPx(10 + 5 * i, 20, 40, 30)));
        chain.Forget(new TrackId(1), _found);
        Assert.Empty(_found); // it may still be found again, nearer
        for (var i = 0; i < 17; i++) Show(chain);
        var passage = Assert.IsType<PassageRead>(Assert.Single(_found));
        Assert.Null(passage.Plate);
        Assert.Null(passage.Picture);
        Assert.Equal(0, chain.Counters.Looks);
    }

    [Fact]
    public void A_track_that_breaks_is_still_one_passage_and_a_later_return_is_another()
    {
        using var chain = Chain();
        for (var i = 0; i < 8; i++) Show(chain, Car(1, Somewhere with { X = 20 * i }, speed: 160));
        chain.Forget(new TrackId(1), _found);
        for (var i = 8; i < 16; i++) Show(chain, Car(2, Somewhere with { X = 20 * i }, speed: 160));
        chain.Forget(new TrackId(2), _found);
        Assert.Single(_found);
        Assert.Equal(1, chain.Counters.Suppressed);
        _frames += 120;
        for (var i = 0; i < 8; i++) Show(chain, Car(3, Somewhere with { X = 20 * i }, speed: 160));
        chain.Forget(new TrackId(3), _found);
        Assert.Equal(2, _found.Count);
    }

    [Theory]
    [InlineData(true)]     // the tracker has given the old number up
    [InlineData(false)]    // it still hopes for it
    public void A_vehicle_lost_before_its_plate_was_read_is_one_passage_with_the_plate_that_its_next_track_shows(bool ended)
    {
        using var chain = Chain(new PlateChainOptions { MinVehiclePx = 100 });
        // Too small to be looked at, then nearer under another number.
        for (var i = 0; i < 8; i++) Show(chain, Car(1, new BoxPx(100 + 10 * i, 200, 56, 50), speed: 80));
        if (ended) chain.Forget(new TrackId(1), _found);
        for (var i = 0; i < 4; i++) Show(chain);
        for (var i = 12; i < 40; i++) Show(chain, Car(2, new BoxPx(100 + 10 * i, 200, 60 + 4 * (i - 12), 50 + 4 * (i - 12)), speed: 80));
        if (!ended) chain.Forget(new TrackId(1), _found);
        chain.Forget(new TrackId(2), _found);
        var passage = Assert.IsType<PassageRead>(Assert.Single(_found));
        Assert.Equal("37A-123.45", passage.Plate!.Display);
        Assert.Equal((new TrackId(2), TimeSpan.Zero, 39 * Step), (passage.Track, passage.From.Elapsed, passage.To.Elapsed));
        Assert.Equal([new TrackId(1)], passage.Earlier);
    }

    [Fact]
    public void Vehicles_that_only_wait_to_be_found_again_make_room_for_others()
    {
        using var chain = Chain(new PlateChainOptions { MaxVehicles = 1 });
        for (var i = 0; i < 16; i++) Show(chain, Car(1, new BoxPx(10 + 5 * i, 20, 40, 30)));
        chain.Forget(new TrackId(1), _found);
        Show(chain, Car(2, new BoxPx(600, 300, 40, 30)));
        Assert.Equal(new TrackId(1), Assert.IsType<PassageRead>(Assert.Single(_found)).Track);
        Assert.Equal(0, chain.Counters.Skipped);
    }

    [Fact]
    public void A_second_box_on_a_vehicle_without_a_plate_is_no_second_passage()
    {
        using var chain = Chain(new PlateChainOptions { MinVehiclePx = 1000 });
        for (var i = 0; i < 10; i++)
        {
            var box = Somewhere with { X = 20 * i };
            Show(chain, Car(1, box), Car(2, box with { Height = 100 }) with { Class = ObjectClass.Truck }, Car(3, box with { Width = 60, Height = 90 }) with { Class = ObjectClass.Motorcycle });
        }

        chain.Finish(_found);
        Assert.Equal([1L, 3L], _found.OfType<PassageRead>().Select(p => p.Track.Value).Order());
    }

    [Theory]
    [InlineData("37A12345", "37A12345", true)]
    [InlineData("37A12345", "37A12845", true)]
    [InlineData("37A12345", "37A1?945", true)]
    [InlineData("37A12345", "37A1234", true)]
    [InlineData("37A12345", "3A12345", true)]
    [InlineData("37A12345", "37A12899", false)]
    [InlineData("37A12345", "37A123", false)]
    [InlineData("29C27223", "59P253509", false)]
    public void Plates_are_alike_when_one_character_at_most_differs(string a, string b, bool alike)
    {
        Assert.Equal(alike, RecentPlates.IsAlike(a, b));
        Assert.Equal(alike, RecentPlates.IsAlike(b, a));
    }

    [Fact]
    public void A_flicker_is_no_passage_and_a_person_is_none()
    {
        using var chain = Chain();
        for (var i = 0; i < 4; i++) Show(chain, Car(1, Somewhere), Car(2, Somewhere) with { Class = ObjectClass.Person });
        chain.Forget(new TrackId(1), _found);
        chain.Forget(new TrackId(2), _found);
        Assert.Empty(_found);
    }

    [Fact]
    public void Looks_are_shared_among_vehicles_and_bounded_a_frame()
    {
        using var chain = Chain(new PlateChainOptions { LooksPerFrame = 2 });
        var cars = Enumerable.Range(0, 6).Select(i => Car(i + 1, new BoxPx(10 + 150 * i, 300, 120, 100))).ToArray();
        for (var i = 0; i < 3; i++) Show(chain, cars);
        Assert.Equal(6, chain.Counters.Looks);
        for (var i = 0; i < 3; i++) Show(chain, cars);
        Assert.All(cars, car => Assert.NotNull(chain.ReadingOf(car.Id)));
    }

    [Fact]
    public void More_vehicles_than_there_is_room_for_are_counted_as_skipped()
    {
        using var chain = Chain(new PlateChainOptions { MaxVehicles = 2 });
        Show(chain, Car(1, Somewhere), Car(2, Somewhere with { X = 10 }), Car(3, Somewhere with { X = 600 }));
        Assert.Equal(1, chain.Counters.Skipped);
        chain.Forget(new TrackId(1), _found);
        Show(chain, Car(2, Somewhere with { X = 10 }), Car(3, Somewhere with { X = 600 }));
        Assert.Equal(1, chain.Counters.Skipped);
    }

    [Fact]
    public void At_the_end_every_vehicle_still_there_is_reported_but_what_stood_without_a_plate_is_not()
    {
        using var chain = Chain(new PlateChainOptions { MinVehiclePx = 1000 });
        for (var i = 0; i < 10; i++) Show(chain, Car(1, Somewhere with { Y = 200 - 20 * i }), Car(2, new BoxPx(10 + 20 * i, 300, 100, 80)), Car(3, new BoxPx(800, 400, 50, 40)));
        chain.Finish(_found);
        Assert.Equal([1L, 2L], _found.OfType<PassageRead>().Select(p => p.Track.Value).Order());
        Assert.Equal(2, _found.Count);
        chain.Finish(_found);
        Assert.Equal(2, _found.Count);
    }

    [Fact]
    public void A_frame_that_reports_nothing_allocates_nothing()
    {
        using var chain = Chain(new PlateChainOptions { SettledReads = 1000, MaxReads = 1000, MaxLooks = 1000, LooksAtOnePlace = 1000, LookInterval = TimeSpan.Zero });
        Track[] cars = [Car(1, Somewhere), Car(2, Somewhere with { X = 10 })];
        using var frame = Next();
        for (var i = 0; i < 20; i++) chain.Read(frame, cars, _found);
        var reads = chain.Counters.Reads;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++) chain.Read(frame, cars, _found);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(reads + 100, chain.Counters.Reads);
    }

    [Fact]
    public void A_picture_is_searched_whole_and_in_tiles_and_each_plate_is_named_once()
    {
        using var images = new PlateImages(_detect, _read);
        using var frame = Next();
        var plate = images.ReadCrop(frame)!;
        Assert.Equal("37A12345", plate.Reading.Text);
        Assert.NotEmpty(images.Find(frame));
        Assert.Empty(PlateImages.Tiles(472, 303));
        var tiles = PlateImages.Tiles(1920, 1080).ToList();
        Assert.Equal(8, tiles.Count);
        Assert.All(tiles, p => Assert.True(p.X >= 0 && p.Y >= 0 && p.Right <= 1920 && p.Bottom <= 1080));
    }

    [Fact]
    public void A_model_of_another_task_is_refused_with_a_clear_word()
    {
        Assert.Contains("plate-detect", Assert.Throws<ModelException>(() => new PlateDetector(_read, _turns, "x")).Message);
        Assert.Contains("plate-read", Assert.Throws<ModelException>(() => new PlateReader(_detect, _turns, "x")).Message);
        using var wrongAlphabet = OnnxModel.Open(Manifest("always-37A12345", "plate_slots") with { Alphabet = "0123456789" }, OnnxOptions.Default);
        Assert.Contains("1x10x11", Assert.Throws<ModelException>(() => new PlateReader(wrongAlphabet, _turns, "x")).Message);
        using var noAlphabet = OnnxModel.Open(Manifest("always-37A12345", "plate_slots") with { Alphabet = null }, OnnxOptions.Default);
        Assert.Contains("alphabet", Assert.Throws<ModelException>(() => new PlateReader(noAlphabet, _turns, "x")).Message);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _read.Dispose();
        _detect.Dispose();
    }

    private PlateChain Chain(PlateChainOptions? options = null, ParkedPlates? parked = null) =>
        new(new PlateDetector(_detect, _turns, "gate"), new PlateReader(_read, _turns, "gate"), options ?? new PlateChainOptions(), parked);

    private void Show(PlateChain chain, params Track[] tracks)
    {
        using var frame = Next();
        for (var i = 0; i < tracks.Length; i++)
        {
            if (!_firstSeen.ContainsKey(tracks[i].Id)) _firstSeen.Add(tracks[i].Id, frame.Time);
            tracks[i] = tracks[i] with { FirstSeen = _firstSeen[tracks[i].Id], LastSeen = frame.Time };
        }

        chain.Read(frame, tracks, _found);
    }

    private readonly Dictionary<TrackId, FrameTime> _firstSeen = [];

    private Frame Next()
    {
        var frame = _pool.TryRent()!;
        frame.Sequence = _frames++;
        frame.Time = new FrameTime(frame.Sequence * Step, DateTimeOffset.UnixEpoch + frame.Sequence * Step);
        frame.Pixels.Fill(GreyOf(frame.Sequence));
        return frame;
    }

    private static byte GreyOf(long sequence) => (byte)(20 + sequence % 200);

    private static Track Car(long id, BoxPx box, float speed = 0) =>
        new(new TrackId(id), ObjectClass.Car, box, 0.9f, speed, 0, default, default, 0);

    private static ModelManifest Manifest(string name, string decoder)
    {
        var path = Repository.PathOf("tests", "Vision.Tests", "Plates", "assets", name + ".onnx");
        var detects = decoder == "yolov8_corners";
        return new ModelManifest
        {
            Name = name,
            Task = detects ? "plate-detect" : "plate-read",
            File = name + ".onnx",
            Path = path,
            Sha256 = ModelCatalogue.HashOf(path),
            Input = new ModelInput { Name = "images", Width = detects ? 320 : 128, Height = detects ? 320 : 64, Dynamic = detects, Placement = detects ? "centre" : "stretch" },
            Decoder = decoder,
            Outputs = detects ? ["output"] : ["chars", "colour", "lines"],
            Classes = detects ? ["plate"] : [],
            Alphabet = detects ? null : "0123456789ABCDEFGHKLMNPQRSTUVXYZĐ",
        };
    }
}
