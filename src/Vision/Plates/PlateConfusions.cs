namespace EdgeGateway.Vision.Plates;

/// <summary>
/// Characters that are taken for others, by the slot they stand in. Directional: a 0 in a letter's slot is a D, but an O is read
/// in a digit's slot as 0. The weight is the share of its probability that the read character lends to the meant one, small
/// enough that a correction is never as sure as a character that was read as such.
/// </summary>
internal static class PlateConfusions
{
    private const float Strong = 0.3f;
    private const float Weak = 0.12f;

    // For each meant symbol: pairs of (read symbol, weight).
    private static readonly (byte Read, float Weight)[][] ByMeant = Build();

    /// <summary>What may have been read where <paramref name="meant"/> stands.</summary>
    public static ReadOnlySpan<(byte Read, float Weight)> ReadsOf(int meant) => ByMeant[meant];

    /// <summary>Whether reading <paramref name="read"/> for <paramref name="meant"/> is a known confusion.</summary>
    public static bool Holds(int read, int meant)
    {
        foreach (var pair in ByMeant[meant])
        {
            if (pair.Read == read) return true;
        }

        return false;
    }

    private static (byte, float)[][] Build()
    {
        var table = new List<(byte, float)>[PlateSymbols.Count];
        for (var i = 0; i < table.Length; i++) table[i] = [];
        void Add(string reads, char meant, float weight)
        {
            foreach (var read in reads) table[PlateSymbols.SymbolOf(meant)].Add(((byte)PlateSymbols.SymbolOf(read), weight));
        }

        // Letters in a digit's slot.
        Add("OQDĐ", '0', Strong);
        Add("IJL", '1', Strong);
        Add("Z", '2', Strong);
        Add("A", '4', Strong);
        Add("S", '5', Strong);
        Add("G", '6', Strong);
        Add("T", '7', Strong);
        Add("B", '8', Strong);
        // Digits, and letters that no plate uses there, in a letter's slot.
        Add("0OQ", 'D', Strong);
        Add("2", 'Z', Strong);
        Add("4", 'A', Strong);
        Add("5", 'S', Strong);
        Add("6", 'G', Strong);
        Add("7", 'T', Strong);
        Add("8", 'B', Strong);
        Add("3", 'B', Weak);
        Add("1", 'L', Weak);
        Add("1", 'T', Weak);
        // The stroke of Đ is lost or seen too often for the two to be told apart by shape alone.
        Add("Đ", 'D', 1);
        Add("D", 'Đ', 1);
        return [.. table.Select(list => list.ToArray())];
    }
}
