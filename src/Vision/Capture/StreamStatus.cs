namespace EdgeGateway.Vision.Capture;

/// <summary>What a stream is doing.</summary>
public enum StreamState
{
    /// <summary>The first attempt is on its way.</summary>
    Connecting,

    /// <summary>Pictures arrive and move.</summary>
    Streaming,

    /// <summary>Pictures stopped; it is being tried again.</summary>
    Reconnecting,

    /// <summary>Pictures came later and later: the machine cannot decode them in time, or the network cannot carry them. A new connection begins at the present.</summary>
    Behind,

    /// <summary>Pictures arrive but show the same for seconds.</summary>
    Frozen,

    /// <summary>User or password is refused.</summary>
    Unauthorised,

    /// <summary>The host answers but has no such stream or file.</summary>
    NotFound,

    /// <summary>The host does not answer.</summary>
    Unreachable,

    /// <summary>Something comes that this build cannot read as video.</summary>
    Unsupported,

    /// <summary>The picture has another size than lines and zones were drawn for.</summary>
    WrongSize,

    /// <summary>The file is read to its end.</summary>
    Ended,

    /// <summary>Not started, or stopped.</summary>
    Off,
}

/// <summary>A stream's state in words for people.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Reason">What is wrong and what to do about it; empty while streaming. Holds no secret.</param>
/// <param name="ReasonVi">The same in Vietnamese.</param>
/// <param name="Since">Since when, UTC.</param>
/// <param name="TransportUsed"><c>tcp</c>, <c>udp</c> or <c>file</c>; null before anything worked.</param>
/// <param name="Width">Width of the pictures in pixels, 0 while unknown.</param>
/// <param name="Height">Height of the pictures in pixels, 0 while unknown.</param>
/// <param name="Codec">ffmpeg's name of the codec (h264, hevc, …); null while unknown.</param>
public sealed record StreamStatus(StreamState State, string Reason, string ReasonVi, DateTimeOffset Since, string? TransportUsed, int Width, int Height, string? Codec);

/// <summary>Counts since the start of a stream.</summary>
/// <param name="Received">Frames that came out of the decoder and the frame-rate filter.</param>
/// <param name="Taken">Frames that the analysis took.</param>
/// <param name="Dropped">Frames replaced by a newer one, or without room in the pool.</param>
/// <param name="Reconnects">Attempts after the first.</param>
/// <param name="DecodeErrors">Faults that the decoder reported (damaged or lost packets).</param>
/// <param name="Bytes">Bytes of decoded pictures read.</param>
/// <param name="ReaderAllocatedBytes">Managed bytes that the reader thread has allocated up to the last frame: grows per connection, not per frame.</param>
public readonly record struct CaptureCounters(long Received, long Taken, long Dropped, long Reconnects, long DecodeErrors, long Bytes, long ReaderAllocatedBytes);
