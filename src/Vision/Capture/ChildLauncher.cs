using System.Collections.Concurrent;
using System.Diagnostics;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// Starts children that die with this process, even by SIGKILL. The kernel sends a child its parent-death signal when the
/// <em>thread</em> that started it ends, so all are started by one thread that never ends.
/// </summary>
internal static class ChildLauncher
{
    private static readonly string[] Kept = ["PATH", "HOME", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "LIBVA_", "XDG_RUNTIME_DIR", "CUDA_", "NVIDIA_"];
    private static readonly BlockingCollection<Action> Orders = StartThread();

    /// <summary>Starts a program with an argument list (no shell), standard input, output and error as pipes.</summary>
    /// <exception cref="FileNotFoundException">The program is not installed; the message says what to install.</exception>
    public static Process Start(string program, IEnumerable<string> arguments)
    {
        var path = Find(program) ?? throw new FileNotFoundException($"{program} is not installed: apt-get install {program}.");
        var setpriv = Find("setpriv") ?? throw new FileNotFoundException("setpriv is not installed: apt-get install util-linux.");
        var start = new ProcessStartInfo(setpriv)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])["--pdeathsig", "KILL", "--", path, .. arguments]) start.ArgumentList.Add(argument);
        // A child gets what a decoder needs and no secret that stands in our environment.
        foreach (var name in start.Environment.Keys.Where(name => !Kept.Any(kept => name.StartsWith(kept, StringComparison.Ordinal))).ToList()) start.Environment.Remove(name);
        // What ffmpeg writes must not depend on the box's language.
        start.Environment["LC_ALL"] = "C.UTF-8";
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Orders.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start) ?? throw new InvalidOperationException("No process was started."));
            }
            catch (Exception failure)
            {
                started.SetException(failure);
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }

    private static string? Find(string program)
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var path = Path.Combine(folder, program);
            if (File.Exists(path)) return path;
        }

        return null;
    }

    private static BlockingCollection<Action> StartThread()
    {
        var orders = new BlockingCollection<Action>();
        var thread = new Thread(() =>
        {
            foreach (var order in orders.GetConsumingEnumerable()) order();
        })
        {
            Name = "child launcher",
            IsBackground = true,
        };
        thread.Start();
        return orders;
    }
}
