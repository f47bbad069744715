using System.Globalization;
using System.Text;

namespace EdgeGateway.Vision.Capture;

/// <summary>Which program is started with what: pure functions, no secret in any argument.</summary>
internal static class FfmpegArguments
{
    // Longer than any camera's pause between two packets, shorter than the 5 s after which a stream counts as lost.
    private const int SocketTimeoutMicroseconds = 5_000_000;

    // What a script on standard input may open. "file" is left out for network streams, so a hostile SDP reaches no disk.
    private const string NetworkProtocols = "pipe,rtsp,rtp,udp,tcp";

    /// <summary>Names of decoders that the option <c>decoder</c> knows.</summary>
    public static IReadOnlyList<string> Decoders { get; } = ["software", "vaapi", "qsv", "cuda", "drm", "vulkan", "v4l2m2m", "rkmpp"];

    /// <summary>The arguments of ffmpeg for one attempt.</summary>
    /// <param name="options">The stream.</param>
    /// <param name="transport">Tcp or Udp; ignored for files.</param>
    public static IReadOnlyList<string> ForStream(CaptureOptions options, Transport transport)
    {
        List<string> arguments = ["-hide_banner", "-nostats", "-loglevel", "level+info"];
        AddDecoder(arguments, options.Decoder);
        // One decoding thread a live camera: several add delay and memory, and cameras share the cores anyway.
        if (options.IsLive) arguments.AddRange(["-threads", "1"]);
        if (options.Url.FilePath is { } file)
        {
            arguments.Add("-nostdin");
            if (options.RealTime) arguments.Add("-re");
            if (options.Loop) arguments.AddRange(["-stream_loop", "-1"]);
            arguments.AddRange(["-i", "file:" + file]);
        }
        else
        {
            arguments.AddRange(["-f", "concat", "-safe", "0", "-protocol_whitelist", NetworkProtocols, "-i", "pipe:0"]);
        }

        arguments.AddRange(["-map", "0:v:0", "-an", "-sn", "-dn"]);
        if (options.AnalyseFps > 0) arguments.AddRange(["-vf", RateFilter(options.AnalyseFps)]);
        arguments.AddRange(
        [
            "-fps_mode", "passthrough", "-enc_time_base", "1/90000", "-autoscale", "0",
            "-c:v", "rawvideo", "-pix_fmt", "yuv420p", "-flush_packets", "1", "-write_index", "0", "-f", "nut", "pipe:1",
        ]);
        if (options.Ring is { } ring) AddRing(arguments, ring);
        return arguments;
    }

    /// <summary>What goes to standard input for a network stream: the script that names the address with its secrets. Null for a file.</summary>
    /// <param name="url">The stream.</param>
    /// <param name="transport">Tcp or Udp.</param>
    /// <param name="relayPort">Port of the relay that speaks TLS with the camera; null: no relay.</param>
    public static string? Script(SecretUrl url, Transport transport, int? relayPort)
    {
        if (!url.IsRtsp) return null;
        var script = new StringBuilder("ffconcat version 1.0\n");
        script.Append("file ").Append(Quote(relayPort is { } port ? url.RevealThrough(port) : url.Reveal())).Append('\n');
        script.Append("option rtsp_transport ").Append(transport == Transport.Udp ? "udp" : "tcp").Append('\n');
        script.Append(CultureInfo.InvariantCulture, $"option timeout {SocketTimeoutMicroseconds}\n");
        // Only the size is needed before the first picture, and the stream's description mostly has it.
        script.Append("option allowed_media_types video\noption analyzeduration 500000\noption fpsprobesize 0\n");
        return script.ToString();
    }

    /// <summary>The arguments of ffprobe that lists a stream's packets for a while as JSON.</summary>
    public static IReadOnlyList<string> ForPackets(SecretUrl url, TimeSpan watch)
    {
        string[] input = url.FilePath is { } file ? ["-i", "file:" + file] : ["-f", "concat", "-safe", "0", "-protocol_whitelist", NetworkProtocols, "-i", "pipe:0"];
        return
        [
            "-v", "error", .. input, "-select_streams", "v:0", "-read_intervals", string.Create(CultureInfo.InvariantCulture, $"%+{watch.TotalSeconds:0.###}"),
            "-show_entries", "packet=pts_time,size,flags", "-of", "json",
        ];
    }

    /// <summary>
    /// Keeps the first picture of each 1/fps of a second and its own time: no picture twice, no invented time, so uneven
    /// streams stay true. A source slower than fps passes whole.
    /// </summary>
    public static string RateFilter(double fps)
    {
        var rate = fps.ToString("0.###", CultureInfo.InvariantCulture);
        // A thousandth of a slot forgives times that were rounded down just below the slot's edge.
        return $"select='isnan(prev_selected_t)+gt(floor(t*{rate}+1e-3),floor(prev_selected_t*{rate}+1e-3))'";
    }

    private static void AddDecoder(List<string> arguments, string decoder)
    {
        switch (decoder)
        {
            case "software": break;
            case "v4l2m2m" or "rkmpp": arguments.AddRange(["-c:v", "h264_" + decoder]); break;
            default: arguments.AddRange(["-hwaccel", decoder]); break;
        }
    }

    private static void AddRing(List<string> arguments, SegmentRing ring)
    {
        arguments.AddRange(
        [
            "-map", "0:v:0", "-c", "copy", "-f", "segment", "-segment_format", "mpegts",
            "-segment_time", ring.Segment.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture),
            "-segment_wrap", ring.Count.ToString(CultureInfo.InvariantCulture),
            "-segment_list", Path.Combine(ring.Folder, "ring.csv"),
            "-segment_list_size", ring.Count.ToString(CultureInfo.InvariantCulture),
            Path.Combine(ring.Folder, "ring-%03d.ts"),
        ]);
    }

    // The script's own rule: inside single quotes everything stands for itself but the quote.
    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
