using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Testing;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeGateway.Sync.Tests.Commands;

/// <summary>An operations centre that commands a gateway, by MQTT 5 (response topic, correlation) or 3.1.1 (replyTo in the payload).</summary>
internal sealed class Commander : IAsyncDisposable
{
    private static readonly Topics Topics = new(TestEvents.Gateway);

    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly ConcurrentQueue<MqttApplicationMessage> _replies = new();
    private readonly bool _isV5;
    private readonly string _replyTo = $"ioc/replies/{Guid.NewGuid():N}";
    private int _asked;

    private Commander(MqttVersion version) => _isV5 = version == MqttVersion.V5;

    public int Replies => _replies.Count;

    public static async Task<Commander> StartAsync(int port, MqttVersion version = MqttVersion.V5)
    {
        var commander = new Commander(version);
        commander._client.ApplicationMessageReceivedAsync += received =>
        {
            commander._replies.Enqueue(received.ApplicationMessage);
            return Task.CompletedTask;
        };
        await commander._client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port)
            .WithProtocolVersion(version == MqttVersion.V5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311).Build());
        await commander._client.SubscribeAsync(commander._replyTo, MqttQualityOfServiceLevel.AtLeastOnce);
        return commander;
    }

    public static string TopicOf(string name) => Topics.Commands + name;

    /// <summary>An envelope as text; the reply's topic is within where the version wants it.</summary>
    public string Envelope(string data, string? signature = null, string? id = null)
    {
        id ??= $"q-{Interlocked.Increment(ref _asked)}";
        var replyTo = _isV5 ? "" : $",\"replyTo\":\"{_replyTo}\"";
        return $"{{\"id\":\"{id}\"{replyTo},\"data\":{data}{(signature is null ? "" : $",\"signature\":{signature}")}}}";
    }

    /// <summary>A signed envelope; openssl signs, as an operations centre without our code would.</summary>
    public string Signed(string name, string data, string keyFile, DateTimeOffset? issued = null, TimeSpan? life = null, string? nonce = null, string? id = null)
    {
        id ??= $"q-{Interlocked.Increment(ref _asked)}";
        nonce ??= Guid.NewGuid().ToString("N");
        var from = issued ?? DateTimeOffset.UtcNow;
        string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var (issuedAt, expiresAt) = (Time(from), Time(from + (life ?? TimeSpan.FromMinutes(2))));
        var text = $"edgegateway-command-v1\n{TopicOf(name)}\n{id}\n{(_isV5 ? "" : _replyTo)}\n{issuedAt}\n{expiresAt}\n{nonce}\n{data}";
        var value = Convert.ToBase64String(OpenSsl.Run(Encoding.UTF8.GetBytes(text), "dgst", "-sha256", "-sign", keyFile));
        return Envelope(data, $"{{\"issuedAt\":\"{issuedAt}\",\"expiresAt\":\"{expiresAt}\",\"nonce\":\"{nonce}\",\"value\":\"{value}\"}}", id);
    }

    public Task SendAsync(string name, string payload, bool retain = false, string? responseTopic = null) => SendAsync(name, Encoding.UTF8.GetBytes(payload), retain, responseTopic);

    public Task SendAsync(string name, byte[] payload, bool retain = false, string? responseTopic = null) => _client.PublishAsync(new MqttApplicationMessage
    {
        Topic = TopicOf(name),
        Payload = new ReadOnlySequence<byte>(payload),
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        Retain = retain,
        ResponseTopic = _isV5 ? responseTopic ?? _replyTo : null,
        CorrelationData = _isV5 ? [1, 2, 3] : null,
    });

    /// <summary>Sends and waits for the answer to this command.</summary>
    public async Task<JsonElement> AskAsync(string name, string payload)
    {
        _replies.Clear();
        await SendAsync(name, payload);
        JsonElement? found = null;
        await Wait.Until($"{name} is answered", () =>
        {
            while (found is null && _replies.TryDequeue(out var reply))
            {
                if (_isV5) Assert.Equal([1, 2, 3], reply.CorrelationData);
                using var json = JsonDocument.Parse(reply.Payload);
                if (json.RootElement.GetProperty("command").GetString() == name) found = json.RootElement.Clone();
            }

            return found is not null;
        }, TimeSpan.FromSeconds(60));
        return found!.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisconnectAsync();
        _client.Dispose();
    }
}

/// <summary>The real openssl.</summary>
internal static class OpenSsl
{
    public static byte[] Run(byte[] input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.ToArray() : throw new InvalidOperationException($"openssl {string.Join(' ', arguments)}: {error}");
    }

    /// <summary>A new P-256 key pair; the private key's file, and the public half as PEM.</summary>
    public static (string PrivateFile, string PublicPem) KeyPair(string folder, string name)
    {
        var file = Path.Combine(folder, name);
        Run([], "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file);
        return (file, Encoding.ASCII.GetString(Run([], "ec", "-in", file, "-pubout")));
    }
}
