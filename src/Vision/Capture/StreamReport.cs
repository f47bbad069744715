using Microsoft.Extensions.Logging;

namespace EdgeGateway.Vision.Capture;

/// <summary>State and counters of one stream: written by its reader thread, read by anyone.</summary>
internal sealed class StreamReport(string cameraId, TimeProvider time, ILogger logger)
{
    private StreamStatus _status = new(StreamState.Off, "", "", time.GetUtcNow(), null, 0, 0, null);
    private FfmpegLog? _log;
    private long _changedAt = time.GetTimestamp();
    private long _received;
    private long _lost;
    private long _reconnects;
    private long _bytes;
    private long _readerAllocated;
    private long _earlierDecodeErrors;

    /// <summary>Called on the reader thread at each change of state.</summary>
    public event Action<StreamStatus>? Changed;

    public StreamStatus Status
    {
        get
        {
            var status = Volatile.Read(ref _status);
            // ffmpeg names the codec on another pipe than the pictures, so it may come a little after them. It is kept, so
            // that asking again (which the reader does at every frame) allocates nothing.
            if (Volatile.Read(ref _log)?.Codec is not { } codec || string.Equals(codec, status.Codec, StringComparison.Ordinal)) return status;
            var complete = status with { Codec = codec };
            return ReferenceEquals(Interlocked.CompareExchange(ref _status, complete, status), status) ? complete : Volatile.Read(ref _status);
        }
    }

    public StreamState State => Status.State;

    /// <summary>How long the state has been the same.</summary>
    public TimeSpan InStateFor => time.GetElapsedTime(_changedAt);

    public CaptureCounters Counters(FrameMailbox mailbox) => new(
        Interlocked.Read(ref _received), mailbox.Taken, mailbox.Dropped + Interlocked.Read(ref _lost), Interlocked.Read(ref _reconnects),
        Interlocked.Read(ref _earlierDecodeErrors) + (Volatile.Read(ref _log)?.DecodeErrors ?? 0), Interlocked.Read(ref _bytes),
        Interlocked.Read(ref _readerAllocated));

    /// <summary>Takes up a state; the same one again only refreshes its reason.</summary>
    public void Change(StreamState state, string reason = "", string reasonVi = "")
    {
        var old = Status;
        if (old.State == state && string.Equals(old.Reason, reason, StringComparison.Ordinal)) return;
        var fresh = old with { State = state, Reason = reason, ReasonVi = reasonVi, Since = old.State == state ? old.Since : time.GetUtcNow() };
        Volatile.Write(ref _status, fresh);
        if (old.State != state) _changedAt = time.GetTimestamp();
        CaptureLog.StateChanged(logger, cameraId, state, reason);
        Changed?.Invoke(fresh);
    }

    public void Describe(string transport, (int Width, int Height) size)
        => Volatile.Write(ref _status, Status with { TransportUsed = transport, Width = size.Width, Height = size.Height });

    public void Received(long bytes, bool lost)
    {
        Interlocked.Increment(ref _received);
        Interlocked.Add(ref _bytes, bytes);
        if (lost) Interlocked.Increment(ref _lost);
        Volatile.Write(ref _readerAllocated, GC.GetAllocatedBytesForCurrentThread());
    }

    public void Reconnecting() => Interlocked.Increment(ref _reconnects);

    /// <summary>The log whose decode errors count from now on.</summary>
    public void Follow(FfmpegLog log)
    {
        Unfollow();
        Volatile.Write(ref _log, log);
    }

    public void Unfollow()
    {
        if (_log is not { } log) return;
        _ = Status;
        Volatile.Write(ref _log, null);
        Interlocked.Add(ref _earlierDecodeErrors, log.DecodeErrors);
    }
}
