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
    /// <param name="ringSocket">The socket that takes the compressed stream; null: it is not kept.</param>
    public static IReadOnlyList<string> ForStream(CaptureOptions options, Transport transport, string? ringSocket = null)
    {
        List<string> arguments = ["-hide_banner", "-nostats", "-loglevel", "level+info"];
        AddDecoder(arguments, options.Decoder);
        // One decoding thread, for files too: several cost more for the same picture, add delay and memory, and analysis wants the other cores.
        arguments.AddRange(["-threads", "1"]);
        // Only the software decoders know the option; of other codecs than H.264 and H.265 it changes nothing.
        if (options is { SkipDeblocking: true, Decoder: "software" }) arguments.AddRange(["-skip_loop_filter", "all"]);
        if (options.KeyFramesOnly) arguments.AddRange(["-skip_frame", "nokey"]);
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
        if (options is { AnalyseFps: > 0, KeyFramesOnly: false }) arguments.AddRange(["-vf", RateFilter(options.AnalyseFps)]);
        arguments.AddRange(RawPictures);
        if (ringSocket is not null) AddRing(arguments, ringSocket, options.Url.IsRtsp);
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

    /// <summary>The arguments of ffmpeg that makes an mp4 of a transport stream on standard input, without touching a picture.</summary>
    /// <param name="path">The mp4.</param>
    /// <param name="created">UTC instant of its first picture, kept as <c>creation_time</c>.</param>
    /// <param name="hevc">True for H.265, whose usual tag many players refuse.</param>
    public static IReadOnlyList<string> ForClip(string path, DateTimeOffset created, bool hevc) =>
    [
        // The gap of a reconnect is shorter than any clip and shall stay as long as it was.
        .. Quiet, "-dts_delta_threshold", "3600", "-f", "mpegts", "-i", "pipe:0", "-map", "0:v:0", "-c", "copy", .. hevc ? (string[])["-tag:v", "hvc1"] : [],
        "-fflags", "+bitexact", "-map_metadata", "-1", "-metadata", "creation_time=" + created.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
        "-movflags", "+faststart", "-f", "mp4", "-y", "file:" + path,
    ];

    /// <summary>The arguments of ffmpeg that decodes the pictures of these times (90 kHz) out of a transport stream on standard input.</summary>
    public static IReadOnlyList<string> ForStills(IEnumerable<long> times) =>
    [
        .. Quiet, "-copyts", "-threads", "1", "-f", "mpegts", "-i", "pipe:0", "-map", "0:v:0",
        "-vf", "select='" + string.Join('+', times.Select(t => string.Create(CultureInfo.InvariantCulture, $"eq(pts,{t})"))) + "'",
        .. RawPictures,
    ];

    /// <summary>The arguments of ffmpeg that decodes some pictures a second of a file, each with its own time.</summary>
    public static IReadOnlyList<string> ForPictures(string file, double fps) =>
    [
        .. Quiet, "-nostdin", "-threads", "1", "-i", "file:" + file, "-map", "0:v:0", "-an", "-sn", "-dn", "-vf", RateFilter(fps),
        .. RawPictures,
    ];

    /// <summary>The arguments of ffmpeg that encodes pictures on standard input (YUV4MPEG2) as an mp4 that every player takes.</summary>
    public static IReadOnlyList<string> ForExportClip(string path) =>
    [
        // H.264 of 4:2:0 wants even sides.
        .. Quiet, "-f", "yuv4mpegpipe", "-i", "pipe:0", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-threads", "1", "-pix_fmt", "yuv420p",
        "-fflags", "+bitexact", "-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4", "-y", "file:" + path,
    ];

    /// <summary>The arguments of ffmpeg that copies a file's pictures into a transport stream on standard output, with the times that a replay gives them.</summary>
    public static IReadOnlyList<string> ForRemux(string file) => [.. Quiet, "-nostdin", "-i", "file:" + file, "-map", "0:v:0", "-c", "copy", .. ExactTimes, "-avoid_negative_ts", "disabled", "-f", "mpegts", "pipe:1"];

    // Every picture as it was decoded, with its own time, to standard output at once.
    private static readonly string[] RawPictures =
    [
        "-fps_mode", "passthrough", "-enc_time_base", "1/90000", "-autoscale", "0",
        "-c:v", "rawvideo", "-pix_fmt", "yuv420p", "-flush_packets", "1", "-write_index", "0", "-f", "nut", "pipe:1",
    ];

    // By default the muxer moves every time by 1.4 s.
    private static readonly string[] ExactTimes = ["-muxdelay", "0", "-muxpreload", "0"];

    private static readonly string[] Quiet = ["-hide_banner", "-nostats", "-loglevel", "error"];

    private static void AddRing(List<string> arguments, string socket, bool isRtsp)
    {
        arguments.AddRange(["-map", "0:v:0", "-an", "-sn", "-dn", "-c:v", "copy", "-time_base", "1/90000"]);
        // Some cameras name their parameter sets in the session's description only; a file of the ring must stand alone.
        if (isRtsp) arguments.AddRange(["-bsf:v", "dump_extra=freq=keyframe"]);
        arguments.AddRange(ExactTimes);
        // A thread and a queue of its own that drops when full: whatever happens to the ring, the pictures go on.
        arguments.AddRange(
        [
            "-f", "fifo", "-fifo_format", "mpegts", "-format_opts", "flush_packets=1:avoid_negative_ts=disabled",
            "-queue_size", "600", "-drop_pkts_on_overflow", "1", "unix:" + socket,
        ]);
    }

    // The script's own rule: inside single quotes everything stands for itself but the quote.
    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
