using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Cameras;

/// <summary>
/// A detector may see one vehicle as two tracks. One plate cannot be on two vehicles at once: a passage whose settled text was reported
/// by this camera for an overlapping time is the same vehicle and is left out.
/// </summary>
internal sealed class TwinPassages
{
    private const int Remembered = 32;

    private readonly Queue<(string Text, TimeSpan From, TimeSpan To)> _recent = new(Remembered);

    /// <summary>True when the passage is the twin of one that was reported.</summary>
    public bool IsTwin(PassageRead passage)
    {
        if (passage.Plate is not { IsDoubtful: false } plate) return false;
        var (from, to) = (passage.From.Elapsed, passage.To.Elapsed);
        foreach (var known in _recent)
        {
            if (known.Text == plate.Text && known.From <= to && from <= known.To) return true;
        }

        if (_recent.Count == Remembered) _recent.Dequeue();
        _recent.Enqueue((plate.Text, from, to));
        return false;
    }
}
