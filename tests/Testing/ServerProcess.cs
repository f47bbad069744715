using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace EdgeGateway.Testing;

/// <summary>A real server's program, started, killed and started again by a test; what it wrote is kept over its lives.</summary>
/// <param name="command">The program and its arguments.</param>
/// <param name="folder">The folder it works in; this process's when null.</param>
/// <param name="environment">What it finds in its environment beside this process's.</param>
public sealed class ServerProcess(IReadOnlyList<string> command, string? folder = null, IReadOnlyDictionary<string, string>? environment = null) : IAsyncDisposable
{
    private readonly StringBuilder _log = new();
    private Process? _process;

    /// <summary>What it wrote, errors and all.</summary>
    public string Log { get { lock (_log) return _log.ToString(); } }

    /// <summary>True from the start to the end that a test asked for.</summary>
    public bool IsStarted => _process is not null;

    public void Start()
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false, WorkingDirectory = folder ?? "" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal)) start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) => { lock (_log) _log.AppendLine(line.Data); };
        process.OutputDataReceived += (_, line) => { lock (_log) _log.AppendLine(line.Data); };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        _process = process;
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">It ended by itself; its words are in the message.</exception>
    public async Task StartAsync(string name, Func<Task<bool>> answers, TimeSpan patience)
    {
        Start();
        await Wait.Until($"{name} answers", async () => _process!.HasExited ? throw new InvalidOperationException($"{name} ended at once: {Log}") : await answers(), patience);
    }

    /// <summary>kill -9: no goodbye to anybody, nothing saved. Its children go too.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        process.Kill(entireProcessTree: true);
        await GoneAsync(process);
    }

    /// <summary>SIGTERM, and the end of what it does then.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process) return;
        Signal("TERM");
        await GoneAsync(process);
    }

    /// <summary>Any other signal: STOP freezes it, CONT lets it go on.</summary>
    public void Signal(string name)
    {
        if (_process is { } process) Run("kill", $"-{name}", process.Id.ToString(CultureInfo.InvariantCulture));
    }

    public ValueTask DisposeAsync() => new(KillAsync());

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; its words are in the message.</exception>
    public static void Run(string program, params IReadOnlyList<string> arguments)
    {
        if (FaultOf(program, arguments) is { } fault) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {fault}");
    }

    /// <summary>The same; its words where it failed or is not installed, null where it did its work.</summary>
    public static string? FaultOf(string program, params IReadOnlyList<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{error}{output.Result}".Trim();
        }
        catch (System.ComponentModel.Win32Exception absent)
        {
            return absent.Message;
        }
    }

    private async Task GoneAsync(Process process)
    {
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }
}
