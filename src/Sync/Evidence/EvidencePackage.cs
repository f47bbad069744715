using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Evidence;

/// <summary>A still, crop or clip that goes into a package, already encoded.</summary>
public sealed record EvidencePart
{
    private EvidencePart(EvidenceRole role, string mediaType, DateTimeOffset? takenAt, Func<Stream> open) =>
        (Role, MediaType, TakenAt, Open) = (role, mediaType, takenAt, open);

    public EvidenceRole Role { get; }

    public string MediaType { get; }

    public DateTimeOffset? TakenAt { get; }

    internal Func<Stream> Open { get; }

    /// <summary>Bytes in memory: a still. They must not change until the package is written.</summary>
    public static EvidencePart FromBytes(EvidenceRole role, string mediaType, ReadOnlyMemory<byte> bytes, DateTimeOffset? takenAt = null) =>
        new(role, mediaType, takenAt, () => new MemoryStream(bytes.ToArray(), writable: false));

    /// <summary>A file: a clip. It stays the caller's and can be deleted once the package is written.</summary>
    public static EvidencePart FromFile(EvidenceRole role, string mediaType, string path, DateTimeOffset? takenAt = null) =>
        new(role, mediaType, takenAt, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read));
}

/// <summary>
/// Writes a package: a ZIP with the parts uncompressed (JPEG and MP4 do not shrink), then the manifest, its signature and the
/// key's id. Parts stream through one buffer, so a clip's size costs no memory. The same facts and parts give the same manifest
/// to the byte; a signature differs each time, which is why the evidence's hash is the manifest's.
/// </summary>
internal static partial class EvidencePackage
{
    /// <summary>A clip of 15 s at 100 Mbit/s: beyond this a part is something else.</summary>
    public const long LargestPart = 256L << 20;

    public const int MostParts = 32;

    /// <summary>Checks facts and parts before anything is written.</summary>
    /// <exception cref="EvidenceException">An id could leave the folder, a part is doubled or of an unknown format.</exception>
    public static void Check(EvidenceFacts facts, IReadOnlyList<EvidencePart> parts)
    {
        if (!EventIdShape().IsMatch(facts.Event)) throw new EvidenceException(EvidenceFault.BadName, "The event's id is no ULID: 26 capital letters and digits.");
        if (!CameraIdShape().IsMatch(facts.Camera.Id)) throw new EvidenceException(EvidenceFault.BadName, "The camera's id may hold a-z, 0-9 and '-' only, 64 at most.");
        if (parts.Count is 0 or > MostParts) throw new EvidenceException(EvidenceFault.BadPart, $"A package has 1 to {MostParts} parts, not {parts.Count}.");
        foreach (var part in parts) _ = Extension(part.MediaType);
        if (parts.GroupBy(part => part.Role).FirstOrDefault(group => group.Count() > 1) is { } doubled) throw new EvidenceException(EvidenceFault.BadPart, $"The part '{EventWords.Of(doubled.Key)}' is given twice.");
    }

    /// <summary>The package's file name: UTC, sorts by time, no colon.</summary>
    public static string NameOf(EvidenceFacts facts) => $"{Stamp(facts.From)}_{facts.Camera.Id}_{facts.Event}.zip";

