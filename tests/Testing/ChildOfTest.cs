using System.Diagnostics;

namespace EdgeGateway.Testing;

/// <summary>A test program asked for one of its explicit tests: a process of its own that a test may kill or measure. It dies with its owner's block, also when an assertion ends that.</summary>
public sealed class ChildOfTest : Process
{
    private bool _isStarted;

    private ChildOfTest()
    {
    }

    /// <summary>Starts it; what it prints is let go.</summary>
    /// <param name="method">Name of the explicit test.</param>
    /// <param name="environment">What it needs to know.</param>
    public static ChildOfTest Start(string method, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true };
        // Under `dotnet test` the program that runs is the test program itself; under `dotnet FILE.dll` it is dotnet.
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.FileName = Path.ChangeExtension(System.Reflection.Assembly.GetEntryAssembly()!.Location, null);
        foreach (var argument in new[] { "-explicit", "only", "-method", "*." + method }) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var child = new ChildOfTest { StartInfo = start };
        child._isStarted = child.Start();
        child.BeginOutputReadLine();
        return child;
    }

    protected override void Dispose(bool disposing)
    {
        if (_isStarted && !HasExited)
        {
            Kill();
            WaitForExit();
        }

        _isStarted = false;
        base.Dispose(disposing);
    }

    /// <summary>Kilobytes of memory that a process holds now: its own and what it shares.</summary>
    public static long ResidentKilobytes(int process = 0) => Kilobytes("VmRSS:", process);

    private static long Kilobytes(string name, int process)
    {
        foreach (var line in File.ReadLines($"/proc/{(process == 0 ? "self" : process.ToString(System.Globalization.CultureInfo.InvariantCulture))}/status"))
        {
            if (line.StartsWith(name, StringComparison.Ordinal)) return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
        }

        return 0;
    }
}
