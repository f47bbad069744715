using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeGateway.Vision.Inference;

/// <summary>
/// One ONNX file, loaded once and shared by all cameras. Work goes through lanes: each has its own memory, and several
/// may run at the same time. Dispose it after its lanes.
/// </summary>
public sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession _session;

    private OnnxModel(ModelManifest manifest, OnnxOptions options, InferenceSession session, IReadOnlyList<string> outputs)
    {
        Manifest = manifest;
        Options = options;
        _session = session;
        OutputNames = outputs;
    }

    public ModelManifest Manifest { get; }

    public OnnxOptions Options { get; }

    /// <summary>Outputs in the order in which lanes number them.</summary>
    public IReadOnlyList<string> OutputNames { get; }

    internal InferenceSession Session => _session;

    /// <summary>Checks the file against its manifest and loads it.</summary>
    /// <exception cref="ModelException">The file is absent, damaged, not the one that was named, or its inputs and outputs differ from the manifest.</exception>
    public static OnnxModel Open(ModelManifest manifest, OnnxOptions options)
    {
        CheckFile(manifest);
        InferenceSession session;
        using (var settings = SettingsOf(manifest, options))
        {
            try
            {
                session = new InferenceSession(manifest.Path, settings);
            }
            catch (OnnxRuntimeException fault)
            {
                throw new ModelException($"Model '{manifest.Name}': ONNX Runtime cannot load {manifest.Path}: {fault.Message.TrimEnd('.')}. The file is damaged, is no ONNX file, or needs a newer runtime; fetch it again.", fault);
            }
        }

        try
        {
            return new OnnxModel(manifest, options, session, CheckNodes(manifest, session));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>A lane of the manifest's own input size.</summary>
    public ModelLane OpenLane() => OpenLane(Manifest.Input.Width, Manifest.Input.Height);

    /// <summary>Makes a lane: input and output memory for pictures of one size, bound once.</summary>
    /// <exception cref="ModelException">The model does not take pictures of this size, or its outputs cannot be bound.</exception>
    public ModelLane OpenLane(int width, int height)
    {
        var input = Manifest.Input;
        if (!input.Dynamic && (width != input.Width || height != input.Height))
        {
            throw new ModelException($"Model '{Manifest.Name}' takes pictures of {input.Width}x{input.Height} only, not {width}x{height}.");
        }

        return ModelLane.Open(this, width, height);
    }

    public void Dispose() => _session.Dispose();

    private static void CheckFile(ModelManifest manifest)
    {
        if (!File.Exists(manifest.Path))
        {
            throw new ModelException($"Model '{manifest.Name}': {manifest.Path} does not exist. Put the file there, or choose another model.");
        }

        string hash;
        try
        {
            hash = ModelCatalogue.HashOf(manifest.Path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"Model '{manifest.Name}': {manifest.Path} cannot be read: {fault.Message}", fault);
        }

        if (!string.Equals(hash, manifest.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new ModelException(
                $"Model '{manifest.Name}': {manifest.Path} ({new FileInfo(manifest.Path).Length} bytes) has the SHA-256 {hash}, but models.json names {manifest.Sha256}. " +
                "The file was cut short or exchanged. Fetch it again; if the new file is the wanted one, write its hash into models.json.");
        }
    }

    private static SessionOptions SettingsOf(ModelManifest manifest, OnnxOptions options)
    {
        var settings = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = options.IntraThreads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // A spinning worker would take the core from the other cameras' decoders.
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            var provider = options.Provider.ToLowerInvariant();
            if (provider == "cuda") settings.AppendExecutionProvider_CUDA(new OrtCUDAProviderOptions());
            else if (provider == "tensorrt") settings.AppendExecutionProvider_Tensorrt(new OrtTensorRTProviderOptions());
            else if (provider == "openvino") settings.AppendExecutionProvider_OpenVINO();
            else if (provider != "cpu") settings.AppendExecutionProvider(options.Provider, options.ProviderOptions.ToDictionary(StringComparer.Ordinal));
        }
        catch (Exception fault) when (fault is OnnxRuntimeException or EntryPointNotFoundException or NotSupportedException)
        {
            settings.Dispose();
            throw new ModelException($"Model '{manifest.Name}': this ONNX Runtime has no provider '{options.Provider}' ({fault.Message}). Use 'cpu', or install the runtime package of that provider.", fault);
        }

        return settings;
    }

    private static List<string> CheckNodes(ModelManifest manifest, InferenceSession session)
    {
        var input = manifest.Input;
        if (!session.InputMetadata.TryGetValue(input.Name, out var node))
        {
            throw new ModelException($"Model '{manifest.Name}': {manifest.Path} has no input '{input.Name}'; it has {Quoted(session.InputNames)}. Correct input.name in models.json.");
        }

        if (session.InputNames.Count != 1)
        {
            throw new ModelException($"Model '{manifest.Name}': {manifest.Path} has {session.InputNames.Count} inputs ({Quoted(session.InputNames)}); only networks with one picture as input can be used.");
        }

        if (!node.IsTensor || node.ElementDataType != TensorElementType.Float)
        {
            throw new ModelException($"Model '{manifest.Name}': the input '{input.Name}' of {manifest.Path} is {node.ElementDataType}, not float32. Export the network with a float32 input.");
        }

        var wanted = (ReadOnlySpan<int>)[1, 3, input.Height, input.Width];
        var shape = node.Dimensions;
        var fits = shape.Length == 4;
        for (var i = 0; fits && i < 4; i++) fits = shape[i] <= 0 || shape[i] == wanted[i];
        if (!fits)
        {
            throw new ModelException($"Model '{manifest.Name}': {manifest.Path} takes {Text(shape)}, but models.json says 1x3x{input.Height}x{input.Width}. Correct the input size in models.json, or take the right file.");
        }

        if (input.Dynamic && (shape[2] > 0 || shape[3] > 0))
        {
            throw new ModelException($"Model '{manifest.Name}': models.json says that the input size is free (dynamic), but {manifest.Path} takes {Text(shape)} only. Write \"dynamic\": false.");
        }

        var outputs = manifest.Outputs.Count == 0 ? session.OutputNames.ToList() : manifest.Outputs.ToList();
        foreach (var name in outputs)
        {
            if (!session.OutputMetadata.TryGetValue(name, out var output))
            {
                throw new ModelException($"Model '{manifest.Name}': {manifest.Path} has no output '{name}'; it has {Quoted(session.OutputNames)}. Correct outputs in models.json.");
            }

            if (!output.IsTensor || output.ElementDataType != TensorElementType.Float)
            {
                throw new ModelException($"Model '{manifest.Name}': the output '{name}' of {manifest.Path} is {output.ElementDataType}, not float32. Export the network with float32 outputs.");
            }
        }

        return outputs;
    }

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));

    private static string Text(int[] shape) => string.Join("x", shape.Select(d => d > 0 ? d.ToString(System.Globalization.CultureInfo.InvariantCulture) : "?"));
}
