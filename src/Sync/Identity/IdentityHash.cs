using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EdgeGateway.Sync.Identity;

/// <summary>
/// What may leave the gate of a checked identity: a hash under a key that changes with the period, so that the same person can be
/// recognised within it (anti-passback, one visit) and not beyond it; an age group; the province when wanted.
/// </summary>
/// <param name="master">32 secret bytes of this box.</param>
/// <param name="period">How long one key holds, e.g. a day.</param>
/// <param name="turnsAt">Time of the UTC day at which periods begin.</param>
public sealed class IdentityHash(byte[] master, TimeSpan period, TimeSpan turnsAt = default)
{
    private const int HashBytes = 16;

    /// <summary>The hash of a number at an instant, 32 hex digits: HMAC-SHA-256 cut to 128 bits, key = HKDF-SHA-256(master, period number).</summary>
    public string Of(CitizenNumber number, DateTimeOffset at)
    {
        var turn = TurnOf(at, period, turnsAt);
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master, key, salt: [], info: Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"identity/{turn}")));
        Span<byte> digits = stackalloc byte[CitizenNumber.Length];
        Encoding.ASCII.GetBytes(number.Reveal(), digits);
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(key, digits, hash);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(digits);
        return Convert.ToHexStringLower(hash[..HashBytes]);
    }

    /// <summary>The number of the period that holds an instant.</summary>
    public static long TurnOf(DateTimeOffset at, TimeSpan period, TimeSpan turnsAt) => (at.UtcTicks - turnsAt.Ticks) / period.Ticks;

    /// <summary>The age group on a day: coarse enough that it says little of one person.</summary>
    public static string AgeGroup(DateOnly birth, DateOnly today)
    {
        var age = today.Year - birth.Year;
        if (birth.AddYears(age) > today) age--;
        return age switch { < 6 => "0-5", < 14 => "6-13", < 18 => "14-17", < 25 => "18-24", < 40 => "25-39", < 60 => "40-59", _ => "60+" };
    }
}
