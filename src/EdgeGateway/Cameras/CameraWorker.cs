using System.Collections.Concurrent;
using System.Diagnostics;
using EdgeGateway.Configuration;
using EdgeGateway.Entry;
using EdgeGateway.Health;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;
using EdgeGateway.Violations;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Cameras;

/// <summary>
/// One camera's life on a thread of its own: take the newest frame, look at it, publish what was found, give the frame back.
/// A frame that fails costs that frame and one count; a camera that fails costs that camera.
/// </summary>
internal sealed partial class CameraWorker : IDisposable
{
    /// <summary>As long as an act waits for its plate by frames.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

    private readonly CameraModel _camera;
    private readonly SharedModels _models;
    private readonly TimeZoneInfo _zone;
    private readonly string? _defaultModel;
    private readonly CameraStream _stream;
    private readonly CameraEvents _events;
    private readonly CountBook _counts;
    private readonly CameraMeter _meter;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private readonly List<Observation> _found = new(64);
    private readonly List<TrackId> _ended = new(TrackerOptions.DefaultCapacity);
    private CameraStages? _stages;
    private FrameTime _last;
    private readonly ConcurrentQueue<TaskCompletionSource<Frame>> _wanted = new();
    private int _failuresInARow;
    private long _decodeErrors;
    private bool _isSilent;
    private TrackId _lastTrack;
    private int _left;

    /// <param name="camera">The checked configuration of the camera.</param>
    /// <param name="models">Shared by all cameras.</param>
    /// <param name="zone">Local time, for the hours of rules.</param>
    /// <param name="defaultModel">The detector for cameras that name none; null for the catalogue's first.</param>
    /// <param name="stream">Where frames come from; the worker owns it.</param>
    /// <param name="events">What the world hears of this camera.</param>
    /// <param name="counts">Its counters.</param>
    /// <param name="meter">Its figures.</param>
    /// <param name="time">The clock of the camera's end.</param>
    /// <param name="logger">For changes of state, never for frames.</param>
    public CameraWorker(
        CameraModel camera, SharedModels models, TimeZoneInfo zone, string? defaultModel, CameraStream stream,
        CameraEvents events, CountBook counts, CameraMeter meter, TimeProvider time, ILogger logger)
    {
        (_camera, _models, _zone, _defaultModel, _stream) = (camera, models, zone, defaultModel, stream);
        (_events, _counts, _meter, _time, _logger) = (events, counts, meter, time, logger);
        // A thread, not a task: what it allocates can be measured, and no pool thread is ever blocked by a camera.
        _thread = new Thread(Run) { IsBackground = true, Name = $"camera:{camera.Id}" };
    }

    /// <summary>The thread failed for good; the fault's message says why and what to do. Raised on the camera's thread.</summary>
    public event Action<Exception>? Broken;

    /// <summary>Takes suspected acts with their plates; null where the camera has no rules.</summary>
    public PendingActs? Acts { get; init; }

    /// <summary>Looks plates up on lists; null where there are none.</summary>
    public ListedPlates? Plates { get; init; }

    /// <summary>Decides at gates; null where the camera watches none. Disposed by whoever made it.</summary>
    public CameraEntry? Entry { get; init; }

    /// <summary>Watches whether the view is the one that lines were drawn in; null where nobody asks. Disposed with the worker.</summary>
    public ViewGuard? View { get; init; }

    /// <summary>The main stream beside the small one that is analysed; null for cameras of one stream. Disposed with the worker.</summary>
    public MainStream? Main { get; init; }

    /// <summary>Sees each frame after it was looked at; for annotated pictures and measurements. Null as a rule.</summary>
    public Action<Frame, CameraStages>? Inspect { get; init; }

    public CameraModel Camera => _camera;

    public CameraStream Stream => _stream;

    public CameraMeter Meter => _meter;

    /// <summary>The stages of the current frame size; null before the first frame.</summary>
    public CameraStages? Stages => Volatile.Read(ref _stages);

    /// <summary>True from the start of the thread to its end.</summary>
    public bool IsRunning => _thread.IsAlive;

