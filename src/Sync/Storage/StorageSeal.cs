using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace EdgeGateway.Sync.Storage;

/// <summary>Something is sealed and cannot be opened; the message says what to do.</summary>
public sealed class StorageSealException(string message, Exception? inner = null) : IOException(message, inner)
{
    internal static StorageSealException NoKey(string what) =>
        new($"{what} is sealed and the storage key is not in reach; run the command with sudo, or see storage.key in gateway.yaml");

    internal static StorageSealException Wrong(string what, Exception inner) =>
        new($"{what} was sealed under another key, or was altered", inner);
}

/// <summary>
/// Seals small things (events, requests, keys) and derives the keys of sealed files: AES-256-GCM under keys that HKDF-SHA256 (RFC 5869) derives from
/// the box's storage key. A message is <c>EE 01 | salt (16) | counter (12) | ciphertext | tag (16)</c>: each instance draws a salt and counts, so a nonce
/// never comes twice under one key (NIST SP 800-38D, 8.2.1), however long the box runs. Thread-safe.
/// </summary>
public sealed class StorageSeal : IDisposable
{
    private const int SaltBytes = 16;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeaderBytes = 2 + SaltBytes + NonceBytes;
    private const int MostKeys = 256;
    private const string TextMark = "sealed:";

    private readonly byte[] _key;
    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(SaltBytes);
    private readonly ConcurrentDictionary<(string Purpose, string Salt), AesGcm> _keys = new();
    private volatile StorageSeal[] _former = [];
    private long _count;

    private StorageSeal(byte[] key)
    {
        _key = key;
        Id = Convert.ToHexStringLower(Derive("key id", [], 16));
    }

    /// <summary>Names the key without telling it: 32 hex digits.</summary>
    public string Id { get; }

    /// <summary>What one message grows by.</summary>
    public static int Overhead => HeaderBytes + TagBytes;

    /// <summary>Reads a key: 32 random bytes in Base64, as <c>openssl rand -base64 32</c> prints them.</summary>
    /// <exception cref="FormatException">It is none; the message does not repeat it.</exception>
    public static StorageSeal FromText(string text) =>
        KeyIn(text) is { } key ? new StorageSeal(key) : throw new FormatException("the storage key is no 32 bytes in Base64; make one with: openssl rand -base64 32");

    /// <summary>True for a placeholder (zeros, one word again and again) in place of a key: random bytes repeat seldom.</summary>
    public static bool IsPlaceholder(string text) => KeyIn(text) is { } key && key.Distinct().Count() < 12;

    /// <summary>True for what <see cref="Seal"/> gives. JSON, PEM, pictures and archives begin otherwise.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> bytes) => bytes.Length >= HeaderBytes + TagBytes && bytes[0] == 0xEE && bytes[1] == 1;

    /// <summary>True for what <see cref="SealText"/> gives.</summary>
    public static bool IsSealed(string text) => text.StartsWith(TextMark, StringComparison.Ordinal);

    /// <param name="plain">What nobody shall read.</param>
    /// <param name="purpose">What it is: sealed for one purpose, it opens for no other.</param>
    public byte[] Seal(ReadOnlySpan<byte> plain, string purpose)
    {
        var message = new byte[HeaderBytes + plain.Length + TagBytes];
        (message[0], message[1]) = (0xEE, 1);
        _salt.CopyTo(message.AsSpan(2));
        BinaryPrimitives.WriteInt64BigEndian(message.AsSpan(2 + SaltBytes + 4), Interlocked.Increment(ref _count));
        var key = KeyOf(purpose, _salt);
        lock (key) key.Encrypt(message.AsSpan(2 + SaltBytes, NonceBytes), plain, message.AsSpan(HeaderBytes, plain.Length), message.AsSpan(HeaderBytes + plain.Length), message.AsSpan(0, 2));
        return message;
    }

