using EdgeGateway.Configuration;
using EdgeGateway.Health;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.TimeSeries;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Figures;

/// <summary>The configured time-series database: its sink, and the alert when it has taken nothing for some time.</summary>
internal sealed class SeriesLink : IAsyncDisposable
{
    public const string AlertKey = "timeseries";

    // A server that restarts is no news.
    private static readonly TimeSpan AlertAfter = TimeSpan.FromMinutes(1);

    private readonly AlertBook _alerts;
    private readonly InfluxSink? _sink;
    private DateTimeOffset? _since;

    /// <exception cref="ArgumentException">The file of authorities cannot be read.</exception>
    public SeriesLink(GatewayModel model, AlertBook alerts, TimeProvider time, ILogger logger)
    {
        _alerts = alerts;
        if (model.TimeSeries is { } config) _sink = new InfluxSink(OptionsOf(config, model.Storage.Folder), time, logger);
    }

    /// <summary>Where points are offered; null without a database.</summary>
    public ITimeSeriesSink? Sink => _sink;

    /// <summary>What the configuration says, for the sink and for <c>doctor</c>.</summary>
    public static TimeSeriesOptions OptionsOf(TimeSeriesConfig config, string storage) => new()
    {
        Url = new Uri(config.Url.Open()),
        Api = config.Api == "v1" ? InfluxApi.V1 : InfluxApi.V2,
        Bucket = config.Bucket,
        Organisation = config.Organisation,
        Token = () => config.Token?.Open(),
        Username = config.Username,
        Password = () => config.Password?.Open(),
        CaFile = config.CaFile,
        Every = config.Every,
        BufferPath = Path.Combine(storage, "timeseries.db"),
        BufferBytes = (long)config.BufferMb << 20,
    };

    /// <summary>Looks whether points arrive. Once a second, by the housekeeping.</summary>
    public void Look(DateTimeOffset now)
    {
        if (_sink?.Problem is not { } problem)
        {
            _since = null;
            _alerts.Clear(AlertKey);
            return;
        }

        _since ??= now;
        if (now - _since < AlertAfter) return;
        _alerts.Raise(AlertKey, AlertKind.Delivery, AlertSeverity.Info, _sink.KeepsOnDisk
            ? new TwoLanguages($"Máy chủ chuỗi thời gian không nhận số liệu; số liệu được giữ trên đĩa. {problem.Vi}", $"The time-series server takes no figures; they are kept on the disk. {problem.En}")
            : new TwoLanguages($"Ổ đĩa không nhận số liệu cho chuỗi thời gian; số liệu chỉ chờ trong bộ nhớ và mất khi dừng. {problem.Vi}", $"The disk takes no figures for the time series; they wait in memory alone and are lost at a stop. {problem.En}"), since: _since);
    }

    public ValueTask DisposeAsync() => _sink?.DisposeAsync() ?? ValueTask.CompletedTask;
}
