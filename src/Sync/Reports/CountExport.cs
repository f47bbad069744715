using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Reports;

/// <summary>What the first line of an export says.</summary>
/// <param name="Gateway">Who wrote the file.</param>
/// <param name="Heard">Other gateways whose intervals stand in it, written by one that sums their site; null when all are its own.</param>
/// <param name="Names">The gateway's own cameras by id, as people call them; null where it tells none.</param>
public sealed record ExportHead(
    string Format, string Gateway, string Site, DateTimeOffset From, DateTimeOffset To, DateTimeOffset Made, IReadOnlyList<string>? Heard = null, IReadOnlyDictionary<string, string>? Names = null);

/// <summary>What was read of an export.</summary>
/// <param name="LeftOut">Rows of the reader's own gateway, which were not taken.</param>
/// <param name="Seal">Whether anything but the file's own word stands behind it.</param>
public sealed record ReadExport(ExportHead Head, long LeftOut, ExportSeal Seal);

/// <summary>Whose word an export is.</summary>
public enum ExportSeal
{
    /// <summary>It has no signature: whoever could write the file could write its numbers.</summary>
    Unsigned,

    /// <summary>It has one, and no key was there to check it by.</summary>
    Unchecked,

    /// <summary>It was signed by a key that the reader was given.</summary>
    Verified,
}

/// <summary>Signs the hash of an export.</summary>
/// <param name="KeyId">Names the key, so that the reader knows which public half to take.</param>
/// <param name="Sign">Gives the signature of a SHA-256 hash.</param>
public sealed record ExportSigner(string KeyId, Func<byte[], byte[]> Sign);

/// <summary>An export cannot be taken; the message names the file, the line and the reason.</summary>
public sealed class ExportException(string message) : Exception(message);

/// <summary>
/// Intervals of a gateway in a file that another one can add to its own: JSON lines, first what it is, then an interval a line, last the
/// SHA-256 of all bytes before and, where the gateway has a key, its signature. A file that was cut or changed is refused whole.
/// </summary>
public static class CountExport
{
    public const string Format = "edgegateway-counts-1";
    private const int MostRows = 50_000_000;
    private const int LongestLine = 4096;
    private const int LongestHead = 64 * 1024;

    /// <summary>Writes the intervals that begin within [head.From, head.To).</summary>
    /// <returns>Rows written.</returns>
    public static long Write(Stream output, ExportHead head, IEnumerable<ArchivedCount> rows, ExportSigner? signer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var written = 0L;
        Line(JsonSerializer.SerializeToUtf8Bytes(head, Json.ExportHead), hashed: true);
        foreach (var row in rows)
        {
            Line(JsonSerializer.SerializeToUtf8Bytes(ExportRow.Of(row), Json.ExportRow), hashed: true);
            written++;
        }

        var digest = hash.GetHashAndReset();
        Line(JsonSerializer.SerializeToUtf8Bytes(new ExportTail(written, Convert.ToHexStringLower(digest), signer?.KeyId, signer is null ? null : Convert.ToBase64String(signer.Sign(digest))), Json.ExportTail), hashed: false);
        return written;

        void Line(byte[] bytes, bool hashed)
        {
            output.Write(bytes);
            output.WriteByte((byte)'\n');
            if (!hashed) return;
            hash.AppendData(bytes);
            hash.AppendData("\n"u8);
        }
    }

    /// <summary>Reads an export whole before it gives its first row: nothing of a damaged file is taken.</summary>
    /// <param name="path">The file.</param>
    /// <param name="site">The site that it must be of.</param>
    /// <param name="verify">Checks a signature over a hash under a key's id; null where no key is known: then none is asked for, and <see cref="ReadExport.Seal"/> says so.</param>
    /// <param name="into">Takes the rows, in batches.</param>
    /// <param name="own">The reader's own gateway, whose rows are left out: it knows them better. Null when it has none.</param>
    /// <exception cref="ExportException">It is no export, of another site, cut, changed, or holds rows that cannot be or of a gateway that its first line does not name.</exception>
    public static ReadExport Read(string path, string site, Func<string, byte[], byte[], bool>? verify, CountArchive into, string? own = null)
    {
        var (head, seal) = Check(path, verify);
        if (head.Site != site) throw new ExportException($"{path} is an export of site '{head.Site}' (gateway {head.Gateway}), and this report is on '{site}': it is not added. Leave the file out, or report on '{head.Site}'.");
        var batch = new List<ArchivedCount>();
        var (number, leftOut) = (1, 0L);
        foreach (var text in File.ReadLines(path).Skip(1))
        {
            number++;
            if (text.StartsWith("{\"rows\"", StringComparison.Ordinal)) break;
            var row = Row(path, number, text).Archived(head);
            var gateway = row.Series.Gateway;
            if (gateway != head.Gateway && head.Heard?.Contains(gateway, StringComparer.Ordinal) != true)
                throw new ExportException($"{path}:{number}: the interval is of gateway '{gateway}', and the file of '{head.Gateway}': nothing of it is added. Export again on '{gateway}'.");
            if (row.Fault() is { } fault) throw new ExportException($"{path}:{number}: {fault}.");
            if (gateway == own)
            {
                leftOut++;
                continue;
            }

            batch.Add(row);
            if (batch.Count < 5000) continue;
            into.Add(batch);
            batch.Clear();
        }

        into.Add(batch);
        return new ReadExport(head, leftOut, seal);
    }

