using System.Runtime.InteropServices;

namespace EdgeGateway.Cameras;

/// <summary>The stages of a frame's way whose cost is kept apart.</summary>
internal enum Stage
{
    Gate,
    Detect,
    Track,
    Plates,
    Analytics,
    Events,
}

/// <summary>CPU time of one thread by stage. Written by the camera's thread only; others may read the sums.</summary>
internal sealed partial class StageClock
{
    private readonly long[] _nanoseconds = new long[Enum.GetValues<Stage>().Length];
    private long _last;

    /// <summary>Begins a frame.</summary>
    public void Begin() => _last = ThreadCpuNanoseconds();

    /// <summary>Ends a stage: the time since the last call belongs to it.</summary>
    public void End(Stage stage)
    {
        var now = ThreadCpuNanoseconds();
        Volatile.Write(ref _nanoseconds[(int)stage], _nanoseconds[(int)stage] + now - _last);
        _last = now;
    }

    /// <summary>CPU time spent in a stage so far.</summary>
    public TimeSpan Of(Stage stage) => TimeSpan.FromTicks(Volatile.Read(ref _nanoseconds[(int)stage]) / 100);

    private static long ThreadCpuNanoseconds()
    {
        ClockGetTime(3, out var time); // CLOCK_THREAD_CPUTIME_ID
        return time.Seconds * 1_000_000_000 + time.Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
