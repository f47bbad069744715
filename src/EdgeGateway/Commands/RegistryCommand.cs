using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Registration.Csv;
using EdgeGateway.Sync.Registration.Replica;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Commands;

/// <summary><c>registry import FILE.csv</c> and <c>registry lookup PLATE …</c>: the local replica, and one look-up by a named officer.</summary>
internal sealed class RegistryCommand : ICommandModule
{
    private const int MostListed = 10_000;

    public Command Build()
    {
        var import = Import();
        return new GatewayCommand("registry", "The vehicle registration: its local replica, and single look-ups.", $"{import.Example}\n{LookUpExample}") { import, LookUp(), Log() };
    }

    private const string LookUpExample =
        "edgegateway registry lookup 37A-123.45 --colour white --vehicle car --at 2026-11-20T08:15:00+07:00 --officer A-204 --purpose \"Vượt đèn đỏ\" --case HS-118";

    private static GatewayCommand Import()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "A CSV table; its header names the columns." };
        var encoding = new Option<string?>("--encoding") { Description = "utf-8, utf-16 or windows-1258, where it is not found out by itself.", HelpName = "NAME" };
        var config = CommonOptions.Config();
        var command = new GatewayCommand(
            "import",
            "Make the local replica from a table; a second call goes on where a stopped one was. Rejected rows are listed, a line each.",
            "edgegateway registry import vehicles.csv") { file, encoding, config };
        command.SetAction((parsed, stop) => ImportAsync(
            parsed.GetValue(file)!, parsed.GetValue(encoding), LoadedConfig.Require(parsed.GetValue(config)!.FullName, requireSecrets: false).OnStorage(),
            parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, stop));
        return command;
    }

    private static GatewayCommand LookUp()
    {
        var plate = new Argument<string>("PLATE") { Description = "With or without separators." };
        var colour = new Option<string>("--colour") { Description = "white, yellow, blue or red.", HelpName = "C", Required = true };
        var vehicle = new Option<string>("--vehicle") { Description = "car, motorcycle, bus or truck.", HelpName = "K", Required = true };
        var at = new Option<string?>("--at") { Description = "When the vehicle was seen; now when not given. Owners change.", HelpName = "TIME" };
        var officer = new Option<string>("--officer") { Description = "Number of the officer who asks.", HelpName = "O", Required = true };
        var unit = new Option<string?>("--unit") { Description = "The officer's unit; the configured one when not given.", HelpName = "U" };
        var purpose = new Option<string>("--purpose") { Description = "Why, in words.", HelpName = "P", Required = true };
        var caseId = new Option<string>("--case") { Description = "The case that it belongs to.", HelpName = "N", Required = true };
        var config = CommonOptions.Config();
        var command = new GatewayCommand(
            "lookup",
            "Look one vehicle up. Who asked, why and for which case is logged and stays; the owner is printed sealed to the operations centre only.",
            LookUpExample) { plate, colour, vehicle, at, officer, unit, purpose, caseId, config };
        command.SetAction(async (parsed, stop) =>
        {
            var seenAt = parsed.GetValue(at) is { } text ? InputTime.Parse("--at", text) : (DateTimeOffset?)null;
            var loaded = Require(parsed.GetValue(config)!.FullName).OnStorage();
            var facts = Facts(parsed.GetValue(plate)!, parsed.GetValue(colour)!, parsed.GetValue(vehicle)!);
            var audit = new AuditIdentity(
                parsed.GetValue(officer)!.Trim(), parsed.GetValue(unit) ?? loaded.Gateway.Registration?.Unit ?? "", parsed.GetValue(purpose)!.Trim(), parsed.GetValue(caseId)!.Trim(), Violation: null);
            return await LookUpAsync(loaded.Gateway, facts, seenAt, audit, parsed.InvocationConfiguration.Output, stop);
        });
        return command;
    }

    private static GatewayCommand Log()
    {
        var config = CommonOptions.Config();
        var command = new GatewayCommand(
            "log", "Print the log of look-ups, line by line, with the plates that are sealed on the disk.", "edgegateway registry log > look-ups.jsonl") { config };
        command.SetAction(parsed =>
        {
            var gateway = LoadedConfig.Require(parsed.GetValue(config)!.FullName, requireSecrets: false).OnStorage().Gateway;
            var path = RegistrationOf.LookUpLogFile(gateway);
            if (!File.Exists(path)) throw new UsageException($"There is no log of look-ups at {path}: nothing was looked up yet.");
            foreach (var line in LookUpLog.Opened(path, StorageGuardOf.Command(gateway).Seal)) parsed.InvocationConfiguration.Output.WriteLine(line);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<int> ImportAsync(FileInfo file, string? encoding, LoadedConfig loaded, TextWriter output, TextWriter error, CancellationToken stop)
    {
        var registration = Of(loaded.Gateway);
        InputFile.Require(file.FullName);
        var listed = 0;
        var since = Stopwatch.StartNew();
        long toldAtMs = -1000;
        try
        {
            var options = new ImportOptions
            {
                Replica = RegistrationOf.ReplicaFile(loaded.Gateway),
                Seal = registration.Replica.Owners ? RegistrationOf.Seal(registration) : null,
                Encoding = encoding,
                Columns = RegistrationOf.Columns(registration),
            };
            var result = await ReplicaImport.RunAsync(file.FullName, options, Reject, Tell, TimeProvider.System, stop);
            JsonLines.Write(output, json =>
            {
                json.WriteString("replica", options.Replica);
                json.WriteNumber("rows", result.Rows);
                json.WriteNumber("rejected", result.Rejected);
                json.WriteNumber("doubtful", result.Doubtful);
                json.WriteNumber("listed", Math.Min(listed, MostListed));
                json.WriteBoolean("owners", result.HasOwners);
                if (result.ResumedAt is { } line) json.WriteNumber("resumedAtLine", line);
                json.WriteNumber("seconds", Math.Round(result.Took.TotalSeconds, 2));
            });
            return ExitCode.Done;
        }
        catch (Exception fault) when (fault is CsvRefusedException or CryptographicException)
        {
            throw new UsageException(fault.Message);
        }

        void Reject(RejectedRow row)
        {
            if (++listed > MostListed) return;
            JsonLines.Write(output, json =>
            {
                json.WriteNumber("line", row.Line);
                json.WriteString(row.Kept ? "doubt" : "rejected", row.Reason);
            });
        }

        void Tell(long rows, double share)
        {
            if (since.ElapsedMilliseconds - toldAtMs < 1000) return;
            toldAtMs = since.ElapsedMilliseconds;
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{share:P0} {rows} rows, {rows / Math.Max(0.001, since.Elapsed.TotalSeconds):0} a second"));
        }
    }

    private static async Task<int> LookUpAsync(GatewayModel gateway, PlateFacts facts, DateTimeOffset? at, AuditIdentity audit, TextWriter output, CancellationToken stop)
    {
        if (audit.Fault() is { } missing) throw new UsageException(missing + ".");
        using var logs = CommandLogs.Create();
        LookUpResult result;
        var request = new LookUpRequest(facts, at ?? TimeProvider.System.GetUtcNow(), audit, $"{gateway.Id}-{Ulid.NewUlid()}");
        try
        {
            var guard = StorageGuardOf.Command(gateway);
            using var desk = DeskDatabase.Open(RegistrationOf.DeskFile(gateway), guard);
            using var lookUp = RegistrationOf.LookUp(gateway, Of(gateway), desk, guard, TimeProvider.System, logs.Logger);
            result = await lookUp.LookUpAsync(request, stop);
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            throw new UsageException(fault is ArgumentException ? CommandLine.WordsOf(fault) : fault.Message);
        }

        JsonLines.Write(output, json =>
        {
            json.WriteString("status", EventWords.Of(result.Status));
            json.WriteString("reason", EventWords.Of(result.Reason));
            json.WriteString("sealed", result.Sealed);
            json.WriteString("source", result.Source);
            json.WriteStartArray("candidates");
            foreach (var candidate in result.Candidates) json.WriteStringValue(candidate);
            json.WriteEndArray();
            json.WriteString("request", request.RequestId);
            json.WriteString("checkedAt", result.CheckedAt is { } checkedAt ? UtcMilliseconds.Text(checkedAt) : null);
        });
        return result.Status == OwnerStatus.Pending ? ExitCode.Failed : ExitCode.Done;
    }

    private static PlateFacts Facts(string plate, string colourWord, string vehicleWord)
    {
        var colour = RegistryWords.ColourOf(colourWord);
        if (colour == Sync.Events.PlateColour.Unknown) throw new UsageException($"'{colourWord}' is no colour of a plate; there are white, yellow, blue, red.");
        if (!RegistryWords.TryVehicle(vehicleWord, out var vehicle) || vehicle == ObjectKind.Other) throw new UsageException($"'{vehicleWord}' is no vehicle that is registered; there are car, motorcycle, bus, truck.");
        var context = new PlateContext(0.5f, PlateWords.ParseColour(EventWords.Of(colour)), ObjectClasses.Parse(EventWords.Of(vehicle)), 0);
        var kinds = PlateGrammar.Match(plate, context).Select(match => EventWords.Parse<Sync.Events.PlateKind>(match.Kind.Name())).Distinct().ToList();
        if (kinds.Count == 0 && !CanBePlate(plate, context)) throw new UsageException($"'{plate}' is no plate of any kind; write it as it stands on the vehicle, such as 37A-123.45 or 29-B1 123.45, with ? for a character that nobody could read.");
        return new PlateFacts(plate, colour, vehicle, kinds.Count > 0 ? kinds : [Sync.Events.PlateKind.Unknown], []);
    }

    // A slip of one character or a doubtful one leaves a plate to think of; so does one that is written like those of the table.
    private static bool CanBePlate(string text, PlateContext context) =>
        PlateGrammar.Interpret(text, context).Kind != Vision.Plates.PlateKind.Unknown || (RegistryWords.TryFold(text, out var folded) && RegistryWords.IsWhole(folded));

    // A person who imports and looks up needs no part in gateway.yaml: the local replica without owners, then.
    private static RegistrationConfig Of(GatewayModel gateway) => gateway.Registration ?? new RegistrationConfig();

    // Secrets need to be in reach only where a service is asked: the broker's password lies elsewhere in an officer's shell.
    private static LoadedConfig Require(string folder)
    {
        var loaded = LoadedConfig.Require(folder, requireSecrets: false);
        return Of(loaded.Gateway).Sources.Any(source => source is "rest" or "soap") ? LoadedConfig.Require(folder) : loaded;
    }
}
