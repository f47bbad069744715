using System.Diagnostics;
using System.Globalization;

namespace EdgeGateway.Benchmarks.Pipeline;

/// <summary>CPU time of this process and of children that have ended and were waited for, as the kernel accounts it.</summary>
internal static class CpuClock
{
    private static readonly double TicksPerSecond = 100; // USER_HZ, 100 on every Linux that .NET runs on

    /// <summary>User and system time of this process, in seconds.</summary>
    public static double OwnSeconds() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    /// <summary>User and system time of the running child processes, by name, in seconds.</summary>
    public static double RunningChildrenSeconds()
    {
        var own = Environment.ProcessId;
        double sum = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)) continue;
            if (TryReadStat(pid) is { } stat && stat.Parent == own) sum += stat.CpuSeconds;
        }

        return sum;
    }

    /// <summary>User and system time of children that have ended, in seconds.</summary>
    public static double EndedChildrenSeconds()
    {
        var fields = File.ReadAllText("/proc/self/stat").Split(") ")[1].Split(' ');
        return (double.Parse(fields[13], CultureInfo.InvariantCulture) + double.Parse(fields[14], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Runs a command to its end, its output thrown away, and gives its CPU seconds.</summary>
    /// <exception cref="InvalidOperationException">The command failed; its last words are in the message.</exception>
    public static double OfCommand(string file, params string[] arguments)
    {
        var before = EndedChildrenSeconds();
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.BaseStream.CopyTo(Stream.Null);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{file} failed: {error.Result}");
        return EndedChildrenSeconds() - before;
    }

    private static (int Parent, double CpuSeconds)? TryReadStat(int pid)
    {
        try
        {
            var fields = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ');
            var cpu = double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), cpu / TicksPerSecond);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
