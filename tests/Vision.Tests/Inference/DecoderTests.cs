using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Inference.Decoders;

namespace EdgeGateway.Vision.Tests.Inference;

public sealed class DecoderTests
{
    [Theory]
    [InlineData("yolov8")]
    [InlineData("yolov5")]
    public void The_stronger_of_two_overlapping_boxes_of_one_class_stays_and_the_other_class_too(string decoder)
    {
        var found = Detect(decoder, 64, 64, 0.3f);
        Assert.Equal([ObjectClass.Person, ObjectClass.Car], found.Select(d => d.Class));
        Assert.Equal(new BoxPx(24, 8, 16, 16), found[0].Box);
        Assert.Equal([0.9f, 0.7f], found.Select(d => d.Score));
    }

    [Theory]
    [InlineData("yolov8")]
    [InlineData("yolov5")]
    public void A_weak_box_comes_when_it_is_asked_for_and_is_cut_to_the_frame(string decoder)
    {
        var found = Detect(decoder, 64, 64, 0.15f);
        Assert.Equal(3, found.Length);
        Assert.Equal(new BoxPx(50, 50, 14, 14), found[2].Box);
        Assert.Equal(0.2f, found[2].Score, 1e-6f);
    }

    [Fact]
    public void Yolox_rows_are_read_on_their_grid()
    {
        var found = Assert.Single(Detect("yolox", 64, 64, 0.3f));
        Assert.Equal(ObjectClass.Car, found.Class);
        Assert.Equal(0.72f, found.Score, 1e-5f);
        Assert.Equal(8f, found.Box.X, 1e-3f);
        Assert.Equal(0f, found.Box.Y, 1e-3f);
        Assert.Equal(32f, found.Box.Width, 1e-3f);
        Assert.Equal(48f, found.Box.Height, 1e-3f);
    }

    [Fact]
    public void An_end_to_end_network_is_believed_about_overlaps_and_unlisted_classes_are_left_out()
    {
        var found = Detect("end_to_end", 64, 64, 0.3f);
        Assert.Equal([0.9f, 0.8f, 0.7f], found.Select(d => d.Score));
        Assert.All(found, d => Assert.Equal(new BoxPx(24, 8, 16, 16), d.Box));
    }

    [Fact]
    public void Boxes_come_back_in_the_pixels_of_a_larger_frame()
    {
        var box = Detect("yolov8", 128, 96, 0.3f)[0].Box;
        Assert.Equal(new BoxPx(48, 16, 32, 32), box);
    }

