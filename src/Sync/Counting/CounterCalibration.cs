using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EdgeGateway.Sync.Counting;

/// <summary>What a count by hand said of one direction of a counter.</summary>
/// <param name="Class">The class that was counted.</param>
/// <param name="Inwards">True for <c>in</c>.</param>
/// <param name="Factor">True crossings for each tracked one; above 1 where the tracker misses people.</param>
/// <param name="Low">Lower end of the 95 % interval of <paramref name="Factor"/>.</param>
/// <param name="High">Upper end.</param>
public sealed record Correction(string Class, bool Inwards, double Factor, double Low, double High);

/// <summary>The corrections of one counter.</summary>
public sealed class CounterCalibration
{
    /// <summary>The word of the method that a corrected count carries.</summary>
    public const string Method = "calibrated";

    private readonly Dictionary<(string Class, bool Inwards), Correction> _corrections;

    /// <exception cref="ArgumentException">A factor is not a finite number above zero.</exception>
    public CounterCalibration(IEnumerable<Correction> corrections)
    {
        _corrections = corrections.ToDictionary(one => (one.Class, one.Inwards));
        if (_corrections.Values.FirstOrDefault(one => !double.IsFinite(one.Factor) || one.Factor <= 0) is { } bad)
            throw new ArgumentException($"A correction factor of {bad.Factor} for {bad.Class} is none.", nameof(corrections));
    }

    /// <summary>What it consists of.</summary>
    public IReadOnlyCollection<Correction> Corrections => _corrections.Values;

    /// <summary>
    /// The interval with its corrected sums and the raw ones beside them; null when its class has no correction. Whole people are
    /// published: the fraction is rounded up or down by a draw that depends on the interval alone, so that a revision rounds alike
    /// and small intervals do not lose the correction (1 × 1.2 is 1 four times and 2 once, not 1 for ever).
    /// </summary>
    public CountInterval? Correct(CountInterval raw)
    {
        var hasIn = _corrections.TryGetValue((raw.Class, true), out var inwards);
        var hasOut = _corrections.TryGetValue((raw.Class, false), out var outwards);
        if (!hasIn && !hasOut) return null;
        return raw with
        {
            In = hasIn ? Scale(raw, raw.In, inwards!) : raw.In,
            Out = hasOut ? Scale(raw, raw.Out, outwards!) : raw.Out,
            RawIn = raw.In,
            RawOut = raw.Out,
            Method = Method,
        };
    }

    private static int Scale(CountInterval raw, int count, Correction correction)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{raw.Counter}\n{raw.Line}\n{raw.Class}\n{correction.Inwards}\n{raw.From.UtcTicks}"), hash);
        var draw = BinaryPrimitives.ReadUInt32LittleEndian(hash) / (uint.MaxValue + 1.0);
        return (int)Math.Min(int.MaxValue, Math.Floor((count * correction.Factor) + draw));
    }
}
