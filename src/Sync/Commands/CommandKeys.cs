using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EdgeGateway.Sync.Commands;

/// <summary>
/// The public keys whose owners may command this gateway (ECDSA P-256, PEM). What is signed is a text of eight lines that
/// end with a line feed each: <c>edgegateway-command-v1</c>, the topic, the id, <c>replyTo</c> or nothing, <c>issuedAt</c>,
/// <c>expiresAt</c>, the nonce, and last, without a line feed, the bytes of <c>data</c> exactly as they stand in the
/// payload, so that no rule of normal form is needed. The topic binds a command to this gateway and to its name.
/// </summary>
public sealed class CommandKeys : IDisposable
{
    /// <summary>Longest time between issue and expiry.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(10);

    /// <summary>How far a sender's clock may be ahead of ours.</summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(30);

    private readonly List<ECDsa> _keys = [];

    /// <param name="pems">Texts of PEM files; each holds one public key.</param>
    /// <exception cref="CryptographicException">A text holds no public key on the curve P-256.</exception>
    public CommandKeys(IEnumerable<string> pems)
    {
        foreach (var pem in pems)
        {
            if (FaultOf(pem) is { } fault) throw new CryptographicException($"A command key {fault}.");
            var key = ECDsa.Create();
            _keys.Add(key);
            key.ImportFromPem(pem);
        }
    }

    /// <summary>Why a text is no command key, as the end of a sentence; null when it is one.</summary>
    public static string? FaultOf(string pem)
    {
        if (pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal)) return "is a private key, which belongs to the operations centre alone; its public half is wanted here (openssl ec -in KEY -pubout)";
        using var key = ECDsa.Create();
        try { key.ImportFromPem(pem); }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException) { return "is no PEM text with one public key (-----BEGIN PUBLIC KEY-----, ECDSA)"; }

        var curve = key.ExportParameters(includePrivateParameters: false).Curve;
        return curve.IsNamed && (curve.Oid.Value == "1.2.840.10045.3.1.7" || curve.Oid.FriendlyName is "nistP256" or "ECDSA_P256") ? null : "is not on the curve P-256 (prime256v1)";
    }

    /// <summary>Without keys the broker's access list alone says who may command.</summary>
    public bool AreConfigured => _keys.Count > 0;

    /// <summary>The text that is signed, as bytes.</summary>
    public static byte[] SignedText(string topic, CommandEnvelope envelope, CommandSignature signature) => Encoding.UTF8.GetBytes(
        $"edgegateway-command-v1\n{topic}\n{envelope.Id}\n{envelope.ReplyTo}\n{signature.IssuedAt}\n{signature.ExpiresAt}\n{signature.Nonce}\n{envelope.Data.GetRawText()}");

    /// <summary>True when one of the keys made the signature over this very command.</summary>
    public bool Accept(string topic, CommandEnvelope envelope, CommandSignature signature)
    {
        var text = SignedText(topic, envelope, signature);
        Span<byte> value = stackalloc byte[128];
        return Convert.TryFromBase64String(signature.Value, value, out var length) && _keys.Exists(key => Verify(key, text, signature.Value));
    }

    /// <summary>A time of a signature; its form was checked before.</summary>
    internal static DateTimeOffset? TimeOf(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    public void Dispose() => _keys.ForEach(key => key.Dispose());

    private static bool Verify(ECDsa key, byte[] text, string signature)
    {
        // One ECDsa object is not for two threads at a time; commands are handled by several.
        lock (key) return key.VerifyData(text, Convert.FromBase64String(signature), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }
}
