using System.Net;
using EdgeGateway.Configuration.Binding;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Reports;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Configuration.Validators;

/// <summary>Checks what the single values of gateway.yaml mean together.</summary>
internal sealed class GatewayValidator(SourceMap map, MistakeList mistakes, ModelChecks? models)
{
    private static readonly string[] AcknowledgedWords = ["violation", "access", "owner", "report", "passage", "alert"];

    // A required part that could not be read is null here; it has been reported already.
    public void Check(GatewayConfig gateway)
    {
        if (gateway.Site is { } site) CheckSite(site);
        if (gateway.Mqtt is { } mqtt) CheckMqtt(mqtt, gateway.Id);
        if (!Path.IsPathRooted(gateway.Storage.Folder)) mistakes.Add(map.Of(gateway.Storage, "folder"), "'folder' must begin with '/': the service has no folder of its own to start from");
        if (FileOnTheWayTo(gateway.Storage.Folder) is { } file) mistakes.Add(map.Of(gateway.Storage, "folder"), $"'folder' takes a folder, and {file} is a file");
        CheckStorageKey(gateway.Storage);
        if (gateway.Models.Folder is { } folder && !Path.IsPathRooted(folder)) mistakes.Add(map.Of(gateway.Models, "folder"), "'folder' must begin with '/': the service has no folder of its own to start from");
        models?.Check(map, mistakes, gateway.Models, "detector", gateway.Models.Detector, ModelTasks.Detect);
        models?.Check(map, mistakes, gateway.Models, "plateDetector", gateway.Models.PlateDetector, ModelTasks.PlateDetect);
        models?.Check(map, mistakes, gateway.Models, "plateReader", gateway.Models.PlateReader, ModelTasks.PlateRead);
        if (TryListen(gateway.Http.Listen, out var listen)) WarnOpenPort(gateway, listen);
        else mistakes.Add(map.Of(gateway.Http, "listen"), "'listen' takes address:port (127.0.0.1:9464, [::1]:9464) or off");
        if (gateway.Registration is { } registration) new RegistrationValidator(map, mistakes).Check(registration);
        new EvidenceValidator(map, mistakes).Check(gateway.Evidence);
        new GatesValidator(map, mistakes).Check(gateway);
        new SeriesValidator(map, mistakes).Check(gateway);
        CheckColumns(gateway.Tables, "lists", gateway.Tables.Lists, WatchLists.Columns);
        CheckColumns(gateway.Tables, "holidays", gateway.Tables.Holidays, HolidayCalendar.Header.Split(','));
        CheckColumns(gateway.Tables, "truth", gateway.Tables.Truth, CalibrationTruth.Header.Split(','));
    }

    private void CheckColumns(TablesConfig tables, string key, ValueList<string> pairs, IReadOnlyList<string> ours)
    {
        foreach (var pair in pairs)
        {
            if (pair.Split('=') is not [var name, { Length: > 0 } theirs] || theirs.AsSpan().IndexOfAny(",;\"\n") >= 0 || !ours.Contains(name, StringComparer.Ordinal))
                mistakes.Add(map.Of(tables, key), $"'{pair}' is no pair ours=theirs; ours is one of {string.Join(", ", ours)}");
        }
    }

