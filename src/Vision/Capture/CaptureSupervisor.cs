using System.Security.Authentication;
using EdgeGateway.Vision.Frames;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// Decides what one attempt's end means and when the next one starts. Runs on the camera's reader thread, which also reads
/// the frames: 1. start ffmpeg, 2. read the header and make the pool, 3. read frames into the mailbox, 4. judge the end,
/// 5. pause, again from 1.
/// </summary>
internal sealed class CaptureSupervisor(CaptureOptions options, FrameMailbox mailbox, StreamReport report, StreamRing? ring, TimeProvider time, ILogger logger) : IDisposable
{
    private const uint I420 = 0x49343230;
    private const int MaxPixels = 7680 * 4320;
    private static readonly TimeSpan FirstPicture = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FrozenRestart = TimeSpan.FromSeconds(60);

    // Told within 5 s, unless pictures are asked for so rarely that a pause is their nature; key frames may be 10 s apart.
    private readonly StreamPace _pace = new(options.KeyFramesOnly ? StreamPace.Longest : TimeSpan.FromSeconds(Math.Max(StreamPace.Usual.TotalSeconds, options.AnalyseFps > 0 ? 3 / options.AnalyseFps : 0)));
    private readonly FrameClock _clock = new(options.IsLive, options.Start, time, options.ClockOrigin);
    private readonly DecodeLag _lag = new();
    private readonly Backoff _backoff = new(Random.Shared.NextDouble);
    private readonly byte[] _scratch = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
    private readonly long _origin = time.GetTimestamp();
    private FramePool? _pool;
    private FrozenPicture? _frozen;
    private (int Width, int Height)? _size = options.ExpectedSize;
    // RTSPS runs in one encrypted connection, so there it is always TCP.
    private readonly bool _mayChangeTransport = options.Transport == Transport.Auto && options.Url.Scheme == "rtsp";
    private Transport _transport = options.Transport == Transport.Udp && options.Url.Scheme != "rtsps" ? Transport.Udp : Transport.Tcp;
    private long _sequence;
    private int _attempts;
    // Once behind, this stream is decoded as cheaply as it can be for as long as the gateway runs.
    private bool _isTooMuch;

    /// <summary>Runs attempts until the stop, or until a file's end.</summary>
    public void Run(CancellationToken stop)
    {
        report.Change(StreamState.Connecting);
        while (!stop.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            var before = _sequence;
            Failure? failure;
            try
            {
                failure = Attempt(stop);
            }
#pragma warning disable CA1031 // The last guard of this thread: whatever fails costs this camera one attempt, never the gateway.
            catch (Exception unforeseen)
#pragma warning restore CA1031
            {
                CaptureLog.Unforeseen(logger, options.CameraId, unforeseen);
                failure = Failure.Unforeseen(unforeseen);
            }

            if (stop.IsCancellationRequested) break;
            if (failure is null)
            {
                report.Change(StreamState.Ended, "The file is read to its end.", "Đã đọc hết tệp.");
                break;
            }

            Tell(failure);
            if (!options.IsLive || ++_attempts == options.Attempts || (options.Attempts is not null && failure.State is StreamState.Unauthorised or StreamState.NotFound)) break;
            if (_sequence > before && time.GetElapsedTime(started) > Healthy) _backoff.Reset();
            if (failure.TryOtherTransport && _mayChangeTransport) _transport = _transport == Transport.Tcp ? Transport.Udp : Transport.Tcp;
            if (stop.WaitHandle.WaitOne(_backoff.Next())) break;
            report.Reconnecting();
        }

        mailbox.Close(throwAway: stop.IsCancellationRequested);
    }

    /// <summary>Closes the pool; frames that are still held keep their memory until they come back.</summary>
    public void Dispose() => _pool?.Dispose();

    // A picture that stood still stays "frozen" until it is seen to move, whatever the connection does.
    private void Tell(Failure failure)
    {
        if (report.State != StreamState.Frozen || failure.State != StreamState.Reconnecting) report.Change(failure.State, failure.Reason, failure.ReasonVi);
    }

