using System.Diagnostics;

namespace EdgeGateway.Testing;

/// <summary>A layer between a process and libc, compiled from tests/Faults when it is wanted.</summary>
public static class PreloadedFault
{
    /// <summary>Compiles it into a folder; null, with the reason, where there is no compiler.</summary>
    /// <param name="source">File in tests/Faults.</param>
    /// <param name="folder">Where the library goes.</param>
    /// <param name="reason">Why there is none.</param>
    public static string? TryCompile(string source, string folder, out string reason)
    {
        var library = Path.Combine(folder, Path.ChangeExtension(source, ".so"));
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("gcc", ["-O2", "-shared", "-fPIC", "-o", library, Repository.PathOf("tests", "Faults", source), "-ldl"]) { RedirectStandardError = true, UseShellExecute = false })!;
            var said = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            if (compiler.ExitCode != 0) throw new InvalidOperationException($"gcc does not take {source}: {said}");
            reason = "";
            return library;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            reason = "gcc is not installed: apt-get install gcc libc6-dev";
            return null;
        }
    }
}
