using System.Collections.Concurrent;
using EdgeGateway.Configuration;
using EdgeGateway.Health;
using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration.Remote;
using EdgeGateway.Sync.Reports;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Entry;

/// <summary>
/// What the cameras of a gateway share at its gates: the barriers, the judge of identities, pictures for operators, and which questions stand.
/// A replay has gates without openers: nothing moves.
/// </summary>
internal sealed class EntryOffice : IAsyncDisposable
{
    private static readonly TimeSpan TailgatingShown = TimeSpan.FromMinutes(1);

    private readonly GatewayModel _gateway;
    private readonly ILogger _logger;
    private readonly bool _isReplay;
    private readonly ConcurrentDictionary<string, EntryGate> _gates = new(StringComparer.Ordinal);
    private readonly OpenQuestions _questions = new();
    private readonly ConcurrentDictionary<string, EventOrigin> _origins = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Gate, string Camera, string Rule), bool> _sees = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tailgated = new(StringComparer.Ordinal);
    private readonly HttpTokenVerifier? _verifier;

    /// <param name="gateway">The checked configuration.</param>
    /// <param name="configFolder">Where lists with relative paths lie.</param>
    /// <param name="time">The clock of openers, scanners and services.</param>
    /// <param name="logger">For changes of state.</param>
    /// <param name="isReplay">No opener, no service.</param>
    /// <exception cref="ArgumentException">A certificate's file cannot be read.</exception>
    public EntryOffice(GatewayModel gateway, string configFolder, TimeProvider time, ILogger logger, bool isReplay = false)
    {
        (_gateway, ConfigFolder, Time, _logger, _isReplay) = (gateway, configFolder, time, logger, isReplay);
        if (!isReplay && gateway.Identity.Verifier is { } verifier)
        {
            _verifier = new HttpTokenVerifier(
                new ServiceOptions { Url = new Uri(verifier.Url.Open()), ApiKey = () => verifier.ApiKey?.Open(), CaFile = verifier.CaFile, Timeout = verifier.Timeout }, time);
        }

        // At the site's night hour: at midnight UTC, seven in Vietnam's morning, who came in would be forgotten in the midst of the crowd.
        var night = ReportRange.LocalDay(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), gateway.TimeZone).AddHours(gateway.Site.ResetHour).TimeOfDay;
        Identities = new IdentityCheck(new IdentityKey(Path.Combine(gateway.Storage.Folder, "identity-hash.key"), gateway.Identity.KeyPeriod, night), _verifier);
        foreach (var (id, gate) in gateway.Gates) _gates[id] = GateOf(id, gate);
    }

    public string ConfigFolder { get; }

    /// <summary>The lists' own column names by ours.</summary>
    public IReadOnlyDictionary<string, string> ListColumns => TablesConfig.ByOurs(_gateway.Tables.Lists);

    public TimeProvider Time { get; }

    public TimeZoneInfo Zone => _gateway.TimeZone;

    public bool TellsProvince => _gateway.Identity.Province;

    public IdentityCheck Identities { get; }

    /// <summary>Null in a replay.</summary>
    public AlertBook? Alerts { get; init; }

    /// <summary>Null where pictures are not kept.</summary>
    public AccessPictures? Pictures { get; init; }

    public ILogger Logger => _logger;

    public bool IsReplay => _isReplay;

    /// <summary>A gate by its id; one that gateway.yaml does not know decides and moves nothing.</summary>
    public EntryGate Gate(string id) => _gates.GetOrAdd(id, name => new EntryGate(new GateOptions(name), opener: null));

    /// <summary>A gate that exists; null else.</summary>
    public EntryGate? FindGate(string id) => _gates.GetValueOrDefault(id);

    /// <summary>The gate of the way in where <paramref name="id"/> is its way out; null else.</summary>
    public EntryGate? EntryOf(string id) => _gateway.Gates.TryGet(id, out var gate) && gate.ExitOf is { } entry ? Gate(entry) : null;

    /// <summary>A camera watches this gate: events of operators at it come from there.</summary>
    /// <param name="gate">The gate.</param>
    /// <param name="camera">Who watches.</param>
    /// <param name="rule">By which rule.</param>
    /// <param name="seesWhoPasses">True where the rule has a line that tells.</param>
    public void Watches(string gate, EventOrigin camera, string rule, bool seesWhoPasses)
    {
        _origins[gate] = camera;
        _sees[(gate, camera.Id, rule)] = seesWhoPasses;
    }

    /// <summary>False where no line tells that an opening was used: there each opening is one of its own.</summary>
    public bool SeesWhoPasses(string gate) => _sees.Any(rule => rule.Value && rule.Key.Gate == gate);

    /// <summary>
    /// A gate where no line tells who passes was opened for somebody: that is all that can be known, so whoever it was has come in, or gone out.
    /// </summary>
    /// <param name="gate">The gate.</param>
    /// <param name="credential">Plate or hash; null when unknown.</param>
    /// <param name="now">When.</param>
    public void OpenedUnseen(string gate, string? credential, DateTimeOffset now)
    {
        if (credential is null) return;
        Gate(gate).Used(credential, now);
        EntryOf(gate)?.Left(credential);
    }

    public EventOrigin OriginOf(string gate) => _origins.GetValueOrDefault(gate) ?? EventOrigin.Site(_gateway.Site.Id);

    /// <summary>The question that an opening without a name answers, or the one of an event; null when none stands.</summary>
    public OpenQuestion? QuestionAt(string gate, string? eventId = null) => _questions.At(gate, Time.GetUtcNow(), eventId);

    public void Ask(string gate, OpenQuestion question) => _questions.Ask(gate, question);

    /// <summary>Whom the question was about has passed, gone, or been decided on.</summary>
    public void Answered(string gate, string? who) => _questions.Answered(gate, who);

    /// <summary>An operator has answered.</summary>
    public void Answered(string gate, OpenQuestion question) => _questions.Answered(gate, question);

    /// <summary>Somebody passed without an opening of its own: an alert that stands for a minute.</summary>
    public void TellPassed(string gate, PassVerdict verdict, EventOrigin camera)
    {
        if (Alerts is null) return;
        _tailgated[gate] = Time.GetUtcNow();
        Alerts.Raise(TailgatingKey(gate), AlertKind.Security, AlertSeverity.Warning, verdict == PassVerdict.Tailgating
            ? new TwoLanguages($"Có xe đi bám theo xe trước qua cổng {gate}.", $"A vehicle followed another one through gate {gate}.")
            : new TwoLanguages($"Có xe qua cổng {gate} khi cổng chưa được mở cho xe đó.", $"A vehicle passed gate {gate} without an opening."), camera);
    }

    /// <summary>Once a second.</summary>
    public void Advance(DateTimeOffset now)
    {
        foreach (var (_, gate) in _gates) gate.Advance(now);
        foreach (var (gate, since) in _tailgated)
        {
            if (now - since >= TailgatingShown && _tailgated.TryRemove(new KeyValuePair<string, DateTimeOffset>(gate, since))) Alerts?.Clear(TailgatingKey(gate));
        }
    }

    /// <summary>Gates are left as they are configured for a stop.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_gates.Values.Select(gate => gate.DisposeAsync().AsTask()));
        _verifier?.Dispose();
    }

    private static string TailgatingKey(string gate) => $"tailgating-{gate}";

    private EntryGate GateOf(string id, GateConfig gate) => new(
        new GateOptions(id) { PassTime = gate.PassTime, FailsOpen = gate.WhenFailed == FailedGate.Open, AntiPassback = gate.AntiPassback },
        _isReplay ? null : OpenerOf(gate))
    {
        OpenerChanged = reason => TellOpener(id, reason),
    };

    private IGateOpener? OpenerOf(GateConfig gate) => gate switch
    {
        { Http: { } http } => new HttpRelay(new HttpRelayOptions
        {
            Open = new Uri(http.Open.Open()),
            Hold = http.Hold is { } hold ? new Uri(hold.Open()) : null,
            Release = http.Release is { } release ? new Uri(release.Open()) : null,
            Method = new HttpMethod(http.Method),
            Username = http.Username,
            Password = () => http.Password?.Open(),
            Timeout = http.Timeout,
        }, Time),
        { Gpio: { } gpio } => new GpioRelay(new GpioRelayOptions(gpio.Chip, gpio.Line) { ActiveLow = gpio.ActiveLow, Pulse = gpio.Pulse }, Time),
        _ => null,
    };

    private void TellOpener(string gate, TwoLanguages? reason)
    {
        var key = $"gate-{gate}";
        if (reason is null)
        {
            Alerts?.Clear(key);
            return;
        }

        _logger.OpenerFailed(gate, reason.En);
        Alerts?.Raise(key, AlertKind.Security, AlertSeverity.Critical, new TwoLanguages($"Cổng {gate} không mở được: {reason.Vi}.", $"Gate {gate} does not open: {reason.En}."));
    }
}