    // Null: a file came to its end.
    private Failure? Attempt(CancellationToken stop)
    {
        // Before anything can fail: an attempt that gets no picture is not behind.
        _lag.Reconnected();
        _pace.Reconnected();
        using var run = ring?.BeginRun();
        FfmpegProcess process;
        try
        {
            process = new FfmpegProcess(_isTooMuch ? options with { SkipDeblocking = true } : options, _transport, run?.Socket, time, stop);
        }
        catch (FileNotFoundException missing)
        {
            return Failure.NotInstalled(missing);
        }
        catch (AuthenticationException untrusted)
        {
            return Failure.Untrusted(untrusted);
        }
        catch (IOException unreachable)
        {
            return Failure.Unreachable(options, unreachable);
        }

        using (process)
        {
            var transport = options.Url.IsRtsp ? _transport == Transport.Udp ? "udp" : "tcp" : "file";
            CaptureLog.Started(logger, options.CameraId, process.ProcessId, transport, options.Url);
            var before = _sequence;
            report.Follow(process.Log);
            process.Expect(options.IsLive ? FirstPicture : Timeout.InfiniteTimeSpan);
            var reader = new NutReader(process);
            if (reader.ReadHeader() is { } video && Prepare(video, transport) is { } refused) return refused;
            var changed = _pool is not null && ReadFrames(reader, process, stop);
            var frames = _sequence - before;
            Failure? silent = null;
            if (process.WasSilent)
            {
                // Told at once: ending the child takes its time on a busy machine.
                Tell(silent = Failure.Silent(options, frames > 0, frames > 0 ? _pace.Limit : FirstPicture));
                _pace.Stalled();
            }

            var exitCode = process.Finish();
            var lines = process.Log.LastLines;
            report.Unfollow();
            if (logger.IsEnabled(LogLevel.Debug)) CaptureLog.Ended(logger, options.CameraId, exitCode, frames, string.Join(" | ", lines));
            if (_lag.IsLate)
            {
                _isTooMuch = true;
                return Failure.Behind(_lag.Now);
            }

            if (changed) return Failure.SizeChanged(_size!.Value);
            if (silent is not null) return silent;
            if (options.Url.FilePath is { } file && frames > 0) return options.IsLive ? null : Failure.CutOff(file, lines);
            return Failure.From(options, lines, frames > 0);
        }
    }

    private Failure? Prepare(NutVideo video, string transport)
    {
        if (video.FourCc != I420) return Failure.OtherPixels();
        if ((long)video.Width * video.Height > MaxPixels || Math.Max(video.Width, video.Height) > 16384) return Failure.TooLarge(video.Width, video.Height);
        var size = (video.Width, video.Height);
        report.Describe(transport, size);
        if (_size is { } expected && expected != size) return Failure.Size(expected, size);
        _size = size;
        if (_pool is null)
        {
            _pool = new FramePool(video.Width, video.Height, Math.Max(3, options.PoolFrames));
            if (options is { IsLive: true, KeyFramesOnly: false }) _frozen = new FrozenPicture(video.Width, video.Height);
        }

        _frozen?.Reset();
        _clock.Reconnected();
        return null;
    }

    // The hot loop: no allocation from here down. True when the picture's size changed.
    private bool ReadFrames(NutReader reader, FfmpegProcess process, CancellationToken stop)
    {
        var pool = _pool!;
        while (reader.TryReadFrame(out var header))
        {
            if (header.Size != pool.FrameBytes) return true;
            if (options.IsLive)
            {
                _pace.Arrived(header.Presentation);
                process.Expect(_pace.Limit);
            }

            var frame = Rent(pool, stop);
            if (frame is null)
            {
                if (!reader.TrySkipPixels(_scratch)) return false;
                _sequence++;
                report.Received(header.Size, lost: true);
                continue;
            }

            // A frame cut short is an end, not a frame.
            if (!reader.TryReadPixels(frame.Pixels))
            {
                frame.Dispose();
                return false;
            }

            frame.Time = _clock.Stamp(header.Presentation);
            frame.Sequence = _sequence++;
            // A file that is paced is not a camera: opened again it would begin anew.
            if (options.Url.IsRtsp && _lag.Look(time.GetElapsedTime(_origin), header.Presentation))
            {
                frame.Dispose();
                return false;
            }

            ring?.Note(header.Presentation, frame.Time);
            report.Received(header.Size, lost: false);
            if (!Judge(frame))
            {
                frame.Dispose();
                return false;
            }

            if (!mailbox.Put(frame, stop)) return false;
        }

        return false;
    }

    private Frame? Rent(FramePool pool, CancellationToken stop)
    {
        while (true)
        {
            if (pool.TryRent() is { } frame) return frame;
            if (options.IsLive)
            {
                if (!mailbox.Recall()) return null;
                continue;
            }

            // A file waits for whoever holds its frames.
            if (stop.WaitHandle.WaitOne(1)) return null;
        }
    }

    // False: the picture has stood still for so long that a new connection is worth trying.
    private bool Judge(Frame frame)
    {
        var still = _frozen?.Look(frame) ?? false;
        if (still)
        {
            report.Change(
                StreamState.Frozen, "The picture stands still while pictures arrive. Restart the camera; if it is a recorder's channel, check the camera behind it.",
                "Hình đứng yên dù vẫn nhận được khung hình. Khởi động lại camera; nếu là kênh của đầu ghi, kiểm tra camera phía sau đầu ghi.");
            return !options.Url.IsRtsp || report.InStateFor < FrozenRestart || _frozen!.StillFor < FrozenRestart;
        }

        if (report.State != StreamState.Frozen || _frozen!.HasMoved) report.Change(StreamState.Streaming);
        return true;
    }
}
