using EdgeGateway.Testing;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tests.Inference;

/// <summary>The networks of a few hundred bytes that assets/make.py wrote, with fitting manifests.</summary>
internal static class TinyModels
{
    public static string PathOf(string name) => Repository.PathOf("tests", "Vision.Tests", "Inference", "assets", name + ".onnx");

    public static ModelManifest Manifest(string file, string decoder, int side, params string[] classes)
    {
        var path = PathOf(file);
        return new ModelManifest
        {
            Name = file, Task = "detect", File = file + ".onnx", Path = path, Sha256 = ModelCatalogue.HashOf(path),
            Input = new ModelInput { Name = "images", Width = side, Height = side, Scale = 1 }, Decoder = decoder, Outputs = ["output"], Classes = classes,
        };
    }

    public static OnnxModel Open(ModelManifest manifest) => OnnxModel.Open(manifest, OnnxOptions.Default);

    /// <summary>A grey frame in memory of its own.</summary>
    public static Frame GreyFrame(int width, int height, byte luma = 128)
    {
        using var pool = new FramePool(width, height, 1);
        var frame = pool.TryRent()!;
        frame.Pixels.Fill(128);
        frame.Pixels[..(width * height)].Fill(luma);
        return frame;
    }
}
