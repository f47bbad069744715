using EdgeGateway.Cameras;

namespace EdgeGateway.Health;

/// <summary>
/// Figures of one camera since its start. Written by the camera's thread, read by metrics, <c>bench</c> and the retained state;
/// every field is a plain counter, so nothing is allocated or locked on a frame's way.
/// </summary>
internal sealed class CameraMeter(string cameraId)
{
    private long _analysed;
    private long _gated;
    private long _failed;
    private long _damaged;
    private long _inferenceTicks;
    private long _latencyTicks;
    private long _lastFrameAt;

    public string CameraId => cameraId;

    /// <summary>Frames that the model looked at.</summary>
    public long Analysed => Volatile.Read(ref _analysed);

    /// <summary>Frames of a still scene, answered by the motion gate.</summary>
    public long Gated => Volatile.Read(ref _gated);

    /// <summary>Frames that failed.</summary>
    public long FailedFrames => Volatile.Read(ref _failed);

    /// <summary>Frames before which the decoder reported damage; among those looked at.</summary>
    public long DamagedFrames => Volatile.Read(ref _damaged);

    /// <summary>A frame came with damage.</summary>
    public void Damaged() => Volatile.Write(ref _damaged, _damaged + 1);

    /// <summary>Frames looked at, by the model or the gate.</summary>
    public long Watched => Analysed + Gated;

    /// <summary>Time inside the network, all in all.</summary>
    public TimeSpan Inference => new(Volatile.Read(ref _inferenceTicks));

    /// <summary>Time from taking a frame to having looked at it, all in all.</summary>
    public TimeSpan Busy => new(Volatile.Read(ref _latencyTicks));

    /// <summary>When a frame was last looked at, in milliseconds of <see cref="Environment.TickCount64"/>; 0 before the first.</summary>
    public long LastFrameAtMs => Volatile.Read(ref _lastFrameAt);

    public void Looked(FrameOutcome outcome, TimeSpan inference, TimeSpan busy)
    {
        if (outcome == FrameOutcome.Analysed)
        {
            Volatile.Write(ref _analysed, _analysed + 1);
            Volatile.Write(ref _inferenceTicks, _inferenceTicks + inference.Ticks);
        }
        else
        {
            Volatile.Write(ref _gated, _gated + 1);
        }

        Volatile.Write(ref _latencyTicks, _latencyTicks + busy.Ticks);
        Volatile.Write(ref _lastFrameAt, Environment.TickCount64);
    }

    public void Failed() => Volatile.Write(ref _failed, _failed + 1);
}
