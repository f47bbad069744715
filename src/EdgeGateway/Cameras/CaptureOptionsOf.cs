using EdgeGateway.Configuration;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Cameras;

/// <summary>How a camera's configuration becomes capture options.</summary>
internal static class CaptureOptionsOf
{
    /// <summary>The live stream that is analysed: the small one where there is one.</summary>
    /// <param name="camera">The camera.</param>
    /// <param name="poolFrames">Frames in memory.</param>
    /// <param name="ringFolder">Where the compressed stream is kept for evidence; null for cameras without rules, and where <see cref="FullSize"/> keeps it.</param>
    public static CaptureOptions Live(CameraModel camera, int poolFrames, string? ringFolder = null) => Of(camera, camera.Source.DetectUrl ?? camera.Source.Url, poolFrames, ringFolder);

    /// <summary>The main stream at full resolution: the only one of most cameras, and beside a small one that of plates and evidence.</summary>
    /// <param name="camera">The camera.</param>
    /// <param name="poolFrames">Frames in memory.</param>
    /// <param name="ringFolder">Where the compressed stream is kept for evidence; null for cameras without rules.</param>
    public static CaptureOptions FullSize(CameraModel camera, int poolFrames, string? ringFolder = null) => Of(camera, camera.Source.Url, poolFrames, ringFolder);

    /// <summary>True when somebody looks at single frames of the main stream beside the small one: for plates, for cards, for a picture of who waits at a gate.</summary>
    public static bool WantsMainFrames(CameraModel camera) => camera.Plates.Enabled || camera.Rules.Any(rule => rule is IdCheckRule);

    // Detection makes every picture small. Plates and cards are cut out in full size, as are the pieces that a third party's model looks at.
    private static bool IsSeenSmall(CameraModel camera) => !camera.Plates.Enabled && camera.Rules.Count == 0;

    private static CaptureOptions Of(CameraModel camera, SourceUrl url, int poolFrames, string? ringFolder)
    {
        var source = camera.Source;
        return new CaptureOptions
        {
            CameraId = camera.Id,
            Url = SecretUrl.Parse(url.Open()),
            Transport = source.Transport switch { SourceTransport.Tcp => Transport.Tcp, SourceTransport.Udp => Transport.Udp, _ => Transport.Auto },
            Decoder = source.Decoder,
            SkipDeblocking = IsSeenSmall(camera),
            AnalyseFps = camera.AnalyseFps,
            Loop = source.Loop,
            RealTime = true,
            PoolFrames = Math.Max(3, poolFrames),
            CaFile = source.CaFile,
            // A minute and a half: an act waits for its plate, its clip begins before it, and cuts wait for one another.
            Ring = ringFolder is null ? null : new SegmentRing(ringFolder, TimeSpan.FromSeconds(2), 45),
        };
    }

    /// <summary>A recorded file in the camera's place, frame by frame.</summary>
    public static CaptureOptions File(CameraModel camera, string path, DateTimeOffset start) => new()
    {
        CameraId = camera.Id,
        Url = SecretUrl.Parse(Path.GetFullPath(path)),
        Decoder = "software",
        SkipDeblocking = IsSeenSmall(camera),
        AnalyseFps = camera.AnalyseFps,
        RealTime = false,
        Start = start,
    };
}
