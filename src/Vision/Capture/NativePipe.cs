using System.Runtime.InteropServices;

namespace EdgeGateway.Vision.Capture;

/// <summary>The system calls behind the pipe from a child: waiting with a limit, and reading into native memory without a copy.</summary>
internal static unsafe partial class NativePipe
{
    private const short PollIn = 1;
    private const int SetPipeSize = 1031;
    private const int Interrupted = 4;

    /// <summary>Asks for a pipe of this size; a smaller one is no fault.</summary>
    public static void Enlarge(SafeHandle pipe, int bytes) => _ = Fcntl(pipe, SetPipeSize, bytes);

    /// <summary>Waits until bytes (or the end) are there; false when the time is over.</summary>
    public static bool Wait(SafeHandle pipe, TimeSpan limit)
    {
        // The handle outlives the call: its owner disposes it after the reader's last call.
        var poll = new PollFd { Fd = (int)pipe.DangerousGetHandle(), Events = PollIn };
        var ready = Poll(&poll, 1, (int)limit.TotalMilliseconds);
        return ready > 0;
    }

    /// <summary>Reads what is there, at least one byte; 0 at the end.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public static int Read(SafeHandle pipe, Span<byte> target)
    {
        fixed (byte* start = target)
        {
            while (true)
            {
                var read = ReadBytes(pipe, start, (nuint)target.Length);
                if (read >= 0) return (int)read;
                var error = Marshal.GetLastPInvokeError();
                if (error != Interrupted) throw new IOException($"The decoder's pipe cannot be read: {Marshal.GetPInvokeErrorMessage(error)}.");
            }
        }
    }

    /// <summary>Sends a signal to a process that the caller started and has not yet collected.</summary>
    public static void Signal(int processId, int signal) => _ = Kill(processId, signal);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadBytes(SafeHandle fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollFd* fds, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeHandle fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }
}
