using System.Runtime.InteropServices;

namespace EdgeGateway.Commands;

/// <summary>SIGTERM and Ctrl+C as a token: from the first line of the program on, so that no command is cut off while it starts or computes.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _asked;
    private readonly PosixSignalRegistration[] _heard;

    /// <param name="stop">Ends it as a signal does.</param>
    public StopSignals(CancellationToken stop)
    {
        _asked = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _heard = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask), PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _asked.Token;

    /// <summary>Ends some time after a signal; never where none comes.</summary>
    public async Task OverdueAsync(TimeSpan longest)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = Token.Register(asked.SetResult);
        await asked.Task;
        await Task.Delay(longest, CancellationToken.None);
    }

    public void Dispose()
    {
        foreach (var heard in _heard) heard.Dispose();
        _asked.Dispose();
    }

    private void Ask(PosixSignalContext signal)
    {
        signal.Cancel = true; // the command ends the program, not the system
        try { _asked.Cancel(); }
        catch (ObjectDisposedException) { /* it has ended already */ }
    }
}
