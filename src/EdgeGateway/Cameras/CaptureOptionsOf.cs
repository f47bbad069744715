using EdgeGateway.Configuration;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Cameras;

/// <summary>How a camera's configuration becomes capture options.</summary>
internal static class CaptureOptionsOf
{
    /// <summary>The live stream. With <c>detectUrl</c> and no plates to read the small stream is enough; plates want the main one.</summary>
    public static CaptureOptions Live(CameraModel camera, int poolFrames)
    {
        var source = camera.Source;
        var url = source.DetectUrl is { } small && !camera.Plates.Enabled ? small : source.Url;
        return new CaptureOptions
        {
            CameraId = camera.Id,
            Url = SecretUrl.Parse(url.Open()),
            Transport = source.Transport switch { SourceTransport.Tcp => Transport.Tcp, SourceTransport.Udp => Transport.Udp, _ => Transport.Auto },
            Decoder = source.Decoder,
            AnalyseFps = camera.AnalyseFps,
            Loop = source.Loop,
            RealTime = true,
            PoolFrames = Math.Max(3, poolFrames),
            CaFile = source.CaFile,
        };
    }

    /// <summary>A recorded file in the camera's place, frame by frame.</summary>
    public static CaptureOptions File(CameraModel camera, string path, DateTimeOffset start) => new()
    {
        CameraId = camera.Id,
        Url = SecretUrl.Parse(Path.GetFullPath(path)),
        Decoder = "software",
        AnalyseFps = camera.AnalyseFps,
        RealTime = false,
        Start = start,
    };
}
