using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class FfmpegArgumentsTests
{
    private const string Rest = "-fps_mode passthrough -enc_time_base 1/90000 -autoscale 0 -c:v rawvideo -pix_fmt yuv420p -flush_packets 1 -write_index 0 -f nut pipe:1";
    private const string Network = "-hide_banner -nostats -loglevel level+info -threads 1 -f concat -safe 0 -protocol_whitelist pipe,rtsp,rtp,udp,tcp -i pipe:0 -map 0:v:0 -an -sn -dn";

    public static TheoryData<string, CaptureOptions, string> Table => new()
    {
        { "camera", Options("rtsp://u:p@h/x"), $"{Network} {Rest}" },
        { "rate", Options("rtsp://h/x") with { AnalyseFps = 7.5 }, $"{Network} -vf select='isnan(prev_selected_t)+gt(floor(t*7.5+1e-3),floor(prev_selected_t*7.5+1e-3))' {Rest}" },
        { "seen small", Options("rtsp://h/x") with { SkipDeblocking = true }, $"{Network.Replace("-threads 1", "-threads 1 -skip_loop_filter all", StringComparison.Ordinal)} {Rest}" },
        { "seen small, decoded by hardware", Options("rtsp://h/x") with { SkipDeblocking = true, Decoder = "vaapi" }, $"{Network.Replace("level+info", "level+info -hwaccel vaapi", StringComparison.Ordinal)} {Rest}" },
        { "replay", Options("/a/b c.mp4") with { RealTime = false }, $"-hide_banner -nostats -loglevel level+info -threads 1 -nostdin -i file:/a/b c.mp4 -map 0:v:0 -an -sn -dn {Rest}" },
        { "paced file", Options("file:///a/b%20c.mp4") with { Loop = true }, $"-hide_banner -nostats -loglevel level+info -threads 1 -nostdin -re -stream_loop -1 -i file:/a/b c.mp4 -map 0:v:0 -an -sn -dn {Rest}" },
        { "vaapi", Options("rtsp://h/x") with { Decoder = "vaapi" }, $"{Network.Replace("level+info", "level+info -hwaccel vaapi", StringComparison.Ordinal)} {Rest}" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void The_options_make_these_arguments(string what, CaptureOptions options, string arguments)
    {
        Assert.NotEmpty(what);
        Assert.Equal(arguments, string.Join(' ', FfmpegArguments.ForStream(options, Transport.Tcp)));
    }

    [Theory]
    [InlineData("rtsp://h/x", " -bsf:v dump_extra=freq=keyframe")]
    [InlineData("/a.mp4", "")]
    public void The_compressed_stream_goes_to_the_rings_socket_without_sound(string url, string filter)
    {
        var arguments = string.Join(' ', FfmpegArguments.ForStream(Options(url), Transport.Tcp, "/s/1.sock"));
        Assert.EndsWith(
            $"{Rest} -map 0:v:0 -an -sn -dn -c:v copy -time_base 1/90000{filter} -muxdelay 0 -muxpreload 0 -f fifo -fifo_format mpegts -format_opts flush_packets=1:avoid_negative_ts=disabled -queue_size 600 -drop_pkts_on_overflow 1 unix:/s/1.sock",
            arguments, StringComparison.Ordinal);
    }

    [Fact]
    public void The_address_with_its_secrets_goes_through_standard_input_only()
    {
        var url = SecretUrl.Parse("rtsp://u:it's@h/x");
        var script = FfmpegArguments.Script(url, Transport.Udp, null)!;
        Assert.StartsWith("ffconcat version 1.0\nfile 'rtsp://u:it%27s@h/x'\noption rtsp_transport udp\noption timeout 5000000\n", script, StringComparison.Ordinal);
        Assert.Contains("'rtsp://u:it%27s@127.0.0.1:7000/x'", FfmpegArguments.Script(url, Transport.Tcp, 7000), StringComparison.Ordinal);
        Assert.Contains(@"/it'\''s'", FfmpegArguments.Script(SecretUrl.Parse("rtsp://h/it's"), Transport.Tcp, null), StringComparison.Ordinal);
        Assert.Null(FfmpegArguments.Script(SecretUrl.Parse("/a.mp4"), Transport.Tcp, null));
    }

    private static CaptureOptions Options(string url) => new() { CameraId = "c", Url = SecretUrl.Parse(url) };
}
