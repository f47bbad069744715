namespace EdgeGateway.Vision.Capture;

/// <summary>What a ring is doing.</summary>
public enum RingState
{
    /// <summary>No stream yet, or stopped.</summary>
    Idle,

    /// <summary>The compressed stream is kept.</summary>
    Recording,

    /// <summary>The disk is almost full: nothing is written until there is room. Pictures are analysed as before.</summary>
    DiskLow,

    /// <summary>The disk refuses. It is tried again every ten seconds. Pictures are analysed as before.</summary>
    DiskFailed,

    /// <summary>The stream's codec cannot be kept.</summary>
    Unsupported,
}

/// <summary>A ring's state in words for people.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Reason">What is wrong and what to do; empty while recording.</param>
/// <param name="KeyFramesFarApart">True when key frames are more than 2 s apart, so that clips begin long before what they show and a key frame may be missing in a short ring.</param>
/// <param name="KeyFrameInterval">The longest of the last intervals between key frames, or the time since the last one where that is longer; zero while unknown.</param>
public sealed record RingStatus(RingState State, string Reason, bool KeyFramesFarApart, TimeSpan KeyFrameInterval);
