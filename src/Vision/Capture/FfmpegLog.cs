using System.Text.RegularExpressions;

namespace EdgeGateway.Vision.Capture;

/// <summary>What ffmpeg says on standard error: secrets taken out, the last lines kept, the codec and the decoder's faults noticed. Thread-safe.</summary>
internal sealed partial class FfmpegLog(SecretUrl url)
{
    private const int KeptLines = 20;
    private const int MaxLineLength = 500;
    private readonly IReadOnlyList<string> _secrets = url.Secrets;
    private readonly string _masked = url.ToString();
    private readonly Queue<string> _lines = new(KeptLines);
    private readonly Lock _gate = new();
    private long _decodeErrors;

    /// <summary>Reports of damaged or missing data so far.</summary>
    public long DecodeErrors => Interlocked.Read(ref _decodeErrors);

    /// <summary>ffmpeg's name of the input's codec, once it said so.</summary>
    public string? Codec { get; private set; }

    /// <summary>The last lines, oldest first, without secrets.</summary>
    public IReadOnlyList<string> LastLines
    {
        get { lock (_gate) return [.. _lines]; }
    }

    /// <summary>Takes one line.</summary>
    public void Add(string line)
    {
        var clean = Clean(line);
        lock (_gate)
        {
            if (Codec is null && InputVideo().Match(clean) is { Success: true } video) Codec = video.Groups["codec"].Value;
            if (IsDecodeError(clean)) _decodeErrors++;
            else if (_decodeErrors > 0 && Repeated().Match(clean) is { Success: true } repeated
                && long.TryParse(repeated.Groups["times"].ValueSpan, out var times)) _decodeErrors += times;
            // What ffmpeg says about itself and its inputs is no help in an error.
            if (clean.Contains("[info]", StringComparison.Ordinal)) return;
            if (_lines.Count == KeptLines) _lines.Dequeue();
            _lines.Enqueue(clean);
        }
    }

    /// <summary>The line without the address's secrets, plain or percent-encoded, cut to a bounded length.</summary>
    public string Clean(string line)
    {
        line = line.Replace(url.Reveal(), _masked, StringComparison.OrdinalIgnoreCase);
        foreach (var secret in _secrets) line = line.Replace(secret, "***", StringComparison.OrdinalIgnoreCase);
        line = UserInfo().Replace(line, "${scheme}***@");
        return line.Length <= MaxLineLength ? line : line[..MaxLineLength] + "…";
    }

    private static bool IsDecodeError(string line)
        => line.Contains("corrupt decoded frame", StringComparison.Ordinal)
        || line.Contains("Error while decoding", StringComparison.OrdinalIgnoreCase)
        || line.Contains("error while decoding MB", StringComparison.Ordinal)
        || line.Contains("Error submitting packet", StringComparison.Ordinal)
        || line.Contains("Invalid NAL unit", StringComparison.Ordinal)
        || line.Contains("concealing", StringComparison.Ordinal)
        || line.Contains("RTP: missed", StringComparison.Ordinal)
        || line.Contains("decode_slice_header error", StringComparison.Ordinal)
        || line.Contains("no frame!", StringComparison.Ordinal)
        || line.Contains("Could not find ref", StringComparison.Ordinal);

    [GeneratedRegex(@"Stream #0:[0-9]+.*?: Video: (?<codec>[A-Za-z0-9_]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InputVideo();

    [GeneratedRegex(@"Last message repeated (?<times>[0-9]{1,9}) times", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Repeated();

    // A second net under the first: any user part of any address.
    [GeneratedRegex(@"(?<scheme>rtsps?://)[^\s/'""]*@", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserInfo();
}
