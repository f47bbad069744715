namespace EdgeGateway.Vision.Inference;

/// <summary>How ONNX Runtime runs a model.</summary>
public sealed record OnnxOptions
{
    /// <summary>One thread a run, on the caller's own thread: cameras share the cores through <see cref="FairTurnstile"/>.</summary>
    public static OnnxOptions Default { get; } = new();

    /// <summary>Threads inside one run. 1 runs on the calling thread alone.</summary>
    public int IntraThreads { get; init; } = 1;

    /// <summary>Execution provider: <c>cpu</c>, <c>cuda</c>, <c>tensorrt</c>, <c>openvino</c>, or another name that the installed runtime knows.</summary>
    public string Provider { get; init; } = "cpu";

    /// <summary>Options of the provider, by its own names.</summary>
    public IReadOnlyDictionary<string, string> ProviderOptions { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
