namespace EdgeGateway.Vision.Plates;

/// <summary>
/// The plates reported a moment ago. A track that breaks in two, or two tracks on one vehicle, read the same plate twice; the vehicle
/// is still one passage. A ring of fixed size; allocates nothing once made.
/// </summary>
internal sealed class RecentPlates(TimeSpan window)
{
    private const int Capacity = 32;
    private readonly (string Text, TimeSpan Until)[] _recent = new (string, TimeSpan)[Capacity];
    private int _next;

    /// <summary>True when the same plate, but for one character, was reported and last seen less than the window before <paramref name="from"/>. Notes it otherwise.</summary>
    /// <param name="plate">The plate now read; doubtful marks agree with everything.</param>
    /// <param name="from">When its vehicle was first seen.</param>
    /// <param name="to">When its vehicle was last seen.</param>
    public bool IsRepeat(string plate, TimeSpan from, TimeSpan to)
    {
        var text = PlateSymbols.Fold(plate);
        foreach (ref var known in _recent.AsSpan())
        {
            if (known.Text is null || from - known.Until > window || !IsAlike(text, known.Text)) continue;
            if (to > known.Until) known.Until = to;
            return true;
        }

        _recent[_next] = (text, to);
        _next = (_next + 1) % Capacity;
        return false;
    }

    /// <summary>True when two folded texts differ in at most one character, or one has a character more.</summary>
    internal static bool IsAlike(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        if (a.Length < b.Length)
        {
            var longer = b;
            b = a;
            a = longer;
        }

        if (a.Length - b.Length > 1) return false;
        var start = 0;
        while (start < b.Length && Same(a[start], b[start])) start++;
        if (start == b.Length) return true;
        // Past the first difference the rest must agree, with a character of the longer one skipped or with both replaced.
        return Agree(a[(start + 1)..], a.Length > b.Length ? b[start..] : b[(start + 1)..]);
    }

    private static bool Agree(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        if (a.Length != b.Length) return false;
        for (var i = 0; i < a.Length; i++)
        {
            if (!Same(a[i], b[i])) return false;
        }

        return true;
    }

    private static bool Same(char a, char b) => a == b || a == PlateSymbols.Doubtful || b == PlateSymbols.Doubtful;
}
