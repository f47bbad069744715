using System.Security.Cryptography;
using System.Text.Json;
using EdgeGateway.Sync.Cases;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>What the operations centre commands about violations and their evidence, over a real broker.</summary>
public sealed class CentreCommandTests
{
    private const string Unknown = "01KDVDNA00YQ5BWBYT9Z2JQ4TQ";
    private const string Held = "01K42N6QC0ZZZZZZZZZZZZZZZ0";
    private const string Told = "01K42N6QC0ZZZZZZZZZZZZZZZ1";
    private const string Waiting = "01K42N6QC0ZZZZZZZZZZZZZZZ2";
    private const string Old = "01K42N6QC0ZZZZZZZZZZZZZZZ3";

    [Theory]
    [InlineData("")]
    [InlineData("zones: { via-he: { points: [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]], units: fraction } }\nrules: [ { id: do-xe, rule: no_parking, zone: via-he, after: 60s } ]")]
    public async Task A_violation_that_this_gateway_does_not_know_is_refused(string rules)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("cong", "rtsp://127.0.0.1:1/main", rules);
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("it is online", () => ioc.Status?.Word("state") == "online", gateway);

        var update = await Ioc.AskAsync(broker, "case_update", $"{{\"violation\":\"{Unknown}\",\"state\":\"REVIEWED\",\"officer\":\"A-204\"}}", gateway);
        Assert.Equal(("refused", "not_found", "Thiết bị không có vi phạm này."), Ended(update));
        var hold = await Ioc.AskAsync(broker, "hold", $"{{\"violation\":\"{Unknown}\",\"on\":true,\"officer\":\"A-204\",\"reason\":\"Khiếu nại 12\"}}", gateway);
        Assert.Equal(("refused", "not_found", "Không có chứng cứ của vi phạm này (hoặc đã hết hạn lưu)."), Ended(hold));
        Assert.Equal(JsonValueKind.Null, hold.GetProperty("data").ValueKind);
        Assert.Equal(Installation.Id, hold.GetProperty("gateway").GetString());
        Assert.Equal(("refused", "schema"), Two(Ended(await Ioc.AskAsync(broker, "hold", $"{{\"violation\":\"{Unknown}\",\"on\":true}}", gateway))));

