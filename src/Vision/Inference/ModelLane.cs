using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeGateway.Vision.Inference;

/// <summary>
/// One caller's way through a model: input and output tensors in native memory, made and bound once. Fill
/// <see cref="Input"/>, <see cref="Run"/>, read <see cref="Output"/>. Nothing is allocated on the way. One thread at a
/// time; other lanes of the same model may run meanwhile.
/// </summary>
public sealed unsafe class ModelLane : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions;
    private readonly Tensor _input;
    private readonly Tensor[] _outputs;
    private bool _closed;

    private ModelLane(OnnxModel model, int width, int height, Tensor input, Tensor[] outputs)
    {
        _session = model.Session;
        Model = model;
        Width = width;
        Height = height;
        _input = input;
        _outputs = outputs;
        _runOptions = new RunOptions();
        _binding = _session.CreateIoBinding();
        _binding.BindInput(model.Manifest.Input.Name, input.Value);
        for (var i = 0; i < outputs.Length; i++) _binding.BindOutput(model.OutputNames[i], outputs[i].Value);
    }

    public OnnxModel Model { get; }

    /// <summary>Width of the input picture in pixels.</summary>
    public int Width { get; }

    /// <summary>Height of the input picture in pixels.</summary>
    public int Height { get; }

    /// <summary>How many outputs there are, in the order of <see cref="OnnxModel.OutputNames"/>.</summary>
    public int OutputCount => _outputs.Length;

    /// <summary>The input tensor, 3 × <see cref="Height"/> × <see cref="Width"/>, channel by channel. Lives as long as the lane.</summary>
    public Span<float> Input => _input.Floats;

    /// <summary>Runs the network on <see cref="Input"/>, on this thread.</summary>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public void Run()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        _session.RunWithBinding(_runOptions, _binding);
    }

    /// <summary>An output tensor of the last run; overwritten by the next one.</summary>
    public ReadOnlySpan<float> Output(int index) => _outputs[index].Floats;

    /// <summary>The sizes of an output tensor, outermost first. They never change for a lane.</summary>
    public ReadOnlySpan<long> Shape(int index) => _outputs[index].Shape;

    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        _binding.Dispose();
        _runOptions.Dispose();
        foreach (var output in _outputs) output.Dispose();
        _input.Dispose();
    }

    internal static ModelLane Open(OnnxModel model, int width, int height)
    {
        var input = new Tensor([1, 3, height, width]);
        var outputs = new List<Tensor>();
        try
        {
            // Sizes that the file leaves open are learnt from one run on an empty picture.
            foreach (var shape in LearnShapes(model, input)) outputs.Add(new Tensor(shape));
            return new ModelLane(model, width, height, input, [.. outputs]);
        }
        catch (Exception fault)
        {
            foreach (var output in outputs) output.Dispose();
            input.Dispose();
            if (fault is OnnxRuntimeException)
            {
                throw new ModelException($"Model '{model.Manifest.Name}': {model.Manifest.Path} cannot run on a picture of {width}x{height}: {fault.Message}", fault);
            }

            throw;
        }
    }

    private static List<long[]> LearnShapes(OnnxModel model, Tensor input)
    {
        using var options = new RunOptions();
        using var results = model.Session.Run(options, [model.Manifest.Input.Name], [input.Value], model.OutputNames.ToArray());
        var shapes = new List<long[]>();
        for (var i = 0; i < results.Count; i++)
        {
            var shape = results[i].GetTensorTypeAndShape().Shape;
            if (shape.Any(d => d < 1))
            {
                throw new ModelException(
                    $"Model '{model.Manifest.Name}': the output '{model.OutputNames[i]}' of {model.Manifest.Path} has {string.Join("x", shape)} values on an empty picture, " +
                    "so its size follows what is seen. Export the network with a fixed number of boxes (padded, or with NMS left out).");
            }

            shapes.Add(shape);
        }

        return shapes;
    }

    /// <summary>A float tensor over memory of our own: zeroed, 64-byte aligned, freed once.</summary>
    private sealed class Tensor : IDisposable
    {
        private readonly float* _data;
        private readonly int _length;
        private bool _freed;

        public Tensor(long[] shape)
        {
            Shape = shape;
            long length = 1;
            foreach (var side in shape) length = checked(length * side);
            _length = checked((int)length);
            var bytes = (nuint)_length * sizeof(float);
            _data = (float*)NativeMemory.AlignedAlloc(bytes + 64, 64);
            NativeMemory.Clear(_data, bytes + 64);
            Value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.Float, shape, (nint)_data, (long)bytes);
        }

        public long[] Shape { get; }

        public OrtValue Value { get; }

        public Span<float> Floats
        {
            get
            {
                ObjectDisposedException.ThrowIf(_freed, this);
                return new Span<float>(_data, _length);
            }
        }

        public void Dispose()
        {
            if (_freed) return;
            _freed = true;
            Value.Dispose();
            NativeMemory.AlignedFree(_data);
        }
    }
}
