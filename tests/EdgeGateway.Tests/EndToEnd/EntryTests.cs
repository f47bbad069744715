using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeGateway.Benchmarks.Qr;
using EdgeGateway.Configuration;
using EdgeGateway.Entry;
using EdgeGateway.Sync.Events;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>Gates through the whole program, on the packaged rendered clip (its plates belong to nobody) and invented cards.</summary>
public sealed class EntryTests
{
    private const string Number = "040199012345";
    private const string Card = "040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0, Phường Mẫu, Nghệ An|01092023";

    // Cars that drive down the picture come in: 37A60482 at 4.7 s, 37H03156 at 9.2 s, 80B14508 at 14.1 s.
    private const string Lane = """
        plates: { enabled: true, passages: none }
        lines: { vach: { points: [[0, 430], [1280, 430]], units: px, frame: [1280, 720] } }
        rules: [ { id: vao, rule: plate_gate, gate: cong-chinh, line: vach, direction: in, classes: [car, bus, truck], lists: [ra-vao.csv] } ]
        """;

    private const string Lists = """
        plate,colour,list,valid_from,valid_to,note
        37A-604.82,white,allow,,,Xe của khu du lịch
        37H-031.56,,deny,,,
        not a plate,,allow,,,

        """;

    [Fact]
    public async Task An_allowed_plate_opens_a_denied_one_is_put_to_the_operator_with_a_picture_and_the_operator_opens()
    {
        await using var relay = new RelayServer();
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        await using var desk = await CommandDesk.OpenAsync(broker);
        using var site = new Installation(broker.Port, models: "{ detector: street }", more: $"gates: {{ cong-chinh: {{ passTime: 1m, http: {{ open: \"{relay.Url}open?key=${{RELAY}}\" }} }}, cong-hong: {{ http: {{ open: \"http://127.0.0.1:1/open\" }} }} }}");
        site.Environment["RELAY"] = "khóa-cổng";
        site.Write("ra-vao.csv", Lists);
        // Four times slower, so that a busy machine sees as much of it as an idle one; it ends before the denied car reaches the line.
        var clip = await Clips.RenderAsync("traffic-slow.mp4", ["-ss", "2.5", "-t", "6.5", "-i", Repository.PathOf("models", "clips", "traffic.mp4"), "-vf", "setpts=4*PTS", "-r", "10", "-crf", "18", .. Clips.Encoder("libx264", 20)]);
        site.Write("cameras/cong.yaml", $"id: cong\nsource: {{ url: \"{Installation.UrlOf(clip)}\" }}\nanalyseFps: 8\n{Lane}");
        await using var gateway = GatewayProcess.Run(site);

        await ioc.UntilAsync("the allowed car is let in", () => Access(ioc).Any(heard => heard.Word("decision") == "allow"), gateway);
        var allowed = Access(ioc).First(heard => heard.Word("decision") == "allow");
        Assert.Equal(("on_allow_list", "gateway", "37A60482"), (allowed.Word("reason"), allowed.Word("decidedBy"), allowed.Data.GetProperty("plate").GetProperty("text").GetString()));
        await ioc.UntilAsync("the relay pulled", () => !relay.Heard.IsEmpty, gateway);
        Assert.StartsWith("GET /open?key=", Assert.Single(relay.Heard), StringComparison.Ordinal);

        await ioc.UntilAsync("the denied car is told", () => Access(ioc).Any(heard => heard.Word("reason") == "on_deny_list"), gateway);
        var denied = Access(ioc).First(heard => heard.Word("reason") == "on_deny_list");
        Assert.Equal(("deny", "37H03156"), (denied.Word("decision"), denied.Data.GetProperty("plate").GetProperty("text").GetString()));
        var picture = denied.Data.GetProperty("pictures")[0];
        var id = denied.Event.GetProperty("id").GetString();
        Assert.Equal($"evidence/{id}/vehicle.jpg", picture.GetProperty("uri").GetString());
        await ioc.UntilAsync("its picture is with the operator", () => ioc.Evidence.Any(part => part.Topic.Contains($"/evidence/{id}/vehicle.jpg", StringComparison.Ordinal)), gateway);
        var bytes = ioc.Evidence.Where(part => part.Topic.Contains($"/evidence/{id}/vehicle.jpg", StringComparison.Ordinal)).OrderBy(part => part.Topic, StringComparer.Ordinal).SelectMany(part => part.Payload).ToArray();
        Assert.Equal(picture.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Assert.Single(relay.Heard);

        // Two operators at once: one opening, two answers, and the vehicle's question is answered.
        var answers = await Task.WhenAll(Open(broker, gateway, "A-204"), Open(broker, gateway, "B-7"));
        Assert.All(answers, answer => Assert.Equal("ok", answer.GetProperty("status").GetString()));
        Assert.Single(answers.Select(answer => answer.GetProperty("data").GetProperty("openedAt").GetString()).Distinct(StringComparer.Ordinal));
        Assert.Equal([false, true], answers.Select(answer => answer.GetProperty("data").GetProperty("joined").GetBoolean()).Order());
        Assert.Equal(2, relay.Heard.Count);
        await ioc.UntilAsync("both officers are named", () => Access(ioc).Count(heard => heard.Word("decidedBy") is "A-204" or "B-7") == 2, gateway);
        Assert.Equal(["joined_opening", "opened_by_operator"], Access(ioc).Where(heard => heard.Word("decidedBy") is "A-204" or "B-7").Select(heard => heard.Word("reason")).Order(StringComparer.Ordinal));
        Assert.All(Access(ioc).Where(heard => heard.Word("decidedBy") is "A-204" or "B-7"), heard => Assert.Equal("<b>Xe cứu thương</b>", heard.Word("note")));

        Assert.Equal(("refused", "not_found"), Ended(await desk.AskAsync(ioc, gateway, "open_gate", "{\"gate\":\"cong-phu\",\"officer\":\"A-204\",\"reason\":\"x\"}")));
        Assert.Equal(("failed", "error"), Ended(await desk.AskAsync(ioc, gateway, "open_gate", "{\"gate\":\"cong-hong\",\"officer\":\"A-204\",\"reason\":\"x\"}")));
        await ioc.UntilAsync("the gate's fault is an alert", () => ioc.Alerts("security", "raised").Any(heard => heard.Word("key") == "gate-cong-hong" && heard.Text.Contains("không kết nối được: máy ở đầu kia từ chối kết nối", StringComparison.Ordinal)), gateway);
        Assert.Contains(ioc.Alerts("config", "raised"), heard => heard.Text.Contains("ra-vao.csv:4", StringComparison.Ordinal));

        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        Assert.DoesNotContain("khóa-cổng", gateway.Said, StringComparison.Ordinal);
        var audit = await File.ReadAllTextAsync(Path.Combine(site.Storage, "commands.audit.jsonl"), TestContext.Current.CancellationToken);
        Assert.Contains("\"officer\":\"B-7\"", audit, StringComparison.Ordinal);
        foreach (var heard in Access(ioc)) await EventContract.CheckAsync("access", heard.Text);
    }

    [Fact]
    public async Task A_replay_decides_the_same_each_time_and_opens_nothing()
    {
        await using var relay = new RelayServer();
        using var site = new Installation(models: "{ detector: street }", more: $"gates: {{ cong-chinh: {{ http: {{ open: \"{relay.Url}open\" }} }} }}");
        site.Write("ra-vao.csv", Lists);
        var clip = await Clips.RenderAsync("traffic-12s.mp4", ["-i", Repository.PathOf("models", "clips", "traffic.mp4"), "-t", "12", "-c", "copy"]);
        site.Write("cameras/cong.yaml", $"id: cong\nsource: {{ url: \"rtsp://10.0.0.1/main\" }}\nanalyseFps: 8\n{Lane}");
        var first = await ReplayAsync(site, clip);
        var access = (await EventContract.ReadLinesAsync(first)).Of("access");
        Assert.Contains(access, one => one.GetProperty("reason").GetString() == "on_allow_list");
        Assert.Contains(access, one => one.GetProperty("reason").GetString() == "passed_without_opening" || one.GetProperty("reason").GetString() == "tailgating"); // the denied one drives on: nothing moves in a film
        Assert.Equal(first, await ReplayAsync(site, clip));
        Assert.Empty(relay.Heard);
        Assert.False(Directory.Exists(Path.Combine(site.Storage, "access")));
    }

    [Fact]
    public async Task A_number_that_was_shown_is_found_in_no_file_no_message_and_no_log()
    {
        await using var relay = new RelayServer();
        await using var service = new RelayServer { Answer = _ => $$"""{"status":"valid","number":"{{Number}}","birthDate":"1999-07-05"}""" };
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, more: $$"""
            log: { level: trace }
            gates: { cua: { http: { open: "{{relay.Url}}open" }, passTime: 2s } }
            identity: { province: true, verifier: { url: "{{service.Url}}verify", timeout: 5s } }
            """);
        site.Write("cameras/cua.yaml", "id: cua\nsource: { url: \"rtsp://127.0.0.1:1/main\" }\nrules: [ { id: the, rule: id_check, scanner: \"-\", gate: cua } ]");
        string[] shown =
        [
            Card, $"{Number}", $"{Number}|{Number}", $"{Number}||A|31022000|Nam|X|01012020", "x\0" + Number, new string('9', 10_240) + Number, $"=HYPERLINK(\"http://x/{Number}\")",
            $"<script>{Number}</script>", Card.Normalize(NormalizationForm.FormD), "eid:9f3c2a",
        ];
        await using var gateway = GatewayProcess.Start(["run", "--config", site.Folder], site.Environment, string.Join('\n', shown) + "\n");
        // The NUL ends no line and is no card of its own; what opens is told after the relay answered.
        await ioc.UntilAsync("each is decided on", () => Access(ioc).Count >= shown.Length - 1 && Reasons().Contains("card_valid") && Reasons().Contains("token_valid"), gateway);
        await ioc.UntilAsync("the gate was opened", () => !relay.Heard.IsEmpty, gateway);
        IEnumerable<string?> Reasons() => Access(ioc).Select(heard => heard.Word("reason"));
        var valid = Access(ioc).First(heard => heard.Word("reason") == "card_valid");
        Assert.Equal(("allow", "25-39", "040"), (valid.Word("decision"), valid.Word("ageGroup"), valid.Word("province")));
        Assert.Equal(valid.Word("identity"), Access(ioc).First(heard => heard.Word("reason") == "token_valid").Word("identity"));
        Assert.Equal("""{"token":"eid:9f3c2a","gate":"cua"}""", Assert.Single(service.Bodies));
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());

