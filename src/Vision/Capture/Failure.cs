using System.Globalization;

namespace EdgeGateway.Vision.Capture;

/// <summary>Why an attempt ended, as one of the closed list of states with words for people.</summary>
/// <param name="State">The state to show.</param>
/// <param name="Reason">What is wrong and what to do.</param>
/// <param name="ReasonVi">The same in Vietnamese.</param>
/// <param name="TryOtherTransport">True when UDP instead of TCP, or the reverse, may help.</param>
internal sealed record Failure(StreamState State, string Reason, string ReasonVi, bool TryOtherTransport = false)
{
    private static readonly CultureInfo Vietnamese = CultureInfo.GetCultureInfo("vi-VN");

    /// <summary>Reads the cause out of ffmpeg's last lines.</summary>
    /// <param name="options">The stream.</param>
    /// <param name="lines">What ffmpeg said, without secrets.</param>
    /// <param name="sawPictures">Whether pictures had come before.</param>
    public static Failure From(CaptureOptions options, IReadOnlyList<string> lines, bool sawPictures)
    {
        var text = string.Join('\n', lines);
        var last = lines.LastOrDefault(line => !line.Contains("[info]", StringComparison.Ordinal)) ?? "";
        if (options.Url.FilePath is { } file) return FromFile(options, file, text, last);
        var where = WhereOf(options);
        if (Has("401 Unauthorized") || Has("authorization failed") || Has("403 Forbidden") || Has("Server returned 403"))
            return new Failure(StreamState.Unauthorised, $"{where} refuses the user or the password. Check them in the camera's own page and in source.url.", $"{where} từ chối tên đăng nhập hoặc mật khẩu. Kiểm tra trong trang của camera và trong source.url.");
        if (Has("404 Not Found"))
            return new Failure(StreamState.NotFound, $"{where} answers but has no stream at this path. Check the path in source.url ({options.Url}).", $"{where} trả lời nhưng không có luồng ở đường dẫn này. Kiểm tra đường dẫn trong source.url ({options.Url}).");
        if (Has("failed: 461 ") || Has("Nonmatching transport") || Has("Unsupported transport"))
            return new Failure(StreamState.Unsupported, $"{where} does not offer this transport. Set source.transport to auto, or to the other of tcp and udp.", $"{where} không có kiểu truyền này. Đặt source.transport là auto, hoặc đổi giữa tcp và udp.", TryOtherTransport: true);
        if (Has("Connection refused"))
            return new Failure(StreamState.Unreachable, $"{where} refuses the connection. Is the camera on, is RTSP switched on there, is the port right?", $"{where} từ chối kết nối. Camera đã bật chưa, RTSP đã bật chưa, cổng có đúng không?");
        if (Has("No route to host") || Has("Network is unreachable") || Has("Host is unreachable"))
            return new Failure(StreamState.Unreachable, $"No way to {where}. Check the cable, the switch and the address.", $"Không có đường mạng tới {where}. Kiểm tra dây mạng, bộ chuyển mạch và địa chỉ.");
        if (Has("Failed to resolve hostname") || Has("Name or service not known"))
            return new Failure(StreamState.Unreachable, $"The name of {where} is not known. Write its address in numbers, or check the name server.", $"Không tìm thấy tên máy {where}. Ghi địa chỉ bằng số, hoặc kiểm tra máy chủ tên miền (DNS).");
        if (Has("certificate") || Has("TLS") || Has("[tls "))
            return new Failure(StreamState.Unreachable, $"No secure connection to {where}: {Brief(last)}", $"Không có kết nối bảo mật (TLS) tới {where}. {Original(last)}");
        // Only video is asked for, so a stream of sound alone is played without a session.
        if (Has("454 Session Not Found") || Has("matches no streams") || Has("does not contain any stream"))
            return new Failure(StreamState.Unsupported, $"The stream of {where} holds no video. Choose another path in source.url, or switch video on in the camera.", $"Luồng của {where} không có hình. Chọn đường dẫn khác trong source.url, hoặc bật hình trong camera.");
        if (Has("Could not find codec parameters") && !sawPictures)
            return new Failure(StreamState.Unsupported, $"The video of {where} cannot be recognised. Set the camera to H.264 or H.265.", $"Không nhận ra bộ mã hình của {where}. Đặt camera sang H.264 hoặc H.265.", TryOtherTransport: true);
        if (Has("Decoder (codec") || Has("Unsupported codec") || Has("unknown codec"))
            return new Failure(StreamState.Unsupported, $"The video codec of {where} cannot be decoded here. Set the camera to H.264 or H.265.", $"Máy này không giải mã được bộ mã hình của {where}. Đặt camera sang H.264 hoặc H.265.");
        if (IsDecoderFault(text)) return DecoderFault(options);
        if (Has("5XX Server Error"))
            return new Failure(StreamState.Unreachable, $"{where} reports a fault of its own: {Brief(last)}", $"{where} tự báo lỗi. {Original(last)}", TryOtherTransport: true);
        if (Has("timed out"))
            return new Failure(sawPictures ? StreamState.Reconnecting : StreamState.Unreachable, $"{where} no longer answers. Check its power and the network.", $"{where} không còn trả lời. Kiểm tra nguồn điện và mạng.", TryOtherTransport: !sawPictures);
        return sawPictures
            ? new Failure(StreamState.Reconnecting, $"{where} ended the stream. It is connected again.", $"{where} đã ngắt luồng. Đang kết nối lại.")
            : Has("Invalid data found") && !Has("Could not find codec")
            ? new Failure(StreamState.Unreachable, $"{where} gives no answer in RTSP. Check the port, and whether the camera still reacts.", $"{where} không trả lời bằng RTSP. Kiểm tra cổng, và xem camera còn hoạt động không.", TryOtherTransport: true)
            : new Failure(StreamState.Unreachable, last.Length == 0 ? $"{where} sent no picture." : $"{where} sent no picture: {Brief(last)}", $"{where} không gửi hình. {Original(last)}".TrimEnd(), TryOtherTransport: true);

        bool Has(string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>No picture within the limit.</summary>
    public static Failure Silent(CaptureOptions options, bool sawPictures, TimeSpan limit)
    {
        var where = WhereOf(options);
        return sawPictures
            ? new Failure(StreamState.Reconnecting, $"No picture from {where} for {limit.TotalSeconds:0.#} s. It is connected again.",
                string.Create(Vietnamese, $"{where} không gửi hình trong {limit.TotalSeconds:0.#} giây. Đang kết nối lại."))
            : new Failure(StreamState.Unreachable, $"{where} sent no picture within {limit.TotalSeconds:0} s. Check its power, the network and a firewall.",
                $"{where} không gửi hình trong {limit.TotalSeconds:0} giây. Kiểm tra nguồn điện, mạng và tường lửa.", TryOtherTransport: true);
    }

    /// <summary>Pictures came later and later.</summary>
    public static Failure Behind(TimeSpan lag)
        => new(StreamState.Behind, $"Pictures came {lag.TotalSeconds:0.0} s late, and later all the time: this machine cannot decode them as fast as they come, or the network cannot carry them. "
            + "Lower the camera's size or rate, name a small stream in source.detectUrl, or choose a hardware decoder in source.decoder. It is connected again, so that it shows the present.",
            string.Create(Vietnamese, $"Hình đến trễ {lag.TotalSeconds:0.0} giây và ngày càng trễ: máy này giải mã không kịp hoặc mạng không tải nổi. Giảm kích thước hay tốc độ hình của camera, đặt luồng nhỏ ở source.detectUrl, ")
            + "hoặc chọn bộ giải mã phần cứng ở source.decoder. Đang kết nối lại để thấy hiện tại.");

    /// <summary>A file that gave pictures and ended: null when it was whole, as far as its container tells.</summary>
    public static Failure? CutOff(string file, IReadOnlyList<string> lines)
        => lines.Any(line => line.Contains("partial file", StringComparison.Ordinal) || line.Contains("File ended prematurely", StringComparison.Ordinal)
            // With one decoding thread ffmpeg 5.1 says only this of an MP4 whose end is missing; a transport stream may say it of any lost packet.
            || (line.Contains("Packet corrupt", StringComparison.Ordinal) && line.Contains("[mov,mp4", StringComparison.Ordinal)))
            ? new Failure(StreamState.Unsupported, $"The file {file} is cut off: pictures that its index names are missing. Copy it again.", $"Tệp {file} bị cắt cụt: thiếu hình mà mục lục của nó có ghi. Chép lại tệp.")
            : null;

    /// <summary>Another size than expected.</summary>
    public static Failure Size((int Width, int Height) expected, (int Width, int Height) came)
        => new(StreamState.WrongSize, $"The picture is {came.Width}×{came.Height}, lines and zones were drawn for {expected.Width}×{expected.Height}. Set the camera back, or draw them anew and reload the camera.",
            $"Hình là {came.Width}×{came.Height}, vạch và vùng được vẽ cho {expected.Width}×{expected.Height}. Đặt lại camera như cũ, hoặc vẽ lại rồi nạp lại camera.");

    /// <summary>The size changed while pictures came.</summary>
    public static Failure SizeChanged((int Width, int Height) was)
        => new(StreamState.WrongSize, $"The size of the picture changed in midst of the stream; it was {was.Width}×{was.Height}.", $"Kích thước hình đổi giữa chừng; trước đó là {was.Width}×{was.Height}.");

    /// <summary>The reader itself failed.</summary>
    public static Failure Unforeseen(Exception fault) => new(StreamState.Reconnecting, "Reading failed: " + fault.Message, "Đọc luồng bị lỗi. " + Original(fault.Message));

    /// <summary>ffmpeg, or what starts it, is not there.</summary>
    public static Failure NotInstalled(Exception missing) => new(StreamState.Unsupported, missing.Message, "Máy này thiếu chương trình cần để đọc camera. " + Original(missing.Message));

    /// <summary>RTSPS: the camera's certificate is not to be trusted.</summary>
    public static Failure Untrusted(Exception untrusted) => new(StreamState.Unauthorised, untrusted.Message, "Không tin được chứng chỉ của camera: đặt đúng tệp PEM ở source.caFile. " + Original(untrusted.Message));

    /// <summary>RTSPS: no connection.</summary>
    public static Failure Unreachable(CaptureOptions options, Exception fault)
        => new(StreamState.Unreachable, fault.Message, $"Không có kết nối bảo mật (TLS) tới {WhereOf(options)}; kiểm tra nguồn điện, mạng, địa chỉ và cổng. " + Original(fault.Message));

    /// <summary>The decoder gave something else than it was told to.</summary>
    public static Failure OtherPixels()
        => new(StreamState.Unsupported, "The decoder gave another pixel format than planar YUV 4:2:0.", "Bộ giải mã cho dạng điểm ảnh khác YUV 4:2:0. Đặt source.decoder là software.");

    /// <summary>Larger than 8K.</summary>
    public static Failure TooLarge(int width, int height)
        => new(StreamState.Unsupported, $"The picture is {width}×{height}; up to 7680×4320 (8K) can be read. Choose a smaller stream.", $"Hình là {width}×{height}; đọc được tối đa 7680×4320 (8K). Chọn luồng nhỏ hơn.");

    private static Failure FromFile(CaptureOptions options, string file, string text, string last)
    {
        if (IsDecoderFault(text)) return DecoderFault(options);
        if (text.Contains("No such file or directory", StringComparison.Ordinal))
            return new Failure(StreamState.NotFound, $"The file {file} is not there.", $"Không có tệp {file}.");
        if (text.Contains("Permission denied", StringComparison.Ordinal))
            return new Failure(StreamState.Unauthorised, $"The file {file} may not be read by this user.", $"Người dùng này không được đọc tệp {file}.");
        if (text.Contains("matches no streams", StringComparison.Ordinal))
            return new Failure(StreamState.Unsupported, $"The file {file} holds no video.", $"Tệp {file} không có hình.");
        if (File.Exists(file) && new FileInfo(file).Length == 0)
            return new Failure(StreamState.Unsupported, $"The file {file} is empty.", $"Tệp {file} trống.");
        if (text.Contains("moov atom not found", StringComparison.Ordinal) && !text.Contains("misdetection possible", StringComparison.Ordinal))
            return new Failure(StreamState.Unsupported, $"The file {file} is cut off: its index (moov) is missing. Copy it again.", $"Tệp {file} bị cắt cụt: thiếu mục lục (moov). Chép lại tệp.");
        if (text.Contains("Invalid data found", StringComparison.Ordinal) || last.Contains("marking filters as finished", StringComparison.Ordinal))
            return new Failure(StreamState.Unsupported, $"The file {file} cannot be read as video: it is none, or a damaged one. Copy it again, or try it in a player.", $"Không đọc được tệp {file} như phim: không phải phim, hoặc bị hỏng. Chép lại tệp, hoặc thử trong trình phát.");
        return last.Length == 0
            ? new Failure(StreamState.Unsupported, $"The file {file} holds no picture.", $"Tệp {file} không có hình nào.")
            : new Failure(StreamState.Unsupported, $"The file {file} cannot be read as video: {Brief(last)}", $"Không đọc được tệp {file} như phim. {Original(last)}");
    }

    private static bool IsDecoderFault(string text)
        => text.Contains("Device creation failed", StringComparison.Ordinal) || text.Contains("Device setup failed for decoder", StringComparison.Ordinal)
        || text.Contains("No device available for decoder", StringComparison.Ordinal) || text.Contains("Unknown decoder", StringComparison.Ordinal);

    private static Failure DecoderFault(CaptureOptions options)
        => new(StreamState.Unsupported, $"The decoder '{options.Decoder}' does not work on this box. Set source.decoder to software.", $"Bộ giải mã '{options.Decoder}' không chạy được trên máy này. Đặt source.decoder là software.");

    private static string WhereOf(CaptureOptions options) => options.Url.EndPoint is { } end ? $"{end.Host}:{end.Port}" : options.Url.ToString();

    // What another program says is not translated; the reader is told that it is quoted.
    private static string Original(string line) => Brief(line) is { Length: > 0 } words ? $"Thông báo gốc: “{words.TrimEnd('.')}”." : "";

    // "[rtsp @ 0x55…] [error] words" → "words"
    private static string Brief(string line)
    {
        while (line.StartsWith('[') && line.IndexOf("] ", StringComparison.Ordinal) is var end and > 0) line = line[(end + 2)..];
        return line.Length == 0 ? line : line.TrimEnd('.') + ".";
    }
}
