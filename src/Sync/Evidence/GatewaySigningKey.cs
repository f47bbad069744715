using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Evidence;

/// <summary>
/// The gateway's ECDSA P-256 key, with which it signs evidence. The private half never leaves its folder and is readable by its
/// user only; public halves of former keys stay, so that old evidence can be verified after a change of key.
/// </summary>
public sealed class GatewaySigningKey : IDisposable
{
    private const string PrivateFile = "signing-key.pem";
    private const string PassPhrasePurpose = "signing key";

    private readonly ECDsa _key;

    private GatewaySigningKey(ECDsa key)
    {
        _key = key;
        Id = IdOf(key);
        PublicPem = key.ExportSubjectPublicKeyInfoPem() + "\n";
    }

    /// <summary>SHA-256 of the public half (SubjectPublicKeyInfo, DER), lower-case hex.</summary>
    public string Id { get; }

    /// <summary>The public half, PEM.</summary>
    public string PublicPem { get; }

    /// <summary>Where a storage folder keeps its keys.</summary>
    public static string FolderOf(string storage) => Path.Combine(storage, "keys");

    /// <summary>True when the folder holds a private key.</summary>
    public static bool Exists(string storage) => File.Exists(Path.Combine(FolderOf(storage), PrivateFile));

    /// <summary>Makes the key of a storage folder. With <paramref name="force"/> a key that is there is set aside first, as a backup, never deleted.</summary>
    /// <exception cref="EvidenceException">There is a key and no force, or the folder refuses.</exception>
    public static GatewaySigningKey Init(string storage, bool force = false, StorageSeal? seal = null)
    {
        var folder = FolderOf(storage);
        var path = Path.Combine(folder, PrivateFile);
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (File.Exists(path))
            {
                if (!force) throw new EvidenceException(EvidenceFault.Key, $"{path} is there already. A new key makes the operations centre reject evidence until it has the new public half; with --force the old key is set aside and a new one made.");
                SetAside(folder, path, seal);
            }

            var key = new GatewaySigningKey(ECDsa.Create(ECCurve.NamedCurves.nistP256));
            // The public half first: a private key without it could sign what nobody can check.
            WriteNew(Path.Combine(folder, key.Id + ".public.pem"), key.PublicPem, isSecret: false);
            WriteNew(path, key.PrivatePem(seal), isSecret: true);
            return key;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw EvidenceException.Of(fault, $"The signing key could not be written to {folder}");
        }
    }

    /// <summary>Reads the key of a storage folder.</summary>
    /// <exception cref="EvidenceException">It is absent, damaged, no P-256 key, or readable by others.</exception>
    public static GatewaySigningKey Load(string storage, StorageSeal? seal = null)
    {
        var path = Path.Combine(FolderOf(storage), PrivateFile);
        if (!File.Exists(path)) throw new EvidenceException(EvidenceFault.Key, $"There is no signing key at {path}; make one with: edgegateway keys init");
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != UnixFileMode.None)
            {
                throw new EvidenceException(EvidenceFault.Key, $"{path} can be read or written by others than its user; run: chmod 600 {path} – and make a new key if others may have read it (edgegateway keys init --force)");
            }

            return new GatewaySigningKey(Import(File.ReadAllText(path), path, seal));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw EvidenceException.Of(fault, $"The signing key {path} cannot be read");
        }
    }

    /// <summary>Seals a key that lies in clear, from before there was a storage key; former keys too. The clear text goes when the sealed one is on the disk.</summary>
    /// <exception cref="EvidenceException">The folder refuses.</exception>
    /// <param name="storage">The gateway's storage folder.</param>
    /// <param name="seal">The key.</param>
    /// <param name="anew">True: those that are sealed are sealed anew, under this key in place of a former one.</param>
    public static void SealKeys(string storage, StorageSeal seal, bool anew = false)
    {
        if (!Directory.Exists(FolderOf(storage))) return;
        foreach (var path in Directory.EnumerateFiles(FolderOf(storage), "signing-key*.pem").ToList())
        {
            try
            {
                var text = File.ReadAllText(path);
                if (IsSealed(text) && !anew) continue;
                using var key = new GatewaySigningKey(Import(text, path, seal));
                WholeFile.Write(path, System.Text.Encoding.ASCII.GetBytes(key.PrivatePem(seal)), WholeFile.Secret);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw EvidenceException.Of(fault, $"The key {path} could not be sealed");
            }
        }
    }

    /// <summary>
    /// A request of enrolment: PKCS#10 (RFC 2986), the public half with the box's id, signed by the private half. The signature proves that whoever sends it
    /// has the key; `openssl req -verify` checks it. Whose box it is, the key's id tells, compared by telephone or on site.
    /// </summary>
    /// <param name="gatewayId">The box; it becomes the common name.</param>
    /// <param name="challenge">A word of the operations centre that shows the request to be fresh; null for none.</param>
    public string EnrolmentRequest(string gatewayId, string? challenge)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(gatewayId);
        name.AddOrganizationalUnitName("EdgeGateway evidence");
        if (challenge is not null) name.Add("2.5.4.5", challenge); // serialNumber: printed by every tool, unlike the challengePassword attribute
        lock (_key) return new CertificateRequest(name.Build(), _key, HashAlgorithmName.SHA256).CreateSigningRequestPem() + "\n";
    }

    private string PrivatePem(StorageSeal? seal) => (seal is null
        ? _key.ExportPkcs8PrivateKeyPem()
        // The pass phrase is a whole key already: many rounds would only make the start slow.
        : _key.ExportEncryptedPkcs8PrivateKeyPem(seal.PassPhrase(PassPhrasePurpose), new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000))) + "\n";

    private static bool IsSealed(string pem) => pem.Contains("BEGIN ENCRYPTED PRIVATE KEY", StringComparison.Ordinal);

    /// <summary>A key for a test or a replay, which is kept nowhere.</summary>
    public static GatewaySigningKey Ephemeral() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The public halves of all keys that this folder ever had: file name and key id, the present one included.</summary>
    public static IReadOnlyList<(string File, string Id)> PublicHalves(string storage) => Directory.Exists(FolderOf(storage))
        ? [.. Directory.EnumerateFiles(FolderOf(storage), "*.public.pem").Order(StringComparer.Ordinal).Select(file => (file, Path.GetFileName(file)[..^".public.pem".Length]))]
        : [];

    /// <summary>Signs data: ECDSA P-256 over its SHA-256, DER as openssl reads it.</summary>
    public byte[] SignData(ReadOnlySpan<byte> data) => SignHash(SHA256.HashData(data));

    /// <summary>Signs a SHA-256 hash.</summary>
    public byte[] SignHash(ReadOnlySpan<byte> hash)
    {
        lock (_key) return _key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
    }

    public void Dispose() => _key.Dispose();

    internal static string IdOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    /// <exception cref="EvidenceException">The text holds no P-256 key.</exception>
    internal static ECDsa Import(string pem, string path, StorageSeal? seal = null)
    {
        var key = ECDsa.Create();
        try
        {
            if (!IsSealed(pem)) key.ImportFromPem(pem);
            else if (seal is null) throw new EvidenceException(EvidenceFault.Key, StorageSealException.NoKey(path).Message + ".");
            else ImportSealed(key, pem, seal);
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid is { } curve && (curve.Value == "1.2.840.10045.3.1.7" || curve.FriendlyName is "nistP256" or "ECDSA_P256")) return key;
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new EvidenceException(EvidenceFault.Key, $"{path} holds no key in PEM that can be read; the public half is printed by: edgegateway keys show", fault);
        }

        key.Dispose();
        throw new EvidenceException(EvidenceFault.Key, $"{path} holds a key of another curve; evidence is signed with P-256.");
    }

    // Under which key a PEM lies it does not say.
    private static void ImportSealed(ECDsa key, string pem, StorageSeal seal)
    {
        foreach (var former in seal.Former)
        {
            try
            {
                key.ImportFromEncryptedPem(pem, seal.PassPhrase(PassPhrasePurpose));
                return;
            }
            catch (CryptographicException)
            {
                seal = former;
            }
        }

        key.ImportFromEncryptedPem(pem, seal.PassPhrase(PassPhrasePurpose));
    }

    private static void SetAside(string folder, string path, StorageSeal? seal)
    {
        string id;
        try
        {
            using var old = Import(File.ReadAllText(path), path, seal);
            id = IdOf(old);
        }
        catch (EvidenceException)
        {
            id = "damaged-" + Guid.NewGuid().ToString("N"); // kept all the same: somebody may repair it
        }

        File.Move(path, Path.Combine(folder, $"signing-key.{id}.backup.pem"), overwrite: false);
    }

    private static void WriteNew(string path, string text, bool isSecret)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (isSecret ? UnixFileMode.None : UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.ASCII.GetBytes(text));
        file.Flush(flushToDisk: true);
    }
}

