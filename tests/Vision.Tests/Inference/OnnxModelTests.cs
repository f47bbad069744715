using EdgeGateway.Testing;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tests.Inference;

public sealed class OnnxModelTests
{
    [Fact]
    public void A_lane_runs_what_stands_in_its_input()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("mean", "yolov8", 16));
        using var lane = model.OpenLane();
        lane.Input[..256].Fill(1);
        lane.Input[256..512].Fill(2);
        lane.Input[512..].Fill(3);
        lane.Run();
        Assert.Equal([1, 2, 3], lane.Output(0));
        Assert.Equal([1, 3, 1, 1], lane.Shape(0));
        lane.Input[..256].Fill(5);
        lane.Run();
        Assert.Equal(5, lane.Output(0)[0], 1e-5);
    }

    [Fact]
    public void A_model_of_free_size_opens_lanes_of_several_sizes()
    {
        var manifest = TinyModels.Manifest("mean_free", "yolov8", 32);
        using var model = TinyModels.Open(manifest with { Input = manifest.Input with { Dynamic = true } });
        using var wide = model.OpenLane(64, 32);
        using var own = model.OpenLane();
        Assert.Equal(3 * 64 * 32, wide.Input.Length);
        Assert.Equal(3 * 32 * 32, own.Input.Length);
        wide.Input.Fill(7);
        wide.Run();
        Assert.Equal(7, wide.Output(0)[2], 1e-5);
    }

    [Fact]
    public void Running_allocates_nothing()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("yolox", "yolox", 64, "person", "car"));
        using var lane = model.OpenLane();
        for (var i = 0; i < 50; i++) lane.Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 500; i++) lane.Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Lanes_of_one_model_run_at_the_same_time()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("mean", "yolov8", 16));
        await Task.WhenAll(Enumerable.Range(1, 4).Select(number => Task.Run(() =>
        {
            using var lane = model.OpenLane();
            lane.Input.Fill(number);
            for (var i = 0; i < 500; i++)
            {
                lane.Run();
                Assert.Equal(number, lane.Output(0)[0], 1e-4);
            }
        })));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var manifest = TinyModels.Manifest("mean", "yolov8", 16) with { Path = "/nowhere/street.onnx" };
        Assert.Contains("/nowhere/street.onnx does not exist", Fault(manifest));
    }

    [Fact]
    public void A_truncated_file_is_named_with_both_hashes()
    {
        using var copy = new TemporaryFile(File.ReadAllBytes(TinyModels.PathOf("yolox")).AsSpan(0, 1000));
        var manifest = TinyModels.Manifest("yolox", "yolox", 64, "person", "car") with { Path = copy.Path };
        var message = Fault(manifest);
        Assert.Contains(copy.Path, message);
        Assert.Contains(manifest.Sha256, message);
        Assert.Contains(ModelCatalogue.HashOf(copy.Path), message);
        Assert.Contains("cut short or exchanged", message);
    }

    [Fact]
    public void A_file_that_is_no_onnx_is_refused_even_with_the_right_hash()
    {
        using var copy = new TemporaryFile("this is no network"u8.ToArray());
        var manifest = TinyModels.Manifest("mean", "yolov8", 16) with { Path = copy.Path, Sha256 = ModelCatalogue.HashOf(copy.Path) };
        Assert.Contains("cannot load", Fault(manifest));
    }

    [Fact]
    public void An_input_of_another_size_is_refused_with_both_sizes()
    {
        var message = Fault(TinyModels.Manifest("mean", "yolov8", 32));
        Assert.Contains("takes 1x3x16x16", message);
        Assert.Contains("1x3x32x32", message);
    }

    [Fact]
    public void A_fixed_size_that_is_called_dynamic_is_refused()
    {
        var manifest = TinyModels.Manifest("mean", "yolov8", 16);
        Assert.Contains("\"dynamic\": false", Fault(manifest with { Input = manifest.Input with { Dynamic = true } }));
    }

    [Fact]
    public void Unknown_inputs_and_outputs_are_answered_with_those_there_are()
    {
        var manifest = TinyModels.Manifest("mean", "yolov8", 16);
        Assert.Contains("it has 'images'", Fault(manifest with { Input = manifest.Input with { Name = "picture" } }));
        Assert.Contains("it has 'output'", Fault(manifest with { Outputs = ["boxes"] }));
    }

    [Fact]
    public void Outputs_that_are_not_float_are_refused() =>
        Assert.Contains("not float32", Fault(TinyModels.Manifest("free_output", "yolov8", 16)));

    [Fact]
    public void Outputs_whose_size_follows_the_picture_are_refused()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("free_boxes", "yolov8", 16));
        Assert.Contains("its size follows what is seen", Assert.Throws<ModelException>(() => model.OpenLane()).Message);
    }

    [Fact]
    public void An_unknown_provider_is_named_with_the_way_out()
    {
        var fault = Assert.Throws<ModelException>(() => OnnxModel.Open(TinyModels.Manifest("mean", "yolov8", 16), new OnnxOptions { Provider = "abacus" }));
        Assert.Contains("no provider 'abacus'", fault.Message);
        Assert.Contains("Use 'cpu'", fault.Message);
    }

    [Fact]
    public void A_size_that_the_model_does_not_take_is_refused()
    {
        using var model = TinyModels.Open(TinyModels.Manifest("mean", "yolov8", 16));
        Assert.Contains("16x16 only, not 32x16", Assert.Throws<ModelException>(() => model.OpenLane(32, 16)).Message);
    }

    private static string Fault(ModelManifest manifest) => Assert.Throws<ModelException>(() => TinyModels.Open(manifest)).Message;
}
