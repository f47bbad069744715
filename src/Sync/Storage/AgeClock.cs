using System.Globalization;
using System.Text;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Storage;

/// <summary>
/// The time by which something is too old to be kept. While the box's clock follows a time server, that is its time. While it does not, a leap
/// ahead (an empty battery, a wrong year) would delete all evidence within a minute: then time goes on from the last one that is known, by the
/// clock that knows no steps, and a time when the box was off does not count. It is never later than the clock, and quotas by size hold always. Thread-safe.
/// </summary>
public sealed class AgeClock
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Func<bool> _follows;
    private readonly string _path;
    private DateTimeOffset _known;
    private long _knownAt;

    /// <param name="time">The box's clock.</param>
    /// <param name="follows">Whether it follows a time server now.</param>
    /// <param name="path">Where the last known time is kept over restarts.</param>
    public AgeClock(TimeProvider time, Func<bool> follows, string path)
    {
        (_time, _follows, _path) = (time, follows, path);
        (_known, _knownAt) = (Load(path) ?? time.GetUtcNow(), time.GetTimestamp());
    }

    /// <summary>Now, as far as it can be known.</summary>
    public DateTimeOffset Now
    {
        get
        {
            var known = Known();
            var now = _time.GetUtcNow();
            return known < now ? known : now;
        }
    }

    /// <summary>The clock, but never earlier than the last known time: a stamp by which something shall grow old.</summary>
    public DateTimeOffset Latest
    {
        get
        {
            var known = Known();
            var now = _time.GetUtcNow();
            return known > now ? known : now;
        }
    }

    /// <summary>Keeps the time for the next start.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void Save() => WholeFile.Write(_path, Encoding.ASCII.GetBytes(UtcMilliseconds.Text(Known())));

    private DateTimeOffset Known()
    {
        lock (_lock)
        {
            // First whether it follows, then what it says: the other way a time read before the step would be taken for the server's.
            if (_follows()) (_known, _knownAt) = (_time.GetUtcNow(), _time.GetTimestamp());
            return _known + _time.GetElapsedTime(_knownAt);
        }
    }

    private static DateTimeOffset? Load(string path)
    {
        try
        {
            return File.Exists(path) && DateTimeOffset.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var known) ? known : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null; // as at the first start
        }
    }
}
