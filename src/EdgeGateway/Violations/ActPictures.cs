using System.Security.Cryptography;
using System.Text;
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
using RuleMode = EdgeGateway.Sync.Events.RuleMode;

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
/// <param name="exportsClips">Acts that may be used as evidence get a copy of the clip for export as well.</param>
/// <param name="problem">Told in words what could not be had.</param>
internal sealed class ActPictures(CameraModel camera, SharedModels models, string? defaultModel, TimeZoneInfo zone, ClipCutter cutter, bool exportsClips, Action<string> problem) : IDisposable
{
    private static readonly (EvidenceRole Original, EvidenceRole Overlay, EvidenceRole Export, string Moment)[] Roles =
    [
        (EvidenceRole.StillBefore, EvidenceRole.OverlayBefore, EvidenceRole.ExportBefore, "Trước hành vi"),
        (EvidenceRole.StillAt, EvidenceRole.OverlayAt, EvidenceRole.ExportAt, "Thời điểm hành vi"),
        (EvidenceRole.StillAfter, EvidenceRole.OverlayAfter, EvidenceRole.ExportAfter, "Sau hành vi"),
    ];

    /// <summary>True while other acts wait: the clip's copy for export, by far the longest work, is then left out.</summary>
    public Func<bool> IsBehind { get; set; } = () => false;

    private readonly ExportCopies _copies = new(camera, models, defaultModel);

    /// <summary>Names what of the camera's file is drawn over evidence: the same lines, zones, lights and rules give the same name.</summary>
    public string Drawing { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', [.. camera.Lines.Concat(camera.Zones).Concat(camera.Signals).Select(shape => $"{shape.Id} {string.Join(' ', shape.Fractions.Select(point => point.ToString()))}"), .. camera.Rules.Select(rule => rule.ToString())]))));

    /// <summary>Where stills are cut: before, at and after the act. Of an act whose instant is its end the middle one shows its midst.</summary>
    public static TrackMoment[] MomentsOf(ActSuspected act)
    {
        var (first, last) = (act.Moments[0], act.Moments[^1]);
        var at = act.Moments.MinBy(moment => (moment.Time.Elapsed - act.At.Elapsed).Duration());
        return [first, at == last && act.Moments.Count > 2 ? act.Moments[^2] : at, last];
    }

    /// <summary>Makes the files.</summary>
    /// <param name="act">The act. One that was seen with other lines than the camera's file has now gets none drawn.</param>
    /// <param name="footage">The camera's original pictures; null where none are kept.</param>
    /// <param name="clipPath">Where the clip is written for the time of packing.</param>
    /// <param name="stop">Ends the work.</param>
    public async Task<IReadOnlyList<EvidencePart>> MakeAsync(JournaledAct act, Footage? footage, string clipPath, CancellationToken stop)
    {
        var parts = new List<EvidencePart>();
        if (act.PlateJpeg is { Length: > 0 } plate) parts.Add(EvidencePart.FromBytes(EvidenceRole.PlateCrop, "image/jpeg", plate, act.PlateTakenAt));
        if (footage is null) return parts;
        await AddStillsAsync(act, footage, parts, stop);
        await AddClipAsync(act, footage, clipPath, parts, stop);
        return parts;
    }

    /// <summary>Where the copy of a clip for export is written for the time of packing.</summary>
    public static string ExportOf(string clipPath) => Path.ChangeExtension(clipPath, ".export.mp4");

    public void Dispose() => _copies.Dispose();

    private async Task AddStillsAsync(JournaledAct journaled, Footage footage, List<EvidencePart> parts, CancellationToken stop)
    {
        var act = journaled.Act;
        if (act.Moments.Count == 0) return;
        var moments = MomentsOf(act);
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
            // The same picture is no second proof: where two moments are one, it stands once and the manifest says what is missing.
            if (i != 1 && moments[i] == moments[1]) continue;
            if (stills.FirstOrDefault(still => still.Asked == moments[i].Time) is not { } still) continue;
            var (original, overlay, export, words) = Roles[i];
            var (x, y) = journaled.ScaleTo(still.Width, still.Height);
            TrackMoment[] path = [.. act.Moments.Where(one => one.Time.Elapsed <= moments[i].Time.Elapsed).Select(one => one with { Box = one.Box.Scaled(x, y) })];
            parts.Add(EvidencePart.FromBytes(original, "image/jpeg", still.Jpeg, still.Time.Utc));
            parts.Add(EvidencePart.FromBytes(overlay, "image/jpeg", EvidencePictures.Overlay(still.Jpeg, MarksOf(journaled, path, still), CaptionOf(journaled, still, words)), still.Time.Utc));
            parts.Add(EvidencePart.FromBytes(export, "image/jpeg", _copies.Make(still.Jpeg, act, path[^1].Box, RuleOf(journaled), stop), still.Time.Utc));
        }
    }

