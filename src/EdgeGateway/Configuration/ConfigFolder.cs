using EdgeGateway.Configuration.Binding;
using EdgeGateway.Configuration.Validators;
using EdgeGateway.Configuration.Yaml;
using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Reports;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Configuration;

/// <summary>One file of <c>cameras/</c> after reading.</summary>
/// <param name="File">Its path relative to the configuration folder, with '/'.</param>
/// <param name="Camera">The camera; null when the file holds a mistake.</param>
/// <param name="Mistakes">What is wrong with it.</param>
public sealed record CameraFile(string File, CameraModel? Camera, IReadOnlyList<Mistake> Mistakes);

/// <summary>A configuration folder after reading.</summary>
/// <param name="Gateway">The gateway; null when gateway.yaml holds a mistake.</param>
/// <param name="Files">The camera files, sorted by name.</param>
/// <param name="Mistakes">Every mistake of every file, sorted by place.</param>
/// <param name="Warnings">What works and is likely to be unwanted.</param>
public sealed record ConfigResult(GatewayModel? Gateway, IReadOnlyList<CameraFile> Files, IReadOnlyList<Mistake> Mistakes, IReadOnlyList<Mistake> Warnings)
{
    /// <summary>The cameras whose files are right.</summary>
    public IReadOnlyList<CameraModel> Cameras => [.. Files.Where(file => file.Camera is not null).Select(file => file.Camera!)];

    public bool IsRight => Mistakes.Count == 0;
}

/// <summary>Reads and checks <c>gateway.yaml</c> and <c>cameras/*.yaml</c> of a folder.</summary>
public sealed class ConfigFolder
{
    public const string GatewayFile = "gateway.yaml";

    public const string CamerasFolder = "cameras";

    private readonly SecretMask _mask;
    private readonly Func<string, string?> _environment;
    private IReadOnlyDictionary<string, string> _listColumns = TablesConfig.ByOurs([]);

    /// <param name="path">The folder, <c>/etc/edgegateway</c> on an installed box.</param>
    /// <param name="mask">Learns every secret that is read.</param>
    public ConfigFolder(string path, SecretMask mask) : this(path, mask, Environment.GetEnvironmentVariable)
    {
    }

    internal ConfigFolder(string path, SecretMask mask, Func<string, string?> environment)
    {
        FolderPath = Path.GetFullPath(path);
        _mask = mask;
        _environment = environment;
    }

    public string FolderPath { get; }

    /// <summary>What models.json lists; null leaves models unchecked.</summary>
    public ModelCatalogue? Models { get; init; }

    /// <summary>Why models.json cannot be used, in words; null where it can, or was not looked at.</summary>
    public string? ModelsFault { get; init; }

    /// <summary>True for <c>validate</c>: models are opened, lists of plates are read whole, and models.json itself is judged.</summary>
    public bool LooksAtFiles { get; init; }

    /// <summary>Reads all files. Never throws for what stands in them.</summary>
    /// <param name="requireSecrets">False where secrets need not be in reach: a missing one is then a warning.</param>
    public ConfigResult Load(bool requireSecrets = true) => Load(requireSecrets, new HashSet<string>(StringComparer.Ordinal));

    /// <summary>The same; where two files give one id, the file that has it already keeps it.</summary>
    internal ConfigResult Load(bool requireSecrets, IReadOnlySet<string> settledFiles)
    {
        var mistakes = new MistakeList();
        var secrets = new SecretSource(_mask, _environment, requireSecrets, FolderPath);
        var models = Models is null ? null : new ModelChecks(Models, LooksAtFiles);
        var (gateway, config, map) = LoadGateway(secrets, models, mistakes);
        var files = LoadCameras(secrets, gateway is null ? null : [.. gateway.Gates.Keys], settledFiles, models, mistakes);
        LookAtLaw(Legal.LegalCodes.Read(FolderPath, mistakes), files, mistakes);
        if (gateway is { Storage.Key: null } && files.Any(file => file.Camera is { } camera && (camera.Rules.Count > 0 || camera.Plates.Enabled)))
            mistakes.Warn(new Place(GatewayFile, 1, 1), "plates and evidence lie in clear on this disk: give 'storage' a 'key' (docs/operate.md, A stolen box)");
        if (config?.Site is { } ofSite) LookAtDays(ofSite, files, mistakes);
        if (LooksAtFiles && config?.Site is { } site) LookAtHolidays(site, config.Tables, map, mistakes);
        if (LooksAtFiles && config is not null) LookAtModels(config, map, models, files, mistakes);
        return new ConfigResult(gateway, files, mistakes.Mistakes, mistakes.Warnings);
    }

