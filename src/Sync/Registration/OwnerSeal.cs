using System.Security.Cryptography;

namespace EdgeGateway.Sync.Registration;

/// <summary>
/// Seals owner data to the operations centre's public key (P-256): this box can make such a text and cannot open it.
/// <para>Envelope "EGS1": magic (4 bytes) | first 8 bytes of SHA-256 over the centre's key as DER SubjectPublicKeyInfo | ephemeral
/// public key, uncompressed point (65) | nonce (12) | ciphertext (n) | tag (16). The key of AES-256-GCM is HKDF-SHA256 over the x
/// coordinate of ECDH(ephemeral, centre), salt the ephemeral point, info "edgegateway owner v1", 32 bytes; associated data are the
/// first 77 bytes.</para>
/// <para>Row of a replica "EGR1": magic (4) | an envelope that holds the 32-byte data key of its import (137) | nonce (12) |
/// ciphertext (n) | tag (16), AES-256-GCM under that data key, associated data the magic.</para>
/// Events carry either as base64. The bytes are described for the centre in docs/registration.md.
/// </summary>
public sealed class OwnerSeal
{
    internal const int NonceBytes = 12;
    internal const int TagBytes = 16;
    internal const int KeyBytes = 32;
    private const int RecipientBytes = 8;
    private const int PointBytes = 65;
    private const int HeadBytes = 4 + RecipientBytes + PointBytes;

    private readonly byte[] _spki;
    private readonly byte[] _recipient;

    private OwnerSeal(byte[] spki)
    {
        _spki = spki;
        _recipient = SHA256.HashData(spki)[..RecipientBytes];
    }

    /// <summary>Which key it seals to: the start of the SHA-256 of the public half, as every envelope names it.</summary>
    internal string Recipient => Convert.ToHexStringLower(_recipient);

    internal static ReadOnlySpan<byte> RowMagic => "EGR1"u8;

    private static ReadOnlySpan<byte> Magic => "EGS1"u8;

    private static ReadOnlySpan<byte> Info => "edgegateway owner v1"u8;

    /// <summary>Reads the centre's public key.</summary>
    /// <param name="pem">"-----BEGIN PUBLIC KEY-----", P-256.</param>
    /// <exception cref="CryptographicException">It is no P-256 public key; the message says what is expected.</exception>
    public static OwnerSeal FromPem(string pem)
    {
        // With its other half on the box, the box could read what it seals.
        if (pem.Contains("PRIVATE KEY", StringComparison.Ordinal)) throw new CryptographicException("This is a private key. The operations centre's stays at the centre and on no box; take it away from here, and give the P-256 public key (-----BEGIN PUBLIC KEY-----), as 'openssl pkey -pubout' writes it.");
        try
        {
            using var key = ECDiffieHellman.Create();
            key.ImportFromPem(pem);
            var curve = key.ExportParameters(includePrivateParameters: false).Curve.Oid;
            if (curve.Value != "1.2.840.10045.3.1.7" && curve.FriendlyName != "nistP256") throw new CryptographicException("another curve");
            return new OwnerSeal(key.ExportSubjectPublicKeyInfo());
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            throw new CryptographicException("The operations centre's key must be a P-256 public key in PEM (-----BEGIN PUBLIC KEY-----), as 'openssl pkey -pubout' writes it.", fault);
        }
    }

    /// <summary>Reads it from a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CryptographicException">It holds no P-256 public key.</exception>
    public static OwnerSeal FromFile(string path) => FromPem(File.ReadAllText(path));

    /// <summary>An envelope, in bytes.</summary>
    public byte[] Seal(ReadOnlySpan<byte> text)
    {
        var result = new byte[HeadBytes + NonceBytes + text.Length + TagBytes];
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var centre = ECDiffieHellman.Create();
        centre.ImportSubjectPublicKeyInfo(_spki, out _);
        Magic.CopyTo(result);
        _recipient.CopyTo(result, 4);
        var point = ephemeral.ExportParameters(includePrivateParameters: false).Q;
        result[4 + RecipientBytes] = 4;
        point.X!.CopyTo(result, 5 + RecipientBytes);
        point.Y!.CopyTo(result, 5 + RecipientBytes + 32);

        var shared = ephemeral.DeriveRawSecretAgreement(centre.PublicKey);
        Span<byte> key = stackalloc byte[KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, key, result.AsSpan(4 + RecipientBytes, PointBytes), Info);
        var nonce = result.AsSpan(HeadBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using (var cipher = new AesGcm(key, TagBytes))
        {
            cipher.Encrypt(nonce, text, result.AsSpan(HeadBytes + NonceBytes, text.Length), result.AsSpan(result.Length - TagBytes), result.AsSpan(0, HeadBytes));
        }

        CryptographicOperations.ZeroMemory(shared);
        CryptographicOperations.ZeroMemory(key);
        return result;
    }
}

/// <summary>The data key of one run of an import: seals rows, is sealed itself once, and is forgotten with this object.</summary>
internal sealed class ImportKey : IDisposable
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(OwnerSeal.KeyBytes);
    private readonly AesGcm _cipher;

    public ImportKey() => _cipher = new AesGcm(_key, OwnerSeal.TagBytes);

    /// <summary>The key itself, readable by the centre only.</summary>
    public byte[] SealedTo(OwnerSeal seal) => seal.Seal(_key);

    /// <summary>How long a row's text is when it is sealed.</summary>
    public static int SealedBytes(int textBytes) => OwnerSeal.NonceBytes + textBytes + OwnerSeal.TagBytes;

    /// <summary>The text of a row within its room of <see cref="SealedBytes"/>: it is written there and sealed in place.</summary>
    public static Span<byte> TextIn(Span<byte> room) => room[OwnerSeal.NonceBytes..^OwnerSeal.TagBytes];

    /// <summary>Turns a row's text into nonce, ciphertext and tag. The row's number is its nonce: unique under a key that lives for one run.</summary>
    /// <param name="room"><see cref="SealedBytes"/> bytes, the text in <see cref="TextIn"/>.</param>
    public void SealRow(long row, Span<byte> room)
    {
        var nonce = room[..OwnerSeal.NonceBytes];
        nonce.Clear();
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(nonce[4..], row);
        _cipher.Encrypt(nonce, TextIn(room), TextIn(room), room[^OwnerSeal.TagBytes..], OwnerSeal.RowMagic);
    }

    public void Dispose()
    {
        _cipher.Dispose();
        CryptographicOperations.ZeroMemory(_key);
    }
}
