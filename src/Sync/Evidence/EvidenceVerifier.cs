using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Evidence;

/// <summary>What is wrong with a package or its chain.</summary>
public enum VerificationFault
{
    /// <summary>No ZIP, too large, or built to hurt: names, sizes, numbers of entries.</summary>
    Unreadable, WrongKey, BadSignature, BadManifest, MissingFile, ExtraFile, AlteredFile, NotInChain, ChainBroken,
}

/// <summary>The outcome for one package.</summary>
/// <param name="File">The first file in question; null where it is the package as a whole.</param>
/// <param name="Message">In plain words.</param>
public sealed record VerificationResult(string Package, bool Ok, VerificationFault? Fault, string? File, string Message, string? Event, string? Sha256, long? Sequence);

/// <summary>A chain that was read and checked.</summary>
public sealed class VerifiedChain
{
    private readonly Dictionary<long, ChainEntry> _entries = [];

    /// <summary>The first fault, which makes every package that is checked against the chain fail; null when it is whole.</summary>
    public string? Fault { get; private init; }

    public int Count => _entries.Count;

    /// <summary>Reads a chain: numbers without a gap, each hash, each link, and each signature by one of the keys.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static VerifiedChain Read(string path, IReadOnlyList<EvidencePublicKey> keys)
    {
        var entries = new List<ChainEntry>();
        string? fault = null;
        var (sequence, tail) = (0L, ChainEntry.Origin);
        foreach (var (line, entry) in ChainedLog.Read(path))
        {
            fault = entry is null ? $"line {line} is no line of a chain{CopiedAsText(path)}"
                : entry.ComputeHash() != entry.Hash ? $"line {line} (number {entry.Sequence}) was changed: its hash does not fit its content"
                : entry.Sequence != sequence + 1 ? $"gap in the chain: number {entry.Sequence} follows number {sequence}"
                : entry.Previous != tail ? $"line {line} (number {entry.Sequence}) does not follow the line before it: one was changed or exchanged"
                : entry.Key is null || entry.Signature is null ? $"line {line} (number {entry.Sequence}) is not signed"
                : keys.FirstOrDefault(key => key.Id == entry.Key) is not { } signer ? $"line {line} (number {entry.Sequence}) was signed by another key ({entry.Key}); after a change of key give each public half with its own --key"
                : !IsSigned(signer, entry) ? $"line {line} (number {entry.Sequence}) has a wrong signature"
                : null;
            if (fault is not null) break;
            (sequence, tail) = (entry!.Sequence, entry.Hash);
            entries.Add(entry);
        }

        var chain = new VerifiedChain { Fault = fault };
        foreach (var entry in entries) chain._entries.Add(entry.Sequence, entry);
        return chain;
    }

    /// <summary>True when the chain is whole and a package with this manifest stands in it.</summary>
    internal bool Knows(string sha256) => Fault is null && _entries.Values.Any(entry => entry.Digest == sha256);

    internal ChainEntry? At(long sequence) => _entries.GetValueOrDefault(sequence);

    // Mail programs and editors rewrite a text's line ends or put a mark before it. Nobody altered a line then, and an officer should not believe so.
    private static string CopiedAsText(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Span<byte> head = stackalloc byte[ChainedLog.LongestLine];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        return head.StartsWith(Encoding.UTF8.Preamble) || head.IndexOf("\r\n"u8) >= 0
            ? ": a program has rewritten the log as text on its way here (line ends or a mark at its beginning); fetch it again byte for byte" : "";
    }

    private static bool IsSigned(EvidencePublicKey signer, ChainEntry entry)
    {
        var signature = new byte[256];
        return Convert.TryFromBase64String(entry.Signature!, signature, out var length) && signer.Verify(Convert.FromHexString(entry.Hash), signature.AsSpan(0, length));
    }
}

/// <summary>
/// Checks packages offline, with nothing but the public key and, when given, the chain. What counts is the content: the order of
/// files within the ZIP and its own times are no part of the evidence, so a package that was unpacked and packed again passes.
/// Bounded against hostile archives: size, number and names of entries, and every unpacked byte.
/// </summary>
public static partial class EvidenceVerifier
{
    private const long LargestPackage = 2L << 30;
    private const int LargestDirectory = 64 * 1024;
    private const int MostEntries = EvidencePackage.MostParts + 3;

