using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeGateway.Commands;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>What a program that has ended said.</summary>
internal sealed record Ended(int Code, string Output, string Error)
{
    /// <summary>The JSON objects of standard output, in order.</summary>
    public IReadOnlyList<JsonElement> Lines => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
}

/// <summary>The built executable as a child process, as an installer or systemd starts it.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    /// <summary>Nothing here takes long; a busy machine may.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(120);

    private readonly Process _process;

    private GatewayProcess(Process process) => _process = process;

    /// <summary>The executable that lies beside the tests.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "edgegateway");

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Lines of standard output, in order.</summary>
    public ConcurrentQueue<string> Output { get; } = new();

    /// <summary>Lines of standard error, in order.</summary>
    public ConcurrentQueue<string> Error { get; } = new();

    /// <summary>All that was written, for the message of a test that fails.</summary>
    public string Said => string.Join('\n', Error.Concat(Output));

    /// <summary>Starts it and comes back at once.</summary>
    public static GatewayProcess Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException("edgegateway did not start.");
        var running = new GatewayProcess(process);
        process.OutputDataReceived += (_, line) => { if (line.Data is { } text) running.Output.Enqueue(text); };
        process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) running.Error.Enqueue(text); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (input is not null) process.StandardInput.Write(input);
        process.StandardInput.Close();
        return running;
    }

    /// <summary>Runs one command to its end.</summary>
    public static async Task<Ended> RunAsync(params string[] arguments)
    {
        await using var process = Start(arguments);
        var code = await process.EndAsync();
        return new Ended(code, string.Join('\n', process.Output), string.Join('\n', process.Error));
    }

    /// <summary>Runs one command in this process: enough where words are refused before any work begins.</summary>
    public static async Task<Ended> RunHereAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
        return new Ended(code, output.ToString().TrimEnd('\n'), error.ToString().TrimEnd('\n'));
    }

    /// <summary>The service on a folder.</summary>
    public static GatewayProcess Run(Installation installation) => Start(["run", "--config", installation.Folder], installation.Environment);

    /// <summary>SIGTERM, as systemd sends it.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits for the end. A service that does not end within its own time is cut off with another code than 0, so the code tells whether it did.</summary>
    /// <exception cref="TimeoutException">It did not end at all.</exception>
    public async Task<int> EndAsync(TimeSpan? limited = null)
    {
        var atMost = limited ?? Longest;
        using var limit = new CancellationTokenSource(atMost);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException late)
        {
            throw new TimeoutException($"edgegateway did not end within {atMost.TotalSeconds:0} s; it said: {Said}", late);
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }
}
