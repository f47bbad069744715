using EdgeGateway.Vision.Frames;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// One camera's or file's pictures. A thread of its own reads them from ffmpeg and keeps the connection alive; the analysis
/// calls <see cref="Take"/>. Live, the newest frame wins and the rest is counted as dropped; a file that is not paced waits
/// for its reader, so nothing is lost. The loop of the analysis is the same for both.
/// </summary>
public sealed class CameraStream : IDisposable
{
    private readonly CaptureOptions _options;
    private readonly FrameMailbox _mailbox;
    private readonly StreamReport _report;
    private readonly CaptureSupervisor _supervisor;
    private readonly CancellationTokenSource _stop = new();
    private Thread? _reader;
    private bool _disposed;

    /// <summary>Prepares a stream; nothing is started.</summary>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    public CameraStream(CaptureOptions options, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!FfmpegArguments.Decoders.Contains(options.Decoder, StringComparer.Ordinal))
            throw new ArgumentException($"The decoder '{options.Decoder}' is not known; allowed are {string.Join(", ", FfmpegArguments.Decoders)}.", nameof(options));
        if (!double.IsFinite(options.AnalyseFps) || options.AnalyseFps < 0) throw new ArgumentException("analyseFps is no rate.", nameof(options));
        _options = options;
        _mailbox = new FrameMailbox(newestWins: options.IsLive);
        _report = new StreamReport(options.CameraId, time, logger);
        Ring = options.Ring is { } ring ? new StreamRing(options.CameraId, ring, time, logger) : null;
        _supervisor = new CaptureSupervisor(options, _mailbox, _report, Ring, time, logger);
    }

    /// <summary>The last minutes of the compressed stream, to cut clips and stills from; null when the options ask for none.</summary>
    public StreamRing? Ring { get; }

    /// <summary>Raised on the reader thread at each change of state; a handler must not wait.</summary>
    public event Action<StreamStatus>? StatusChanged
    {
        add => _report.Changed += value;
        remove => _report.Changed -= value;
    }

    /// <summary>What the stream is doing.</summary>
    public StreamStatus Status => _report.Status;

    /// <summary>Counts since the start.</summary>
    public CaptureCounters Counters => _report.Counters(_mailbox);

    /// <summary>Starts the reader thread.</summary>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public void Start()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_reader is not null) throw new InvalidOperationException("The stream was started before.");
        _reader = new Thread(() => _supervisor.Run(_stop.Token)) { Name = "capture:" + _options.CameraId, IsBackground = true };
        _reader.Start();
    }

    /// <summary>
    /// Waits for the newest frame (live) or the next one (file, not paced). The caller owns it and disposes it. Null at the
    /// file's end, at the stop, or after <see cref="Dispose"/>; <see cref="Status"/> says which.
    /// </summary>
    public Frame? Take(CancellationToken stop) => _mailbox.Take(stop);

    /// <summary>The same, waiting no longer than <paramref name="patience"/>: true with null when no frame came in that time, false when nothing more comes.</summary>
    public bool TryTake(TimeSpan patience, CancellationToken stop, out Frame? frame) => _mailbox.TryTake(patience, stop, out frame);

    /// <summary>Ends the child and the thread, and waits for both. Frames that are still held stay valid until disposed.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _stop.Cancel();
        _reader?.Join();
        _mailbox.Close(throwAway: true);
        _supervisor.Dispose();
        Ring?.Dispose();
        _report.Change(StreamState.Off);
        _stop.Dispose();
    }
}
