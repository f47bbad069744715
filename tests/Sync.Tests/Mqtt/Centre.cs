using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.Mqtt;
using Microsoft.Data.Sqlite;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>
/// The reference consumer, with all that docs/events asks of an operations centre: a persistent session, QoS 1, repeats
/// dropped by id, each event on the disk before it is acknowledged, and <c>acknowledge</c> for repeats as well, because
/// the first one may have been lost. It may be killed at any moment.
/// </summary>
internal sealed class Centre : IAsyncDisposable
{
    private readonly MqttSubscription _subscription;
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly SqliteConnection _store;
    private readonly Task _working;
    private int _asked;

    private Centre(BrokerOptions broker, string path)
    {
        _store = new SqliteConnection($"Data Source={path};Pooling=False");
        _store.Open();
        Execute("PRAGMA journal_mode = WAL");
        Execute("CREATE TABLE IF NOT EXISTS event(id TEXT PRIMARY KEY, times INTEGER NOT NULL)");
        _subscription = new MqttSubscription(broker with { ClientId = "centre" }, ["edge/+/+/+/events/#"], keepSession: true);
        _working = WorkAsync(broker);
    }

    public static async Task<Centre> StartAsync(BrokerOptions broker, string path)
    {
        var centre = new Centre(broker, path);
        await centre._subscription.Subscribed.WaitAsync(TimeSpan.FromSeconds(60));
        return centre;
    }

    /// <summary>Ids that are stored, each once, with how often they came.</summary>
    public static IReadOnlyDictionary<string, long> Stored(string path)
    {
        using var store = new SqliteConnection($"Data Source={path};Pooling=False");
        store.Open();
        using var command = store.CreateCommand();
        command.CommandText = "SELECT id, times FROM event";
        using var reader = command.ExecuteReader();
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        while (reader.Read()) found[reader.GetString(0)] = reader.GetInt64(1);
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await _subscription.DisposeAsync();
        await _working;
        _client.Dispose();
        await _store.DisposeAsync();
    }

    private async Task WorkAsync(BrokerOptions broker)
    {
        await _client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", broker.Address.Port)
            .WithProtocolVersion(broker.Version == MqttVersion.V5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311).Build());
        await foreach (var message in _subscription.ReadAllAsync())
        {
            using var json = JsonDocument.Parse(message.Payload);
            var id = json.RootElement.GetProperty("id").GetString()!;
            Execute($"INSERT INTO event VALUES('{id}', 1) ON CONFLICT(id) DO UPDATE SET times = times + 1");
            var gateway = message.Topic.Split('/')[1];
            await _client.PublishAsync(new MqttApplicationMessage
            {
                Topic = $"edge/{gateway}/commands/acknowledge",
                PayloadSegment = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"id\":\"{Environment.ProcessId}-{_asked++}\",\"data\":{{\"ids\":[\"{id}\"]}}}}")),
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            });
        }
    }

    private void Execute(string text)
    {
        using var command = _store.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
