namespace EdgeGateway.Vision.Inference;

/// <summary>Finds objects in frames with one model that all cameras share. Each camera opens a lane and uses it from its own thread.</summary>
/// <param name="model">The model; its decoder must give boxes. The caller keeps owning it.</param>
/// <param name="turns">Who may run when.</param>
public sealed class ObjectDetector(OnnxModel model, FairTurnstile turns)
{
    // The model saw such scales in training; of a strip of a picture, the one row may be nearly empty.
    private const double MostLarger = 1.25;

    public OnnxModel Model => model;

    public FairTurnstile Turns => turns;

    /// <summary>Makes the buffers of one camera, at the model's own input size.</summary>
    /// <exception cref="ModelException">The outputs do not have the shape that the decoder reads.</exception>
    public DetectorLane Open(string cameraId) => Open(cameraId, model.Manifest.Input.Width, model.Manifest.Input.Height);

    /// <summary>
    /// The same for frames of a known size: a model that takes any size gets an input that fits the frame's shape, so that a wide picture
    /// is not padded to a square (see <see cref="InputFor"/>).
    /// </summary>
    /// <exception cref="ModelException">The outputs do not have the shape that the decoder reads.</exception>
    public DetectorLane OpenFor(string cameraId, int frameWidth, int frameHeight)
    {
        var (width, height) = InputFor(model.Manifest.Input, frameWidth, frameHeight);
        return Open(cameraId, width, height);
    }

    /// <summary>
    /// The input of a frame, in steps of 32. The rows (or columns) that hold the frame at the model's own scale are filled: the frame is shown
    /// as much larger as goes into them, at most a quarter. 448×256 for 16:9 on a model of 416×416, where 234 of the 256 rows would be used.
    /// </summary>
    public static (int Width, int Height) InputFor(ModelInput input, int frameWidth, int frameHeight)
    {
        if (!input.Dynamic || input.Placement == "stretch") return (input.Width, input.Height);
        var scale = Math.Min((double)input.Width / frameWidth, (double)input.Height / frameHeight);
        var (width, height) = (frameWidth * scale, frameHeight * scale);
        var larger = Math.Min(MostLarger, Math.Max(Up(width) / width, Up(height) / height));
        return (Math.Max(Up(width), Down(width * larger)), Math.Max(Up(height), Down(height * larger)));

        static int Up(double size) => Math.Max(32, (int)Math.Ceiling(Math.Round(size, 3) / 32) * 32);
        static int Down(double size) => (int)Math.Floor(Math.Round(size, 3) / 32) * 32;
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
