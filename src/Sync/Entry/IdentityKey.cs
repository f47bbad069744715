using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeGateway.Sync.Identity;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Entry;

/// <summary>
/// The key behind the hashes of identities, new in each period: the old one is overwritten, so that not even this box can tell later whose
/// hash that was. One small file that only the gateway's user reads. Thread-safe.
/// </summary>
public sealed class IdentityKey
{
    private const int KeyBytes = 32;

    private readonly string _path;
    private readonly TimeSpan _period;
    private readonly TimeSpan _turnsAt;
    private readonly Lock _lock = new();
    private long _turn = -1;
    private IdentityHash? _hash;

    /// <param name="path">The file; made with the first identity.</param>
    /// <param name="period">How long one key holds.</param>
    /// <param name="turnsAt">Time of the UTC day at which periods begin. Anti-passback does not reach over it: night, at a gate.</param>
    public IdentityKey(string path, TimeSpan period, TimeSpan turnsAt = default) => (_path, _period, _turnsAt) = (path, period, turnsAt);

    /// <summary>The hash of a number at an instant: the same within a period, another one in the next.</summary>
    /// <exception cref="IOException">The key cannot be kept; no hash is given under a key that a restart would lose.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder does not allow it.</exception>
    public string Of(CitizenNumber number, DateTimeOffset at)
    {
        lock (_lock)
        {
            var turn = IdentityHash.TurnOf(at, _period, _turnsAt);
            if (_hash is null || turn != _turn)
            {
                (_hash, _turn) = (new IdentityHash(Read(turn) ?? Make(turn), _period, _turnsAt), turn);
            }

            return _hash.Of(number, at);
        }
    }

    /// <summary>
    /// Deletes the key of a period that is over, where no card has come since to overwrite it: over a winter nobody shall be able to try out whose
    /// hash that was. Hashes of the period itself stay the same until then.
    /// </summary>
    /// <param name="now">As far as it is known: a clock that has leapt would end a period before its time.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder does not allow it.</exception>
    public void Expire(DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!File.Exists(_path) || KeptTurn() >= IdentityHash.TurnOf(now, _period, _turnsAt)) return;
            File.Delete(_path);
            _hash = null;
        }
    }

    // Null for the key of another setting, which nothing is hashed under any more.
    private long? KeptTurn() =>
        File.ReadAllText(_path).Split(' ')[0] is var word && word.StartsWith(Period, StringComparison.Ordinal) && long.TryParse(word.AsSpan(Period.Length), CultureInfo.InvariantCulture, out var turn) ? turn : null;

    private byte[]? Read(long turn)
    {
        if (!File.Exists(_path)) return null;
        var key = new byte[KeyBytes];
        return File.ReadAllText(_path).Trim().Split(' ') is [var kept, { Length: 2 * KeyBytes } hex] && kept == Word(turn) && Convert.FromHexString(hex, key, out _, out _) == OperationStatus.Done ? key : null;
    }

    private byte[] Make(long turn)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        WholeFile.Write(_path, Encoding.ASCII.GetBytes($"{Word(turn)} {Convert.ToHexStringLower(key)}\n"), WholeFile.Secret);
        return key;
    }

    // The period is part of it: another setting begins another key.
    private string Word(long turn) => string.Create(CultureInfo.InvariantCulture, $"{Period}{turn}");

    private string Period => string.Create(CultureInfo.InvariantCulture, $"{_period.TotalMinutes:0}m-");
}