    private static (ExportHead Head, ExportSeal Seal) Check(string path, Func<string, byte[], byte[], bool>? verify)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ExportHead? head = null;
        ExportTail? tail = null;
        var rows = 0L;
        using var file = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            while (file.ReadLine() is { } line)
            {
                if (tail is not null) throw new ExportException($"{path}: something stands after the last line; it was changed.");
                if (line.Length > (head is null ? LongestHead : LongestLine) || rows > MostRows) throw new ExportException($"{path} is no export of counts: lines or rows beyond all bounds.");
                if (head is null)
                {
                    head = JsonSerializer.Deserialize(line, Json.ExportHead);
                    if (head is not { Format: Format, Gateway: not null, Site: not null }) throw new ExportException($"{path} is no export of counts in the format {Format}.");
                }
                else if (line.StartsWith("{\"rows\"", StringComparison.Ordinal))
                {
                    tail = JsonSerializer.Deserialize(line, Json.ExportTail);
                    continue;
                }
                else
                {
                    rows++;
                }

                hash.AppendData(Encoding.UTF8.GetBytes(line));
                hash.AppendData("\n"u8);
            }
        }
        catch (Exception fault) when (fault is JsonException or DecoderFallbackException)
        {
            throw new ExportException($"{path} is no export of counts in the format {Format}.");
        }

        var digest = hash.GetHashAndReset();
        if (head is null) throw new ExportException($"{path} is empty.");
        if (tail is null) throw new ExportException($"{path} is cut: its last line is missing. Copy it again.");
        if (tail.Rows != rows || !string.Equals(tail.Sha256, Convert.ToHexStringLower(digest), StringComparison.Ordinal)) throw new ExportException($"{path} was changed after it was written: its hash does not fit. Export it again.");
        if (verify is not null)
        {
            if (tail.Key is null || tail.Signature is null) throw new ExportException($"{path} is not signed, and keys were given to check it by: nothing of it is added. Make a key on that box (edgegateway keys init) and export again.");
            if (!verify(tail.Key, digest, Base64(path, tail.Signature))) throw new ExportException($"{path}: the signature is not by a known key ({tail.Key}).");
        }

        return (head, verify is not null ? ExportSeal.Verified : tail.Key is null || tail.Signature is null ? ExportSeal.Unsigned : ExportSeal.Unchecked);
    }

    private static byte[] Base64(string path, string text)
    {
        try { return Convert.FromBase64String(text); }
        catch (FormatException) { throw new ExportException($"{path}: the signature cannot be read."); }
    }

    private static ExportRow Row(string path, int number, string text)
    {
        try { return JsonSerializer.Deserialize(text, Json.ExportRow) is { Camera: not null, Counter: not null, Line: not null, Class: not null } row ? row : throw new JsonException(); }
        catch (JsonException) { throw new ExportException($"{path}:{number.ToString(CultureInfo.InvariantCulture)}: this is no interval."); }
    }

    private static ExportJson Json { get; } = new(new JsonSerializerOptions(ExportJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = null });
}

/// <summary>One interval of an export. A gateway that sums a site exports those of others too, each under its own name.</summary>
internal sealed record ExportRow(
    string? Gateway, string Camera, string Counter, string Line, [property: JsonPropertyName("class")] string Class, int In, int Out, DateTimeOffset From, DateTimeOffset To,
    double Coverage, CountMethod Method, int Revision, int? RawIn, int? RawOut)
{
    public static ExportRow Of(ArchivedCount row) => new(
        row.Series.Gateway, row.Series.Camera, row.Series.Counter, row.Series.Line, row.Series.Class, row.In, row.Out, row.From, row.To, row.Coverage, row.Method, row.Revision, row.RawIn, row.RawOut);

    public ArchivedCount Archived(ExportHead head) => new(
        new CountSeries(Gateway ?? head.Gateway, head.Site, Camera, Counter, Line, Class), From, To, In, Out, Coverage, Method, Revision, RawIn, RawOut);
}

internal sealed record ExportTail(long Rows, string Sha256, string? Key, string? Signature);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(UtcMilliseconds)])]
[JsonSerializable(typeof(ExportHead))]
[JsonSerializable(typeof(ExportRow))]
[JsonSerializable(typeof(ExportTail))]
internal sealed partial class ExportJson : JsonSerializerContext;