    // An event of such an act would reach the police without a paragraph; the statistics need none.
    private static void LookAtLaw(Legal.LegalCodes law, List<CameraFile> files, MistakeList mistakes)
    {
        if (law.Count == 0) return;
        foreach (var file in files)
        {
            foreach (var rule in file.Camera?.Config.Rules ?? [])
            {
                var silent = Legal.ActCodes.OfRule(rule.Rule).Where(code => !law.Knows(code)).ToList();
                if (silent.Count > 0) mistakes.Warn(new Place(file.File, 1, 1), $"rule '{rule.Id}' may report {string.Join(", ", silent)}, of which no text in legal/ speaks: such events name no paragraph. Copy its rows from the legal data that came with the program");
            }
        }
    }

    // A count that is told at midnight is not there in the afternoon.
    private static void LookAtDays(SiteConfig site, List<CameraFile> files, MistakeList mistakes)
    {
        if (site is not { Holidays: not null, Reports.Enabled: true }) return;
        foreach (var file in files)
        {
            foreach (var counter in file.Camera?.Counters.Where(counter => counter is { Line: not null, InReport: true } && counter.Interval > TimeSpan.FromHours(site.Reports.HolidayHour)) ?? [])
                mistakes.Warn(new Place(file.File, 1, 1), $"the counter '{counter.Id}' tells its first number of a day after {counter.Interval.TotalHours:0} h: the quick report of holidays at {site.Reports.HolidayHour}:00 has nothing of it; write interval: 15m");
        }
    }

    // One wrong line and no report is made: a mistake. A file that is not there has been warned of.
    private void LookAtHolidays(SiteConfig site, TablesConfig tables, SourceMap map, MistakeList mistakes)
    {
        if (site.Holidays is not { } holidays || !File.Exists(Path.Combine(FolderPath, holidays))) return;
        try
        {
            HolidayCalendar.Open(Path.Combine(FolderPath, holidays), TablesConfig.ByOurs(tables.Holidays));
        }
        catch (InvalidDataException fault)
        {
            foreach (var line in fault.Message.Split('\n')) mistakes.Add(map.Of(site, "holidays"), line);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            mistakes.Warn(map.Of(site, "holidays"), fault.Message);
        }
    }

    private void LookAtModels(GatewayConfig config, SourceMap map, ModelChecks? models, List<CameraFile> files, MistakeList mistakes)
    {
        var place = map.Of(config.Models, "folder");
        if (ModelsFault is not null) mistakes.Add(place, ModelsFault);
        if (models is null) return;
        models.CheckDefaults(map, config.Models, files);
        foreach (var unusable in models.Unusable) mistakes.Add(unusable.Place, unusable.Message);
        // One that a file names has been told as a mistake there.
        foreach (var fault in Models!.Faults.Where(fault => !mistakes.Mistakes.Any(told => told.Message == fault.Message))) mistakes.Warn(place, fault.Message);
    }

    private (GatewayModel? Model, GatewayConfig? Config, SourceMap Map) LoadGateway(SecretSource secrets, ModelChecks? models, MistakeList mistakes) =>
        BytesOf(GatewayFile, mistakes) is { } bytes && YamlReader.Read(GatewayFile, bytes, mistakes) is { } keys
            ? Understand(keys, secrets, models, mistakes)
            : (null, null, new SourceMap(new Place(GatewayFile, 1, 1)));

    /// <summary>What the keys of gateway.yaml say; the model is null where the list, which is of this file alone, holds a mistake: a key that stands twice too.</summary>
    internal (GatewayModel? Model, GatewayConfig? Config, SourceMap Map) Understand(MapNode keys, SecretSource secrets, ModelChecks? models, MistakeList mistakes)
    {
        var map = new SourceMap(new Place(GatewayFile, 1, 1));
        var config = new ConfigBinder(map, secrets, mistakes).Bind<GatewayConfig>(keys);
        new GatewayValidator(map, mistakes, models).Check(config);
        _listColumns = TablesConfig.ByOurs(config.Tables?.Lists ?? []);
        if (config.Registration is { } registration)
        {
            for (var i = 0; i < registration.WatchLists.Count; i++)
                new ListChecks(FolderPath, LooksAtFiles, _listColumns).Check(map.Of(registration.WatchLists, ConfigBinder.Index(i)), mistakes, registration.WatchLists[i], $"the watch list '{registration.WatchLists[i]}'", "no vehicle on it raises an alert");
        }

        return (mistakes.Count == 0 ? new GatewayModel(config) : null, config, map);
    }

