using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeGateway.Commands;
using EdgeGateway.Sync.Outbox;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Doctor;

/// <summary>
/// What a person far away needs to find a fault, as a ZIP: doctor's findings, the masked configuration, versions, figures, recent logs, and
/// the form of the databases. Nothing that lies in a database, no picture, no event, no evidence, no list and no key ever goes in; free text
/// goes through <see cref="Redaction"/>.
/// </summary>
/// <param name="patient">The box.</param>
/// <param name="logFile">Another log than the journal's; null for the journal.</param>
internal sealed class SupportBundle(Patient patient, string? logFile)
{
    private const int LogLines = 5000;
    private const long MostLogBytes = 4 << 20;

    private static readonly JsonWriterOptions Json = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the ZIP and returns the names of its parts with their sizes.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task<IReadOnlyList<(string Name, int Bytes)>> WriteAsync(string path, CancellationToken stop)
    {
        var parts = new List<(string, int)>();
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(path, options);
        await using var zip = new ZipArchive(file, ZipArchiveMode.Create);
        await AddAsync("doctor.jsonl", await DoctorAsync(stop));
        await AddAsync("versions.json", await VersionsAsync(stop));
        await AddAsync("config/gateway.json", patient.Config.Gateway is { } gateway ? OfRecord(gateway.Config) : "\"gateway.yaml holds mistakes; doctor.jsonl names them\"");
        foreach (var camera in patient.Config.Cameras) await AddAsync($"config/cameras/{camera.Id}.json", OfRecord(camera.Config));
        await AddAsync("metrics.txt", await MetricsAsync(stop));
        await AddAsync("log.txt", Redaction.Of(await LogAsync(stop)));
        await AddAsync("databases.txt", Databases());
        return parts;

        async Task AddAsync(string name, string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var entry = zip.CreateEntry(name, CompressionLevel.Optimal);
            await using var stream = await entry.OpenAsync(stop);
            await stream.WriteAsync(bytes, stop);
            parts.Add((name, bytes.Length));
        }
    }

    private async Task<string> DoctorAsync(CancellationToken stop)
    {
        await using var text = new StringWriter();
        await foreach (var finding in Checkup.LookAsync(patient, stop))
        {
            DoctorCommand.Write(text, finding with
            {
                Text = new(Redaction.Of(finding.Text.Vi), Redaction.Of(finding.Text.En)),
                Advice = finding.Advice is { } advice ? new(Redaction.Of(advice.Vi), Redaction.Of(advice.En)) : null,
                Detail = finding.Detail is { } detail ? Redaction.Of(detail) : null,
            });
        }

        return text.ToString();
    }

    private static async Task<string> VersionsAsync(CancellationToken stop)
    {
        var ffmpeg = await Tool.RunAsync("ffmpeg", ["-version"], stop) is { Output: var said } ? said.Split('\n')[0] : "missing";
        return Text(json =>
        {
            json.WriteStartObject();
            json.WriteString("edgegateway", Gateway.Version);
            json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
            json.WriteString("system", RuntimeInformation.OSDescription);
            json.WriteString("architecture", RuntimeInformation.OSArchitecture.ToString());
            json.WriteString("ffmpeg", ffmpeg);
            json.WriteNumber("processors", Environment.ProcessorCount);
            json.WriteNumber("memoryMb", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20);
            json.WriteString("utc", TimeProvider.System.GetUtcNow().ToString("u", System.Globalization.CultureInfo.InvariantCulture));
            json.WriteEndObject();
        });
    }

    private async Task<string> MetricsAsync(CancellationToken stop)
    {
        if (patient.Config.Gateway?.HttpListen is not { } listen) return "http.listen is off, or gateway.yaml holds mistakes.\n";
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        try { return await client.GetStringAsync(new Uri($"http://{listen}/metrics"), stop); }
        catch (HttpRequestException fault) { return $"Nothing answers on {listen}: {fault.Message}\n"; }
    }

    private async Task<string> LogAsync(CancellationToken stop)
    {
        if (logFile is not null)
        {
            await using var log = new FileStream(logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            if (log.Length > MostLogBytes) log.Seek(-MostLogBytes, SeekOrigin.End);
            using var reader = new StreamReader(log, Encoding.UTF8);
            return await reader.ReadToEndAsync(stop);
        }

        return await Tool.RunAsync("journalctl", ["-u", "edgegateway", "-n", $"{LogLines}", "--no-pager", "-o", "short-iso"], stop) is { Code: 0, Output: var text } ? text : "No journal can be read here.\n";
    }

    private string Databases()
    {
        var text = new StringBuilder();
        if (patient.Storage is not { } storage || !Directory.Exists(storage)) return "There is no storage folder.\n";
        foreach (var path in Directory.EnumerateFiles(storage, "*.db", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            text.Append("-- ").Append(Path.GetRelativePath(storage, path)).Append(", ").Append(new FileInfo(path).Length).Append(" bytes\n");
            try { foreach (var statement in OutboxInspection.SchemaOf(path)) text.Append(statement).Append(";\n"); }
            catch (SqliteException fault) { text.Append("-- cannot be read: ").Append(fault.Message).Append('\n'); }
        }

        return text.Length > 0 ? text.ToString() : "There is no database yet.\n";
    }

    private static string OfRecord(object record) => Text(json => MaskedConfig.Write(json, record));

    private static string Text(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Json)) write(json);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
