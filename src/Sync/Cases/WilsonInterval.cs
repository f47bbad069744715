namespace EdgeGateway.Sync.Cases;

/// <summary>What a share that was seen says of the true one.</summary>
public static class WilsonInterval
{
    /// <summary>The 95 % interval of a share (E. B. Wilson, "Probable inference", 1927, JASA 22), which holds for few cases and near 0 and 1. Nothing seen says nothing: 0 to 1.</summary>
    public static (double Low, double High) Of(int hits, int seen)
    {
        if (seen == 0) return (0, 1);
        const double Z = 1.959963984540054; // 97.5 % quantile of the normal distribution
        var (n, p) = ((double)seen, (double)hits / seen);
        var centre = p + (Z * Z / (2 * n));
        var half = Z * Math.Sqrt((p * (1 - p) / n) + (Z * Z / (4 * n * n)));
        var scale = 1 + (Z * Z / n);
        return (Math.Max(0, (centre - half) / scale), Math.Min(1, (centre + half) / scale));
    }
}
