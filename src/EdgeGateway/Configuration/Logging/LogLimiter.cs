using Microsoft.Extensions.Logging;

namespace EdgeGateway.Configuration.Logging;

/// <summary>
/// Keeps a flood of one kind of line from filling the journal and from pushing out the lines that matter: of each kind (category, number,
/// severity) <see cref="Burst"/> lines at once, then one every <see cref="Refill"/>. The next line that passes says how many were left out.
/// Thread-safe; bounded in memory.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class LogLimiter(TimeProvider time)
{
    /// <summary>Lines of one kind in a row.</summary>
    public const int Burst = 20;

    /// <summary>After this a further line of the kind passes.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromSeconds(3);

    /// <summary>Numbers are given in the code, so there are few.</summary>
    private const int MostKinds = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Category, int Number, LogLevel Level), Bucket> _buckets = [];

    /// <summary>True when the line may pass; <paramref name="leftOut"/> lines of its kind were left out since the last one that passed.</summary>
    public bool Passes(string category, int number, LogLevel level, out long leftOut)
    {
        lock (_gate)
        {
            if (_buckets.Count >= MostKinds) _buckets.Clear();
            var now = time.GetTimestamp();
            if (!_buckets.TryGetValue((category, number, level), out var bucket)) _buckets[(category, number, level)] = bucket = new Bucket(now);
            bucket.Tokens = Math.Min(Burst, bucket.Tokens + time.GetElapsedTime(bucket.At, now) / Refill);
            bucket.At = now;
            if (bucket.Tokens < 1)
            {
                bucket.LeftOut++;
                leftOut = 0;
                return false;
            }

            bucket.Tokens--;
            (leftOut, bucket.LeftOut) = (bucket.LeftOut, 0);
            return true;
        }
    }

    private sealed class Bucket(long at)
    {
        public double Tokens { get; set; } = Burst;

        public long At { get; set; } = at;

        public long LeftOut { get; set; }
    }
}
