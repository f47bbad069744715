using System.Diagnostics;
using EdgeGateway.Health;

namespace EdgeGateway.Benchmarks.Pipeline;

/// <summary>Other programs, and what they cost.</summary>
internal static class OtherProgram
{
    /// <summary>Runs a program to its end, its output thrown away, and gives its CPU seconds.</summary>
    /// <exception cref="InvalidOperationException">The program failed; its last words are in the message.</exception>
    public static double CpuSeconds(string file, params string[] arguments)
    {
        var before = ProcessFigures.Now().ChildrenCpu;
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.BaseStream.CopyTo(Stream.Null);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{file} failed: {error.Result}");
        return (ProcessFigures.Now().ChildrenCpu - before).TotalSeconds;
    }
}