    private async Task AddClipAsync(JournaledAct act, Footage footage, string path, List<EvidencePart> parts, CancellationToken stop)
    {
        try
        {
            var (from, to) = ClipCutter.StretchOf(act.Act.From, act.Act.To);
            var clip = await cutter.CutAsync(footage, from, to, path, stop);
            parts.Add(EvidencePart.FromFile(EvidenceRole.Clip, "video/mp4", clip.Path, clip.First.Utc));
            if (clip.HasGap) problem("The clip has a gap: the stream was lost within it.");
            // What nobody may use nobody hands on.
            if (!exportsClips || act.Facts is not { Mode: RuleMode.Live, Use.Use: EvidenceUse.Review }) return;
            if (IsBehind()) problem("Other acts wait, so the clip's copy for export was left out.");
            else await AddExportClipAsync(act, clip, ExportOf(path), parts, stop);
        }
        catch (FootageException fault)
        {
            problem(fault.Message);
        }
    }

    private async Task AddExportClipAsync(JournaledAct act, CutClip clip, string path, List<EvidencePart> parts, CancellationToken stop)
    {
        try
        {
            await _copies.MakeClipAsync(clip, path, act, RuleOf(act), stop);
            parts.Add(EvidencePart.FromFile(EvidenceRole.ExportClip, "video/mp4", path, clip.First.Utc));
        }
        catch (OperationCanceledException)
        {
            problem("There was no time for the clip's copy for export."); // the evidence itself is whole
        }
    }

    /// <summary>The rule as the camera's file has it; null where that is not the file with which the act was seen.</summary>
    private RuleConfig? RuleOf(JournaledAct act) => act.Drawing == Drawing ? camera.Rules.FirstOrDefault(one => one.Id == act.Act.RuleId) : null;

    private EvidenceMarks MarksOf(JournaledAct journaled, TrackMoment[] path, Still still)
    {
        var (act, moment) = (journaled.Act, path[^1]);
        var rule = RuleOf(journaled);
        var lines = rule?.LineReferences.Select(one => one.Id).ToHashSet(StringComparer.Ordinal) ?? [];
        var zones = rule?.ZoneReferences.Select(one => one.Id).ToHashSet(StringComparer.Ordinal) ?? [];
        return new EvidenceMarks
        {
            Vehicle = moment.Box,
            Class = act.Class,
            Label = journaled.Plate?.Display ?? $"#{act.Track}",
            Path = [.. path.Select(one => one.Box.BottomCentre)],
            Lines = [.. camera.LinesFor(still.Width, still.Height).Where(line => lines.Contains(line.Id))],
            Zones = [.. camera.ZonesFor(still.Width, still.Height).Where(one => zones.Contains(one.Id))],
            Light = LightOf(rule, still),
            Lamp = act.Signal.Count == 0 ? null : LampAt(act.Signal, moment.Time),
        };
    }

    private Zone? LightOf(RuleConfig? rule, Still still)
    {
        if (rule is not SignalRule { Signal: var signal }) return null;
        if (camera.Signals.FirstOrDefault(shape => shape.Id == signal)?.In(still.Width, still.Height) is not [var a, var b]) return null;
        return new Zone(signal, [a, new PointPx(b.X, a.Y), b, new PointPx(a.X, b.Y)]);
    }

    private static EvidenceLamp LampAt(IReadOnlyList<Vision.Analytics.Signals.SignalSpan> spans, FrameTime time) =>
        spans.LastOrDefault(span => span.From.Elapsed <= time.Elapsed)?.State switch
        {
            LightState.Red => EvidenceLamp.Red,
            LightState.Yellow => EvidenceLamp.Yellow,
            LightState.Green => EvidenceLamp.Green,
            _ => EvidenceLamp.Unknown,
        };

    private EvidenceCaption CaptionOf(JournaledAct act, Still still, string words) => new()
    {
        Act = act.Act.Reason.Vi,
        Moment = words,
        Value = act.Act.Measure is { } measure ? Said.Vietnamese($"{measure.Value:0.#} ± {measure.PlusMinus:0.#} {measure.Unit}") : "",
        Plate = act.Plate?.Display ?? "",
        Place = act.Facts.Place?.Text ?? act.Facts.Camera.Name,
        Device = act.Facts.Camera.Id,
        Utc = still.Time.Utc,
        Offset = zone.GetUtcOffset(still.Time.Utc),
        ClockIsSynchronised = act.Facts.Clock.Synchronised,
        IsTrial = act.Facts.Mode == RuleMode.Trial,
    };
}