    /// <summary>Reads <c>address:port</c>; <c>off</c> gives null.</summary>
    public static bool TryListen(string text, out IPEndPoint? listen)
    {
        listen = null;
        if (text == "off") return true;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || text[^1] == ']') return false;
        return IPEndPoint.TryParse(text.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + text[colon..] : text, out listen) && listen.Port > 0;
    }

    /// <summary>True for addresses that never leave this machine.</summary>
    public static bool IsLoopback(string host) =>
        host is "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private void WarnOpenPort(GatewayConfig gateway, IPEndPoint? listen)
    {
        if (listen is not null && !IPAddress.IsLoopback(listen.Address)) mistakes.Warn(map.Of(gateway.Http, "listen"), "health and metrics are open to the network without a login; let a firewall or proxy stand before them");
    }

    private static string? FileOnTheWayTo(string folder)
    {
        for (var at = folder; !string.IsNullOrEmpty(at); at = Path.GetDirectoryName(at))
        {
            if (File.Exists(at)) return at;
        }

        return null;
    }

    private void CheckStorageKey(StorageConfig storage)
    {
        if (map.IsBroken(storage)) return;
        if (storage is { Encryption: "required", Key: null })
            mistakes.Add(map.Of(storage, "encryption"), "'encryption: required' wants a 'key': write key: \"${credential:storage}\" and give the credential to the service (docs/operate.md, A stolen box)");
        if (storage.Key?.Open() is not { } text || text == SecretSource.StandIn) return;
        try { StorageSeal.FromText(text).Dispose(); }
        catch (FormatException fault) { mistakes.Add(map.Of(storage, "key"), fault.Message); }

        if (StorageSeal.IsPlaceholder(text)) mistakes.Warn(map.Of(storage, "key"), "the storage key is no random one and easily guessed; a good one prints: openssl rand -base64 32 (docs/operate.md tells how to change it)");
    }

    private void CheckSite(SiteConfig site)
    {
        if (site.TimeZone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            mistakes.Add(map.Of(site, "timeZone"), $"this machine knows no time zone '{zone}'; for Vietnam write Asia/Ho_Chi_Minh (Debian package tzdata)");
        }

        if (site.WarnAt > site.FullAt) mistakes.Add(map.Of(site, "warnAt"), $"'warnAt' must not be above 'fullAt' ({site.FullAt})");
        if (site.Reports.Folder is { } folder && !Path.IsPathRooted(folder)) mistakes.Add(map.Of(site.Reports, "folder"), "'folder' must begin with '/': the service has no folder of its own to start from");
    }

    private void CheckMqtt(MqttConfig mqtt, string id)
    {
        if (mqtt.Url is { } url)
        {
            if (url.Open().Contains('@', StringComparison.Ordinal)) mistakes.Add(map.Of(mqtt, "url"), "the broker's URL holds a user name; write it as 'username' and 'password'");
            else if (url.Scheme == "mqtt" && !mqtt.AllowInsecure && !IsLoopback(url.Host)) mistakes.Add(map.Of(mqtt, "url"), "mqtt:// sends everything in clear and is taken to this machine only; write mqtts://, or allowInsecure: true if the network is protected otherwise");
            if (url.Scheme == "mqtt" && mqtt.CaFile is not null) mistakes.Add(map.Of(mqtt, "caFile"), "'caFile' belongs to mqtts://");
        }

        if ((mqtt.CertificateFile is null) != (mqtt.KeyFile is null)) mistakes.Add(map.Of(mqtt), "'certificateFile' and 'keyFile' belong together");
        CheckCertificates(mqtt);
        foreach (var word in mqtt.Acknowledge.Where(word => !AcknowledgedWords.Contains(word, StringComparer.Ordinal)))
            mistakes.Add(map.Of(mqtt, "acknowledge"), $"'{word}' is no event type; allowed: {string.Join(", ", AcknowledgedWords)}");
        foreach (var topic in (mqtt.ReplyTopics ?? []).Where(topic => topic.Length == 0 || topic.AsSpan().ContainsAny('+', '#')))
            mistakes.Add(map.Of(mqtt, "replyTopics"), $"'{topic}' is no beginning of a topic; write it like ioc/replies/");
        var own = $"edge/{(string.IsNullOrEmpty(id) ? "{id}" : id)}/replies/";
        foreach (var topic in (mqtt.ReplyTopics ?? []).Where(topic => topic.StartsWith("edge/", StringComparison.Ordinal) && !topic.StartsWith(own, StringComparison.Ordinal) && !own.StartsWith(topic, StringComparison.Ordinal)))
            mistakes.Add(map.Of(mqtt, "replyTopics"), $"'{topic}' could pass for an event or a command, and no answer goes there; below edge/ only {own} is allowed");
        new CommandsValidator(map, mistakes).Check(mqtt);
        if (mqtt is { Password: not null, Username: null } && !map.IsBroken(mqtt)) mistakes.Add(map.Of(mqtt, "password"), "a password without a username");
    }

    // A file that is not there or may not be read has been warned of by its name. Warnings, since files may come and change while the gateway runs.
    private void CheckCertificates(MqttConfig mqtt)
    {
        static bool Reads(string? file) => file is not null && Path.IsPathRooted(file) && NamedFile.FaultOf(file) is null;
        if (Reads(mqtt.CaFile))
        {
            try { _ = CertificateFiles.Authorities(mqtt.CaFile!); }
            catch (CertificateFileException fault) { mistakes.Warn(map.Of(mqtt, "caFile"), fault.Told.En); }
        }

        if (!Reads(mqtt.CertificateFile) || !Reads(mqtt.KeyFile)) return;
        try { CertificateFiles.Own(mqtt.CertificateFile!, mqtt.KeyFile).Dispose(); }
        catch (CertificateFileException fault) { mistakes.Warn(map.Of(mqtt, fault.Setting["mqtt.".Length..]), fault.Told.En); }
    }
}
