namespace EdgeGateway.Configuration;

/// <summary>Finds the allowed word that a person most likely meant.</summary>
internal static class NearestWord
{
    /// <summary>Ids have at most 64 letters.</summary>
    private const int LongestWord = 100;

    /// <summary>The nearest of the allowed words, or null when none is near (more than a third of the letters differ).</summary>
    public static string? Of(string word, IEnumerable<string> allowed)
    {
        // No word of ours is half as long: comparing a value of kilobytes with sixty words costs milliseconds and finds nothing.
        if (word.Length > LongestWord) return null;
        var folded = Fold(word);
        var best = allowed
            .Select(candidate => (candidate, distance: Distance(folded, Fold(candidate))))
            .OrderBy(pair => pair.distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        if (best.candidate is null) return null;
        return best.distance <= Math.Max(1, Math.Max(word.Length, best.candidate.Length) / 3) ? best.candidate : null;
    }

    /// <summary>The end of a message: the nearest word, or all of them.</summary>
    public static string Hint(string word, IReadOnlyCollection<string> allowed)
    {
        if (allowed.Count == 0) return "none is defined";
        return Of(word, allowed) is { } near ? $"did you mean '{near}'?" : $"allowed: {string.Join(", ", allowed)}";
    }

    private static string Fold(string word) => word.ToLowerInvariant().Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);

    // Optimal string alignment: insert, delete, replace and swap of two neighbours cost 1 each.
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