    /// <summary>Writes the package into a file that must not exist yet, down to the disk; sealed where there is a key.</summary>
    /// <returns>The manifest and its SHA-256.</returns>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static (EvidenceManifest Manifest, string Sha256) Write(
        string path, EvidenceFacts facts, IReadOnlyList<EvidencePart> parts, EvidenceLink link, GatewaySigningKey key, StoreGuard guard, CancellationToken stop)
    {
        (EvidenceManifest, string)? written = null;
        guard.Write(path, file => written = WriteZip(file, facts, parts, link, key, stop));
        return written!.Value;
    }

    private static (EvidenceManifest Manifest, string Sha256) WriteZip(Stream file, EvidenceFacts facts, IReadOnlyList<EvidencePart> parts, EvidenceLink link, GatewaySigningKey key, CancellationToken stop)
    {
        using var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
        var stem = $"{Stamp(facts.From)}_{facts.Camera.Id}_{facts.Event}_";
        var files = new List<EvidenceFile>(parts.Count);
        foreach (var part in parts.OrderBy(part => part.Role))
        {
            var name = $"{stem}{EventWords.Of(part.Role).Replace('_', '-')}{Extension(part.MediaType)}";
            var (bytes, hash) = Copy(part, Entry(zip, name, facts), stop);
            files.Add(new EvidenceFile(name, part.Role, part.MediaType, bytes, hash, part.TakenAt));
        }

        var missing = EvidenceManifest.WholeRoles.Except(parts.Select(part => part.Role)).ToList();
        var manifest = new EvidenceManifest(EvidenceManifest.SchemaName, facts with { Speed = facts.Speed is { Certificate.Length: > 0 } ? facts.Speed : null }, files, missing, link);
        var text = manifest.ToBytes();
        var digest = SHA256.HashData(text);
        Put(zip, EvidenceManifest.FileName, facts, text);
        Put(zip, EvidenceManifest.SignatureName, facts, key.SignHash(digest));
        Put(zip, EvidenceManifest.KeyIdName, facts, Encoding.ASCII.GetBytes(key.Id + "\n"));
        return (manifest, Convert.ToHexStringLower(digest));
    }

    /// <summary>Reads the manifest of a package that this gateway wrote; null when it has none that can be read.</summary>
    public static (EvidenceManifest Manifest, string Sha256)? TryRead(string path, StoreGuard guard)
    {
        try
        {
            using var file = guard.OpenRead(path);
            using var zip = new ZipArchive(file, ZipArchiveMode.Read);
            if (zip.GetEntry(EvidenceManifest.FileName) is not { Length: <= EvidenceManifest.LargestBytes } entry) return null;
            using var content = entry.Open();
            var bytes = new byte[entry.Length];
            content.ReadExactly(bytes);
            return (EvidenceManifest.FromBytes(bytes), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException or System.Text.Json.JsonException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>The pictures of a package for a review, with the drawings where there are any; empty when it cannot be read. Bounded.</summary>
    public static IReadOnlyList<(EvidenceRole Role, byte[] Bytes)> Pictures(string path, EvidenceManifest manifest, StoreGuard guard)
    {
        const int LargestPicture = 16 << 20;
        var pictures = new List<(EvidenceRole, byte[])>();
        using var package = guard.OpenRead(path);
        using var zip = new ZipArchive(package, ZipArchiveMode.Read);
        foreach (var (plain, drawn) in new[] { (EvidenceRole.StillBefore, EvidenceRole.OverlayBefore), (EvidenceRole.StillAt, EvidenceRole.OverlayAt), (EvidenceRole.StillAfter, EvidenceRole.OverlayAfter), (EvidenceRole.PlateCrop, EvidenceRole.PlateCrop) })
        {
            var file = manifest.Files.FirstOrDefault(item => item.Role == drawn) ?? manifest.Files.FirstOrDefault(item => item.Role == plain);
            if (file is not { Bytes: <= LargestPicture } || zip.GetEntry(file.Name) is not { } entry || entry.Length != file.Bytes) continue;
            using var content = entry.Open();
            var bytes = new byte[file.Bytes];
            content.ReadExactly(bytes);
            pictures.Add((plain, bytes));
        }

        return pictures;
    }

    public static string Stamp(DateTimeOffset time) => UtcMilliseconds.Round(time).ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture);

    private static void Put(ZipArchive zip, string name, EvidenceFacts facts, byte[] content)
    {
        using var into = Entry(zip, name, facts);
        into.Write(content);
    }

    // The archive's own times repeat the act's, so that the same package is written the same way each time.
    private static Stream Entry(ZipArchive zip, string name, EvidenceFacts facts)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = new DateTimeOffset(Math.Max(facts.From.UtcTicks, new DateTime(1980, 1, 1).Ticks), TimeSpan.Zero);
        return entry.Open();
    }

    private static (long Bytes, string Sha256) Copy(EvidencePart part, Stream into, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (into)
        using (var from = OpenPart(part))
        {
            var buffer = new byte[64 * 1024];
            long total = 0;
            for (int read; (read = from.Read(buffer)) > 0;)
            {
                stop.ThrowIfCancellationRequested();
                total += read;
                if (total > LargestPart) throw new EvidenceException(EvidenceFault.BadPart, $"The part '{EventWords.Of(part.Role)}' is larger than {LargestPart >> 20} MB.");
                hash.AppendData(buffer, 0, read);
                into.Write(buffer, 0, read);
            }

            if (total == 0) throw new EvidenceException(EvidenceFault.BadPart, $"The part '{EventWords.Of(part.Role)}' is empty.");
            return (total, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
    }

    private static Stream OpenPart(EvidencePart part)
    {
        try
        {
            return part.Open();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EvidenceException(EvidenceFault.BadPart, $"The part '{EventWords.Of(part.Role)}' cannot be read: {fault.Message}", fault);
        }
    }

    private static string Extension(string mediaType) => mediaType switch
    {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "video/mp4" => ".mp4",
        _ => throw new EvidenceException(EvidenceFault.BadPart, "A part is image/jpeg, image/png or video/mp4."),
    };

    [GeneratedRegex("^[0-9A-HJKMNP-TV-Z]{26}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EventIdShape();

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CameraIdShape();
}
