using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;

namespace EdgeGateway.Violations;

/// <summary>
/// The files of one act's evidence: untouched stills before, at and after it, their overlay and export copies, the plate's crop and the clip.
/// Off the camera's thread; what cannot be had is left out and the manifest says so. One act at a time.
/// </summary>
/// <param name="camera">Whose lines, zones and lights are drawn.</param>
/// <param name="models">For the export copy: other people and plates are found in the stills themselves.</param>
/// <param name="defaultModel">The detector for cameras that name none; null for the catalogue's first.</param>
/// <param name="zone">Local time of captions.</param>
/// <param name="cutter">Shared by all cameras.</param>
/// <param name="problem">Told in words what could not be had.</param>
internal sealed class ActPictures(CameraModel camera, SharedModels models, string? defaultModel, TimeZoneInfo zone, ClipCutter cutter, Action<string> problem) : IDisposable
{
    private static readonly (EvidenceRole Original, EvidenceRole Overlay, EvidenceRole Export, string Moment)[] Roles =
    [
        (EvidenceRole.StillBefore, EvidenceRole.OverlayBefore, EvidenceRole.ExportBefore, "Trước hành vi"),
        (EvidenceRole.StillAt, EvidenceRole.OverlayAt, EvidenceRole.ExportAt, "Thời điểm hành vi"),
        (EvidenceRole.StillAfter, EvidenceRole.OverlayAfter, EvidenceRole.ExportAfter, "Sau hành vi"),
    ];

    /// <summary>Size of the frames in which acts are seen, where stills come from a larger stream; null while it is that of the stills.</summary>
    public Func<(int Width, int Height)?> AnalysedSize { get; init; } = () => null;

    private readonly ExportCopies _copies = new(camera, models, defaultModel);

    /// <summary>Makes the files.</summary>
    /// <param name="settled">The act.</param>
    /// <param name="footage">The camera's original pictures; null where none are kept.</param>
    /// <param name="clipPath">Where the clip is written for the time of packing.</param>
    /// <param name="clockIsSynchronised">Captions say when it is not.</param>
    /// <param name="isTrial">Captions say that nothing is established.</param>
    /// <param name="stop">Ends the work.</param>
    public async Task<IReadOnlyList<EvidencePart>> MakeAsync(SettledAct settled, Footage? footage, string clipPath, bool clockIsSynchronised, bool isTrial, CancellationToken stop)
    {
        var parts = new List<EvidencePart>();
        if (settled.Picture is { } plate) parts.Add(EvidencePart.FromBytes(EvidenceRole.PlateCrop, "image/jpeg", PictureFolder.Encode(plate), plate.TakenAt.Utc));
        if (footage is null) return parts;
        await AddStillsAsync(settled, footage, clockIsSynchronised, isTrial, parts, stop);
        await AddClipAsync(settled.Act, footage, clipPath, parts, stop);
        return parts;
    }

    public void Dispose() => _copies.Dispose();

    private async Task AddStillsAsync(SettledAct settled, Footage footage, bool clockIsSynchronised, bool isTrial, List<EvidencePart> parts, CancellationToken stop)
    {
        var act = settled.Act;
        if (act.Moments.Count == 0) return;
        TrackMoment[] moments = [act.Moments[0], act.Moments.MinBy(moment => (moment.Time.Elapsed - act.At.Elapsed).Duration()), act.Moments[^1]];
        IReadOnlyList<Still> stills;
        try
        {
            stills = await cutter.StillsAtAsync(footage, [.. moments.Select(moment => moment.Time)], stop);
        }
        catch (FootageException fault)
        {
            problem(fault.Message);
            return;
        }

        for (var i = 0; i < moments.Length; i++)
        {
            if (stills.FirstOrDefault(still => still.Asked == moments[i].Time) is not { } still) continue;
            var (original, overlay, export, words) = Roles[i];
            var (x, y) = AnalysedSize() is { } seen ? ((float)still.Width / seen.Width, (float)still.Height / seen.Height) : (1f, 1f);
            TrackMoment[] path = [.. act.Moments.Where(one => one.Time.Elapsed <= moments[i].Time.Elapsed).Select(one => one with { Box = one.Box.Scaled(x, y) })];
            parts.Add(EvidencePart.FromBytes(original, "image/jpeg", still.Jpeg, still.Time.Utc));
            parts.Add(EvidencePart.FromBytes(overlay, "image/jpeg", EvidencePictures.Overlay(still.Jpeg, MarksOf(settled, path, still), CaptionOf(settled, still, words, clockIsSynchronised, isTrial)), still.Time.Utc));
            parts.Add(EvidencePart.FromBytes(export, "image/jpeg", _copies.Make(still.Jpeg, act, path[^1].Box), still.Time.Utc));
        }
    }

