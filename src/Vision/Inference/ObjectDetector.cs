namespace EdgeGateway.Vision.Inference;

/// <summary>Finds objects in frames with one model that all cameras share. Each camera opens a lane and uses it from its own thread.</summary>
/// <param name="model">The model; its decoder must give boxes. The caller keeps owning it.</param>
/// <param name="turns">Who may run when.</param>
public sealed class ObjectDetector(OnnxModel model, FairTurnstile turns)
{
    public OnnxModel Model => model;

    public FairTurnstile Turns => turns;

    /// <summary>Makes the buffers of one camera, at the model's own input size.</summary>
    /// <exception cref="ModelException">The outputs do not have the shape that the decoder reads.</exception>
    public DetectorLane Open(string cameraId) => Open(cameraId, model.Manifest.Input.Width, model.Manifest.Input.Height);

    /// <summary>
    /// The same for frames of a known size: a model that takes any size gets an input that fits the frame's shape, so that a wide picture
    /// is not padded to a square (416×256 instead of 416×416 for 16:9). What is left out is grey border only.
    /// </summary>
    /// <exception cref="ModelException">The outputs do not have the shape that the decoder reads.</exception>
    public DetectorLane OpenFor(string cameraId, int frameWidth, int frameHeight)
    {
        var (width, height) = InputFor(model.Manifest.Input, frameWidth, frameHeight);
        return Open(cameraId, width, height);
    }

    /// <summary>The smallest input, in steps of 32, that holds a frame scaled as the model's own input would scale it.</summary>
    public static (int Width, int Height) InputFor(ModelInput input, int frameWidth, int frameHeight)
    {
        if (!input.Dynamic || input.Placement == "stretch") return (input.Width, input.Height);
        var scale = Math.Min((double)input.Width / frameWidth, (double)input.Height / frameHeight);
        return (Step(frameWidth * scale, input.Width), Step(frameHeight * scale, input.Height));

        static int Step(double size, int most) => Math.Clamp((int)Math.Ceiling(Math.Round(size, 3) / 32) * 32, 32, most);
    }

    /// <summary>The same at another input size, for models that take any.</summary>
    /// <exception cref="ModelException">The model does not take that size, or its outputs do not have the shape that the decoder reads.</exception>
    public DetectorLane Open(string cameraId, int inputWidth, int inputHeight)
    {
        var lane = model.OpenLane(inputWidth, inputHeight);
        try
        {
            return new DetectorLane(lane, turns.Register(cameraId));
        }
        catch
        {
            lane.Dispose();
            throw;
        }
    }
}

/// <summary>How long the steps of one detection took.</summary>
/// <param name="Preprocess">Colour, size and normalisation into the input tensor.</param>
/// <param name="Wait">Standing in line for inference.</param>
/// <param name="Inference">The network.</param>
/// <param name="Decode">Boxes from the output, overlapping ones dropped.</param>
public readonly record struct DetectionTiming(TimeSpan Preprocess, TimeSpan Wait, TimeSpan Inference, TimeSpan Decode)
{
    public TimeSpan Total => Preprocess + Wait + Inference + Decode;
}
