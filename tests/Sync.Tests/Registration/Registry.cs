using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using EdgeGateway.RegistrySimulator;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Registration.Remote;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Tests.Registration;

/// <summary>What the tests of this folder share: an operations centre with its key, a folder, questions and a log that is kept.</summary>
internal sealed class Registry : IDisposable
{
    public const string Header = "plate,colour,vehicle,state,valid_from,valid_to,inspection_until,brand,owner_name,owner_id,owner_birth,owner_address,owner_phone,office";

    public static readonly DateTimeOffset Seen = new(2026, 11, 20, 1, 15, 0, TimeSpan.Zero);

    private readonly ECDiffieHellman _centre = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    public Registry()
    {
        Seal = OwnerSeal.FromPem(PublicPem);
        Desk = DeskDatabase.Open(PathOf("desk.db"));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("edgegateway-registry-").FullName;

    public OwnerSeal Seal { get; }

    public DeskDatabase Desk { get; private set; }

    public KeptLog Log { get; } = new();

    public string PublicPem => _centre.ExportSubjectPublicKeyInfoPem();

    public string PrivatePem => _centre.ExportPkcs8PrivateKeyPem();

    public string LookUpLogFile => PathOf("look-ups.jsonl");

    public static AuditIdentity Officer { get; } = new("A-204", "CA-PHUONG", "Vượt đèn đỏ", "HS-118", "01JZZZZZZZZZZZZZZZZZZZZZZZ");

    public string PathOf(string name) => Path.Combine(Folder, name);

    public string Write(string name, string text, Encoding? encoding = null)
    {
        File.WriteAllText(PathOf(name), text, encoding ?? new UTF8Encoding(false));
        return PathOf(name);
    }

    public static PlateFacts Plate(string text, PlateColour colour = PlateColour.White, ObjectKind vehicle = ObjectKind.Car, params PlateKind[] kinds) =>
        new(text, colour, vehicle, kinds.Length > 0 ? kinds : [PlateKind.Car], []);

    public static LookUpRequest Ask(PlateFacts plate, DateTimeOffset? at = null, AuditIdentity? audit = null) => new(plate, at ?? Seen, audit ?? Officer, "bien-cua-lo-01-yeu-cau-1");

    public RegistryLookUp LookUp(params IRegistrySource[] sources) => new(sources, new LookUpLog(LookUpLogFile, TimeProvider.System), VehicleAgreement.Exact, TimeProvider.System, Log);

    public async Task<LookUpResult> AskAsync(LookUpRequest request, params IRegistrySource[] sources)
    {
        using var lookUp = LookUp(sources);
        return await lookUp.LookUpAsync(request, TestContext.Current.CancellationToken);
    }

    public Task<Simulator> ServiceAsync(Func<SimulatorOptions, SimulatorOptions>? with = null)
    {
        var options = new SimulatorOptions { Folder = PathOf("service") };
        return Simulator.StartAsync(with?.Invoke(options) ?? options);
    }

    public static ServiceOptions Options(Simulator service, Uri url) => new()
    {
        Url = url,
        Username = "hop-thu-nghiem",
        Password = () => "mat-khau-gia-lap",
        CaFile = service.CaFile,
        CertificateFile = service.CertificateFile,
        KeyFile = service.KeyFile,
        Timeout = TimeSpan.FromSeconds(5),
    };

    public RestRegistry Rest(Simulator service, Func<ServiceOptions, ServiceOptions>? with = null) =>
        new(with?.Invoke(Options(service, service.RestUrl)) ?? Options(service, service.RestUrl), Seal, Desk, TimeProvider.System);

    public SoapRegistry Soap(Simulator service, Func<ServiceOptions, ServiceOptions>? with = null) =>
        new(with?.Invoke(Options(service, service.SoapUrl)) ?? Options(service, service.SoapUrl), Seal, Desk, TimeProvider.System);

    /// <summary>Closes the desk's file as a restart does.</summary>
    public void ReopenDesk()
    {
        Desk.Dispose();
        Desk = DeskDatabase.Open(PathOf("desk.db"));
    }

    /// <summary>Opens a sealed owner as the centre does: by Debian's Python and the byte format of docs/registration.md, nothing of ours.</summary>
    public string Open(string sealedText)
    {
        var python = new[] { "/usr/bin/python3" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(python is null, "Debian's python3 is not installed.");
        var key = PathOf("centre.pem");
        File.WriteAllText(key, PrivatePem);
        var script = Path.Combine(Testing.Repository.Root, "docs", "open-owner.py");
        var start = new ProcessStartInfo(python!, [script, key]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(sealedText);
        process.StandardInput.Close();
        var text = process.StandardOutput.ReadToEnd();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        File.Delete(key);
        Assert.SkipWhen(error.Contains("No module named 'cryptography'", StringComparison.Ordinal), "Debian's python3-cryptography is not installed.");
        Assert.True(process.ExitCode == 0, error);
        return text;
    }

    /// <summary>Files of this run and the log in which one of the words stands, in clear, escaped or as UTF-16.</summary>
    public IReadOnlyList<string> WhereStands(params string[] words)
    {
        List<string> found = [];
        foreach (var file in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            foreach (var form in words.SelectMany(Forms))
            {
                if (bytes.AsSpan().IndexOf(form) >= 0) found.Add(Path.GetFileName(file));
            }
        }

        found.AddRange(Log.Lines.Where(line => words.Any(word => line.Contains(word, StringComparison.OrdinalIgnoreCase))));
        return found;
    }

    public void Dispose()
    {
        Desk.Dispose();
        _centre.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static IEnumerable<byte[]> Forms(string word) =>
        [Encoding.UTF8.GetBytes(word), Encoding.Unicode.GetBytes(word), Encoding.UTF8.GetBytes(System.Text.Json.JsonEncodedText.Encode(word).ToString()), Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(word)).TrimEnd('='))];
}

/// <summary>Keeps every line at every level.</summary>
internal sealed class KeptLog : ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _lines.Enqueue($"{formatter(state, exception)} {exception}");
}