        await IsFoundNowhereAsync(gateway, ioc, site);
        foreach (var heard in Access(ioc)) await EventContract.CheckAsync("access", heard.Text);
    }

    [Fact]
    public async Task A_door_without_a_line_opens_for_each_card_and_what_an_officer_types_keeps_no_number()
    {
        await using var relay = new RelayServer();
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        await using var desk = await CommandDesk.OpenAsync(broker);
        using var site = new Installation(broker.Port, more: $"gates: {{ cong-chinh: {{ http: {{ open: \"{relay.Url}open\" }}, passTime: 5m, antiPassback: 4h }} }}");
        site.Write("cameras/cua.yaml", "id: cua\nsource: { url: \"rtsp://127.0.0.1:1/main\" }\nrules: [ { id: the, rule: id_check, scanner: \"-\", gate: cong-chinh } ]");
        var second = Card.Replace(Number, "040199012346", StringComparison.Ordinal);
        await using var gateway = GatewayProcess.Start(["run", "--config", site.Folder], site.Environment, $"{Card}\n{second}\n{Card}\n");
        await ioc.UntilAsync("the first card comes back and is inside", () => Access(ioc).Any(heard => heard.Word("reason") == "passback"), gateway);
        await ioc.UntilAsync("two are let in", () => Access(ioc).Count(heard => heard.Word("decision") == "allow") == 2, gateway); // told once the relay has answered
        Assert.Equal(2, relay.Heard.Count);

        var answer = await desk.AskAsync(ioc, gateway, "open_gate", $"{{\"gate\":\"cong-chinh\",\"officer\":\"A-204\",\"reason\":\"CCCD {Number} quên thẻ\"}}");
        Assert.Equal("ok", answer.GetProperty("status").GetString());
        await ioc.UntilAsync("the officer is named", () => Access(ioc).Any(heard => heard.Word("decidedBy") == "A-204"), gateway);
        Assert.Equal("CCCD 040*******45 quên thẻ", Access(ioc).Single(heard => heard.Word("decidedBy") == "A-204").Word("note"));
        Assert.Equal(3, relay.Heard.Count);

        // Nobody sees who goes through: a second officer opens for a second person.
        var another = await desk.AskAsync(ioc, gateway, "open_gate", "{\"gate\":\"cong-chinh\",\"officer\":\"B-7\",\"reason\":\"x\"}");
        Assert.False(answer.GetProperty("data").GetProperty("joined").GetBoolean() || another.GetProperty("data").GetProperty("joined").GetBoolean());
        Assert.Equal(4, relay.Heard.Count);
        await ioc.UntilAsync("both have opened", () => Access(ioc).Count(heard => heard.Word("reason") == "opened_by_operator") == 2, gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
    }

    [Fact]
    public async Task A_card_s_question_that_nobody_answers_ends_after_a_minute()
    {
        using var site = new Installation(more: "gates: { cua: { passTime: 2s, http: { open: \"http://127.0.0.1:1/open\" } } }");
        site.Write("cameras/cua.yaml", "id: cua\nsource: { url: \"rtsp://127.0.0.1:1/main\" }\nrules: [ { id: the, rule: id_check, scanner: camera, gate: cua, validCard: ask } ]");
        var loaded = new ConfigFolder(site.Folder, SecretMask.Process).Load();
        Assert.True(loaded.Gateway is not null && loaded.Cameras.Count == 1, string.Join('\n', loaded.Mistakes));
        Directory.CreateDirectory(site.Storage);
        var time = new ShiftedTime(DateTimeOffset.UtcNow);
        await using var office = new EntryOffice(loaded.Gateway, site.Folder, time, NullLogger.Instance);
        var asked = new ConcurrentQueue<GatewayEvent>();
        await using var gate = new CardGate(loaded.Cameras[0].Rules.OfType<IdCheckRule>().Single(), office, new EntryEvents(new GatewayEvents(Installation.Id, new LiveEventIds()), EventOrigin.Camera("cua"), asked.Enqueue));
        gate.Show(Card);
        await Wait.Until("the card is asked about", () => office.QuestionAt("cua") is not null, Ioc.Patience);
        Assert.Equal(Assert.Single(asked).Id.ToString(), office.QuestionAt("cua")!.EventId);
        var begun = time.GetUtcNow();
        time.JumpTo(begun.AddSeconds(30));
        Assert.NotNull(office.QuestionAt("cua"));
        time.JumpTo(begun.AddSeconds(60));
        Assert.Null(office.QuestionAt("cua"));
    }

    [Fact]
    public async Task A_card_that_came_in_before_seven_in_the_morning_is_the_same_one_after_it()
    {
        using var site = new Installation(zone: EdgeGateway.Sync.Counting.IntervalGrid.HoChiMinh);
        var loaded = new ConfigFolder(site.Folder, SecretMask.Process).Load();
        Assert.True(loaded.Gateway is not null, string.Join('\n', loaded.Mistakes));
        Directory.CreateDirectory(site.Storage);
        await using var office = new EntryOffice(loaded.Gateway, site.Folder, TimeProvider.System, NullLogger.Instance);
        var midnight = new DateTimeOffset(2026, 6, 2, 0, 0, 0, TimeSpan.Zero);
        var before = await ShowAsync(midnight.AddMinutes(-1));
        Assert.Equal(before, await ShowAsync(midnight.AddMinutes(1)));
        Assert.NotEqual(before, await ShowAsync(midnight.AddHours(20))); // the site's night hour, 03:00

        async Task<string?> ShowAsync(DateTimeOffset at) => (await office.Identities.JudgeAsync(Card, "cua", new EdgeGateway.Sync.Entry.IdentityCheckOptions(), at, TestContext.Current.CancellationToken)).Identity;
    }

    [Fact]
    public async Task A_card_before_the_camera_opens_by_its_code_and_leaves_a_keyed_hash_and_nothing_else()
    {
        await using var relay = new RelayServer();
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, more: $$"""
            log: { level: trace }
            gates: { cua: { http: { open: "{{relay.Url}}open" }, passTime: 2s } }
            identity: { province: true }
            """);
        site.Write("cameras/cua.yaml", $"id: cua\nsource: {{ url: \"{Installation.UrlOf(await CardClipAsync())}\" }}\nanalyseFps: 5\nrules: [ {{ id: the, rule: id_check, scanner: camera, gate: cua }} ]");
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("the card is let in", () => Access(ioc).Any(heard => heard.Word("reason") == "card_valid"), gateway);
        await ioc.UntilAsync("the gate was opened", () => !relay.Heard.IsEmpty, gateway);
        var valid = Access(ioc).First(heard => heard.Word("reason") == "card_valid");
        Assert.Equal(("allow", "gateway", "cua", "25-39", "040"), (valid.Word("decision"), valid.Word("decidedBy"), valid.Word("gate"), valid.Word("ageGroup"), valid.Word("province")));
        Assert.Matches("^[0-9a-f]{32}$", valid.Word("identity"));
        await ioc.UntilAsync("the clip has ended", () => ioc.StateOf("cua")?.Word("state") is not (null or "streaming"), gateway);
        Assert.All(Access(ioc), heard => Assert.NotEqual("deny", heard.Word("decision")));
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        await IsFoundNowhereAsync(gateway, ioc, site);
        foreach (var heard in Access(ioc)) await EventContract.CheckAsync("access", heard.Text);
    }

    [Fact]
    public async Task A_gate_that_fails_open_is_held_open_while_its_camera_is_away_and_left_open_at_the_stop()
    {
        await using var relay = new RelayServer();
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, models: "{ detector: street }", more:
            $"gates: {{ cong-chinh: {{ whenFailed: open, http: {{ open: \"{relay.Url}open\", hold: \"{relay.Url}hold\", release: \"{relay.Url}release\" }} }} }}");
        site.Write("ra-vao.csv", Lists);
        site.Write("cameras/cong.yaml", $"id: cong\nsource: {{ url: \"rtsp://127.0.0.1:1/main\" }}\n{Lane}");
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("what the last run held is let go of", () => relay.Heard.Contains("GET /release"), gateway);
        await ioc.UntilAsync("a camera that stays away holds the gate open", () => relay.Heard.Contains("GET /hold"), gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        Assert.Equal(["GET /release", "GET /hold", "GET /hold"], relay.Heard);
    }

    /// <summary>A real square; from second 2 to 14 somebody holds the rendered card into the picture.</summary>
    private static async Task<string> CardClipAsync()
    {
        using var picture = RenderedCards.Picture(Card, new Random(11), hard: 0);
        var card = Clips.Bytes("card.png", picture.ToBytes());
        return await Clips.RenderAsync("card.mp4",
        [
            "-t", "16", "-i", await StreetClip.LongAsync(), "-loop", "1", "-t", "16", "-i", card,
            "-filter_complex", "[0]scale=1280:720[square];[1]crop=940:620:170:50[card];[square][card]overlay=170:50:enable='between(t,2,14)'", "-r", "10", .. Clips.Encoder("libx264", 10),
        ]);
    }

    private static async Task IsFoundNowhereAsync(GatewayProcess gateway, Ioc ioc, Installation site)
    {
        string[] secrets = [Number, "NGUYỄN THỊ THỬ NGHIỆM", "05071999", Convert.ToBase64String(Encoding.UTF8.GetBytes(Number)), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Number)))];
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, gateway.Said, StringComparison.OrdinalIgnoreCase);
            foreach (var heard in ioc.Messages) Assert.DoesNotContain(secret, heard.Text, StringComparison.OrdinalIgnoreCase);
            foreach (var part in ioc.Evidence) Assert.DoesNotContain(secret, Encoding.Latin1.GetString(part.Payload), StringComparison.OrdinalIgnoreCase);
            var bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(secret));
            foreach (var file in Directory.EnumerateFiles(site.Folder, "*", SearchOption.AllDirectories))
            {
                Assert.False(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).Contains(bytes, StringComparison.OrdinalIgnoreCase), file);
            }
        }
    }

    private static IReadOnlyList<Heard> Access(Ioc ioc) => ioc.Events("access");

    private static string Request(string officer) => $"{{\"gate\":\"cong-chinh\",\"officer\":\"{officer}\",\"reason\":\"<b>Xe cứu thương</b>\"}}";

    private static Task<JsonElement> Open(Mosquitto broker, GatewayProcess gateway, string officer) => Ioc.AskAsync(broker, "open_gate", Request(officer), gateway);

    private static (string?, string?) Ended(JsonElement reply) => (reply.GetProperty("status").GetString(), reply.GetProperty("code").GetString());

    private static async Task<string> ReplayAsync(Installation site, string clip)
    {
        var output = Path.Combine(site.Folder, "out.jsonl");
        var ended = await GatewayProcess.RunAsync("replay", "--config", site.Folder, "--camera", "cong", "--input", clip, "--out", output);
        Assert.True(ended.Code == 0, ended.Error);
        return await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken);
    }
}