    /// <summary>Checks one package.</summary>
    public static VerificationResult Verify(string path, IReadOnlyList<EvidencePublicKey> keys, VerifiedChain? chain = null, CancellationToken stop = default)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (SealedFile.IsSealed(path)) return Failed(path, VerificationFault.Unreadable, null, "the package is sealed by its box; open it there: edgegateway storage unseal FILE --out DIR");
            if (DirectoryFault(file) is { } fault) return Failed(path, VerificationFault.Unreadable, null, fault);
            file.Position = 0;
            using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            return VerifyContent(path, zip, keys, chain, stop);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException or NotSupportedException)
        {
            return Failed(path, VerificationFault.Unreadable, null, File.Exists(path) ? $"the package cannot be read: {error.Message}" : Directory.Exists(path) ? "this is a folder, no package" : "there is no such file");
        }
    }

    private static VerificationResult VerifyContent(string path, ZipArchive zip, IReadOnlyList<EvidencePublicKey> keys, VerifiedChain? chain, CancellationToken stop)
    {
        var entries = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            if (!NameShape().IsMatch(entry.FullName)) return Failed(path, VerificationFault.Unreadable, null, $"the archive holds a name that no package has ({Printable(entry.FullName)})");
            if (!entries.TryAdd(entry.FullName, entry)) return Failed(path, VerificationFault.Unreadable, entry.FullName, $"'{entry.FullName}' stands in the archive twice");
        }

        if (Small(entries, EvidenceManifest.FileName, EvidenceManifest.LargestBytes) is not { } manifestBytes) return Failed(path, VerificationFault.MissingFile, EvidenceManifest.FileName, $"'{EvidenceManifest.FileName}' is missing or too large");
        if (Small(entries, EvidenceManifest.SignatureName, 256) is not { } signature) return Failed(path, VerificationFault.MissingFile, EvidenceManifest.SignatureName, $"'{EvidenceManifest.SignatureName}' is missing or too large");
        if (Small(entries, EvidenceManifest.KeyIdName, 256) is not { } keyIdBytes) return Failed(path, VerificationFault.MissingFile, EvidenceManifest.KeyIdName, $"'{EvidenceManifest.KeyIdName}' is missing or too large");

        var keyId = Encoding.ASCII.GetString(keyIdBytes).Trim();
        var digest = SHA256.HashData(manifestBytes);
        if (keys.FirstOrDefault(key => key.Id == keyId) is not { } signer)
        {
            if (keys.FirstOrDefault(key => key.Verify(digest, signature)) is { } own) return Failed(path, VerificationFault.AlteredFile, EvidenceManifest.KeyIdName, $"'{EvidenceManifest.KeyIdName}' was altered: the signature is that of the key {own.Id}, and the file names another");
            return Failed(path, VerificationFault.WrongKey, EvidenceManifest.SignatureName, $"the package names another key ({Printable(keyId)}) than the one given ({string.Join(", ", keys.Select(key => key.Id))}): another gateway, a former key, or signed again by a stranger");
        }

        if (!signer.Verify(digest, signature))
        {
            // The chain holds the manifest's hash, and so can tell which of the two it was.
            return chain?.Knows(Convert.ToHexStringLower(digest)) == true
                ? Failed(path, VerificationFault.BadSignature, EvidenceManifest.SignatureName, $"'{EvidenceManifest.SignatureName}' was altered: the chain knows this manifest, and the signature does not fit it")
                : Failed(path, VerificationFault.BadSignature, EvidenceManifest.FileName, $"'{EvidenceManifest.FileName}' or its signature '{EvidenceManifest.SignatureName}' was altered, or it was signed by another key: the signature does not fit");
        }

        EvidenceManifest manifest;
        try
        {
            manifest = EvidenceManifest.FromBytes(manifestBytes);
        }
        catch (JsonException error)
        {
            return Failed(path, VerificationFault.BadManifest, EvidenceManifest.FileName, $"'{EvidenceManifest.FileName}' is signed and cannot be read: {error.Message}");
        }

        var sha256 = Convert.ToHexStringLower(digest);
        VerificationResult Fail(VerificationFault fault, string? name, string message) => new(path, false, fault, name, message, manifest.Act.Event, sha256, manifest.Chain.Sequence);
        foreach (var listed in manifest.Files)
        {
            if (!entries.TryGetValue(listed.Name, out var entry)) return Fail(VerificationFault.MissingFile, listed.Name, $"'{Printable(listed.Name)}' is missing");
            if (HashOf(entry, listed.Bytes, stop) != listed.Sha256) return Fail(VerificationFault.AlteredFile, listed.Name, $"'{listed.Name}' was altered: its content is not the one that was signed");
        }

        string[] always = [EvidenceManifest.FileName, EvidenceManifest.SignatureName, EvidenceManifest.KeyIdName];
        if (entries.Keys.Except([.. manifest.Files.Select(listed => listed.Name), .. always], StringComparer.Ordinal).FirstOrDefault() is { } extra) return Fail(VerificationFault.ExtraFile, extra, $"'{extra}' was added: the manifest does not list it");
        if (chain is not null && ChainFault(chain, manifest, sha256) is var (fault, message)) return Fail(fault, null, message);
        return new VerificationResult(path, true, null, null, chain is null ? "whole and signed by the given key" : "whole, signed by the given key, and in the chain", manifest.Act.Event, sha256, manifest.Chain.Sequence);
    }

    private static (VerificationFault Fault, string Message)? ChainFault(VerifiedChain chain, EvidenceManifest manifest, string sha256)
    {
        if (chain.Fault is { } broken) return (VerificationFault.ChainBroken, broken);
        var number = manifest.Chain.Sequence;
        if (chain.At(number) is not { } entry) return (VerificationFault.NotInChain, $"the chain ends at number {chain.Count}, the package is number {number}: the chain was cut, or is an older copy");
        if (entry.Digest != sha256 || entry.Subject != manifest.Act.Event) return (VerificationFault.NotInChain, $"number {number} of the chain is another package: this one was made or signed again later");
        return entry.Previous == manifest.Chain.Previous ? null : (VerificationFault.ChainBroken, $"the package says that another line stood before number {number}: the chain was written anew");
    }

    // ZipArchive reads the whole directory of an archive before anything can be asked: its place is checked first.
    private static string? DirectoryFault(FileStream file)
    {
        const int EndRecord = 22;
        if (file.Length > LargestPackage) return $"the file is larger than {LargestPackage >> 30} GB, no package is";
        if (file.Length < EndRecord) return "the file is no ZIP archive";
        var tail = new byte[Math.Min(file.Length, EndRecord + ushort.MaxValue)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        var at = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (at < 0 || at + EndRecord > tail.Length) return "the file is no ZIP archive";
        var end = tail.AsSpan(at);
        var (entries, bytes, offset) = (BinaryPrimitives.ReadUInt16LittleEndian(end[10..]), BinaryPrimitives.ReadUInt32LittleEndian(end[12..]), BinaryPrimitives.ReadUInt32LittleEndian(end[16..]));
        if (entries > MostEntries) return $"the archive says it has {entries} entries; a package has at most {MostEntries}";
        if (bytes > LargestDirectory) return $"the archive's directory is larger than {LargestDirectory / 1024} KiB, no package's is";
        return offset + bytes == file.Length - tail.Length + at ? null : "the archive's directory is not where its end says: something was put before the archive, or into its comment";
    }

    private static byte[]? Small(Dictionary<string, ZipArchiveEntry> entries, string name, int limit)
    {
        if (!entries.TryGetValue(name, out var entry)) return null;
        using var content = entry.Open();
        using var bytes = new MemoryStream();
        var buffer = new byte[4096];
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            if (bytes.Length + read > limit) return null; // what the header says of the size may be a lie
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    private static string? HashOf(ZipArchiveEntry entry, long expected, CancellationToken stop)
    {
        if (expected is < 0 or > EvidencePackage.LargestPart) return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            using var content = entry.Open();
            long total = 0;
            for (int read; (read = content.Read(buffer)) > 0;)
            {
                stop.ThrowIfCancellationRequested();
                if ((total += read) > expected) return null;
                hash.AppendData(buffer, 0, read);
            }

            return total == expected ? Convert.ToHexStringLower(hash.GetHashAndReset()) : null;
        }
        catch (InvalidDataException)
        {
            return null; // the archive's own checksum does not fit
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static VerificationResult Failed(string path, VerificationFault fault, string? file, string message) => new(path, false, fault, file, message, null, null, null);

    private static string Printable(string text) => new([.. text.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NameShape();
}
