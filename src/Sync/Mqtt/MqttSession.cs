using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>How a try to connect ended; the session is there when the state is connected.</summary>
internal sealed record ConnectOutcome(ConnectDecision Decision, MqttSession? Session)
{
    /// <summary>The gateway's own certificate that was shown; null where none was.</summary>
    public X509Certificate2? Tried { get; init; }
}

/// <summary>One connection to the broker, from CONNACK to its end. It does not reconnect: who runs it decides that.</summary>
internal sealed class MqttSession : IAsyncDisposable
{
    private static readonly MqttClientFactory Factory = new();

    /// <summary>What a packet may hold beside its payload: topic, reply topic, properties.</summary>
    private const int RoomBesidePayload = 64 << 10;

    /// <summary>What a broker kept comes within so long of the answer to the subscription, ...</summary>
    private static readonly TimeSpan KeptComesWithin = TimeSpan.FromSeconds(5);

    /// <summary>... and what does not fit into the window goes on coming, each message so close behind the one before, ...</summary>
    private static readonly TimeSpan CloseBehind = TimeSpan.FromSeconds(1);

    /// <summary>... but not for longer than this, however many commands come.</summary>
    private static readonly TimeSpan KeptAtMost = TimeSpan.FromMinutes(1);

    private readonly IMqttClient _client;
    private readonly bool _isV5;
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _disposed;
    private readonly CancellationTokenSource _over = new();
    private int _mostInFlight = 1;
    private SemaphoreSlim _slots = new(1);
    private long _subscribedAt;
    private long _lastKept;
    private volatile Memory _memory;

    private enum Memory
    {
        Unknown,
        Kept,
        New,
    }

    private MqttSession(IMqttClient client, bool isV5) => (_client, _isV5) = (client, isV5);

    /// <summary>Events that may wait for their PUBACK at a time.</summary>
    public int Window { get; private set; }

    /// <summary>Publications of all kinds without PUBACK; the broker's receive maximum is never passed.</summary>
    public int InFlight => _mostInFlight - _slots.CurrentCount;

    /// <summary>The gateway's own certificate with which it was let in; null where the broker asks for none.</summary>
    public X509Certificate2? Certificate { get; private set; }

    /// <summary>Largest packet in bytes that the broker takes.</summary>
    public long MaximumPacket { get; private set; } = long.MaxValue;

    /// <summary>True when the broker remembered us.</summary>
    public bool SessionPresent { get; private set; }

    // Before it is known whether the session was kept, nothing but what lay in it can come. On a slow line the answer to the subscription comes behind what waited.
    // A broker sends no more at once than the window holds, so what waited goes on coming, one close behind the other.
    private bool MayBringWhatWaited()
    {
        if (_memory == Memory.New) return false;
        var (subscribed, last) = (Volatile.Read(ref _subscribedAt), _lastKept);
        _lastKept = Stopwatch.GetTimestamp();
        if (_memory == Memory.Unknown || subscribed == 0 || Stopwatch.GetElapsedTime(subscribed) < KeptComesWithin) return true;
        if (Stopwatch.GetElapsedTime(last) < CloseBehind && Stopwatch.GetElapsedTime(subscribed) < KeptAtMost) return true;
        _memory = Memory.New; // all that waited has come
        return false;
    }

    /// <summary>Ends with the reason when the connection is over.</summary>
    public Task<string> Closed => _closed.Task;

