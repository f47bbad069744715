using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Imaging;

namespace EdgeGateway.Violations;

/// <summary>
/// The copies of stills that may leave the case file: other people's heads and other plates are hidden. They are looked for in the still
/// itself (<see cref="BystanderSearch"/>): what a tracker lost is hidden all the same.
/// </summary>
/// <param name="camera">Whose lights stay visible.</param>
/// <param name="models">Detector and plate models.</param>
/// <param name="defaultModel">The detector for cameras that name none; null for the catalogue's first.</param>
internal sealed class ExportCopies(CameraModel camera, SharedModels models, string? defaultModel) : IDisposable
{
    private readonly BystanderSearch _bystanders = new(models, camera.Config.Model ?? defaultModel, $"{camera.Id}/evidence");

    /// <summary>Makes the copy. One at a time.</summary>
    /// <param name="jpeg">The still.</param>
    /// <param name="act">The act: whose vehicle and light stay.</param>
    /// <param name="accused">The vehicle's box in this still.</param>
    /// <param name="rule">The rule; null where it is not the camera's any more, and then no light stays.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="ImageException">The still is no picture.</exception>
    public byte[] Make(byte[] jpeg, ActSuspected act, BoxPx accused, RuleConfig? rule, CancellationToken stop)
    {
        using var frame = EvidencePictures.ToFrame(jpeg);
        var places = _bystanders.In(frame, accused, act.Class, stop);
        List<BoxPx> kept = [.. places.OwnPlate is { } plate ? [plate] : Array.Empty<BoxPx>()];
        if (rule is SignalRule signal && camera.Signals.FirstOrDefault(shape => shape.Id == signal.Signal)?.In(frame.Width, frame.Height) is [var a, var b])
            kept.Add(new BoxPx(MathF.Min(a.X, b.X), MathF.Min(a.Y, b.Y), MathF.Abs(b.X - a.X), MathF.Abs(b.Y - a.Y)));
        return EvidencePictures.ForExport(jpeg, places.Hidden, kept);
    }

    public void Dispose() => _bystanders.Dispose();
}
