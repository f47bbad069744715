using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>
/// Looks at riders with a third party's detector of helmets and bare heads (classes <c>helmet</c> and <c>head</c> in models.json). One camera
/// cannot tell who of two steers, so a driver is called bare only where everybody is. Allocates nothing after the first looks.
/// </summary>
public sealed class CropRiderLook : IRiderLook, IDisposable
{
    private readonly CropDetector _crops;
    private readonly int _helmet;
    private readonly int _head;

    /// <param name="crops">The detector; disposed here.</param>
    /// <exception cref="ModelException">The model has no class <c>helmet</c> or <c>head</c>; the message lists those it has.</exception>
    public CropRiderLook(CropDetector crops)
    {
        ArgumentNullException.ThrowIfNull(crops);
        _crops = crops;
        var classes = crops.IndicesOf("helmet", "head");
        (_helmet, _head) = (classes[0], classes[1]);
    }

    /// <inheritdoc/>
    public bool TryLook(Frame frame, in BoxPx machine, out RidersSeen seen)
    {
        var (persons, bare, weakest) = (0, 0, 1f);
        foreach (ref readonly var one in _crops.Detect(frame, machine))
        {
            if (one.ClassIndex != _helmet && one.ClassIndex != _head) continue;
            // Heads stand over the machine; those beside it belong to somebody else.
            if (MathF.Abs(one.Box.Centre.X - machine.Centre.X) > 0.6f * machine.Width || one.Box.Bottom > machine.Bottom) continue;
            persons++;
            if (one.ClassIndex == _head) bare++;
            weakest = MathF.Min(weakest, one.Score);
        }

        seen = new RidersSeen(persons, persons > 0 && bare == persons, bare > 0 && bare < persons, weakest);
        return persons > 0;
    }

    public void Dispose() => _crops.Dispose();
}