    [Fact]
    public void Objects_of_other_classes_are_kept_only_on_request()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("yolov8", "yolov8", 64, "person", "surfboard"));
        using var lane = new ObjectDetector(model, new FairTurnstile(1)).Open("a");
        using var frame = TinyModels.GreyFrame(64, 64);
        var found = new DetectionBuffer(10);
        lane.Detect(frame, 0.3f, found);
        Assert.Equal(1, found.Count);
        lane.KeepOtherClasses = true;
        lane.Detect(frame, 0.3f, found);
        Assert.Equal(ObjectClass.Other, found.Items[1].Class);
        Assert.Equal(1, found.Items[1].ClassIndex);
    }

    [Fact]
    public void A_full_buffer_keeps_the_strongest()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("yolov8", "yolov8", 64, "person", "car"));
        using var lane = new ObjectDetector(model, new FairTurnstile(1)).Open("a");
        using var frame = TinyModels.GreyFrame(64, 64);
        var found = new DetectionBuffer(1);
        lane.Detect(frame, 0.1f, found);
        Assert.Equal(0.9f, Assert.Single(found.Items.ToArray()).Score);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4320)]
    [InlineData(7680, 4320)]
    [InlineData(33, 801)]
    public void Frames_of_any_size_are_looked_at_and_boxes_stay_inside(int width, int height)
    {
        using var model = TinyModels.Open(TinyModels.Manifest("yolov8", "yolov8", 64, "person", "car"));
        using var lane = new ObjectDetector(model, new FairTurnstile(1)).Open("a");
        using var frame = TinyModels.GreyFrame(width, height);
        var found = new DetectionBuffer(10);
        lane.Detect(frame, 0.1f, found);
        foreach (var detection in found.Items)
        {
            Assert.True(detection.Box.X >= 0 && detection.Box.Y >= 0 && detection.Box.Right <= width + 0.01f && detection.Box.Bottom <= height + 0.01f);
        }
    }

    [Fact]
    public void Detecting_allocates_nothing()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("yolox", "yolox", 64, "person", "car"));
        using var lane = new ObjectDetector(model, new FairTurnstile(1)).Open("a");
        using var frame = TinyModels.GreyFrame(320, 180);
        var found = new DetectionBuffer(10);
        for (var i = 0; i < 50; i++) lane.Detect(frame, 0.1f, found);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++) lane.Detect(frame, 0.1f, found);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("yolov8")]
    [InlineData("yolov5")]
    [InlineData("yolox")]
    public void A_wrong_count_of_classes_is_refused_with_the_shape(string decoder)
    {
        using var model = TinyModels.Open(TinyModels.Manifest(decoder, decoder, 64, "person", "car", "bus"));
        var fault = Assert.Throws<ModelException>(() => new ObjectDetector(model, new FairTurnstile(1)).Open("a"));
        Assert.Contains("3 classes of models.json", fault.Message);
        Assert.Contains(TinyModels.PathOf(decoder), fault.Message);
    }

    [Fact]
    public void A_decoder_for_another_network_is_refused()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("yolov8", "end_to_end", 64, "person", "car"));
        Assert.Contains("1xNx6", Assert.Throws<ModelException>(() => new ObjectDetector(model, new FairTurnstile(1)).Open("a")).Message);
    }

    [Fact]
    public void A_reader_of_plates_cannot_detect_objects()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("yolov8", "plate_slots", 64));
        Assert.Contains("gives no boxes", Assert.Throws<ModelException>(() => new ObjectDetector(model, new FairTurnstile(1)).Open("a")).Message);
    }

    [Fact]
    public void A_doubled_decoder_name_stops_the_start() =>
        Assert.Throws<InvalidOperationException>(() => DecoderTable.Gather(("a", _ => null!), ("a", _ => null!)));

    [Theory]
    [InlineData("motorbike", ObjectClass.Motorcycle)]
    [InlineData("Motorcycle", ObjectClass.Motorcycle)]
    [InlineData("person", ObjectClass.Person)]
    [InlineData("traffic light", ObjectClass.Other)]
    public void Class_names_of_common_sets_are_understood(string name, ObjectClass expected) => Assert.Equal(expected, ClassNames.ToObjectClass(name));

    [Fact]
    public void The_vector_scan_finds_what_its_plain_twin_finds_at_every_length()
    {
        var random = new Random(7);
        for (var columns = 1; columns <= 256; columns++)
        {
            var planes = 1 + columns % 7;
            var scores = new float[planes * columns];
            for (var i = 0; i < scores.Length; i++) scores[i] = random.Next(20) == 0 ? float.NaN : random.NextSingle();
            var (fast, plain) = (new int[columns], new int[columns]);
            var count = ScoreScan.AtLeast(scores, columns, 0.8f, fast);
            Assert.Equal(ScoreScan.AtLeastReference(scores, columns, 0.8f, plain), count);
            Assert.Equal(plain[..count], fast[..count]);
        }
    }

    private static Detection[] Detect(string decoder, int width, int height, float minScore)
    {
        using var model = TinyModels.Open(TinyModels.Manifest(decoder, decoder, 64, "person", "car"));
        using var lane = new ObjectDetector(model, new FairTurnstile(1)).Open("a");
        using Frame frame = TinyModels.GreyFrame(width, height);
        var found = new DetectionBuffer(10);
        lane.Detect(frame, minScore, found);
        return found.Items.ToArray();
    }
}