        var audit = await File.ReadAllTextAsync(Path.Combine(site.Storage, "commands.audit.jsonl"), TestContext.Current.CancellationToken);
        Assert.Contains("\"not_found\"", audit, StringComparison.Ordinal);
        Assert.DoesNotContain("Khiếu nại", audit, StringComparison.Ordinal);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
    }

    [Fact]
    public async Task Kept_evidence_is_swept_held_and_acknowledged_without_any_rule_and_a_quota_that_cannot_be_met_is_told()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, more: "evidence: { quotaMb: 64 }", listen: $"127.0.0.1:{Mosquitto.FreePort()}", zone: IntervalGrid.HoChiMinh);
        using var pages = new Pages(site);
        KeepFour(site.Storage);

        await using (var gateway = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("the quota is told", () => ioc.Alerts("disk", "raised").Count > 0, gateway);
            Assert.Equal("evidence-quota", Assert.Single(ioc.Alerts("disk", "raised")).Word("key"));
            Assert.Equal([Held, Told, Waiting], Index(site).Select(kept => kept.Event).Order(StringComparer.Ordinal), StringComparer.Ordinal);
            await ioc.UntilAsync("its log tells what was deleted", () => gateway.Said.Contains("1 packages of evidence were deleted (1 trial)", StringComparison.Ordinal), gateway);

            // The store notes what the centre has, whatever the outbox knows of it.
            var told = await Ioc.AskAsync(broker, "acknowledge", $"{{\"ids\":[\"{Told}\"]}}", gateway);
            Assert.Equal("ok", told.GetProperty("status").GetString());
            Assert.Equal([Told], Index(site).Where(kept => kept.AcknowledgedAt is not null).Select(kept => kept.Event), StringComparer.Ordinal);
            var let = await Ioc.AskAsync(broker, "hold", $"{{\"violation\":\"{Held}\",\"on\":false,\"officer\":\"A-204\",\"reason\":\"Đã giải quyết\"}}", gateway);
            Assert.Equal("ok", let.GetProperty("status").GetString());
            Assert.Null(Index(site).Single(kept => kept.Event == Held).Hold);
            var past = await Ioc.AskAsync(broker, "hold", $"{{\"violation\":\"{Waiting}\",\"on\":true,\"officer\":\"A-204\",\"reason\":\"Khiếu nại 13\",\"until\":\"2020-01-01T00:00:00Z\"}}", gateway);
            Assert.Equal(("refused", "not_allowed"), Two(Ended(past)));
            var kept = await Ioc.AskAsync(broker, "hold", $"{{\"violation\":\"{Waiting}\",\"on\":true,\"officer\":\"A-204\",\"reason\":\"Khiếu nại 13\",\"until\":\"2099-12-31T17:00:00Z\"}}", gateway);
            Assert.Equal("2099-12-31T17:00:00.000Z", kept.GetProperty("data").GetProperty("until").GetString());
            var page = await GatewayProcess.RunAsync("privacy", "--config", site.Folder);
            Assert.Contains("Khiếu nại 13 – A-204, đến 01/01/2100 00:00", page.Output, StringComparison.Ordinal);
            var moved = await Ioc.AskAsync(broker, "case_update", $"{{\"violation\":\"{Told}\",\"state\":\"REVIEWED\",\"officer\":\"A-204\"}}", gateway);
            Assert.Equal("REVIEWED", moved.GetProperty("data").GetProperty("state").GetString());
            await Wait.Until("the rule's case shows among the metrics", async () => await pages.MetricAsync("edgegateway_cases_detected", "rule_id=\"den-do\"") == 1, Ioc.Patience);
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        await using (var gateway = GatewayProcess.Run(site))
        {
            await Wait.Until("what the centre has makes room", () => Index(site).Count == 2, Ioc.Patience);
            Assert.Equal([Held, Waiting], Index(site).Select(kept => kept.Event), StringComparer.Ordinal); // nobody has these yet
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        Assert.Empty(ioc.Alerts("disk", "cleared"));
        site.Write("gateway.yaml", (await File.ReadAllTextAsync(Path.Combine(site.Folder, "gateway.yaml"), TestContext.Current.CancellationToken)).Replace("quotaMb: 64", "quotaMb: 640", StringComparison.Ordinal));
        await using (var gateway = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("the quota is met again", () => ioc.Alerts("disk", "cleared").Count > 0, gateway);
            Assert.Equal(2, Index(site).Count);
        }

        foreach (var alert in ioc.Events("alert")) await EventContract.CheckAsync("alert", alert.Text);
    }

    [Fact]
    public async Task Evidence_that_is_past_its_time_and_cannot_be_deleted_is_told()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port);
        KeepFour(site.Storage);
        var old = Index(site).Single(kept => kept.Event == Old).Path;
        File.Delete(old);
        Directory.CreateDirectory(old); // a folder in a file's place: no user may delete it as a file
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("it is told", () => ioc.Alerts("disk", "raised").Count > 0, gateway);
        var alert = Assert.Single(ioc.Alerts("disk", "raised"));
        Assert.Equal("evidence-sweep", alert.Word("key"));
        Assert.Contains(old, alert.Text, StringComparison.Ordinal);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        Assert.DoesNotContain("   at ", gateway.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_key_that_is_not_there_stops_the_start_with_its_place()
    {
        using var site = new Installation(mqtt: ", commandKeys: [/nowhere/ioc.pem]");
        var ended = await GatewayProcess.RunAsync("run", "--config", site.Folder);
        Assert.Equal(2, ended.Code);
        Assert.Matches("^gateway.yaml:3:[0-9]+: the command key /nowhere/ioc.pem is not there$", ended.Error);
    }

    private static (string? Status, string? Code, string? Reason) Ended(JsonElement reply) =>
        (reply.GetProperty("status").GetString(), reply.GetProperty("code").GetString(), reply.GetProperty("reason").GetProperty("vi").GetString());

    private static (string?, string?) Two((string? Status, string? Code, string? Reason) ended) => (ended.Status, ended.Code);

    private static IReadOnlyList<StoredEvidence> Index(Installation site) => EvidenceStore.ReadIndex(EvidenceOptions.For(site.Storage), DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);

    /// <summary>What an earlier run left: one package on hold and beyond the quota, one with an open case, one more, one past its time.</summary>
    private static void KeepFour(string storage)
    {
        Directory.CreateDirectory(storage);
        using var key = GatewaySigningKey.Init(storage);
        using var store = EvidenceStore.Open(EvidenceOptions.For(storage) with { KeepFreeBytes = 0 }, key, TimeProvider.System);
        using var cases = new CaseBook(storage, TimeProvider.System);
        var now = DateTimeOffset.UtcNow;
        store.Keep(Facts(Held, RuleMode.Live, now.AddHours(-3)), Pictures(20 << 20));
        store.Hold(Held, "Khiếu nại 12", "A-204");
        store.Keep(Facts(Told, RuleMode.Live, now.AddHours(-2)), Pictures(1000));
        cases.Open(new NewCase(Told, "red_light", "den-do", "nga-tu", RuleMode.Live, "RED_LIGHT", 0.93, now.AddHours(-2)));
        store.Keep(Facts(Waiting, RuleMode.Live, now.AddHours(-1)), Pictures(1000));
        store.Keep(Facts(Old, RuleMode.Trial, now.AddDays(-31)), Pictures(1000));
    }

    private static EvidencePart[] Pictures(int bytes) =>
        [.. new[] { EvidenceRole.StillBefore, EvidenceRole.StillAt, EvidenceRole.StillAfter, EvidenceRole.PlateCrop }.Select(role => EvidencePart.FromBytes(role, "image/jpeg", RandomNumberGenerator.GetBytes(bytes)))];

    private static EvidenceFacts Facts(string id, RuleMode mode, DateTimeOffset at) => new(
        id, at, "red_light", "den-do", mode, "RED_LIGHT", null, new TwoLanguages("Xe vượt đèn đỏ.", "Ran a red light."),
        new UseDecision(EvidenceUse.None, [new TwoLanguages("Thử.", "A test.")]), null, null, new EvidenceCamera("nga-tu", "Ngã tư", null, null, null), null, "out", at, at.AddSeconds(3),
        new EvidenceClock("ntp", true, TimeSpan.Zero), new ViolationVehicle(ObjectKind.Car, 1), null, [], null, null, new EvidenceConfidence(0.93, [new ConfidencePart("signal", 0.99)]), Installation.Id, "0.1.0", [], []);
}
