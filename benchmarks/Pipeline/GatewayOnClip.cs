using System.Globalization;
using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Demo;
using EdgeGateway.Health;
using EdgeGateway.Vision.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Benchmarks.Pipeline;

/// <summary>The gateway's whole path on a clip, gating and plates off, one inference thread. The first pass compiles and tells nothing of later ones.</summary>
internal sealed class GatewayOnClip : IDisposable
{
    private readonly string _clip;
    private readonly TemporaryConfig _config;
    private readonly CameraModel _camera;
    private readonly SharedModels _models;

    public GatewayOnClip(string clip, double analyseFps)
    {
        _clip = clip;
        _config = new TemporaryConfig(
            """
            id: bench
            site: { id: bench, name: Bench }
            mqtt: { url: "mqtt://127.0.0.1:1883" }
            storage: { folder: "{storage}" }
            """,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["one"] = string.Create(CultureInfo.InvariantCulture, $$"""
                    id: one
                    source: { url: "file:///dev/null" }
                    analyseFps: {{analyseFps}}
                    motionGate: false
                    lines: { middle: { points: [[0.02, 0.5], [0.98, 0.5]], units: fraction } }
                    counting: [ { id: all, line: middle, classes: [person], interval: 1m } ]
                    """),
            });
        _camera = _config.Load().Cameras[0];
        _models = new SharedModels(Checkout.Models, OnnxOptions.Default, 1);
    }

    /// <summary>One pass over the clip: CPU of this process and its ffmpeg.</summary>
    public (long Analysed, double CpuSeconds, double Own, double Children) Measure()
    {
        var before = ProcessFigures.Now();
        var summary = Replay.Run(new ReplaySite("bench", TimeZoneInfo.Utc), _camera, _models, null, _clip, Replay.DefaultStart, _ => { }, NullLogger.Instance);
        var after = ProcessFigures.Now();
        var (own, children) = ((after.OwnCpu - before.OwnCpu).TotalSeconds, (after.ChildrenCpu - before.ChildrenCpu).TotalSeconds);
        return (summary.Analysed, own + children, own, children);
    }

    public void Dispose()
    {
        _models.Dispose();
        _config.Dispose();
    }
}
