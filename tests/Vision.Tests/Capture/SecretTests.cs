using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class SecretTests
{
    private const string Password = "p@ss/w:ord%20é";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_password_opens_the_stream_and_stands_in_no_process_list_status_or_log(bool digest)
    {
        Environment.SetEnvironmentVariable("EDGEGATEWAY_TEST_SECRET", "1");
        await using var server = await RtspServer.StartAsync(
            [.. digest ? (string[])["--digest"] : [], "--user", "viewer", "--password", Password, "cam=" + await Clips.MovingAsync()]);
        using var right = Streams.Watch(server.Url("cam", "viewer:" + Uri.EscapeDataString(Password)));
        using var wrong = Streams.Watch(server.Url("cam", "viewer:" + Uri.EscapeDataString(Password + "x")));
        using var absent = Streams.Watch(server.Url("cam"));
        await right.Until(StreamState.Streaming);
        Assert.Contains("password", (await wrong.Until(StreamState.Unauthorised)).Reason, StringComparison.Ordinal);
        await absent.Until(StreamState.Unauthorised);

        Assert.All(Processes.Below(Environment.ProcessId).Where(p => p.CommandLine.StartsWith("/usr/bin/ffmpeg", StringComparison.Ordinal)),
            p => Assert.DoesNotContain("EDGEGATEWAY_TEST_SECRET", Processes.EnvironmentOf(p.Id), StringComparison.Ordinal));
        // The server's own command line holds it; ours must not.
        var lists = Processes.Below(Environment.ProcessId).Where(p => p.CommandLine.Contains("ffmpeg", StringComparison.Ordinal)
            && !p.CommandLine.Contains("mpegts", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(lists);
        await server.KillAsync();
        await right.Until(StreamState.Unreachable);
        var said = string.Join('\n', [.. lists.Select(p => p.CommandLine), .. right.History, .. wrong.History, .. absent.History, right.Log, wrong.Log, absent.Log]);
        foreach (var spelling in (string[])[Password, Uri.EscapeDataString(Password), "p@ss", "p%40ss", "viewer:"])
        {
            Assert.DoesNotContain(spelling, said, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("rtsp://viewer:se:cr@et@10.0.0.1:8554/main?x=1", "rtsp://***@10.0.0.1:8554/main?***", "rtsp://viewer:se%3Acr%40et@10.0.0.1:8554/main?x=1")]
    [InlineData("rtsp://viewer:a/b@10.0.0.1/main", "rtsp://***@10.0.0.1/main", "rtsp://viewer:a%2Fb@10.0.0.1/main")]
    [InlineData("rtsp://viewer:p%40ss@host/main", "rtsp://***@host/main", "rtsp://viewer:p%40ss@host/main")]
    [InlineData("rtsp://viewer:p@ss/w@10.0.0.1/main", "rtsp://***@10.0.0.1/main", "rtsp://viewer:p%40ss%2Fw@10.0.0.1/main")]
    [InlineData("rtsp://viewer:12/34@x@cam.local:8554/main", "rtsp://***@cam.local:8554/main", "rtsp://viewer:12%2F34%40x@cam.local:8554/main")]
    [InlineData("rtsp://viewer:a/b@cam1/main", "rtsp://***@cam1/main", "rtsp://viewer:a%2Fb@cam1/main")]
    [InlineData("rtsp://u:p@10.0.0.1/a@b.c", "rtsp://***@10.0.0.1/a@b.c", "rtsp://u:p@10.0.0.1/a@b.c")]
    [InlineData("rtsp://10.0.0.1:8554/a@b", "rtsp://10.0.0.1:8554/a@b", "rtsp://10.0.0.1:8554/a@b")]
    [InlineData("rtsp://10.0.0.1/a@b", "rtsp://10.0.0.1/a@b", "rtsp://10.0.0.1/a@b")]
    [InlineData("RTSPS://u:p@[fe80::1]:322/x", "RTSPS://***@[fe80::1]:322/x", "RTSPS://u:p@[fe80::1]:322/x")]
    [InlineData("/srv/clip.mp4", "/srv/clip.mp4", "/srv/clip.mp4")]
    public void An_address_prints_without_its_secrets(string written, string printed, string revealed)
    {
        var url = SecretUrl.Parse(written);
        Assert.Equal(printed, url.ToString());
        Assert.Equal(revealed, url.Reveal());
        Assert.Contains("***", $"{new CaptureOptions { CameraId = "c", Url = SecretUrl.Parse("rtsp://u:p@h/x") }}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rtsp://u:p@10.0.0.1/x", "10.0.0.1", 554, "rtsp://u:p@127.0.0.1:7000/x")]
    [InlineData("rtsps://u:p@cam.local:7441/x?y", "cam.local", 7441, "rtsp://u:p@127.0.0.1:7000/x?y")]
    [InlineData("rtsps://[::1]", "::1", 322, "rtsp://127.0.0.1:7000")]
    public void An_address_knows_its_host_and_goes_through_a_relay(string written, string host, int port, string relayed)
    {
        var url = SecretUrl.Parse(written);
        Assert.Equal((host, port), url.EndPoint);
        Assert.Equal(relayed, url.RevealThrough(7000));
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://10.0.0.1/x")]
    [InlineData("rtsp:///x")]
    [InlineData("rtsp://u:p@h/x\noption y z")]
    public void An_impossible_address_is_refused_without_being_shown(string written)
    {
        var failure = Assert.Throws<FormatException>(() => SecretUrl.Parse(written));
        Assert.DoesNotContain("u:p", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_ffmpeg_says_loses_every_spelling_of_the_secrets()
    {
        var log = new FfmpegLog(SecretUrl.Parse("rtsp://viewer:p@ss word@h/x?user=a&pwd=b"));
        log.Add("[error] 'rtsp://viewer:p%40ss%20word@h/x?user=a&pwd=b' failed: p@ss word, p%40ss%20word, user=a&pwd=b");
        log.Add("[error] rtsp://other:thing@elsewhere/ too");
        var said = string.Join('\n', log.LastLines);
        foreach (var secret in (string[])["p@ss", "p%40ss", "pwd=b", "thing"]) Assert.DoesNotContain(secret, said, StringComparison.Ordinal);
    }
}
