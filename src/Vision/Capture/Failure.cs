namespace EdgeGateway.Vision.Capture;

/// <summary>Why an attempt ended, as one of the closed list of states with words for people.</summary>
/// <param name="State">The state to show.</param>
/// <param name="Reason">What is wrong and what to do.</param>
/// <param name="TryOtherTransport">True when UDP instead of TCP, or the reverse, may help.</param>
internal sealed record Failure(StreamState State, string Reason, bool TryOtherTransport = false)
{
    /// <summary>Reads the cause out of ffmpeg's last lines.</summary>
    /// <param name="options">The stream.</param>
    /// <param name="lines">What ffmpeg said, without secrets.</param>
    /// <param name="sawPictures">Whether pictures had come before.</param>
    public static Failure From(CaptureOptions options, IReadOnlyList<string> lines, bool sawPictures)
    {
        var text = string.Join('\n', lines);
        var last = lines.LastOrDefault(line => !line.Contains("[info]", StringComparison.Ordinal)) ?? "";
        if (options.Url.FilePath is { } file) return FromFile(options, file, text, last);
        var where = options.Url.EndPoint is { } end ? $"{end.Host}:{end.Port}" : "the camera";
        if (Has("401 Unauthorized") || Has("authorization failed") || Has("403 Forbidden") || Has("Server returned 403"))
            return new Failure(StreamState.Unauthorised, $"{where} refuses the user or the password. Check them in the camera's own page and in source.url.");
        if (Has("404 Not Found"))
            return new Failure(StreamState.NotFound, $"{where} answers but has no stream at this path. Check the path in source.url ({options.Url}).");
        if (Has("461 ") || Has("Nonmatching transport") || Has("Unsupported transport"))
            return new Failure(StreamState.Unsupported, $"{where} does not offer this transport. Set source.transport to auto, or to the other of tcp and udp.", TryOtherTransport: true);
        if (Has("Connection refused"))
            return new Failure(StreamState.Unreachable, $"{where} refuses the connection. Is the camera on, is RTSP switched on there, is the port right?");
        if (Has("No route to host") || Has("Network is unreachable") || Has("Host is unreachable"))
            return new Failure(StreamState.Unreachable, $"No way to {where}. Check the cable, the switch and the address.");
        if (Has("Failed to resolve hostname") || Has("Name or service not known"))
            return new Failure(StreamState.Unreachable, $"The name of {where} is not known. Write its address in numbers, or check the name server.");
        if (Has("certificate") || Has("TLS") || Has("[tls "))
            return new Failure(StreamState.Unreachable, $"No secure connection to {where}: {Brief(last)}");
        // Only video is asked for, so a stream of sound alone is played without a session.
        if (Has("454 Session Not Found") || Has("matches no streams") || Has("does not contain any stream"))
            return new Failure(StreamState.Unsupported, $"The stream of {where} holds no video. Choose another path in source.url, or switch video on in the camera.");
        if (Has("Could not find codec parameters") && !sawPictures)
            return new Failure(StreamState.Unsupported, $"The video of {where} cannot be recognised. Set the camera to H.264 or H.265.", TryOtherTransport: true);
        if (Has("Decoder (codec") || Has("Unsupported codec") || Has("unknown codec"))
            return new Failure(StreamState.Unsupported, $"The video codec of {where} cannot be decoded here. Set the camera to H.264 or H.265.");
        if (IsDecoderFault(text)) return DecoderFault(options);
        if (Has("5XX Server Error"))
            return new Failure(StreamState.Unreachable, $"{where} reports a fault of its own: {Brief(last)}", TryOtherTransport: true);
        if (Has("timed out"))
            return new Failure(sawPictures ? StreamState.Reconnecting : StreamState.Unreachable, $"{where} no longer answers. Check its power and the network.", TryOtherTransport: !sawPictures);
        return sawPictures
            ? new Failure(StreamState.Reconnecting, $"{where} ended the stream. It is connected again.")
            : Has("Invalid data found") && !Has("Could not find codec")
            ? new Failure(StreamState.Unreachable, $"{where} gives no answer in RTSP. Check the port, and whether the camera still reacts.", TryOtherTransport: true)
            : new Failure(StreamState.Unreachable, last.Length == 0 ? $"{where} sent no picture." : $"{where} sent no picture: {Brief(last)}", TryOtherTransport: true);

        bool Has(string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>No picture within the limit.</summary>
    public static Failure Silent(CaptureOptions options, bool sawPictures, TimeSpan limit)
    {
        var where = options.Url.EndPoint is { } end ? $"{end.Host}:{end.Port}" : options.Url.ToString();
        return sawPictures
            ? new Failure(StreamState.Reconnecting, $"No picture from {where} for {Math.Ceiling(limit.TotalSeconds):0} s. It is connected again.")
            : new Failure(StreamState.Unreachable, $"{where} sent no picture within {limit.TotalSeconds:0} s. Check its power, the network and a firewall.", TryOtherTransport: true);
    }

    /// <summary>Pictures came later and later.</summary>
    public static Failure Behind(TimeSpan lag)
        => new(StreamState.Behind, $"Pictures came {lag.TotalSeconds:0.0} s late, and later all the time: this machine cannot decode them as fast as they come, or the network cannot carry them. "
            + "Lower the camera's size or rate, name a small stream in source.detectUrl, or choose a hardware decoder in source.decoder. It is connected again, so that it shows the present.");

    /// <summary>A file that gave pictures and ended: null when it was whole, as far as its container tells.</summary>
    public static Failure? CutOff(string file, IReadOnlyList<string> lines)
        => lines.Any(line => line.Contains("partial file", StringComparison.Ordinal) || line.Contains("File ended prematurely", StringComparison.Ordinal)
            // With one decoding thread ffmpeg 5.1 says only this of an MP4 whose end is missing; a transport stream may say it of any lost packet.
            || (line.Contains("Packet corrupt", StringComparison.Ordinal) && line.Contains("[mov,mp4", StringComparison.Ordinal)))
            ? new Failure(StreamState.Unsupported, $"The file {file} is cut off: pictures that its index names are missing. Copy it again.")
            : null;

    /// <summary>Another size than expected.</summary>
    public static Failure Size((int Width, int Height) expected, (int Width, int Height) came)
        => new(StreamState.WrongSize, $"The picture is {came.Width}×{came.Height}, lines and zones were drawn for {expected.Width}×{expected.Height}. Set the camera back, or draw them anew and reload the camera.");

    /// <summary>Larger than 8K.</summary>
    public static Failure TooLarge(int width, int height)
        => new(StreamState.Unsupported, $"The picture is {width}×{height}; up to 7680×4320 (8K) can be read. Choose a smaller stream.");

    private static Failure FromFile(CaptureOptions options, string file, string text, string last)
    {
        if (IsDecoderFault(text)) return DecoderFault(options);
        if (text.Contains("No such file or directory", StringComparison.Ordinal))
            return new Failure(StreamState.NotFound, $"The file {file} is not there.");
        if (text.Contains("Permission denied", StringComparison.Ordinal))
            return new Failure(StreamState.Unauthorised, $"The file {file} may not be read by this user.");
        if (text.Contains("matches no streams", StringComparison.Ordinal))
            return new Failure(StreamState.Unsupported, $"The file {file} holds no video.");
        if (File.Exists(file) && new FileInfo(file).Length == 0)
            return new Failure(StreamState.Unsupported, $"The file {file} is empty.");
        if (text.Contains("moov atom not found", StringComparison.Ordinal) && !text.Contains("misdetection possible", StringComparison.Ordinal))
            return new Failure(StreamState.Unsupported, $"The file {file} is cut off: its index (moov) is missing. Copy it again.");
        if (text.Contains("Invalid data found", StringComparison.Ordinal) || last.Contains("marking filters as finished", StringComparison.Ordinal))
            return new Failure(StreamState.Unsupported, $"The file {file} cannot be read as video: it is none, or a damaged one. Copy it again, or try it in a player.");
        return new Failure(StreamState.Unsupported, last.Length == 0 ? $"The file {file} holds no picture." : $"The file {file} cannot be read as video: {Brief(last)}");
    }

    private static bool IsDecoderFault(string text)
        => text.Contains("Device creation failed", StringComparison.Ordinal) || text.Contains("Device setup failed for decoder", StringComparison.Ordinal)
        || text.Contains("No device available for decoder", StringComparison.Ordinal) || text.Contains("Unknown decoder", StringComparison.Ordinal);

    private static Failure DecoderFault(CaptureOptions options)
        => new(StreamState.Unsupported, $"The decoder '{options.Decoder}' does not work on this box. Set source.decoder to software.");

    // "[rtsp @ 0x55…] [error] words" → "words"
    private static string Brief(string line)
    {
        while (line.StartsWith('[') && line.IndexOf("] ", StringComparison.Ordinal) is var end and > 0) line = line[(end + 2)..];
        return line.Length == 0 ? line : line.TrimEnd('.') + ".";
    }
}
