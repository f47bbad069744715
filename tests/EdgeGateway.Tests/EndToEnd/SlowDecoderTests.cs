using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>A machine that cannot decode as fast as the camera sends, here an ffmpeg that is held back.</summary>
public sealed class SlowDecoderTests
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Fact]
    public async Task A_camera_that_cannot_be_decoded_in_time_is_told_and_begun_anew_at_the_present_and_decoded_more_cheaply()
    {
        await using var server = await RtspServer.StartAsync("main=" + await StreetClip.PathAsync());
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        // Plates are read in full size, so decoding is not cheap from the start.
        using var site = new Installation(broker.Port).Camera("cong", server.Url("main"), "plates: { enabled: true, passages: none }");
        var started = HoldBack(site, rate: 0.4);

        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("an alert", () => ioc.Alerts("camera", "raised").Any(alert => alert.Word("key") == "camera-cong-behind"), gateway);

        var text = ioc.Alerts("camera", "raised").First(alert => alert.Word("key") == "camera-cong-behind").Data.GetProperty("text");
        Assert.Contains("source.detectUrl", text.GetProperty("en").GetString(), StringComparison.Ordinal);
        Assert.Contains("giải mã không kịp", text.GetProperty("vi").GetString(), StringComparison.Ordinal);
        await ioc.UntilAsync("a cheaper second start", () => File.ReadAllLines(started).Length >= 2, gateway);
        var lines = await File.ReadAllLinesAsync(started);
        Assert.DoesNotContain("-skip_loop_filter", lines[0], StringComparison.Ordinal);
        Assert.Contains("-skip_loop_filter all", lines[1], StringComparison.Ordinal);

        // Behind a moment ago, and now gone: what is wrong now is told.
        await server.KillAsync();
        await ioc.UntilAsync("the refused connection is told", () => ioc.StateOf("cong")!.Text.Contains("refuses the connection", StringComparison.Ordinal), gateway);
    }

    /// <summary>Puts an ffmpeg before the real one that reads a stream at this share of its rate; returns the file with the arguments of each start.</summary>
    private static string HoldBack(Installation site, double rate)
    {
        var folder = Directory.CreateDirectory(Path.Combine(site.Folder, "bin")).FullName;
        var (program, started) = (Path.Combine(folder, "ffmpeg"), Path.Combine(folder, "started"));
        File.WriteAllText(program, FormattableString.Invariant($"""
            #!/bin/sh
            echo "$@" >> '{started}'
            exec /usr/bin/ffmpeg -readrate {rate} "$@"

            """));
        File.SetUnixFileMode(program, Executable);
        site.Environment["PATH"] = folder + ":" + Environment.GetEnvironmentVariable("PATH");
        return started;
    }
}
