namespace EdgeGateway.Vision.Capture;

/// <summary>How RTSP carries the pictures.</summary>
public enum Transport
{
    /// <summary>TCP first, UDP when that fails; what worked last is tried first.</summary>
    Auto,

    /// <summary>Inside the RTSP connection: no lost packets, passes firewalls.</summary>
    Tcp,

    /// <summary>RTP over UDP.</summary>
    Udp,
}

/// <summary>A ring of files that holds the last minutes of the compressed stream, for clips of evidence. Sound is never kept.</summary>
/// <param name="Folder">Folder of the ring, made when absent; only this stream writes there, and what an earlier run left is deleted.</param>
/// <param name="Segment">Length of one file; a file begins with a key frame, so it may be longer by one key-frame interval.</param>
/// <param name="Count">How many files are kept, the one being written included. At least 2.</param>
public sealed record SegmentRing(string Folder, TimeSpan Segment, int Count)
{
    /// <summary>Bytes of all files together that are never passed; the oldest file goes first. 128 MiB hold a minute at 16 Mbit/s.</summary>
    public long MaxBytes { get; init; } = 128L << 20;

    /// <summary>Free bytes of the disk below which nothing more is written until there is room again.</summary>
    public long MinFreeBytes { get; init; } = 64L << 20;
}

/// <summary>What one stream is and how it is to be read.</summary>
public sealed record CaptureOptions
{
    /// <summary>The camera's id, for logs and thread names.</summary>
    public required string CameraId { get; init; }

    /// <summary>Where the stream comes from.</summary>
    public required SecretUrl Url { get; init; }

    /// <summary>How RTSP carries the pictures.</summary>
    public Transport Transport { get; init; }

    /// <summary><c>software</c>, or one of ffmpeg's hardware decoders: vaapi, qsv, cuda, drm, v4l2m2m, rkmpp, vulkan.</summary>
    public string Decoder { get; init; } = "software";

    /// <summary>
    /// Decodes H.264 and H.265 without the filter that smooths the borders of blocks: a quarter less work for a picture that is made
    /// much smaller before anybody looks at it (docs/ingest.md has the figures). Not for what is looked at in full size, as plates are.
    /// </summary>
    public bool SkipDeblocking { get; init; }

    /// <summary>Pictures a second that are to be analysed; the rest is left out after decoding. 0 takes all.</summary>
    public double AnalyseFps { get; init; }

    /// <summary>Files only: begins again at the end.</summary>
    public bool Loop { get; init; }

    /// <summary>
    /// Files only. True paces the file as a camera would and lets the newest frame win; false waits for the taker and drops
    /// nothing. A network stream is always live.
    /// </summary>
    public bool RealTime { get; init; } = true;

    /// <summary>Files read with <see cref="RealTime"/> false: the UTC instant of the first picture.</summary>
    public DateTimeOffset Start { get; init; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The picture size that lines and zones were drawn for; another one is <see cref="StreamState.WrongSize"/>. Null: the first size seen.</summary>
    public (int Width, int Height)? ExpectedSize { get; init; }

    /// <summary>Frames that may be held at once: one is written, one waits, the rest belongs to the analysis. At least 3.</summary>
    public int PoolFrames { get; init; } = 4;

    /// <summary>RTSPS: a PEM file with the authorities to trust instead of the system's, or with the camera's own certificate.</summary>
    public string? CaFile { get; init; }

    /// <summary>Keeps the compressed stream in a ring of files; null: off.</summary>
    public SegmentRing? Ring { get; init; }

    /// <summary>Decodes key frames alone, for a stream that is kept in a ring and looked at by nobody: their times place all pictures between them.</summary>
    public bool KeyFramesOnly { get; init; }

    /// <summary>How many attempts are made in all; fewer where user, password or path is refused, which no further one mends. Null: it is tried for ever.</summary>
    public int? Attempts { get; init; }

    /// <summary>Timestamp of the clock (<see cref="TimeProvider.GetTimestamp"/>) from which <see cref="Frames.FrameTime.Elapsed"/> counts; null: now. Two streams of one view share it, so that their times can be compared.</summary>
    public long? ClockOrigin { get; init; }

    /// <summary>True when the newest frame wins and time is the wall clock's.</summary>
    internal bool IsLive => Url.IsRtsp || RealTime;
}