    /// <summary>Opens the stream and begins to look.</summary>
    public void Start()
    {
        _stream.Start();
        Main?.Start();
        _thread.Start();
    }

    /// <summary>The next frame that is looked at; whoever gets it disposes it.</summary>
    public async Task<Frame> NextFrameAsync(CancellationToken cancel)
    {
        var wanted = new TaskCompletionSource<Frame>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var given = cancel.Register(() => wanted.TrySetCanceled(cancel));
        _wanted.Enqueue(wanted);
        return await wanted.Task;
    }

    /// <summary>Waits until the source has ended by itself (a file that does not loop).</summary>
    public bool WaitForEnd(TimeSpan timeout) => _thread.Join(timeout);

    /// <summary>Stops looking and waits for the thread to end what it has in hand. The stream and its ring go on until <see cref="Dispose"/>.</summary>
    public void StopLooking()
    {
        _stop.Cancel();
        if (_thread.IsAlive) _thread.Join(TimeSpan.FromSeconds(5));
    }

    /// <summary>Stops looking and ends the stream.</summary>
    public void Dispose()
    {
        StopLooking();
        _stream.Dispose();
        Main?.Dispose();
        if (_thread.ThreadState.HasFlag(System.Threading.ThreadState.Unstarted)) Leave();
        Leave();
    }

    // A thread that is still in a look uses them: of the thread's end and Dispose, the later one gives them back.
    private void Leave()
    {
        if (Interlocked.Increment(ref _left) < 2) return;
        _stages?.Dispose();
        View?.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        try
        {
            // 1. The newest frame, or the next one of a file. The lease ends with this block and nowhere else.
            while (_stream.TryTake(LongestSilence, _stop.Token, out var frame))
            {
                if (frame is null)
                {
                    FallSilent();
                    continue;
                }

                using (frame)
                {
                    try
                    {
                        Handle(frame);
                        _failuresInARow = 0;
                    }
                    catch (Exception fault) when (fault is not Vision.Inference.ModelException && ++_failuresInARow < 50)
                    {
                        _meter.Failed();
                        LogFrameFailed(_logger, fault, _camera.Id, _failuresInARow);
                        // Whose track ended in it is forgotten with the next frame.
                        _found.Clear();
                    }
                }
            }

            Finish();
        }
        catch (Exception fault)
        {
            // A wrong model is the installer's to mend and the message says how; where in the code it showed helps nobody.
            if (fault is Vision.Inference.ModelException) LogModelUnusable(_logger, _camera.Id, fault.Message);
            else LogBroken(_logger, fault, _camera.Id);
            Broken?.Invoke(fault);
            _stream.Dispose(); // nobody looks any more: nothing is decoded for nothing
            Entry?.FallSilent();
        }
        finally
        {
            try { Leave(); }
            catch (Exception fault) { LogNotGivenBack(_logger, fault, _camera.Id); }
        }
    }

    private void Handle(Frame frame)
    {
        _isSilent = false;
        // 2. Lines and zones in the pixels of this size; made again only when the size changes.
        var stages = FitTo(frame);
        if (View is { } view)
        {
            stages.RulesSuspended = view.RulesRestAfter(frame);
            Entry?.Rest(stages.RulesSuspended);
        }

        var began = Stopwatch.GetTimestamp();

        // 3. Gate, detect, track, read plates, watch the lines.
        var outcome = stages.Look(frame, _found, _ended);
        _meter.Looked(outcome, stages.LastDetection.Inference, Stopwatch.GetElapsedTime(began));
        if (outcome == FrameOutcome.Analysed) GatewayMetrics.InferenceDuration.Record(stages.LastDetection.Inference.TotalSeconds, stages.ModelLabel);
        _counts.Saw(frame.Time, isSound: !IsDamaged());
        _last = frame.Time;

        // 4. What was found becomes events; a quiet frame ends above.
        if (_found.Count > 0) Publish(frame, stages.Tracks, began);
        if (_ended.Count > 0) Forget();
        if (Acts is { IsEmpty: false } acts) acts.Advance(frame.Time);
        Entry?.Advance(frame, outcome == FrameOutcome.Analysed);
        stages.Clock.End(Stage.Events);
        Inspect?.Invoke(frame, stages);
        if (!_wanted.IsEmpty) HandOut(frame);
    }