    private async Task AddClipAsync(ActSuspected act, Footage footage, string path, List<EvidencePart> parts, CancellationToken stop)
    {
        try
        {
            var (from, to) = ClipCutter.StretchOf(act.From, act.To);
            var clip = await cutter.CutAsync(footage, from, to, path, stop);
            parts.Add(EvidencePart.FromFile(EvidenceRole.Clip, "video/mp4", clip.Path, clip.First.Utc));
            if (clip.HasGap) problem("The clip has a gap: the stream was lost within it.");
        }
        catch (FootageException fault)
        {
            problem(fault.Message);
        }
    }

    private EvidenceMarks MarksOf(SettledAct settled, TrackMoment[] path, Still still)
    {
        var (act, moment) = (settled.Act, path[^1]);
        var rule = camera.Rules.FirstOrDefault(one => one.Id == act.RuleId);
        var lines = rule?.LineReferences.Select(one => one.Id).ToHashSet(StringComparer.Ordinal) ?? [];
        var zones = rule?.ZoneReferences.Select(one => one.Id).ToHashSet(StringComparer.Ordinal) ?? [];
        return new EvidenceMarks
        {
            Vehicle = moment.Box,
            Class = act.Class,
            Label = settled.Plate?.Display ?? $"#{act.Track}",
            Path = [.. path.Select(one => one.Box.BottomCentre)],
            Lines = [.. camera.LinesFor(still.Width, still.Height).Where(line => lines.Contains(line.Id))],
            Zones = [.. camera.ZonesFor(still.Width, still.Height).Where(one => zones.Contains(one.Id))],
            Light = LightOf(act, still),
            Lamp = act.Signal.Count == 0 ? null : LampAt(act.Signal, moment.Time),
        };
    }

    private Zone? LightOf(ActSuspected act, Still still)
    {
        if (camera.Rules.FirstOrDefault(one => one.Id == act.RuleId) is not SignalRule rule) return null;
        if (camera.Signals.FirstOrDefault(shape => shape.Id == rule.Signal)?.In(still.Width, still.Height) is not [var a, var b]) return null;
        return new Zone(rule.Signal, [a, new PointPx(b.X, a.Y), b, new PointPx(a.X, b.Y)]);
    }

    private static EvidenceLamp LampAt(IReadOnlyList<Vision.Analytics.Signals.SignalSpan> spans, FrameTime time) =>
        spans.LastOrDefault(span => span.From.Elapsed <= time.Elapsed)?.State switch
        {
            LightState.Red => EvidenceLamp.Red,
            LightState.Yellow => EvidenceLamp.Yellow,
            LightState.Green => EvidenceLamp.Green,
            _ => EvidenceLamp.Unknown,
        };

    private EvidenceCaption CaptionOf(SettledAct settled, Still still, string words, bool clockIsSynchronised, bool isTrial) => new()
    {
        Act = settled.Act.Reason.Vi,
        Moment = words,
        Value = settled.Act.Measure is { } measure ? Said.Vietnamese($"{measure.Value:0.#} ± {measure.PlusMinus:0.#} {measure.Unit}") : "",
        Plate = settled.Plate?.Display ?? "",
        Place = camera.Place?.Text ?? camera.Name,
        Device = camera.Id,
        Utc = still.Time.Utc,
        Offset = zone.GetUtcOffset(still.Time.Utc),
        ClockIsSynchronised = clockIsSynchronised,
        IsTrial = isTrial,
    };
}
