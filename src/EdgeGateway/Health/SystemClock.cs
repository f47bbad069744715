using System.Runtime.InteropServices;
using EdgeGateway.Sync;

namespace EdgeGateway.Health;

/// <summary>Whether the kernel says that the clock is kept by a time service, and how far it believes to be off (adjtimex).</summary>
internal static partial class SystemClock
{
    private const int Unsynchronised = 0x40;  // STA_UNSYNC
    private const int Nanoseconds = 0x2000;   // STA_NANO

    /// <summary>"ntp" with the estimated offset, or "unsynchronised".</summary>
    public static ClockView Look()
    {
        var timex = default(Timex);
        // Modes is 0: this only reads.
        if (AdjTimex(ref timex) < 0) return new ClockView("unknown", null);
        if ((timex.Status & Unsynchronised) != 0) return new ClockView("unsynchronised", null);
        var offset = (timex.Status & Nanoseconds) != 0 ? timex.Offset / 1e9 : timex.Offset / 1e6;
        return new ClockView("ntp", TimeSpan.FromSeconds(offset));
    }

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    private static partial int AdjTimex(ref Timex timex);

    // struct timex of 64-bit Linux; only the head is read, the tail is room.
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Timex
    {
        public uint Modes;
        public long Offset;
        public long Frequency;
        public long MaxError;
        public long EstimatedError;
        public int Status;
    }
}