    /// <summary>The camera sends nothing: what waits for a later frame waits no longer, and nobody sees a listed vehicle any more.</summary>
    private void FallSilent()
    {
        if (_isSilent || _counts.IsReplay) return;
        _isSilent = true;
        Acts?.Finish();
        Plates?.Finish();
        Entry?.FallSilent();
    }

    /// <summary>
    /// True when the decoder has reported damage since the last frame: ffmpeg then paints grey or old pieces over what is missing, and who
    /// walks there is not seen. Such a frame is looked at and does not count as watched.
    /// </summary>
    private bool IsDamaged()
    {
        var errors = _stream.Counters.DecodeErrors;
        var isDamaged = errors != _decodeErrors;
        _decodeErrors = errors;
        if (isDamaged) _meter.Damaged();
        return isDamaged;
    }

    private void HandOut(Frame frame)
    {
        while (_wanted.TryDequeue(out var wanted))
        {
            // Who has stopped waiting takes nothing.
            if (!wanted.TrySetResult(frame.Share())) frame.Dispose();
        }
    }

    private CameraStages FitTo(Frame frame)
    {
        if (_stages is { } stages && stages.Width == frame.Width && stages.Height == frame.Height) return stages;
        if (_stages is { } before)
        {
            // Whoever was followed in the old size is another track in the new one: a plate, an act or an opening must not go over to it.
            before.End(_found, _ended);
            _lastTrack = before.LastTrack;
            Publish(frame: null, [], lookBegan: 0);
            Forget();
            before.Dispose();
        }

        Volatile.Write(ref _stages, null);
        var fitted = new CameraStages(_camera, _models, frame.Width, frame.Height, _zone, _defaultModel, _lastTrack) { Main = Main is { Kept: > 0 } ? Main : null };
        Volatile.Write(ref _stages, fitted);
        return fitted;
    }

    private void Publish(Frame? frame, ReadOnlySpan<Track> tracks, long lookBegan)
    {
        foreach (var observation in _found)
        {
            Plates?.See(observation); // before the passage is told
            if (observation is LineCrossed or ZoneCounted or PassageRead) _counts.Add(observation);
            _events.Publish(observation);
            Acts?.See(observation, _last);
            Entry?.See(observation, frame, tracks, lookBegan);
        }

        _found.Clear();
    }

    /// <summary>A file ends with its last frame; a live camera ends now, and what nobody saw until now is a gap.</summary>
    private DateTimeOffset EndOfSource() => (_counts.IsReplay || _stream.Status.State == StreamState.Ended) && _last != default ? _last.Utc : _time.GetUtcNow();

    private void Forget()
    {
        foreach (var gone in _ended)
        {
            _events.Forget(gone);
            Acts?.Forget(gone);
            Plates?.Forget(gone);
            Entry?.Forget(gone);
        }

        _ended.Clear();
    }

    private void Finish()
    {
        _stages?.Finish(_found);
        Publish(frame: null, [], lookBegan: 0);
        Acts?.Finish();
        Plates?.Finish();
        _counts.Close(EndOfSource());
    }

    [LoggerMessage(210, LogLevel.Warning, "Camera {Camera}: a frame could not be analysed ({InARow} in a row)")]
    private static partial void LogFrameFailed(ILogger logger, Exception fault, string camera, int inARow);

    [LoggerMessage(209, LogLevel.Error, "Camera {Camera}: its models and its memory could not be given back")]
    private static partial void LogNotGivenBack(ILogger logger, Exception fault, string camera);

    [LoggerMessage(212, LogLevel.Error, "Camera {Camera} stopped; the others go on. {Reason}")]
    private static partial void LogModelUnusable(ILogger logger, string camera, string reason);

    [LoggerMessage(211, LogLevel.Error, "Camera {Camera} stopped; the others go on")]
    private static partial void LogBroken(ILogger logger, Exception fault, string camera);
}