/// <summary>The public half of one gateway's key.</summary>
public sealed class EvidencePublicKey : IDisposable
{
    private readonly ECDsa _key;

    private EvidencePublicKey(ECDsa key)
    {
        _key = key;
        Id = GatewaySigningKey.IdOf(key);
    }

    public string Id { get; }

    /// <exception cref="EvidenceException">The file is absent or holds no P-256 key.</exception>
    public static EvidencePublicKey Load(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > 64 * 1024 }) throw new EvidenceException(EvidenceFault.Key, $"{path} is larger than a key can be.");
            var pem = File.ReadAllText(path);
            if (pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal)) throw new EvidenceException(EvidenceFault.Key, $"{path} holds a private key, which never leaves its box: whoever has it can sign evidence. Check with the public half, which is printed there by: edgegateway keys show");
            return FromPem(pem, path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EvidenceException(EvidenceFault.Key, $"The key {path} cannot be read: {fault.Message}", fault);
        }
    }

    /// <exception cref="EvidenceException">The text holds no P-256 key.</exception>
    public static EvidencePublicKey FromPem(string pem, string name = "the key") => new(GatewaySigningKey.Import(pem, name));

    /// <summary>True when this key's private half signed the hash.</summary>
    public bool Verify(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature) => _key.VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence);

    public void Dispose() => _key.Dispose();
}
