using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>People present at a site and the reports on it, by the running gateway.</summary>
public sealed class SiteTests
{
    /// <summary>The night's reset comes at an hour that is not now, wherever and whenever these tests run.</summary>
    private static readonly int ResetHour = (DateTime.UtcNow.Hour + 12) % 24;

    [Fact]
    public async Task A_crossing_reaches_the_sign_board_within_two_seconds_and_a_count_by_hand_corrects_it()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        await using var desk = await CommandDesk.OpenAsync(broker);
        using var site = await BeachAsync(broker);
        await using (var gateway = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("somebody is present", () => ioc.Present("bai-bien").Any(one => PresentOf(one) > 0), gateway);
            var told = ioc.Present("bai-bien").First(one => PresentOf(one) > 0);
            // Sign board and event go by different ways: either may come first.
            IEnumerable<Heard> Before() => ioc.Events("crossing").Where(one => one.Word("direction") == "in" && TimeOf(one) <= TimeOf(told));
            await ioc.UntilAsync("its crossing", () => Before().Any(), gateway);
            var crossing = Before().Last();
            MustHoldTwoSeconds(told.At - crossing.At);
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sign board {(told.At - TimeOf(crossing)).TotalSeconds:0.00} s after the crossing, {(told.At - crossing.At).TotalSeconds:0.00} s after its event"));

            var answer = await desk.AskAsync(ioc, gateway, "set_occupancy", """{"camera":"cong","counter":"visitors","present":100,"officer":"A-204"}""");
            Assert.Equal("ok", answer.GetProperty("status").GetString());
            Assert.Equal(100, answer.GetProperty("data").GetProperty("present").GetInt32());
            await ioc.UntilAsync("the capacity alert", () => ioc.Alerts("capacity", "raised").Count == 1, gateway);
            await ioc.UntilAsync("the sign board shows it", () => ioc.Present("bai-bien").Any(one => PresentOf(one) == 100 && one.Word("level") == "over" && one.Data.GetProperty("capacity").GetInt32() == 40), gateway);
            await ioc.UntilAsync("the event of the level", () => ioc.Events("occupancy").Any(one => one.Word("level") == "over"), gateway);

            answer = await desk.AskAsync(ioc, gateway, "set_occupancy", """{"camera":"cong","counter":"visitors","present":20,"officer":"A-204"}""");
            await ioc.UntilAsync("the alert is cleared", () => ioc.Alerts("capacity", "cleared").Count == 1, gateway);
            Assert.Equal(ioc.Alerts("capacity", "raised")[0].Word("key"), ioc.Alerts("capacity", "cleared")[0].Word("key"));

            answer = await desk.AskAsync(ioc, gateway, "set_occupancy", """{"camera":"cong","counter":"vistors","present":1,"officer":"A-204"}""");
            Assert.Equal(("refused", "not_found"), (answer.GetProperty("status").GetString(), answer.GetProperty("code").GetString()));
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        // The number goes on after a restart, and nobody is told twice of an alert.
        await ioc.UntilOfflineAsync();
        var before = PresentOf(ioc.Present("bai-bien")[^1]);
        var heard = ioc.Present("bai-bien").Count;
        await using (var gateway = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("the sign board after the restart", () => ioc.Present("bai-bien").Count > heard, gateway);
            Assert.Equal(before, PresentOf(ioc.Present("bai-bien")[heard]));
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        Assert.Single(ioc.Alerts("capacity", "raised"));
        await Wait.Until("the last count", () => ioc.Events("count").Count >= 2, Ioc.Patience);
        using var archive = CountArchive.Open(Path.Combine(site.Storage, CountArchive.FileName), site.Zone);
        var corrections = archive.Corrections(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "bai-bien");
        Assert.Equal([100, 20], corrections.Where(one => one.Who == "A-204").Select(one => one.Became));
        await ReportsHoldAsync(site, ioc.Events("count")[^1]);
    }

    [Fact]
    public async Task A_capacity_alert_is_raised_by_crossings_and_cleared_within_two_seconds()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        await using var desk = await CommandDesk.OpenAsync(broker);
        using var site = await BeachAsync(broker, siteKeys: ", capacity: 2, aggregate: [" + Installation.Id + "]");
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("the alert", () => ioc.Alerts("capacity", "raised").Any(one => one.Word("key") == "capacity-bai-bien"), gateway);
        var raised = ioc.Alerts("capacity", "raised").First(one => one.Word("key") == "capacity-bai-bien");
        IEnumerable<Heard> Before() => ioc.Events("crossing").Where(one => one.Word("direction") == "in" && TimeOf(one) <= StampOf(raised));
        await ioc.UntilAsync("its crossing", () => Before().Any(), gateway); // alerts go before crossings
        var crossing = Before().Last();
        MustHoldTwoSeconds(raised.At - crossing.At);
        var believed = StampOf(raised) - TimeOf(crossing);
        FaultForm.MustHold(believed.TotalSeconds <= 5, $"raised {believed.TotalSeconds:0.00} s after the crossing (a slow walker is believed late; asked: 5 s)");
        var before = DateTimeOffset.UtcNow;
        await desk.AskAsync(ioc, gateway, "set_occupancy", """{"camera":"cong","counter":"visitors","present":0,"officer":"A-204"}""");
        await ioc.UntilAsync("the alert is cleared", () => ioc.Alerts("capacity", "cleared").Any(one => one.Word("key") == "capacity-bai-bien"), gateway);
        var cleared = ioc.Alerts("capacity", "cleared").First(one => one.Word("key") == "capacity-bai-bien");
        MustHoldTwoSeconds(cleared.At - before);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"raised {(raised.At - crossing.At).TotalSeconds:0.00} s after its crossing's event, {(StampOf(raised) - crossing.Data.GetProperty("at").GetDateTimeOffset()).TotalSeconds:0.00} s after the crossing; cleared {(cleared.At - before).TotalSeconds:0.00} s after the command"));
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
    }

    [Fact]
    public async Task A_line_with_a_capacity_of_its_own_is_a_room_beside_the_site()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        await using var desk = await CommandDesk.OpenAsync(broker);
        using var site = await BeachAsync(broker, siteKeys: ", capacity: 5000");
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("the site is told", () => ioc.Present("bai-bien").Count > 0, gateway);
        await desk.AskAsync(ioc, gateway, "set_occupancy", """{"camera":"cong","counter":"visitors","present":60,"officer":"A-204"}""");
        await ioc.UntilAsync("the room's event", () => RoomEvents(ioc).Any(one => PresentOf(one) == 60 && one.Word("level") == "over"), gateway);
        await ioc.UntilAsync("its alert", () => ioc.Alerts("capacity", "raised").Count > 0, gateway);
        Assert.Contains("cong", ioc.Alerts("capacity", "raised").Single().Topic, StringComparison.Ordinal);
        await ioc.UntilAsync("the site moved by as much", () => ioc.Present("bai-bien").Any(one => PresentOf(one) > 50 && one.Word("level") == "normal"), gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
    }

    [Fact]
    public async Task The_counts_of_another_gateway_are_added_live_and_a_message_that_comes_twice_counts_once()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        await using var desk = await CommandDesk.OpenAsync(broker);
        using var site = new Installation(broker.Port, siteKeys: $", aggregate: [cong-nam, {Installation.Id}], resetHour: {ResetHour}");
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("an empty site", () => ioc.Present("bai-bien").Any(one => PresentOf(one) == 0), gateway);
        await ioc.UntilAsync("it listens", () => gateway.Error.Any(line => line.Contains("other gateways of the site: Connected", StringComparison.Ordinal)), gateway);

        var south = new GatewayEvents("cong-nam", new LiveEventIds());
        var now = DateTimeOffset.UtcNow;
        var count = south.Create(EventOrigin.Camera("cong"), now, new CountData("visitors", "gate", ObjectKind.Person, 20, 5, now, now.AddMinutes(1), 1, CountMethod.Tracks, 1));
        await desk.PublishAsync(count.Topic, count.Json);
        await ioc.UntilAsync("15 are present", () => ioc.Present("bai-bien").Any(one => PresentOf(one) == 15), gateway);

        var crossing = south.Create(EventOrigin.Camera("cong"), now.AddMinutes(2), new CrossingData(1, ObjectKind.Person, "gate", CrossingDirection.In, now.AddMinutes(2), null, null));
        await desk.PublishAsync(crossing.Topic, crossing.Json);
        await desk.PublishAsync(crossing.Topic, crossing.Json);
        // Who speaks for another gateway is not believed; what is no event harms nobody.
        await desk.PublishAsync("edge/cong-nam/cameras/xa/events/count", new GatewayEvents("cong-bac", new LiveEventIds()).Create(
            EventOrigin.Camera("xa"), now, new CountData("visitors", "gate", ObjectKind.Person, 900, 0, now, now.AddMinutes(1), 1, CountMethod.Tracks, 1)).Json);
        await desk.PublishAsync("edge/cong-nam/cameras/cong/events/count", "{\"data\":{\"count\":1}}"u8.ToArray());
        await ioc.UntilAsync("one more came in", () => ioc.Present("bai-bien").Any(one => PresentOf(one) == 16), gateway);
        var revised = south.Create(EventOrigin.Camera("cong"), now, new CountData("visitors", "gate", ObjectKind.Person, 30, 5, now, now.AddMinutes(1), 1, CountMethod.Tracks, 2));
        await desk.PublishAsync(revised.Topic, revised.Json);
        await ioc.UntilAsync("the revision replaces the interval", () => ioc.Present("bai-bien").Any(one => PresentOf(one) == 26), gateway);
        Assert.Equal([0, 15, 16, 26], ioc.Present("bai-bien").Select(PresentOf).Distinct());
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        using var archive = CountArchive.Open(Path.Combine(site.Storage, CountArchive.FileName), site.Zone);
        Assert.Equal(("cong-nam", 30, 2), archive.Intervals(now.AddDays(-1), now.AddDays(1)).Select(one => (one.Series.Gateway, one.In, one.Revision)).Single());
    }

    [Fact]
    public async Task Killed_in_the_midst_of_what_another_gateway_sent_meanwhile_the_archive_has_every_interval_in_the_end()
    {
        const int Intervals = 900;
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        await using var desk = await CommandDesk.OpenAsync(broker);
        using var site = new Installation(broker.Port, siteKeys: $", aggregate: [cong-nam, {Installation.Id}], resetHour: {ResetHour}");
        await using (var gateway = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("it listens", () => gateway.Error.Any(line => line.Contains("other gateways of the site: Connected", StringComparison.Ordinal)), gateway);
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        var south = new GatewayEvents("cong-nam", new LiveEventIds());
        var begin = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
        for (var i = 0; i < Intervals; i++)
        {
            var from = begin.AddMinutes(i);
            var count = south.Create(EventOrigin.Camera("cong"), from, new CountData("visitors", "gate", ObjectKind.Person, 1 + i, 0, from, from.AddMinutes(1), 1, CountMethod.Tracks, 1));
            await desk.PublishAsync(count.Topic, count.Json);
        }

        for (var kills = 0; Archived() < Intervals; kills++)
        {
            await using var gateway = GatewayProcess.Run(site);
            var goal = Math.Min(Intervals, Archived() + (kills < 3 ? 50 : Intervals));
            await Wait.Until($"{goal} are there; the gateway said {gateway.Said}", () => Archived() >= goal, Ioc.Patience);
            await gateway.KillAsync();
        }

        Assert.Equal(Intervals * (Intervals + 1) / 2, Sum());

        int Archived()
        {
            using var archive = CountArchive.Open(Path.Combine(site.Storage, CountArchive.FileName), site.Zone);
            return archive.Intervals(begin, begin.AddDays(2)).Count();
        }

        int Sum()
        {
            using var archive = CountArchive.Open(Path.Combine(site.Storage, CountArchive.FileName), site.Zone);
            return archive.Intervals(begin, begin.AddDays(2)).Sum(one => one.In);
        }
    }

    [Fact]
    public async Task People_of_another_gateway_s_counter_that_is_not_listed_are_in_neither_the_sum_nor_the_archive()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        await using var desk = await CommandDesk.OpenAsync(broker);
        using var site = new Installation(broker.Port, siteKeys: $", aggregate: [cong-nam, {Installation.Id}], aggregateCounters: [visitors], resetHour: {ResetHour}");
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("it listens", () => gateway.Error.Any(line => line.Contains("other gateways of the site: Connected", StringComparison.Ordinal)), gateway);
        var now = DateTimeOffset.UtcNow;
        foreach (var (counter, line, kind, into) in ((string, string, ObjectKind, int)[])[("sanh", "cua-sanh", ObjectKind.Person, 70), ("xe", "gate", ObjectKind.Car, 4), ("visitors", "gate", ObjectKind.Person, 20)])
        {
            var count = new GatewayEvents("cong-nam", new LiveEventIds()).Create(EventOrigin.Camera("cong"), now, new CountData(counter, line, kind, into, 0, now, now.AddMinutes(1), 1, CountMethod.Tracks, 1));
            await desk.PublishAsync(count.Topic, count.Json);
        }

        await ioc.UntilAsync("20 are present", () => ioc.Present("bai-bien").Any(one => PresentOf(one) == 20), gateway);
        Assert.DoesNotContain(ioc.Present("bai-bien"), one => PresentOf(one) > 20);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        using var archive = CountArchive.Open(Path.Combine(site.Storage, CountArchive.FileName), site.Zone);
        Assert.Equal(["visitors", "xe"], archive.Intervals(now.AddDays(-1), now.AddDays(1)).Select(one => one.Series.Counter).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Two_running_boxes_make_one_number_at_the_one_that_sums_the_site()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var office = new Installation(broker.Port, siteKeys: $", aggregate: [cong-nam, {Installation.Id}], resetHour: {ResetHour}");
        using var south = await BeachAsync(broker);
        south.Write("gateway.yaml", (await File.ReadAllTextAsync(Path.Combine(south.Folder, "gateway.yaml"))).Replace($"id: {Installation.Id}", "id: cong-nam", StringComparison.Ordinal));
        await using var sums = GatewayProcess.Run(office);
        await ioc.UntilAsync("it listens", () => sums.Error.Any(line => line.Contains("other gateways of the site: Connected", StringComparison.Ordinal)), sums);
        await using (var counts = GatewayProcess.Run(south))
        {
            await ioc.UntilAsync("who crosses at the other box is present at the site", () => ioc.Present("bai-bien").Any(one => PresentOf(one) > 0), counts);
            counts.Terminate();
            Assert.Equal(0, await counts.EndAsync());
        }

        // Its last interval takes the place of its crossings: the sums are the same.
        Heard? Last() => ioc.Messages.LastOrDefault(heard => heard.Topic == "edge/cong-nam/cameras/cong/events/count");
        await ioc.UntilAsync("its last interval comes", () => Last() is not null, sums);
        var last = Last()!;
        var net = last.Data.GetProperty("in").GetInt32() - last.Data.GetProperty("out").GetInt32();
        await ioc.UntilAsync($"the site stands at the other box's in - out, {net}", () => PresentOf(ioc.Present("bai-bien")[^1]) == Math.Max(0, net), sums);
        sums.Terminate();
        Assert.Equal(0, await sums.EndAsync());
    }

    [Fact]
    public async Task A_weekly_report_missed_while_off_is_made_at_the_next_start()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        await using var desk = await CommandDesk.OpenAsync(broker);
        using var site = new Installation(broker.Port, more: "evidence: { mode: on_request }");
        await using (var first = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("online", () => ioc.Status?.Word("state") == "online", first);
            await Wait.Until("the schedule begins", () => State(site, "SELECT count(*) FROM state WHERE key = 'reports/bai-bien/visitors_weekly'") == 1, Ioc.Patience);
            first.Terminate();
            Assert.Equal(0, await first.EndAsync());
        }

        // The box was off for eight days: one Monday, 18:00, lies between.
        Assert.Empty(ioc.Events("report"));
        State(site, $"UPDATE state SET json = '{DateTimeOffset.UtcNow.AddDays(-7):O}' WHERE key = 'reports/bai-bien/visitors_weekly'; SELECT 1");
        using (var archive = CountArchive.Open(Path.Combine(site.Storage, CountArchive.FileName), site.Zone))
        {
            var begin = IntervalGrid.Begin(DateTimeOffset.UtcNow, TimeSpan.FromHours(1), site.Zone).AddDays(-15);
            archive.Add([.. Enumerable.Range(0, 24 * 15).Select(hour => new ArchivedCount(
                new CountSeries(Installation.Id, "bai-bien", "cong", "visitors", "gate", "person"), begin.AddHours(hour), begin.AddHours(hour + 1), 7, 5, 1, CountMethod.Tracks, 1))]);
        }

        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("the report", () => ioc.Events("report").Count > 0, gateway);
        var report = ioc.Events("report").Single();
        Assert.Equal(("visitors_weekly", "bai-bien"), (report.Word("kind"), report.Word("site")));
        Assert.Equal(TimeSpan.FromDays(7), report.Data.GetProperty("to").GetDateTimeOffset() - report.Data.GetProperty("from").GetDateTimeOffset());
        var page = await File.ReadAllBytesAsync(Path.Combine(site.Storage, "reports", report.Word("uri")));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(page)), report.Word("sha256"));
        Assert.Contains("1.176", System.Text.Encoding.UTF8.GetString(page), StringComparison.Ordinal); // 7 an hour for 168 hours

        var answer = await desk.AskAsync(ioc, gateway, "fetch_evidence", $$"""{"event":"{{report.Event.GetProperty("id").GetString()}}","officer":"A-204"}""");
        Assert.Equal(page.Length, answer.GetProperty("data").GetProperty("bytes").GetInt64());
        await ioc.UntilAsync("the page itself", () => ioc.Evidence.Where(part => !part.Topic.EndsWith("/index", StringComparison.Ordinal)).SelectMany(part => part.Payload).SequenceEqual(page), gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
    }

    [Fact]
    public async Task A_count_by_hand_of_a_few_is_not_kept_and_one_that_is_kept_while_the_camera_runs_holds_from_then_on()
    {
        var clip = SharedData.TryPath("videos", "lobby_one_by_one.mp4");
        var table = SharedData.TryPath("videos", "groundtruth.csv");
        if (clip is null || table is null) Assert.Skip("The clips (shared/data/videos) are not here.");
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port);
        site.Write("cameras/cong.yaml", $$"""
            id: cong
            source: { url: "{{Installation.UrlOf(clip)}}", loop: true }
            lines: { gate: { points: [[560, 40], [560, 431]], units: px, frame: [768, 432] } }
            counting: [ { id: visitors, line: gate, interval: 5s } ]
            """);
        // The line is drawn downwards, so to the right is out.
        var rows = from row in await File.ReadAllLinesAsync(table)
                   let cells = row.Split(',')
                   where cells[0] == "lobby_one_by_one.mp4" && cells[7] == "person"
                   select $"{cells[5]},gate,{(cells[6] == "left" ? "in" : "out")},person";
        var truth = Path.Combine(site.Folder, "truth.csv");
        await File.WriteAllLinesAsync(truth, ["t_s,line,direction,class", .. rows]);

        var ended = await GatewayProcess.RunAsync("calibrate", "--config", site.Folder, "--camera", "cong", "--input", clip, "--truth", truth);
        Assert.True(ended.Code == 0, ended.Error);
        TestContext.Current.TestOutputHelper?.WriteLine(ended.Output);
        var found = ended.Output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement).Single(line => line.GetProperty("direction").GetString() == "out");
        Assert.Equal((4, false), (found.GetProperty("truth").GetInt32(), found.GetProperty("kept").GetBoolean()));
        Assert.InRange(found.GetProperty("matched").GetInt32(), 3, 4);
        Assert.InRange(found.GetProperty("factor").GetDouble(), 0.8, 1.34);

        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("a count", () => ioc.Events("count").Count > 0, gateway);
        Assert.Equal("tracks", ioc.Events("count")[^1].Word("method"));
        Assert.Contains("is not kept", ended.Error, StringComparison.Ordinal);
        CalibrationBook.Open(site.Storage).Keep([new("cong", "visitors", "gate", "person", "out", 1.3, 1.2, 1.4, 260, 200, 200, "block_bootstrap", DateTimeOffset.UtcNow, "00")]);
        await ioc.UntilAsync("a calibrated count", () => ioc.Events("count")[^1].Word("method") == "calibrated", gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        Assert.True(ioc.Events("count").Last(one => one.Word("method") == "calibrated").Data.TryGetProperty("rawOut", out _));
        await ioc.AllKeepTheContractAsync();
    }

    private static async Task<Installation> BeachAsync(Mosquitto broker, string siteKeys = "")
    {
        var site = new Installation(broker.Port, siteKeys: $"{siteKeys}, resetHour: {ResetHour}");
        return site.Write("cameras/cong.yaml", $$"""
            id: cong
            name: Cổng Bình Minh
            source: { url: "{{Installation.UrlOf(await StreetClip.PathAsync())}}", loop: true }
            analyseFps: 5
            lines: { gate: { points: [[0.98, 0.5], [0.02, 0.5]], units: fraction } } # most people on the clip walk up: in
            counting: [ { id: visitors, line: gate, interval: 1d, occupancy: true, capacity: 40 } ]
            publish: [crossing]
            """);
    }

    private static async Task ReportsHoldAsync(Installation site, Heard count)
    {
        var (into, outOf) = (count.Data.GetProperty("in").GetInt32(), count.Data.GetProperty("out").GetInt32());
        var day = TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, site.Zone).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string[] range = ["--config", site.Folder, "--from", day, "--to", day];
        foreach (var format in (string[])["csv", "json", "html"])
        {
            var file = Path.Combine(site.Folder, "visitors." + format);
            var ended = await GatewayProcess.RunAsync(["report", "visitors", .. range, "--format", format, "--out", file]);
            Assert.True(ended.Code == 0, ended.Error);
            Holds(ended, into, outOf);
            Assert.True(new FileInfo(file).Length > 200);
        }

        var csv = await File.ReadAllBytesAsync(Path.Combine(site.Folder, "visitors.csv"));
        Assert.True(csv.AsSpan().StartsWith("\uFEFF"u8));
        Assert.Contains("Cổng Bình Minh", await File.ReadAllTextAsync(Path.Combine(site.Folder, "visitors.html")), StringComparison.Ordinal);

        // Another box of the site adds the export; its own export merged into itself counts nobody twice.
        var export = Path.Combine(site.Folder, "counts.jsonl");
        var exported = await GatewayProcess.RunAsync(["export", "counts", .. range, "--out", export]);
        Assert.True(exported.Code == 0, exported.Error);
        using var office = new Installation();
        foreach (var folder in (string[])[site.Folder, office.Folder])
        {
            var merged = await GatewayProcess.RunAsync("report", "visitors", "--config", folder, "--from", day, "--to", day, "--format", "json", "--merge", export, "--out", Path.Combine(folder, "merged.json"));
            Assert.True(merged.Code == 0, merged.Error);
            Holds(merged, into, outOf);
        }

        Assert.Contains("Cổng Bình Minh", await File.ReadAllTextAsync(Path.Combine(office.Folder, "merged.json")), StringComparison.Ordinal); // the export tells the name

        // Signed once the box has a key: then its public half is asked of whoever merges.
        await GatewayProcess.RunAsync("keys", "init", "--config", site.Folder);
        await GatewayProcess.RunAsync(["export", "counts", .. range, "--out", export]);
        var pem = Path.Combine(site.Folder, "public.pem");
        await File.WriteAllTextAsync(pem, (await GatewayProcess.RunAsync("keys", "show", "--pem", "--config", site.Folder)).Output);
        await GatewayProcess.RunAsync("keys", "init", "--config", office.Folder);
        var strange = Path.Combine(site.Folder, "strange.pem");
        await File.WriteAllTextAsync(strange, (await GatewayProcess.RunAsync("keys", "show", "--pem", "--config", office.Folder)).Output);
        string[] merge = ["report", "visitors", "--config", office.Folder, "--from", day, "--to", day, "--format", "json", "--merge", export, "--out", Path.Combine(office.Folder, "merged.json")];
        Holds(await GatewayProcess.RunAsync([.. merge, "--key", pem]), into, outOf);
        Assert.DoesNotContain("was not checked", await File.ReadAllTextAsync(merge[^1]), StringComparison.Ordinal);
        Holds(await GatewayProcess.RunAsync(merge), into, outOf);
        Assert.Contains("was not checked", await File.ReadAllTextAsync(merge[^1]), StringComparison.Ordinal);
        var refused = await GatewayProcess.RunAsync([.. merge, "--key", strange]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("the signature is not by a known key", refused.Error, StringComparison.Ordinal);
    }

    private static void Holds(Ended ended, int into, int outOf)
    {
        using var json = JsonDocument.Parse(ended.Output);
        Assert.Equal((into, outOf), (json.RootElement.GetProperty("in").GetInt32(), json.RootElement.GetProperty("out_count").GetInt32()));
    }

    private static IReadOnlyList<Heard> RoomEvents(Ioc ioc) => [.. ioc.Events("occupancy").Where(one => one.Topic.Contains("/cameras/cong/", StringComparison.Ordinal) && one.Word("counter") == "visitors")];

    /// <summary>By the clock that is read as the messages come: what a busy machine adds to it is no fault of the gateway's.</summary>
    private static void MustHoldTwoSeconds(TimeSpan passed) =>
        FaultForm.MustHold(passed.Duration() <= TimeSpan.FromSeconds(2), string.Create(CultureInfo.InvariantCulture, $"told {passed.TotalSeconds:0.00} s after (asked: 2 s)"));

    private static int PresentOf(Heard heard) => heard.Data.GetProperty("present").GetInt32();

    private static DateTimeOffset StampOf(Heard heard) => heard.Event.GetProperty("time").GetDateTimeOffset();

    private static DateTimeOffset TimeOf(Heard heard) => heard.Data.GetProperty("at").GetDateTimeOffset();

    private static long State(Installation site, string sql)
    {
        using var outbox = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(site.Storage, "outbox.db")};Pooling=False");
        outbox.Open();
        using var command = outbox.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
