using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Commands;

public sealed class CommandTests : IDisposable
{
    private const string Gate = """{"gate":"cong-1","officer":"A-204","reason":"Xe cứu thương"}""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();
    private readonly GatewayEvents _events = TestEvents.Live();
    private readonly GateHandler _gates = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_command_is_done_once_and_answered_to_its_sender(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var delivery = await StartAsync(broker.Port, version);
        await using var centre = await Commander.StartAsync(broker.Port, version);
        var envelope = centre.Envelope(Gate, id: "mo-cong-1");
        var reply = await centre.AskAsync("open_gate", envelope);
        Assert.Equal("mo-cong-1", reply.GetProperty("id").GetString());
        Assert.Equal("ok", reply.GetProperty("status").GetString());
        Assert.Equal(TestEvents.Gateway, reply.GetProperty("gateway").GetString());
        Assert.Equal("cong-1", reply.GetProperty("data").GetProperty("gate").GetString());
        Assert.Equal("Xe cứu thương", Assert.Single(_gates.Opened).Reason);

        var again = await centre.AskAsync("open_gate", envelope);
        Assert.Equal(("refused", "replayed"), Ended(again));
        Assert.Contains("the first time it was done", again.GetProperty("reason").GetProperty("en").GetString(), StringComparison.OrdinalIgnoreCase);
        var another = await centre.AskAsync("open_gate", centre.Envelope(Gate.Replace("cong-1", "cong-2", StringComparison.Ordinal), id: "mo-cong-1"));
        Assert.Equal(("refused", "replayed"), Ended(another));
        Assert.DoesNotContain("first time", another.GetProperty("reason").GetProperty("en").GetString(), StringComparison.Ordinal);
        Assert.Single(_gates.Opened);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task What_is_no_command_of_this_gateway_is_refused_with_its_reason(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var delivery = await StartAsync(broker.Port, version);
        await using var centre = await Commander.StartAsync(broker.Port, version);

        // The reply's topic is known from the message in MQTT 5; in 3.1.1 what cannot be read cannot be answered.
        if (version == MqttVersion.V5)
        {
            Assert.Equal(("refused", "malformed"), Ended(await centre.AskAsync("open_gate", "no json")));
            Assert.Equal(("refused", "malformed"), Ended(await centre.AskAsync("open_gate", "null")));
            Assert.Equal(("refused", "malformed"), Ended(await centre.AskAsync("open_gate", $"{{\"data\":{Gate}}}")));
            Assert.Equal(("refused", "malformed"), Ended(await centre.AskAsync("open_gate", $"{{\"id\":\"x\",\"root\":1,\"data\":{Gate}}}")));
            Assert.Equal(("refused", "malformed"), Ended(await centre.AskAsync("open_gate", $"{{\"id\":\"x\",\"id\":\"y\",\"data\":{Gate}}}")));
            Assert.Equal(("refused", "malformed"), Ended(await centre.AskAsync("open_gate", centre.Envelope(new string('[', 500) + new string(']', 500)))));
            Assert.Equal(("refused", "too_large"), Ended(await centre.AskAsync("open_gate", centre.Envelope($"\"{new string('x', 70_000)}\""))));
        }

        // Far too long: a broker of MQTT 5 does not even send it, from one of 3.1.1 no more than its head is kept.
        await centre.SendAsync("open_gate", centre.Envelope($"\"{new string('x', 3_000_000)}\""));
        Assert.Equal(("refused", "unknown_command"), Ended(await centre.AskAsync("format_disk", centre.Envelope("{}"))));
        Assert.Equal(("refused", "unsupported"), Ended(await centre.AskAsync("snapshot", centre.Envelope("""{"camera":"c","officer":"A"}"""))));
        foreach (var data in new[]
        {
            """{"gate":"cong-1","officer":"A-204"}""", """{"gate":"cong-1","officer":"A-204","reason":"r","also":1}""",
            """{"gate":"../../etc","officer":"A-204","reason":"r"}""", """{"gate":"cong-1\n","officer":"A-204","reason":"r"}""", """{"gate":"","officer":"A-204","reason":"r"}""",
            """{"gate":null,"officer":"A-204","reason":"r"}""", """{"gate":"cong-1","officer":7,"reason":"r"}""", """{"gate":"cong-1","gate":"cong-2","officer":"A-204","reason":"r"}""",
            $$"""{"gate":"cong-1","officer":"A-204","reason":"{{new string('x', 301)}}"}""", "[]", "\"open\"", "{}",
        })
        {
            Assert.Equal(("refused", "schema"), Ended(await centre.AskAsync("open_gate", centre.Envelope(data))));
        }

        Assert.Equal(("refused", "schema"), Ended(await centre.AskAsync("acknowledge", centre.Envelope($"{{\"ids\":[{string.Join(',', Enumerable.Repeat("\"01KDVDNA00YQ5BWBYT9Z2JQ4TQ\"", 501))}]}}"))));
        Assert.Equal(("refused", "schema"), Ended(await centre.AskAsync("acknowledge", centre.Envelope("""{"ids":["../x"]}"""))));
        Assert.Equal("Dữ liệu của lệnh không đúng mẫu của 'open_gate': thiếu reason.", Vietnamese(await centre.AskAsync("open_gate", centre.Envelope("""{"gate":"cong-1","officer":"A-204"}"""))));
        Assert.Equal("Dữ liệu của lệnh không đúng mẫu của 'open_gate': 'reason' chỉ được dài từ 1 đến 300 ký tự.", Vietnamese(await centre.AskAsync("open_gate", centre.Envelope("""{"gate":"cong-1","officer":"A-204","reason":""}"""))));
        Assert.Contains("giá trị tại $.also bị thiếu, lạ", Vietnamese(await centre.AskAsync("open_gate", centre.Envelope("""{"gate":"cong-1","officer":"A-204","reason":"r","also":1}"""))), StringComparison.Ordinal);
        Assert.Contains("có các lệnh: snapshot, ", Vietnamese(await centre.AskAsync("format_disk", centre.Envelope("{}"))), StringComparison.Ordinal);
        Assert.Empty(_gates.Opened);
        Assert.Equal("Ok", (await centre.AskAsync("open_gate", centre.Envelope(Gate))).GetProperty("status").GetString(), ignoreCase: true);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task With_keys_only_a_fresh_command_signed_by_one_of_them_is_done(MqttVersion version)
    {
        var (key, pem) = OpenSsl.KeyPair(_folder, "ioc.key");
        var (stranger, _) = OpenSsl.KeyPair(_folder, "stranger.key");
        var options = Commands with { KeyPems = [pem] };
        await using var broker = await Mosquitto.StartAsync();
        await using var centre = await Commander.StartAsync(broker.Port, version);
        string taken;
        await using (var delivery = await StartAsync(broker.Port, version, options))
        {
            taken = centre.Signed("open_gate", Gate, key);
            Assert.Equal(("ok", null), Ended(await centre.AskAsync("open_gate", taken)));
            Assert.Equal(("refused", "replayed"), Ended(await centre.AskAsync("open_gate", taken)));
            Assert.Equal(("refused", "unsigned"), Ended(await centre.AskAsync("open_gate", centre.Envelope(Gate))));
            Assert.Equal(("refused", "bad_signature"), Ended(await centre.AskAsync("open_gate", centre.Signed("open_gate", Gate, stranger))));
            Assert.Equal(("refused", "bad_signature"), Ended(await centre.AskAsync("open_gate", centre.Signed("open_gate", Gate, key).Replace("cong-1", "cong-2", StringComparison.Ordinal))));
            Assert.Equal(("refused", "bad_signature"), Ended(await centre.AskAsync("open_gate", centre.Signed("reload", Gate, key))));
            Assert.Equal(("refused", "bad_signature"), Ended(await centre.AskAsync("open_gate", centre.Signed("open_gate", Gate, key, id: "a-1").Replace("a-1", "a-2", StringComparison.Ordinal))));
            var now = DateTimeOffset.UtcNow;
            Assert.Equal(("refused", "expired"), Ended(await centre.AskAsync("open_gate", centre.Signed("open_gate", Gate, key, now.AddMinutes(-5)))));
            Assert.Equal(("refused", "expired"), Ended(await centre.AskAsync("open_gate", centre.Signed("open_gate", Gate, key, now.AddMinutes(5)))));
            Assert.Equal(("refused", "expired"), Ended(await centre.AskAsync("open_gate", centre.Signed("open_gate", Gate, key, now, TimeSpan.FromHours(1)))));
            Assert.Equal(("refused", "malformed"), Ended(await centre.AskAsync("open_gate", centre.Envelope(Gate, """{"issuedAt":"now","expiresAt":"then","nonce":"1","value":"x"}"""))));
            Assert.Single(_gates.Opened);
        }

        await using var again = await StartAsync(broker.Port, version, options);
        Assert.Equal(("refused", "replayed"), Ended(await centre.AskAsync("open_gate", taken)));
        Assert.Equal(("ok", null), Ended(await centre.AskAsync("open_gate", centre.Signed("open_gate", Gate, key))));
        Assert.Equal(2, _gates.Opened.Count);
    }

    [Fact]
    public async Task While_the_clock_follows_nothing_no_signed_command_is_taken()
    {
        var (key, pem) = OpenSsl.KeyPair(_folder, "ioc.key");
        var follows = false;
        await using var broker = await Mosquitto.StartAsync();
        await using var delivery = await StartAsync(broker.Port, options: Commands with { KeyPems = [pem], ClockFollows = () => follows });
        await using var centre = await Commander.StartAsync(broker.Port);
        Assert.Equal(("refused", "clock"), Ended(await centre.AskAsync("open_gate", centre.Signed("open_gate", Gate, key))));
        follows = true;
        Assert.Equal(("ok", null), Ended(await centre.AskAsync("open_gate", centre.Signed("open_gate", Gate, key))));
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task A_flood_is_dropped_and_counted_while_events_and_later_commands_pass(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Mqtt.Receiver.StartAsync(TestEvents.Broker(broker.Port));
        await using var delivery = await StartAsync(broker.Port, version, Commands with { PerSecond = 20, Burst = 20 });
        await using var centre = await Commander.StartAsync(broker.Port, version);
        var flood = Stopwatch.StartNew();
        // Several at once: one by one a busy broker may take no more than the gateway does. (mosquitto takes 20 at once.)
        foreach (var some in Enumerable.Range(0, 400).Chunk(10)) await Task.WhenAll(some.Select(_ => centre.SendAsync("open_gate", centre.Envelope(Gate))));
        var count = TestEvents.Count(_events, 5);
        delivery.Offer(count);
        await Wait.Until("the event passes", () => receiver.HasAll([count]), Patience);
        var path = Path.Combine(_folder, "commands.audit.jsonl");
        await Wait.Until("the log tells how many were dropped", () => Lines(path).Any(line => line.Contains("\"dropped\"", StringComparison.Ordinal)), Patience);
        var (done, most) = (_gates.Opened.Count, 20 + (20 * flood.Elapsed.TotalSeconds));
        Assert.True(done < 400 && done <= most + 1, $"{done} were done.");
        await Wait.Until("a later command is taken again", async () =>
        {
            var before = _gates.Opened.Count;
            await centre.SendAsync("open_gate", centre.Envelope(Gate));
            await Task.Delay(50, TestContext.Current.CancellationToken);
            return _gates.Opened.Count > before;
        }, Patience);
        Assert.Null(CommandAudit.FirstBreak(path));
    }

    [Fact]
    public async Task A_retained_command_is_never_done_and_answers_go_only_where_they_may()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var centre = await Commander.StartAsync(broker.Port);
        await centre.SendAsync("open_gate", centre.Envelope(Gate), retain: true);
        await using var delivery = await StartAsync(broker.Port);
        Assert.Equal(("ok", null), Ended(await centre.AskAsync("open_gate", centre.Envelope(Gate))));
        Assert.Single(_gates.Opened);

        foreach (var topic in new[] { "edge/bien-cua-lo-01/commands/reload", "edge/bien-cua-lo-02/replies/x", "edge/bien-cua-lo-01/status", "ioc/", "else/where", "$SYS/x", "ioc/../x" })
            await centre.SendAsync("open_gate", centre.Envelope(Gate), responseTopic: topic);
        var audit = Path.Combine(_folder, "commands.audit.jsonl");
        await Wait.Until("all are refused", () => Lines(audit).Count(line => line.Contains("\"reply_topic\"", StringComparison.Ordinal)) == 7, Patience);
        Assert.Single(_gates.Opened);
    }

    [Fact]
    public async Task The_audit_log_holds_every_command_in_a_chain_and_nothing_of_its_content()
    {
        await using var broker = await Mosquitto.StartAsync();
        var path = Path.Combine(_folder, "commands.audit.jsonl");
        await using (var delivery = await StartAsync(broker.Port))
        {
            await using var centre = await Commander.StartAsync(broker.Port);
            await centre.AskAsync("open_gate", centre.Envelope(Gate));
            await centre.AskAsync("hold", centre.Envelope("{}"));
            await centre.AskAsync("hold", centre.Envelope("""{"officer":"B-7"}"""));
            await centre.AskAsync("hold", centre.Envelope("""{"officer":"B 7\ud800"}"""));
        }

        Assert.Null(CommandAudit.FirstBreak(path));
        var lines = Lines(path);
        Assert.Equal(["accepted", "ok", "refused", "refused", "refused"], lines.Select(line => Member(line, "step")), StringComparer.Ordinal);
        Assert.Equal(["A-204", "A-204", null, "B-7", null], lines.Select(line => Member(line, "officer")), StringComparer.Ordinal);
        Assert.DoesNotContain("cứu thương", string.Concat(lines), StringComparison.Ordinal);
        var all = File.ReadAllLines(path);
        File.WriteAllText(path, File.ReadAllText(path).Replace("open_gate", "hold_gate", StringComparison.Ordinal));
        Assert.Contains("the line was altered", CommandAudit.FirstBreak(path), StringComparison.Ordinal);
        File.WriteAllLines(path, [all[0], .. all[2..]]);
        Assert.Contains(":2: lines are missing", CommandAudit.FirstBreak(path), StringComparison.Ordinal);
    }

    [Fact]
    public void The_audit_log_turns_over_by_size_goes_on_after_a_torn_line_and_keeps_its_chain()
    {
        var path = Path.Combine(_folder, "turn", "commands.audit.jsonl");
        for (var run = 0; run < 5; run++)
        {
            using (var audit = new CommandAudit(path, maxBytes: 4000, files: 3))
            {
                for (var i = 0; i < 20; i++) audit.Append(new AuditEntry(TestEvents.Start, "reload", $"r-{run}-{i}", "accepted", null, "Nguyễn", Signed: false, null));
            }

            File.AppendAllText(path, """{"n":99,"at":"2026""");
        }

        using (var last = new CommandAudit(path, 4000, 3)) last.Append(new AuditEntry(TestEvents.Start, "reload", "end", "ok", null, null, Signed: true, null));
        Assert.Null(CommandAudit.FirstBreak(path));
        Assert.InRange(CommandAudit.FilesOf(path).Count, 2, 4);
        Assert.Contains("\"n\":100,", Lines(path)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_stops_commands()
    {
        await using var broker = await Mosquitto.StartAsync();
        var blocked = Path.Combine(_folder, "file-in-the-way");
        File.WriteAllText(blocked, "");
        await using var delivery = await StartAsync(broker.Port, options: new CommandOptions { Folder = blocked });
        await using var centre = await Commander.StartAsync(broker.Port);
        Assert.Equal(("refused", "no_record"), Ended(await centre.AskAsync("open_gate", centre.Envelope(Gate))));
        Assert.Empty(_gates.Opened);
    }

    [Fact]
    public async Task A_handler_that_throws_or_never_ends_costs_that_command_only()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var delivery = await StartAsync(broker.Port);
        await using var centre = await Commander.StartAsync(broker.Port);
        _gates.Fault = new InvalidOperationException("the gate's relay is gone, password=secret");
        var failed = await centre.AskAsync("open_gate", centre.Envelope(Gate));
        Assert.Equal(("failed", "error"), Ended(failed));
        Assert.DoesNotContain("secret", failed.GetRawText(), StringComparison.Ordinal);

        (_gates.Fault, _gates.Hangs) = (null, true);
        Assert.Equal(("failed", "timeout"), Ended(await centre.AskAsync("open_gate", centre.Envelope(Gate))));
    }

    [Fact]
    public async Task A_broker_that_allows_no_commands_costs_no_events()
    {
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { AccessList = ["topic write edge/#"] });
        await using var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(_folder), Broker = TestEvents.Broker(broker.Port), SiteId = "s", Commands = Commands },
            _events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        delivery.Offer(TestEvents.Count(_events, 1));
        await Wait.Until("the event is delivered", () => delivery.Health is { Delivered: > 0, Connected: true }, Patience);
    }

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task What_waited_at_the_broker_is_done_unless_it_spoke_of_the_moment(MqttVersion version)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using (await StartAsync(broker.Port, version)) { }

        await using var centre = await Commander.StartAsync(broker.Port, version);
        await centre.SendAsync("open_gate", centre.Envelope(Gate, id: "mo-cong-1"));
        await centre.SendAsync("acknowledge", centre.Envelope("""{"ids":["01K00000000000000000000000"]}""", id: "da-luu-1"));
        await using var delivery = await StartAsync(broker.Port, version);
        await Wait.Until("both are answered", () => Ends("mo-cong-1").Length == 1 && Ends("da-luu-1").Length == 1, Patience);
        Assert.Equal(("refused", "expired"), (Member(Ends("mo-cong-1")[0], "step"), Member(Ends("mo-cong-1")[0], "code")));
        Assert.Equal("ok", Member(Ends("da-luu-1")[0], "step"));
        Assert.Empty(_gates.Opened);

        string[] Ends(string id) => [.. Lines(Commands.AuditPath).Where(line => line.Contains($"\"{id}\"", StringComparison.Ordinal) && !line.Contains("\"accepted\"", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task A_real_mosquitto_rr_gets_its_answer()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var delivery = await StartAsync(broker.Port);
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("mosquitto_rr",
            ["-V", "5", "-p", broker.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), "-q", "1", "-W", "60", "-t", Commander.TopicOf("open_gate"), "-e", "ioc/rr/1", "-m", $"{{\"id\":\"rr-1\",\"data\":{Gate}}}"])
        { RedirectStandardOutput = true, UseShellExecute = false })!;
        var answer = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\"status\":\"ok\"", answer, StringComparison.Ordinal);
    }

    private CommandOptions Commands => new() { Folder = _folder, PerSecond = 1000, Burst = 1000 };

    private async Task<Delivery> StartAsync(int port, MqttVersion version = MqttVersion.V5, CommandOptions? options = null)
    {
        var delivery = new Delivery(
            new DeliveryOptions { Outbox = TestEvents.Outbox(_folder), Broker = TestEvents.Broker(port, version), SiteId = "bai-bien-cua-lo", Commands = options ?? Commands },
            _events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Commands.Handle(_gates);
        delivery.Start();
        await Wait.Until("connected", () => delivery.Health.Connected, Patience);
        // The subscription follows the connection by one round trip; a probe is answered once it stands.
        // It speaks as the centre does: to a gateway of 3.1.1 the broker hands on no response topic.
        await using var probe = await Commander.StartAsync(port, version);
        await Wait.Until("commands are heard", async () =>
        {
            await probe.SendAsync("probe", probe.Envelope("{}"));
            await Task.Delay(30);
            return probe.Replies > 0;
        }, Patience);
        return delivery;
    }

    private static string Vietnamese(JsonElement reply) => reply.GetProperty("reason").GetProperty("vi").GetString()!;

    private static (string? Status, string? Code) Ended(JsonElement reply)
    {
        var status = reply.GetProperty("status").GetString();
        if (status != "ok") Assert.False(string.IsNullOrEmpty(reply.GetProperty("reason").GetProperty("vi").GetString()));
        return (status, reply.GetProperty("code").GetString());
    }

    /// <summary>Lines without those of the probe.</summary>
    private static string[] Lines(string path)
    {
        if (!File.Exists(path)) return [];
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), Encoding.UTF8);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains("\"probe\"", StringComparison.Ordinal))];
    }

    private static string? Member(string line, string name)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty(name).GetString();
    }

    private sealed class GateHandler : ICommandHandler<OpenGateRequest, OpenGateReply>
    {
        public ConcurrentQueue<OpenGateRequest> Opened { get; } = new();

        public Exception? Fault { get; set; }

        public bool Hangs { get; set; }

        public async Task<CommandOutcome<OpenGateReply>> HandleAsync(OpenGateRequest request, CommandContext context, CancellationToken cancel)
        {
            if (Fault is { } fault) throw fault;
            if (Hangs) await Task.Delay(Timeout.Infinite, CancellationToken.None);
            Opened.Enqueue(request);
            return new OpenGateReply(request.Gate, context.At, Joined: false);
        }
    }
}
