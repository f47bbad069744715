using System.Diagnostics;

namespace EdgeGateway.Commands;

/// <summary>A line on standard error that tells how far long work is; silent when standard error is no terminal.</summary>
internal sealed class ProgressLine(string what) : IDisposable
{
    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private readonly Stopwatch _since = Stopwatch.StartNew();
    private long _shownAtMs = -1000;

    /// <summary>Shows a number of frames, or of what else is counted, at most four times a second.</summary>
    public void Show(long count, string unit = "frames")
    {
        if (!_isTerminal || _since.ElapsedMilliseconds - _shownAtMs < 250) return;
        _shownAtMs = _since.ElapsedMilliseconds;
        Console.Error.Write($"\r{what}: {count} {unit}, {count / Math.Max(0.001, _since.Elapsed.TotalSeconds):0} a second ");
    }

    public void Dispose()
    {
        if (_isTerminal && _shownAtMs >= 0) Console.Error.WriteLine();
    }
}