    private List<CameraFile> LoadCameras(SecretSource secrets, IReadOnlyCollection<string>? gates, IReadOnlySet<string> settledFiles, ModelChecks? models, MistakeList all)
    {
        var folder = Path.Combine(FolderPath, CamerasFolder);
        if (!Directory.Exists(folder)) return [];
        var files = new List<CameraFile>();
        var owners = new Dictionary<string, Place>(StringComparer.Ordinal);
        var names = Directory.EnumerateFiles(folder).Where(IsCameraFile).Select(path => $"{CamerasFolder}/{Path.GetFileName(path)}");
        foreach (var file in names.OrderByDescending(settledFiles.Contains).ThenBy(name => name, StringComparer.Ordinal))
        {
            var mistakes = new MistakeList();
            var camera = LoadCamera(file, secrets, gates, models, mistakes, owners);
            files.Add(new CameraFile(file, camera, mistakes.Mistakes));
            foreach (var mistake in mistakes.Mistakes) all.Add(mistake.Place, mistake.Message);
            foreach (var warning in mistakes.Warnings) all.Warn(warning.Place, warning.Message);
        }

        return [.. files.OrderBy(file => file.File, StringComparer.Ordinal)];
    }

    private CameraModel? LoadCamera(string file, SecretSource secrets, IReadOnlyCollection<string>? gates, ModelChecks? models, MistakeList mistakes, Dictionary<string, Place> owners)
    {
        if (file.EndsWith(".yml", StringComparison.Ordinal))
        {
            mistakes.Add(new Place(file, 1, 1), "camera files end in .yaml; rename this file");
            return null;
        }

        return BytesOf(file, mistakes) is { } bytes && YamlReader.Read(file, bytes, mistakes) is { } keys ? Understand(file, keys, secrets, gates, models, mistakes, owners) : null;
    }

    /// <summary>What the keys of a camera's file say; null where they hold a mistake.</summary>
    internal CameraModel? Understand(string file, MapNode keys, SecretSource secrets, IReadOnlyCollection<string>? gates, ModelChecks? models, MistakeList mistakes, Dictionary<string, Place> owners)
    {
        var map = new SourceMap(new Place(file, 1, 1));
        var config = new ConfigBinder(map, secrets, mistakes).Bind<CameraConfig>(keys);
        new CameraValidator(map, mistakes, models, gates, DateOnly.FromDateTime(DateTime.Now)).Check(config);
        foreach (var rule in map.IsBroken(config) ? [] : config.Rules.OfType<PlateGateRule>().Where(rule => !map.IsBroken(rule)))
        {
            foreach (var list in rule.Lists) new ListChecks(FolderPath, LooksAtFiles, _listColumns).Check(map.Of(rule, "lists"), mistakes, list, $"the list '{list}' of '{rule.Id}'", "nobody stands on it", PlateJudge.Words);
        }

        if (config.Id is { } id)
        {
            var place = map.Of(config, "id");
            if (!owners.TryAdd(id, place)) mistakes.Add(place, $"a camera '{id}' stands in {owners[id]} already; each camera needs its own id");
        }

        return mistakes.Count == 0 ? new CameraModel(config) : null;
    }

    private byte[]? BytesOf(string file, MistakeList mistakes)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(FolderPath, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            mistakes.Add(new Place(file, 1, 1), e switch
            {
                _ when File.Exists(FolderPath) => $"--config takes the folder of this file, and {FolderPath} is a file; name {Path.GetDirectoryName(FolderPath)}",
                FileNotFoundException or DirectoryNotFoundException => $"the file is not there; the folder is {FolderPath}, another is named by --config DIR",
                UnauthorizedAccessException => "the file may not be read by this user; give its group read access (chgrp edgegateway, chmod 640)",
                _ => $"the file cannot be read: {e.Message}",
            });
            return null;
        }
    }

    // Editors leave copies that begin with '.' or end in '~'; they are no cameras.
    private static bool IsCameraFile(string path) =>
        Path.GetFileName(path) is { } name && name[0] != '.' && (name.EndsWith(".yaml", StringComparison.Ordinal) || name.EndsWith(".yml", StringComparison.Ordinal));
}
