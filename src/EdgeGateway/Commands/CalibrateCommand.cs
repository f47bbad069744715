using System.CommandLine;
using System.Security.Cryptography;
using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Sites;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Commands;

/// <summary><c>calibrate</c>: a short count by hand against the camera's own pipeline gives its counters a factor and an interval.</summary>
internal sealed class CalibrateCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var camera = CommonOptions.Camera();
        camera.Required = true;
        var input = new Option<string>("--input") { Description = "The film in which somebody counted.", Required = true };
        var truth = new Option<string>("--truth") { Description = "CSV of the count: t_s,line,direction,class.", Required = true };
        var within = new Option<double>("--within") { Description = "Seconds within which two crossings may be the same one; for 'matched' only.", DefaultValueFactory = _ => 2 };
        var dryRun = new Option<bool>("--dry-run") { Description = "Tell the factors and keep none." };
        var command = new GatewayCommand(
            "calibrate",
            "Compare a short count by hand with what the camera's pipeline counts in the same film: a correction factor with its 95 % interval for each counter and direction.",
            "edgegateway calibrate --camera cong-binh-minh --input gate.mp4 --truth gate.csv")
        {
            config, camera, input, truth, within, dryRun,
        };
        command.SetAction((parsed, stop) => Task.FromResult(Run(
            parsed.GetRequiredValue(config).FullName, parsed.GetRequiredValue(camera), parsed.GetRequiredValue(input), parsed.GetRequiredValue(truth), parsed.GetValue(within), parsed.GetValue(dryRun), parsed.InvocationConfiguration, stop)));
        return command;
    }

    private static int Run(string configFolder, string cameraId, string input, string truthFile, double withinSeconds, bool dryRun, InvocationConfiguration console, CancellationToken stop)
    {
        if (withinSeconds is not (> 0 and <= 60)) throw new UsageException("--within takes seconds, above 0 and at most 60.");
        foreach (var file in (string[])[input, truthFile]) InputFile.Require(file);

        var loaded = LoadedConfig.Require(configFolder, requireSecrets: false);
        var camera = loaded.Camera(cameraId);
        var counters = camera.Counters.Where(counter => counter.Line is not null).ToList();
        if (counters.Count == 0) throw new UsageException($"The camera '{cameraId}' counts no line: add 'counting' to its file first.");
        var truth = ReadTruth(truthFile, loaded.Gateway.Tables, camera, counters);

        using var logs = CommandLogs.Create();
        List<FilmCrossing> observed;
        try
        {
            using var models = loaded.OpenModels();
            observed = Observe(loaded, camera, models, input, logs, stop);
        }
        catch (Exception fault) when (fault is CameraBrokenException or ModelException or IOException or UnauthorizedAccessException)
        {
            console.Error.WriteLine(SecretMask.Process.Apply(fault.Message));
            return ExitCode.Failed;
        }

        var film = Convert.ToHexStringLower(HashOf(input));
        var now = TimeProvider.System.GetUtcNow();
        var measured = new List<(CounterConfig Counter, string Class, string Direction, CalibrationFigures Figures)>();
        foreach (var counter in counters)
        {
            foreach (var word in counter.Classes.Select(value => value.Name()).Where(word => truth.Any(one => one.Line == counter.Line && one.Class == word)))
            {
                foreach (var inwards in (bool[])[true, false])
                {
                    TimeSpan[] Moments(IEnumerable<FilmCrossing> all) => [.. all.Where(one => one.Line == counter.Line && one.Class == word && one.Inwards == inwards).Select(one => one.At)];
                    var figures = Calibration.Compare(Moments(truth), Moments(observed), TimeSpan.FromSeconds(withinSeconds));
                    measured.Add((counter, word, inwards ? "in" : "out", figures));
                }
            }
        }

        List<StoredCalibration> found =
        [
            .. from one in measured
               where one.Figures.Factor is not null
               let figures = one.Figures
               select new StoredCalibration(cameraId, one.Counter.Id, one.Counter.Line!, one.Class, one.Direction, figures.Factor!.Value, figures.Low!.Value, figures.High!.Value, figures.Truth, figures.Observed, figures.Matched, figures.Basis, now, film),
        ];
        var worth = CalibrationBook.Worth(found, counters.Where(counter => counter.Occupancy).Select(counter => counter.Id).ToHashSet(StringComparer.Ordinal));
        foreach (var (counter, word, direction, figures) in measured)
        {
            var isWorth = worth.Any(one => one.Counter == counter.Id && one.Class == word && one.Direction == direction);
            Tell(console, cameraId, counter, word, direction, figures, isKept: isWorth && !dryRun);
            if (Reason(counter, direction, figures, isWorth) is { } reason) console.Error.WriteLine($"{counter.Id} {word} {direction}: {reason}");
        }

        if (found.Count == 0)
        {
            console.Error.WriteLine("No factor could be made: see 'trouble' above.");
            return ExitCode.Failed;
        }

        if (!dryRun) StorageOwner.As(loaded.Gateway.Storage.Folder, () => Keep(loaded.Gateway.Storage.Folder, worth));
        return ExitCode.Done;
    }

    /// <summary>Why a factor is kept or not, where that is not plain from its interval alone; null where it is.</summary>
    private static string? Reason(CounterConfig counter, string direction, CalibrationFigures figures, bool isWorth)
    {
        if (figures.Factor is null) return null; // 'trouble' says it
        if (!counter.Occupancy || (figures.IsLikeNone && !isWorth))
            return figures.IsLikeNone ? "1 lies within the interval, so the factor cannot be told from none and is not kept; what was kept before stays. Count a longer film for a sharper one." : null;
        var other = direction == "in" ? "out" : "in";
        if (!isWorth) return $"not kept, because there is no factor for '{other}': the counter adds to the number of people present (occupancy: true), which would drift with one direction corrected alone. Count both directions in one film; what was kept before stays.";
        return figures.IsLikeNone ? $"1 lies within the interval; it is kept together with '{other}', because the counter adds to the number of people present (occupancy: true), which would drift with one direction corrected alone." : null;
    }

    private static IReadOnlyList<FilmCrossing> ReadTruth(string file, TablesConfig tables, CameraModel camera, List<CounterConfig> counters)
    {
        IReadOnlyList<FilmCrossing> truth;
        try
        {
            using var table = new StreamReader(file);
            truth = CalibrationTruth.Read(table, file, TablesConfig.ByOurs(tables.Truth));
        }
        catch (InvalidDataException fault)
        {
            throw new UsageException(fault.Message);
        }

        if (truth.Count == 0) throw new UsageException($"{file} holds no crossing.");
        foreach (var (line, word) in truth.Select(one => (one.Line, one.Class)).Distinct())
        {
            if (!camera.Lines.Any(one => one.Id == line)) throw new UsageException($"{file} names the line '{line}', and the camera '{camera.Id}' has: {string.Join(", ", camera.Lines.Select(one => one.Id))}.");
            if (!counters.Exists(counter => counter.Line == line && counter.Classes.Any(value => value.Name() == word))) throw new UsageException($"{file}: no counter of the camera '{camera.Id}' counts '{word}' over the line '{line}'.");
        }

        return truth;
    }

    private static List<FilmCrossing> Observe(LoadedConfig loaded, CameraModel camera, SharedModels models, string input, CommandLogs logs, CancellationToken stop)
    {
        var observed = new List<FilmCrossing>();
        using var progress = new ProgressLine("calibrate");
        var summary = Replay.Run(
            new ReplaySite(loaded.Gateway.Id, loaded.Gateway.TimeZone), camera, models, loaded.Gateway.Models.Detector, input, Replay.DefaultStart,
            item =>
            {
                if (item.Type != "crossing" || SiteEventReader.Read(item.Json)?.Data is not CrossingData crossing) return;
                if (crossing.TakesBack is { } taken)
                    observed.RemoveAll(one => one.At == taken - Replay.DefaultStart && one.Line == crossing.Line && one.Inwards != (crossing.Direction == CrossingDirection.In));
                else
                    observed.Add(new FilmCrossing(crossing.At - Replay.DefaultStart, crossing.Line, crossing.Direction == CrossingDirection.In, EventWords.Of(crossing.Kind)));
            },
            logs.Logger, inspect: (frame, _) => progress.Show(frame.Sequence), stop: stop);
        if (summary.CutOff is { } reason) throw new CameraBrokenException(reason); // half a film is no match for a count of the whole
        return observed;
    }

    private static void Keep(string folder, IReadOnlyCollection<StoredCalibration> found)
    {
        try { CalibrationBook.Open(folder).Keep(found); }
        catch (InvalidDataException fault) { throw new UsageException(fault.Message); }
    }

    private static byte[] HashOf(string file)
    {
        using var stream = File.OpenRead(file);
        return SHA256.HashData(stream);
    }

    private static void Tell(InvocationConfiguration console, string camera, CounterConfig counter, string word, string direction, CalibrationFigures figures, bool isKept) =>
        JsonLines.Write(console.Output, json =>
        {
            json.WriteString("camera", camera);
            json.WriteString("counter", counter.Id);
            json.WriteString("line", counter.Line);
            json.WriteString("class", word);
            json.WriteString("direction", direction);
            json.WriteNumber("truth", figures.Truth);
            json.WriteNumber("observed", figures.Observed);
            json.WriteNumber("matched", figures.Matched);
            json.WriteNumber("missed", figures.Missed);
            json.WriteNumber("false", figures.False);
            if (figures.Factor is { } factor)
            {
                json.WriteNumber("factor", factor);
                json.WriteStartArray("interval95");
                json.WriteNumberValue(figures.Low!.Value);
                json.WriteNumberValue(figures.High!.Value);
                json.WriteEndArray();
                json.WriteString("basis", figures.Basis);
            }
            else
            {
                json.WriteString("trouble", figures.Trouble);
            }

            json.WriteBoolean("kept", isKept);
        });
}
