using System.Diagnostics;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary><c>validate --probe</c>: what only the camera itself can tell.</summary>
public sealed class ValidateProbeTests : IDisposable
{
    private const string Rule = "zones: { z: { points: [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]], units: fraction } }\nrules: [ { id: nguoc, rule: wrong_way, zone: z, allowed: [0, -1] } ]";

    private readonly Installation _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Key_frames_too_far_apart_for_evidence_are_a_warning_for_cameras_with_rules_and_so_is_a_camera_that_does_not_answer()
    {
        var sparse = Path.Combine(_site.Folder, "sparse.mp4");
        using (var made = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x240:r=10", "-t", "12", "-c:v", "libx264", "-g", "50", "-sc_threshold", "0", sparse]) { UseShellExecute = false })!)
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        _site.Camera("nga-tu", $"file://{sparse}", Rule).Camera("dem-nguoi", $"file://{sparse}").Camera("xa", "rtsp://127.0.0.1:1/main", Rule);
        var offline = await GatewayProcess.RunAsync("validate", "--config", _site.Folder);
        Assert.Equal(0, offline.Code);
        Assert.DoesNotContain("Key frames", offline.Error, StringComparison.Ordinal);

        var probed = await GatewayProcess.RunAsync("validate", "--probe", "--config", _site.Folder);
        Assert.True(probed.Code == 0, probed.Output + probed.Error);
        Assert.Contains("camera nga-tu: warning: Key frames are up to 5 s apart. Set the camera to 2 s or less", probed.Error, StringComparison.Ordinal);
        Assert.Contains("camera xa: warning: its stream was not looked at: unreachable: ", probed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("camera dem-nguoi: warning", probed.Error, StringComparison.Ordinal);
    }
}
