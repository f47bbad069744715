using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;

namespace EdgeGateway.Violations;

/// <summary>
/// The copies of stills and of the clip that may leave the case file: other people's heads and other plates are hidden. They are looked for in
/// each picture itself (<see cref="BystanderSearch"/>): what a tracker lost is hidden all the same.
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
        var (hidden, kept) = PlacesIn(frame, act, accused, rule, stop);
        return EvidencePictures.ForExport(jpeg, hidden, kept);
    }

    /// <summary>Makes the copy of the clip. Where the vehicle's place is not known, before and after its path and in holes of it, it is hidden like all others.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="path">The copy.</param>
    /// <param name="journaled">The act.</param>
    /// <param name="rule">The rule; null where it is not the camera's any more, and then no light stays.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="FootageException">It could not be made; the message says why.</exception>
    public Task MakeClipAsync(CutClip clip, string path, JournaledAct journaled, RuleConfig? rule, CancellationToken stop)
    {
        var act = journaled.Act;
        return ExportClip.MakeAsync(clip.Path, path, frame =>
        {
            var (x, y) = journaled.ScaleTo(frame.Width, frame.Height);
            var accused = TrackMoment.BoxAt(act.Path, clip.First.Elapsed + frame.Time.Elapsed)?.Scaled(x, y) ?? default;
            return PlacesIn(frame, act, accused, rule, stop);
        }, stop);
    }

    public void Dispose() => _bystanders.Dispose();

    private ExportPlaces PlacesIn(Frame frame, ActSuspected act, BoxPx accused, RuleConfig? rule, CancellationToken stop)
    {
        var places = _bystanders.In(frame, accused, act.Class, stop);
        List<BoxPx> kept = [.. places.OwnPlate is { } plate ? [plate] : Array.Empty<BoxPx>()];
        if (rule is SignalRule signal && camera.Signals.FirstOrDefault(shape => shape.Id == signal.Signal)?.In(frame.Width, frame.Height) is [var a, var b])
            kept.Add(new BoxPx(MathF.Min(a.X, b.X), MathF.Min(a.Y, b.Y), MathF.Abs(b.X - a.X), MathF.Abs(b.Y - a.Y)));
        return new ExportPlaces(places.Hidden, kept);
    }
}