    /// <exception cref="StorageSealException">Another key, another purpose, or altered.</exception>
    public byte[] Open(ReadOnlySpan<byte> message, string purpose)
    {
        if (!IsSealed(message)) throw new ArgumentException("This was never sealed.", nameof(message));
        var plain = new byte[message.Length - Overhead];
        var key = KeyOf(purpose, message.Slice(2, SaltBytes));
        try
        {
            lock (key) key.Decrypt(message.Slice(2 + SaltBytes, NonceBytes), message.Slice(HeaderBytes, plain.Length), message[^TagBytes..], plain, message[..2]);
            return plain;
        }
        catch (AuthenticationTagMismatchException fault)
        {
            foreach (var former in _former)
            {
                try { return former.Open(message, purpose); }
                catch (StorageSealException) { /* nor that one */ }
            }

            throw StorageSealException.Wrong($"A row ({purpose})", fault);
        }
    }

    /// <summary>The keys that came before this one: what they sealed still opens, and nothing is sealed under them any more.</summary>
    public IReadOnlyList<StorageSeal> Former => _former;

    /// <summary>Takes a former key.</summary>
    public void Adopt(StorageSeal former)
    {
        ArgumentNullException.ThrowIfNull(former);
        if (former.Id != Id && !_former.Any(known => known.Id == former.Id)) _former = [.. _former, former];
    }

    /// <summary>The same key without former ones, to tell what is sealed under it alone.</summary>
    public StorageSeal Alone() => new([.. _key]);

    /// <summary>A former key sealed under this one, and back.</summary>
    internal byte[] Wrap(StorageSeal former) => Seal(former._key, "former key");

    /// <exception cref="StorageSealException">Another key, or altered.</exception>
    internal StorageSeal Unwrap(ReadOnlySpan<byte> wrapped) => new(Open(wrapped, "former key"));

    /// <summary>The same for a text inside a line of text.</summary>
    public string SealText(string plain, string purpose) => TextMark + Base64Url.EncodeToString(Seal(Encoding.UTF8.GetBytes(plain), purpose));

    /// <exception cref="StorageSealException">Another key, or altered.</exception>
    public string OpenText(string text, string purpose)
    {
        try
        {
            return Encoding.UTF8.GetString(Open(Base64Url.DecodeFromChars(text.AsSpan(TextMark.Length)), purpose));
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            throw StorageSealException.Wrong($"A text ({purpose})", fault);
        }
    }

    /// <summary>The key of a sealed file, by its salt; the caller disposes it.</summary>
    internal AesGcm FileKey(ReadOnlySpan<byte> salt)
    {
        var key = Derive("file", salt, 32);
        var made = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);
        return made;
    }

    /// <summary>A pass phrase for formats that want one (PKCS#8).</summary>
    internal string PassPhrase(string purpose) => Convert.ToBase64String(Derive(purpose, [], 32));

    public void Dispose()
    {
        foreach (var key in _keys.Values) key.Dispose();
        CryptographicOperations.ZeroMemory(_key);
    }

    private static byte[]? KeyIn(string text)
    {
        var key = new byte[64];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == 32 ? key[..32] : null;
    }

    // Rows of many runs have many salts: a bounded memory of their keys, begun anew when it is full.
    private AesGcm KeyOf(string purpose, ReadOnlySpan<byte> salt)
    {
        var name = (purpose, Convert.ToHexString(salt));
        if (_keys.TryGetValue(name, out var known)) return known;
        if (_keys.Count >= MostKeys) _keys.Clear(); // those in use by others live until they are collected
        var key = Derive(purpose, salt, 32);
        var made = _keys.GetOrAdd(name, _ => new AesGcm(key, TagBytes));
        CryptographicOperations.ZeroMemory(key);
        return made;
    }

    private byte[] Derive(string purpose, ReadOnlySpan<byte> salt, int length)
    {
        var derived = new byte[length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, derived, salt, Encoding.ASCII.GetBytes("edgegateway storage v1: " + purpose));
        return derived;
    }
}
