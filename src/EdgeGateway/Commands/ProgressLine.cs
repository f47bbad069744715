using System.Diagnostics;

namespace EdgeGateway.Commands;

/// <summary>A line on standard error that tells how far long work is, rewritten in place; nothing where standard error is no terminal.</summary>
/// <param name="what">What is being done; stands before the colon.</param>
internal sealed class ProgressLine(string what) : IDisposable
{
    private const long EveryMs = 250;

    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private readonly Stopwatch _since = Stopwatch.StartNew();
    private long _shownAtMs = -EveryMs;

    /// <summary>Shows a number of frames, or of what else is counted, at most four times a second.</summary>
    public void Show(long count, string unit = "frames")
    {
        if (IsDue()) Write($"{count} {unit}, {count / Math.Max(0.001, _since.Elapsed.TotalSeconds):0} a second");
    }

    /// <summary>Shows how much of a whole is done; a whole of 0 is not known.</summary>
    public void Show(long done, long whole, string unit)
    {
        if (IsDue()) Write(whole > 0 ? $"{done} of {whole} {unit} ({100.0 * done / whole:0} %)" : $"{done} {unit}");
    }

    public void Dispose()
    {
        if (_isTerminal && _shownAtMs >= 0) Console.Error.WriteLine();
    }

    private bool IsDue()
    {
        if (!_isTerminal || _since.ElapsedMilliseconds - _shownAtMs < EveryMs) return false;
        _shownAtMs = _since.ElapsedMilliseconds;
        return true;
    }

    private void Write(string text) => Console.Error.Write($"\r{what}: {text} ");
}
