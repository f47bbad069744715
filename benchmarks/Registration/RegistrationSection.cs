using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeGateway.RegistrySimulator;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Registration.Csv;
using EdgeGateway.Sync.Registration.Remote;
using EdgeGateway.Sync.Registration.Replica;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Benchmarks.Registration;

/// <summary>The registration's figures: import, look-ups and memory at 5 million rows; 10,000 events with a failing service; watch lists.</summary>
internal static class RegistrationSection
{
    private const int Events = 10_000;
    private const int LookUps = 200_000;

    private static readonly DateTimeOffset Seen = new(2026, 11, 20, 1, 15, 0, TimeSpan.Zero);

    // Fewer for a try: EDGEGATEWAY_ROWS=1000000.
    private static int Rows => int.TryParse(Environment.GetEnvironmentVariable("EDGEGATEWAY_ROWS"), CultureInfo.InvariantCulture, out var rows) ? rows : 5_000_000;

    /// <summary>The replica without owners: import, look-ups, memory; and watch lists.</summary>
    public static string Replica() => In(folder => [.. MeasureReplica(folder, withOwners: false), .. MeasureWatchList(folder)]);

    /// <summary>The same with sealed owners.</summary>
    public static string ReplicaWithOwners() => In(folder => MeasureReplica(folder, withOwners: true));

    /// <summary>Events against a service that fails.</summary>
    public static string Service() => In(folder => MeasureDeskAsync(folder).GetAwaiter().GetResult());

