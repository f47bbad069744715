namespace EdgeGateway.Sync.Entry;

/// <summary>Keeps a scanner open: unplugged, it is tried again every second, then every ten. Ends with its disposal.</summary>
public sealed class ScannerWatch : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="scanner">The scanner.</param>
    /// <param name="take">Takes each text; must not throw.</param>
    /// <param name="changed">Told why it does not work, once, and null when it works.</param>
    /// <param name="time">The clock of the pauses.</param>
    public ScannerWatch(ICardScanner scanner, Action<string> take, Action<Exception?> changed, TimeProvider time) =>
        _running = Task.Run(() => RunAsync(scanner, take, changed, time));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // A read of standard input hears no cancellation; the process ends it.
        await Task.WhenAny(_running, Task.Delay(TimeSpan.FromSeconds(1)));
        if (_running.IsCompleted) _stop.Dispose();
    }

    private async Task RunAsync(ICardScanner scanner, Action<string> take, Action<Exception?> changed, TimeProvider time)
    {
        var pause = new RetryPause(TimeSpan.FromSeconds(1));
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await scanner.ReadAsync(() => changed(null), take, _stop.Token)) return;
                pause.Reset();
            }
            catch (OperationCanceledException) { return; }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                if (_stop.IsCancellationRequested) return;
                changed(fault);
            }

            try { await Task.Delay(pause.Next(LongestPause), time, _stop.Token); }
            catch (OperationCanceledException) { return; }
        }
    }
}