    /// <summary>Tries once. Never throws except for cancellation.</summary>
    /// <param name="options">Broker and user.</param>
    /// <param name="will">The last will.</param>
    /// <param name="door">Is handed what comes in, on the receive loop: it must not wait. The broker may send as soon as it knows us.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="certificate">In place of the one in the files.</param>
    public static async Task<ConnectOutcome> ConnectAsync(BrokerOptions options, GatewayEvent will, CommandDoor? door, CancellationToken cancel, X509Certificate2? certificate = null)
    {
        var client = Factory.CreateMqttClient();
        var session = new MqttSession(client, options.Version == MqttVersion.V5);
        if (door is not null)
        {
            client.ApplicationMessageReceivedAsync += received =>
            {
                var message = received.ApplicationMessage;
                door.Enter(new IncomingCommand(message.Topic, Bounded(message.Payload, door.LongestPayload), message.Retain, message.ResponseTopic, message.CorrelationData)
                {
                    // Before it is known whether the session was kept, nothing but what lay in it can come.
                    MayHaveWaited = session.MayBringWhatWaited(),
                });
                return Task.CompletedTask;
            };
        }

        client.DisconnectedAsync += lost =>
        {
            session._closed.TrySetResult(lost.Exception is { } fault ? Innermost(fault).Message : lost.Reason switch
            {
                // What the client says of a line that just ended.
                MqttClientDisconnectReason.NormalDisconnection => "the broker closed it without a word",
                MqttClientDisconnectReason.SessionTakenOver => "another client connected under the same client id",
                var reason => reason.ToString(),
            });
            return Task.CompletedTask;
        };
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(options.Timeout);
            // Read at every connect, so that a rotated key and certificate are taken up without a restart.
            session.Certificate = certificate ?? CertificateOf(options);
            var answer = await client.ConnectAsync(Build(options, session.Certificate, will, door?.LongestPayload ?? 0), patience.Token);
            var decision = ConnectDecision.For(answer.ResultCode);
            if (decision.State == LinkState.Connected)
            {
                session._mostInFlight = answer.ReceiveMaximum is > 0 and { } most ? most : ushort.MaxValue;
                session._slots = new SemaphoreSlim(session._mostInFlight);
                session.Window = Math.Clamp(options.InFlight, 1, session._mostInFlight);
                session.MaximumPacket = answer.MaximumPacketSize is > 0 and { } size ? size : long.MaxValue;
                session.SessionPresent = answer.IsSessionPresent;
                session._memory = answer.IsSessionPresent ? Memory.Kept : Memory.New;
                return new ConnectOutcome(decision, session);
            }

            await session.DisposeAsync();
            return new ConnectOutcome(decision with { Advice = $"{decision.Advice} (reason 0x{(int)answer.ResultCode:x2}{(answer.ReasonString is { Length: > 0 } said ? ": " + said : "")})" }, null) { Tried = session.Certificate };
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            await session.DisposeAsync();
            return new ConnectOutcome(Judge(fault, options), null) { Tried = session.Certificate };
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connects a client that only listens: no last will. Never throws except for cancellation.</summary>
    /// <param name="client">Not connected yet.</param>
    /// <param name="options">Broker and user.</param>
    /// <param name="keepSession">Whether the broker keeps what comes while it is away.</param>
    /// <param name="longestPayload">The longest message that it has a use for.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<ConnectDecision> ConnectPlainAsync(IMqttClient client, BrokerOptions options, bool keepSession, int longestPayload, CancellationToken cancel)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(options.Timeout);
            var builder = Basics(options, CertificateOf(options), longestPayload).WithCleanStart(!keepSession);
            if (keepSession && options.Version == MqttVersion.V5) builder = builder.WithSessionExpiryInterval((uint)options.SessionExpiry.TotalSeconds);
            return ConnectDecision.For((await client.ConnectAsync(builder.Build(), patience.Token)).ResultCode);
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            return Judge(fault, options);
        }
    }

    /// <summary>Publishes with QoS 1 and returns the reason code of the PUBACK (0 in 3.1.1).</summary>
    /// <exception cref="Exception">Any: the connection is over, or no PUBACK came in time.</exception>
    public Task<int> PublishAsync(string topic, byte[] payload, bool retain) => PublishAsync(Message(topic, payload, retain, CloudEventWriter.ContentType), _over.Token);

    /// <summary>Publishes anything else in the same way.</summary>
    /// <exception cref="Exception">Any: the connection is over, or no PUBACK came in time.</exception>
    public async Task<int> PublishAsync(OutgoingMessage outgoing, CancellationToken cancel)
    {
        var message = Message(outgoing.Topic, outgoing.Payload, outgoing.Retain, outgoing.ContentType);
        if (_isV5)
        {
            message.CorrelationData = outgoing.Correlation;
            message.UserProperties = outgoing.Properties is { } properties ? [.. properties.Select(one => new MqttUserProperty(one.Key, System.Text.Encoding.UTF8.GetBytes(one.Value)))] : null;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _over.Token);
        return await PublishAsync(message, either.Token);
    }

    /// <summary>Asks for what comes under a topic filter; the SUBACK's reason code.</summary>
    /// <exception cref="Exception">Any: the connection is over.</exception>
    public async Task<int> SubscribeAsync(string filter)
    {
        var wanted = Factory.CreateSubscribeOptionsBuilder().WithTopicFilter(one =>
        {
            one.WithTopic(filter).WithAtLeastOnceQoS();
            // A retained command would be done again at every connect; 3.1.1 has no such wish, so the receiver looks too.
            if (_isV5) one.WithRetainHandling(MqttRetainHandling.DoNotSendOnSubscribe);
        });
        MqttClientSubscribeResult granted;
        try { granted = await _client.SubscribeAsync(wanted.Build(), _over.Token); }
        finally { Volatile.Write(ref _subscribedAt, Stopwatch.GetTimestamp()); }
        return granted.Items.Select(item => (int)item.ResultCode).DefaultIfEmpty(0x80).Max();
    }

    private MqttApplicationMessage Message(string topic, ReadOnlyMemory<byte> payload, bool retain, string contentType) => new()
    {
        Topic = topic,
        Payload = new ReadOnlySequence<byte>(payload),
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        Retain = retain,
        ContentType = _isV5 ? contentType : null,
    };

    private async Task<int> PublishAsync(MqttApplicationMessage message, CancellationToken cancel)
    {
        var slots = _slots;
        await slots.WaitAsync(cancel);
        try
        {
            return (int)(await _client.PublishAsync(message, cancel)).ReasonCode;
        }
        finally
        {
            slots.Release();
        }
    }

    /// <summary>Says goodbye, so that the last will is not sent.</summary>
    public async Task LeaveAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await _client.DisconnectAsync(new MqttClientDisconnectOptions { Reason = MqttClientDisconnectOptionsReason.NormalDisconnection }, patience.Token);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The broker finds out by itself.
        }
    }

    /// <summary>Cuts the connection; what waits for a PUBACK fails.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return; // the pump cuts what its owner disposes of too
        await _over.CancelAsync();
        _client.Dispose();
        _closed.TrySetResult("closed by the gateway");
        _over.Dispose();
    }

    /// <summary>The payload as an array, cut one byte beyond the longest that is of use: whoever reads it sees that it is too long.</summary>
    internal static byte[] Bounded(ReadOnlySequence<byte> payload, int longest) => payload.Slice(0, Math.Min(payload.Length, longest + 1L)).ToArray();

    private static X509Certificate2? CertificateOf(BrokerOptions options) =>
        options is { Address.Tls: true, CertificateFile: { } file } ? CertificateFiles.Own(file, options.KeyFile) : null;

    private static MqttClientOptions Build(BrokerOptions options, X509Certificate2? own, GatewayEvent will, int longestPayload)
    {
        var builder = Basics(options, own, longestPayload)
            .WithCleanStart(false)
            .WithWillTopic(will.Topic)
            .WithWillPayload(will.Json)
            .WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .WithWillRetain();
        if (options.Version == MqttVersion.V5)
            builder = builder.WithSessionExpiryInterval((uint)options.SessionExpiry.TotalSeconds).WithWillContentType(CloudEventWriter.ContentType);
        return builder.Build();
    }

    private static MqttClientOptionsBuilder Basics(BrokerOptions options, X509Certificate2? own, int longestPayload)
    {
        var builder = Factory.CreateClientOptionsBuilder()
            .WithTcpServer(options.Address.Host, options.Address.Port)
            .WithClientId(options.ClientId)
            .WithProtocolVersion(options.Version == MqttVersion.V5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311)
            .WithTryPrivate(false)
            .WithKeepAlivePeriod(options.KeepAlive)
            .WithTimeout(options.Timeout);
        // A broker of MQTT 5 sends nothing longer. In 3.1.1 only its own limit bounds what must be received whole before it is looked at.
        if (options.Version == MqttVersion.V5) builder = builder.WithMaximumPacketSize((uint)(longestPayload + RoomBesidePayload));
        if (options.Username is { Length: > 0 } user) builder = builder.WithCredentials(user, options.Password() ?? "");
        if (options.Address.Tls) builder = builder.WithTlsOptions(tls => Secure(tls, options, own));
        return builder;
    }

    private static void Secure(MqttClientTlsOptionsBuilder tls, BrokerOptions options, X509Certificate2? own)
    {
        tls.UseTls().WithTargetHost(options.Address.Host).WithSslProtocols(SslProtocols.Tls12 | SslProtocols.Tls13)
            .WithRevocationMode(X509RevocationMode.NoCheck);
        if (own is not null) tls.WithClientCertificates([own]);
        tls.WithCertificateValidationHandler(shown => ServerTrust.Accept(options.Address.Host, shown.Certificate, shown.Chain, shown.SslPolicyErrors, "mqtt.caFile", options.CaFile));
        if (options.CaFile is { } authorities) tls.WithTrustChain(CertificateFiles.Authorities(authorities));
    }

    private static ConnectDecision Judge(Exception fault, BrokerOptions options)
    {
        for (var at = fault; at is not null; at = at.InnerException)
        {
            switch (at)
            {
                case ServerNotTrustedException judged:
                    return new(LinkState.TlsFailed, true, judged.Why.En) { AdviceVi = judged.Why.Vi };
                case AuthenticationException:
                    return new(LinkState.TlsFailed, true, $"TLS with {options.Address.Host} failed: {at.Message} The broker's certificate is not at fault; where the broker asks for one, look at mqtt.certificateFile and mqtt.keyFile.") { AdviceVi = $"Kết nối bảo mật (TLS) với {options.Address.Host} không thành. Chứng thư của máy chủ không có lỗi; nếu máy chủ đòi chứng thư của thiết bị, xem mqtt.certificateFile và mqtt.keyFile." };
                case CertificateFileException file:
                    return new(LinkState.TlsFailed, true, file.Message) { AdviceVi = file.Told.Vi + "." };
                case SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.NotConnected or SocketError.Shutdown } or IOException { InnerException: null }:
                    return BrokenOff(at, options);
                case SocketException socket:
                    return new(LinkState.Unreachable, false, $"{options.Address} cannot be reached: {socket.Message}.") { AdviceVi = $"{CauseInVietnamese.Of(socket)}." };
                case OperationCanceledException or TimeoutException:
                    return new(LinkState.Unreachable, false, $"{options.Address} did not answer within {options.Timeout.TotalSeconds:0} s. {PortOf(options).En}") { AdviceVi = $"không trả lời trong {options.Timeout.TotalSeconds:0} giây. {PortOf(options).Vi}" };
            }
        }

        var said = Innermost(fault);
        // Through TLS a refusal comes in OpenSSL's words, or as a socket that is gone: which of them is a matter of moments.
        return options.Address.Tls || said is MqttCommunicationException or MqttProtocolViolationException ? BrokenOff(said, options) : new(LinkState.Unreachable, false, $"{options.Address}: {said.Message}");
    }

    /// <summary>A port that was reached and hung up: it speaks otherwise than the configuration says, asks for a certificate, or its broker is starting or going down.</summary>
    private static ConnectDecision BrokenOff(Exception fault, BrokerOptions options) => new(LinkState.Unreachable, false,
        $"{options.Address} was reached and broke off before it answered ({fault.Message.TrimEnd('.')}). {PortOf(options).En}")
    {
        AdviceVi = $"cổng mở nhưng máy chủ ngắt kết nối trước khi trả lời. {PortOf(options).Vi}",
        WasReached = true,
    };

    private static TwoLanguages PortOf(BrokerOptions options) => options.Address.Tls
        ? new($"Kiểm tra: {options.Address.Port} có phải cổng TLS (thường là 8883) không; máy chủ có đòi chứng thư của thiết bị (mqtt.certificateFile, mqtt.keyFile) không?", $"Is {options.Address.Port} its port with TLS (8883 as a rule), and does it ask for a certificate of the gateway's (mqtt.certificateFile, mqtt.keyFile)?")
        : new($"Kiểm tra: {options.Address.Port} có phải cổng MQTT không có TLS (thường là 1883) không? Cổng có TLS cần mqtts://.", $"Is {options.Address.Port} its port for MQTT without TLS (1883 as a rule)? A port with TLS wants mqtts://.");

    private static Exception Innermost(Exception fault)
    {
        while (fault.InnerException is { } inner) fault = inner;
        return fault;
    }
}