    private static string In(Func<string, IReadOnlyList<string>> measure)
    {
        var folder = Directory.CreateTempSubdirectory("edgegateway-registration-").FullName;
        try
        {
            return string.Join('\n', measure(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IReadOnlyList<string> MeasureReplica(string folder, bool withOwners)
    {
        var table = Path.Combine(folder, "table.csv");
        WriteTable(table, Rows);
        using var centre = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var replica = Path.Combine(folder, "replica.db");
        var rejected = 0;
        GC.Collect();
        long most = 0;
        var whenRead = TimeSpan.Zero;
        var seal = withOwners ? OwnerSeal.FromPem(centre.ExportSubjectPublicKeyInfoPem()) : null;
        ImportResult result = null!;
        var watch = Stopwatch.StartNew();
        var import = Spent.On(() => result = ReplicaImport.RunAsync(table, new ImportOptions { Replica = replica, Seal = seal }, _ => rejected++, (_, _) =>
        {
            most = Math.Max(most, Environment.WorkingSet);
            whenRead = watch.Elapsed;
        }, TimeProvider.System, CancellationToken.None).GetAwaiter().GetResult());
        var (reading, checking) = (Spent.On(() => ReadTable(table, check: false, null)), Spent.On(() => ReadTable(table, check: true, seal)));
        var owner = BareInserts.OwnerOf(replica);
        var bareFile = Path.Combine(folder, "bare.db");
        var bare = Spent.On(() => BareInserts.Run(bareFile, Rows, owner, i => PlateOf(Shuffled(i, Rows))));
        File.Delete(bareFile);
        return
        [
            Line($"import {(withOwners ? "with sealed owners" : "without owners")}: {result.Rows:N0} rows ({new FileInfo(table).Length >> 20} MiB) in {import.Wall.TotalSeconds:0.0} s: {import.A(result.Rows)}, index and search for duplicates included (asked: at least 100,000 rows/s); {result.Rows / whenRead.TotalSeconds:N0} rows/s before these; most memory (RSS of the process) {most >> 20} MiB; replica {new FileInfo(replica).Length >> 20} MiB; {rejected} rejected"),
            Line($"its parts, alone: reading the table {reading.A(Rows)}; reading and checking{(withOwners ? " and sealing" : "")} it {checking.A(Rows)}"),
            Line($"beside it, a bare loop of Microsoft.Data.Sqlite that inserts ready rows of the same columns, each with its owner, with the same index: {bare.A(Rows)}; the import takes {import.Wall / bare.Wall:0.00} of its time and {import.Cpu / bare.Cpu:0.00} of its processor. {Load()}"),
            MeasureLookUps(replica),
        ];
    }

    private static void ReadTable(string table, bool check, OwnerSeal? seal)
    {
        using var records = new CsvRecords(CsvText.Open(table, null));
        var header = CsvHeader.Read(records, "table.csv", ReplicaColumns.Required, ReplicaColumns.Names);
        using var key = seal is null ? null : new ImportKey();
        using var rows = new ReplicaRows(records, header, key);
        var batch = new ReplicaBatch(50_000);
        while (records.Read())
        {
            if (!check) continue;
            if (batch.Rows.Length == 50_000)
            {
                rows.Complete(batch);
                batch.Clear();
            }

            rows.Read(batch);
        }
    }

    // What else ran: figures on the wall mean little without it.
    private static string Load() => $"Load average of the machine {File.ReadAllText("/proc/loadavg").Split(' ')[0]} on {Environment.ProcessorCount} processors.";

    private static string MeasureLookUps(string replica)
    {
        using var source = new LocalReplica(replica, TimeProvider.System);
        source.LookUp("37A12345");
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var random = new Random(5);
        var times = new double[LookUps];
        var found = 0;
        var (majorFaults, pushedAside) = Disturbances();
        var query = new RegistryQuery("", PlateColour.White, ObjectKind.Car, Seen, new AuditIdentity("A-204", "", "benchmark", "0", null), "r");
        for (var i = 0; i < LookUps; i++)
        {
            var plate = PlateOf(random.Next(Rows));
            var watch = Stopwatch.GetTimestamp();
            var answer = source.LookUp(plate);
            var judged = RegistrationMatch.Judge(query, answer.Rows!);
            times[i] = Stopwatch.GetElapsedTime(watch).TotalMicroseconds;
            if (judged.Status == OwnerStatus.Found) found++;
        }

        Array.Sort(times);
        var (majorAfter, pushedAfter) = Disturbances();
        return Line($"look-up among {Rows:N0} rows, {LookUps:N0} random plates, one thread: p50 {times[LookUps / 2]:0} µs, p99 {times[LookUps * 99 / 100]:0} µs, p99.9 {times[LookUps / 1000 * 999]:0} µs, most {times[^1]:0} µs (asked: p99 below 1,000); {found:N0} found; in that time the thread was pushed off its processor {pushedAfter - pushedAside:N0} times and waited for the disk {majorAfter - majorFaults:N0} times. {Load()} Managed memory for it {(GC.GetTotalMemory(forceFullCollection: true) - before) >> 10} KiB, RSS of the process {Environment.WorkingSet >> 20} MiB");
    }

    // Of this thread: page faults that read the disk, and times that another took its processor.
    private static (long MajorFaults, long PushedAside) Disturbances()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        var pushed = File.ReadLines("/proc/thread-self/status").First(line => line.StartsWith("nonvoluntary_ctxt_switches:", StringComparison.Ordinal));
        return (long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[9], CultureInfo.InvariantCulture), long.Parse(pushed.Split(':')[1], CultureInfo.InvariantCulture));
    }

    private static IReadOnlyList<string> MeasureWatchList(string folder)
    {
        var path = Path.Combine(folder, "watch.csv");
        File.WriteAllText(path, "plate,colour,list,valid_from,valid_to,note\n" + string.Join('\n', Enumerable.Range(0, 200_000).Select(i => $"{PlateOf(i)},white,stolen,,,")) + "\n");
        var watch = Stopwatch.StartNew();
        using var lists = new WatchLists([path], TimeProvider.System, NullLogger.Instance);
        var read = watch.Elapsed;
        var random = new Random(5);
        var plates = Enumerable.Range(0, 100_000).Select(_ => PlateOf(random.Next(400_000))).ToArray();
        watch.Restart();
        var hits = 0;
        foreach (var plate in plates) hits += lists.Look(plate, PlateColour.White, Seen).Count;
        return [Line($"watch list of {lists.Count:N0} plates: read in {read.TotalMilliseconds:0} ms, a look {watch.Elapsed.TotalMicroseconds / plates.Length:0.00} µs ({hits:N0} hits in {plates.Length:N0} looks)")];
    }

    private static async Task<IReadOnlyList<string>> MeasureDeskAsync(string folder)
    {
        using var centre = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var seal = OwnerSeal.FromPem(centre.ExportSubjectPublicKeyInfoPem());
        await using var service = await Simulator.StartAsync(new SimulatorOptions
        {
            Folder = Path.Combine(folder, "service"),
            FaultShare = 0.3,
            Faults = [Fault.ServerError, Fault.Truncated, Fault.HtmlPage, Fault.ServiceFault, Fault.XmlEntities],
        });
        using var database = DeskDatabase.Open(Path.Combine(folder, "desk.db"));
        var options = new ServiceOptions
        {
            Url = service.RestUrl,
            Username = "hop-thu-nghiem",
            Password = () => "mat-khau-gia-lap",
            CaFile = service.CaFile,
            CertificateFile = service.CertificateFile,
            KeyFile = service.KeyFile,
        };
        using var lookUp = new RegistryLookUp(
            [new RestRegistry(options, seal, database, TimeProvider.System)], new LookUpLog(Path.Combine(folder, "look-ups.jsonl"), TimeProvider.System), VehicleAgreement.Exact, TimeProvider.System, NullLogger.Instance);
        var outcomes = new System.Collections.Concurrent.ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var statuses = new System.Collections.Concurrent.ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        await using var desk = new OwnerDesk(
            // The figures want an end, so these are the pauses of a test.
            new OwnerDeskOptions { GatewayId = "bench-01", RetryFirst = TimeSpan.FromMilliseconds(50), RetryMax = TimeSpan.FromSeconds(1), AtOnce = 32, RoundSize = 256, GiveUpAfter = TimeSpan.FromDays(1) },
            database, lookUp, new GatewayEvents("bench-01", new LiveEventIds()), item =>
            {
                using var json = System.Text.Json.JsonDocument.Parse(item.Json);
                var data = json.RootElement.GetProperty("data");
                outcomes.AddOrUpdate(data.GetProperty("violation").GetString()!, 1, (_, count) => count + 1);
                statuses.AddOrUpdate(data.GetProperty("status").GetString()!, 1, (_, count) => count + 1);
                return Task.CompletedTask;
            }, TimeProvider.System, NullLogger.Instance);
        desk.Start();
        var watch = Stopwatch.StartNew();
        foreach (var chunk in Enumerable.Range(0, Events).Chunk(500))
        {
            desk.Submit([.. chunk.Select(i => new OwnerRequest(
                $"violation-{i}", "camera-1", null, new PlateFacts(string.Create(CultureInfo.InvariantCulture, $"37A{i + 10_000:00000}"), PlateColour.White, ObjectKind.Car, [PlateKind.Car], []),
                Seen, "A-204", "unit", "RED_LIGHT", null, MayLookUp: true))]);
        }

        while (desk.Waiting > 0 && watch.Elapsed < TimeSpan.FromMinutes(8)) await Task.Delay(200);
        while (outcomes.Count < Events && desk.Waiting == 0 && watch.Elapsed < TimeSpan.FromMinutes(9)) await Task.Delay(50);
        var took = watch.Elapsed;
        var more = outcomes.Values.Count(count => count > 1);
        var broken = LookUpLog.Verify(Path.Combine(folder, "look-ups.jsonl"));
        return
        [
            Line($"{Events:N0} events, a REST service over TLS that fails 30 % of the time (503, cut off, HTML page, fault in 200, entities): {outcomes.Count:N0} with an outcome, {more} with more than one, {Events - outcomes.Count} without; {string.Join(", ", statuses.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value:N0}"))}; {service.Questions.Count:N0} questions in {took.TotalSeconds:0} s; log of look-ups {(broken is null ? "whole" : broken)}"),
        ];
    }

    private static void WriteTable(string path, int rows)
    {
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 20);
        file.WriteLine("plate,colour,vehicle,state,valid_from,valid_to,inspection_until,brand,owner_name,owner_id,owner_birth,owner_address,owner_phone,office");
        // Not in the order of the plates, as registers are not.
        for (var i = 0; i < rows; i++)
        {
            var one = Shuffled(i, rows);
            file.WriteLine($"{PlateOf(one)},white,car,active,2023-09-01,,2027-01-31,THỬ NGHIỆM,LÊ VĂN GIẢ LẬP {one},04020{one:0000000},2005-02-28,\"Khối {one % 100}, Phường Mẫu, Nghệ An\",09{one:00000000},CA Nghệ An");
        }
    }

    private static int Shuffled(int i, int rows) => (int)(i * 2_654_435_761L % rows);

    private static string PlateOf(int number)
    {
        const string Letters = "ABCDEFGHKLMNPSTUVXYZ";
        var series = number / 99_999;
        return string.Create(CultureInfo.InvariantCulture, $"{29 + (series / 20)}{Letters[series % 20]}{(number % 99_999) + 1:00000}");
    }

    private static string Line(FormattableString text) => "- " + FormattableString.Invariant(text);
}
