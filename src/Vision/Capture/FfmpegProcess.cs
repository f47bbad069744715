using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// One attempt: one ffmpeg child from start to end. Its output is read on the caller's thread; nothing here decides about
/// another attempt.
/// </summary>
internal sealed class FfmpegProcess : IByteSource, IDisposable
{
    // The kernel's limit for users; a 1080p frame then needs three fills instead of fifty.
    private const int PipeBytes = 1 << 20;
    private const int Terminate = 15;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly TlsRelay? _relay;
    private readonly Process _process;
    private readonly SafeHandle _output;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stop;
    private long _patienceFrom;
    private TimeSpan _patience = Timeout.InfiniteTimeSpan;

    /// <summary>Starts ffmpeg; for RTSPS the camera's certificate is checked first.</summary>
    /// <exception cref="FileNotFoundException">ffmpeg or setpriv is not installed.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The camera's certificate is not to be trusted.</exception>
    /// <exception cref="IOException">RTSPS: the camera does not answer.</exception>
    public FfmpegProcess(CaptureOptions options, Transport transport, string? ringSocket, TimeProvider time, CancellationToken stop)
    {
        _time = time;
        _stop = stop;
        Log = new FfmpegLog(options.Url);
        if (options.Url is { Scheme: "rtsps", EndPoint: { } camera }) _relay = TlsRelay.Open(camera.Host, camera.Port, options.CaFile, stop);
        try
        {
            _process = ChildLauncher.Start("ffmpeg", FfmpegArguments.ForStream(options, transport, ringSocket));
        }
        catch
        {
            _relay?.Dispose();
            throw;
        }

        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text) Log.Add(text);
        };
        _process.BeginErrorReadLine();
        _output = ((System.IO.Pipes.PipeStream)_process.StandardOutput.BaseStream).SafePipeHandle;
        NativePipe.Enlarge(_output, PipeBytes);
        Tell(FfmpegArguments.Script(options.Url, transport, _relay?.Port));
    }

    /// <summary>What ffmpeg says.</summary>
    public FfmpegLog Log { get; }

    /// <summary>The child's process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>True when the child was silent for longer than it was allowed.</summary>
    public bool WasSilent { get; private set; }

    /// <summary>How long the child may be silent from now on; infinite for ever.</summary>
    public void Expect(TimeSpan limit)
    {
        _patience = limit;
        _patienceFrom = _time.GetTimestamp();
    }

    /// <inheritdoc/>
    public int Read(Span<byte> target)
    {
        while (!_stop.IsCancellationRequested)
        {
            if (NativePipe.Wait(_output, Next())) return NativePipe.Read(_output, target);
            if (Left() > TimeSpan.Zero) continue;
            WasSilent = true;
            return 0;
        }

        return 0;
    }

    /// <summary>Waits for the child's own end and says its exit code; null when it had to be killed.</summary>
    public int? Finish()
    {
        if (WasSilent || _stop.IsCancellationRequested || !_process.WaitForExit(Farewell))
        {
            End();
            return null;
        }

        // Without a limit this waits for the rest of standard error too.
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>Ends the child if it still runs: politely, then by force.</summary>
    public void Dispose()
    {
        End();
        _process.StandardOutput.Dispose();
        _process.StandardInput.Dispose();
        _process.Dispose();
        _relay?.Dispose();
    }

    private TimeSpan Left() => _patience == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : _patience - _time.GetElapsedTime(_patienceFrom);

    // Until the next look at the stop; a whole millisecond more than is left, as the wait is in whole ones.
    private TimeSpan Next() => Left() is var left && left < Look ? TimeSpan.FromMilliseconds(Math.Max(0, left.TotalMilliseconds) + 1) : Look;

    private void End()
    {
        if (_process.HasExited) return;
        NativePipe.Signal(_process.Id, Terminate);
        // A child that waits in a full pipe does not see the signal; without a reader it does.
        _process.StandardOutput.Dispose();
        if (!_process.WaitForExit(WasSilent ? TimeSpan.FromMilliseconds(300) : Farewell)) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    private void Tell(string? script)
    {
        try
        {
            if (script is not null) _process.StandardInput.Write(script);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The child has gone already; its exit says why.
        }
    }
}
