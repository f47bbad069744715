using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeGateway.Vision.Inference.Decoders;

/// <summary>Looks through score planes for the few boxes worth decoding. Vector code; the plain twins are what tests believe.</summary>
internal static class ScoreScan
{
    /// <summary>The columns in which at least one score reaches <paramref name="minScore"/>, in rising order.</summary>
    /// <param name="scores">Planes of <paramref name="columns"/> scores each, one after the other.</param>
    /// <param name="columns">How many columns there are.</param>
    /// <param name="minScore">The least score that counts.</param>
    /// <param name="found">Where column numbers go; at least <paramref name="columns"/> places.</param>
    /// <returns>How many were found.</returns>
    public static int AtLeast(ReadOnlySpan<float> scores, int columns, float minScore, Span<int> found)
    {
        if (scores.Length % columns != 0) throw new ArgumentException("Scores must be whole planes.", nameof(scores));
        if (found.Length < columns) throw new ArgumentException("There must be a place for each column.", nameof(found));
        var planes = scores.Length / columns;
        ref var first = ref MemoryMarshal.GetReference(scores);
        var threshold = Vector256.Create(minScore);
        var count = 0;
        var column = 0;
        for (; column <= columns - Vector256<float>.Count; column += Vector256<float>.Count)
        {
            var reached = Vector256<float>.Zero;
            for (var plane = 0; plane < planes; plane++)
            {
                var values = Vector256.LoadUnsafe(ref first, (nuint)(plane * columns + column));
                reached |= Vector256.GreaterThanOrEqual(values, threshold);
            }

            for (var bits = reached.ExtractMostSignificantBits(); bits != 0; bits &= bits - 1)
            {
                found[count++] = column + BitOperations.TrailingZeroCount(bits);
            }
        }

        return count + Tail(scores, columns, minScore, column, found[count..]);
    }

    /// <summary>The plain twin of <see cref="AtLeast"/>.</summary>
    public static int AtLeastReference(ReadOnlySpan<float> scores, int columns, float minScore, Span<int> found) =>
        Tail(scores, columns, minScore, 0, found);

    /// <summary>The largest of some scores and its place; the first one of equals. For no scores, place 0 and minus infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int Index, float Score) Largest(ReadOnlySpan<float> scores)
    {
        var best = 0;
        var value = float.NegativeInfinity;
        for (var i = 0; i < scores.Length; i++)
        {
            if (scores[i] > value) (best, value) = (i, scores[i]);
        }

        return (best, value);
    }

    private static int Tail(ReadOnlySpan<float> scores, int columns, float minScore, int from, Span<int> found)
    {
        var count = 0;
        for (var column = from; column < columns; column++)
        {
            for (var at = column; at < scores.Length; at += columns)
            {
                if (!(scores[at] >= minScore)) continue;
                found[count++] = column;
                break;
            }
        }

        return count;
    }
}
