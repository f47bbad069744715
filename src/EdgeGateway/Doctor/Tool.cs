using System.Diagnostics;

namespace EdgeGateway.Doctor;

/// <summary>Runs a program of the system and reads what it says; null when it is not there.</summary>
internal static class Tool
{
    private const int LongestOutput = 8 << 20;

    public static async Task<(int Code, string Output)?> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken stop)
    {
        Process process;
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
            start.Environment["LC_ALL"] = "C";
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }

        using (process)
        {
            try
            {
                var error = process.StandardError.ReadToEndAsync(stop);
                var output = await process.StandardOutput.ReadToEndAsync(stop);
                await process.WaitForExitAsync(stop);
                var text = output + await error;
                return (process.ExitCode, text.Length <= LongestOutput ? text : text[^LongestOutput..]);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
    }
}
