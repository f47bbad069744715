using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary><c>run</c>: the service with a real camera stream and a real broker, ended kindly and by force.</summary>
public sealed class RunTests
{
    [Fact]
    public async Task An_rtsp_camera_becomes_events_and_sigterm_loses_nothing()
    {
        await using var server = await RtspServer.StartAsync("main=" + await StreetClip.PathAsync());
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("cong", server.Url("main"), "name: Cổng Bình Minh\nplace: { text: Cổng Bình Minh, lat: 18.8206, lon: 105.7189 }");

        await using (var gateway = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("cong", "streaming", gateway);
            Assert.Equal("online", ioc.Status!.Word("state"));
            await ioc.UntilAsync("three crossings", () => ioc.Events("crossing").Count >= 3, gateway);
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
            Assert.DoesNotContain("   at ", gateway.Said, StringComparison.Ordinal);
        }

        await ioc.UntilOfflineAsync();
        await Wait.Until("the camera says off", () => ioc.StateOf("cong")!.Word("state") == "off", Ioc.Patience);
        var first = Assert.Single(ioc.Events("count"));
        Assert.Equal(1, first.Data.GetProperty("revision").GetInt32());
        Assert.Equal(ioc.Crossings().Count, Sum(first));

        // The day goes on after a restart: the next publication replaces the first and holds its sums.
        await using (var gateway = GatewayProcess.Run(site))
        {
            var before = ioc.Events("crossing").Count;
            await ioc.UntilAsync("one more crossing", () => ioc.Events("crossing").Count > before, gateway);
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        await ioc.UntilOfflineAsync();
        await Wait.Until("a second publication", () => ioc.Events("count").Count >= 2, Ioc.Patience);
        var last = ioc.Events("count")[^1];
        Assert.Equal(first.Word("from"), last.Word("from"));
        Assert.True(last.Data.GetProperty("revision").GetInt32() > 1);
        Assert.Equal(ioc.Crossings().Count, Sum(last));
        await ioc.AllKeepTheContractAsync();
    }

    [Fact]
    public async Task A_broker_that_no_longer_answers_does_not_hold_the_end()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("a crossing", () => ioc.Events("crossing").Count > 0, gateway);
        broker.Hang();
        gateway.Terminate();
        // Beyond its time the program would be cut off, with another code and without its last line.
        Assert.Equal(0, await gateway.EndAsync());
        Assert.Contains(gateway.Error, line => line.Contains($"Gateway {Installation.Id} stopped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_gateway_on_the_same_folder_is_refused_and_the_first_goes_on()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("cong", "streaming", gateway);
        await using (var second = GatewayProcess.Run(site))
        {
            Assert.True(await second.EndAsync() == 1, second.Said);
            Assert.Contains($"Another gateway (process {gateway.Id}) runs on the storage folder {site.Storage}", second.Said, StringComparison.Ordinal);
        }

        Assert.Equal("online", ioc.Status!.Word("state"));
        await gateway.KillAsync();
        await using var next = GatewayProcess.Run(site);
        await ioc.UntilAsync("cong streams again", () => ioc.StatesOf("cong").Count(state => state == "streaming") >= 2, next);
    }

    [Fact]
    public async Task Kill_9_leaves_no_child_and_the_counters_go_on()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));

        DateTimeOffset killedAt;
        await using (var gateway = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("three crossings", () => ioc.Events("crossing").Count >= 3, gateway);
            var children = Processes.Below(gateway.Id);
            Assert.Contains(children, child => child.CommandLine.Contains("ffmpeg", StringComparison.Ordinal));
            killedAt = DateTimeOffset.UtcNow;
            await gateway.KillAsync();
            await Wait.Until("no child is left behind", () => !children.Any(child => Processes.Runs(child.Id)), Ioc.Patience);
        }

        Assert.Equal("ok", OutboxCheck(site));
        await Wait.Until("the last will says offline", () => ioc.Status!.Word("state") == "offline", Ioc.Patience);
        await using (var gateway = GatewayProcess.Run(site))
        {
            var before = ioc.Events("crossing").Count;
            await ioc.UntilAsync("one more crossing", () => ioc.Events("crossing").Count > before, gateway);
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        await ioc.UntilOfflineAsync(); // the last crossings may come after the count
        await Wait.Until("the count", () => ioc.Events("count").Count > 0, Ioc.Patience);
        var count = ioc.Events("count")[^1];
        var crossings = ioc.Crossings();
        // The stated gap: what crossed in the last two seconds before the kill may be missing, and a crossing that the counter holds
        // is at most not yet sent as an event by then.
        var inTheGap = crossings.Count(crossing => crossing.Data.GetProperty("at").GetDateTimeOffset() is var at && at > killedAt.AddSeconds(-2.5) && at <= killedAt);
        Assert.InRange(Sum(count), crossings.Count - inTheGap, crossings.Count);
        Assert.True(count.Data.GetProperty("coverage").GetDouble() < 1);
        await ioc.AllKeepTheContractAsync();
    }

    [Fact]
    public async Task A_broker_that_comes_late_gets_everything()
    {
        // The centre has been there before, so the broker keeps what comes for it; then the broker is away.
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        await broker.StopAsync();
        using var site = new Installation(broker.Port, listen: $"127.0.0.1:{Mosquitto.FreePort()}").Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        await using var gateway = GatewayProcess.Run(site);
        using var pages = new Pages(site);
        await Wait.Until("crossings wait in the outbox", async () => await pages.MetricAsync("edgegateway_outbox_pending") >= 3, Ioc.Patience);
        Assert.Equal("ok", await pages.ReadAsync("/health/live"));

        await broker.StartAsync();
        await ioc.UntilAsync("what waited is delivered", () => ioc.Events("crossing").Count >= 3, gateway);
        await ioc.UntilAsync("cong", "streaming", gateway);
        Assert.Equal("online", ioc.Status!.Word("state"));
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        await ioc.UntilOfflineAsync(); // the last crossings may come after the count
        await Wait.Until("the count", () => ioc.Events("count").Count > 0, Ioc.Patience);
        Assert.Equal(ioc.Crossings().Count, Sum(Assert.Single(ioc.Events("count"))));
    }

    [Fact]
    public async Task A_broker_that_goes_away_midway_misses_nothing()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, listen: $"127.0.0.1:{Mosquitto.FreePort()}").Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        using var pages = new Pages(site);
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("a crossing", () => ioc.Events("crossing").Count > 0, gateway);
        await broker.StopAsync();
        await Wait.Until("events wait and it is not connected", async () => await pages.MetricAsync("edgegateway_outbox_pending") >= 2 && await pages.MetricAsync("edgegateway_mqtt_connected") == 0, Ioc.Patience);
        await broker.StartAsync();
        await Wait.Until("it is connected again", async () => await pages.MetricAsync("edgegateway_mqtt_connected") == 1, Ioc.Patience);
        await ioc.UntilAsync("it is online again", () => ioc.Status!.Word("state") == "online", gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        await ioc.UntilOfflineAsync(); // the last crossings may come after the count
        await Wait.Until("the count", () => ioc.Events("count").Count > 0, Ioc.Patience);
        Assert.Equal(ioc.Crossings().Count, Sum(ioc.Events("count")[^1]));
    }

    [Fact]
    public async Task Sigterm_while_everything_is_still_starting_ends_it_kindly()
    {
        using var site = new Installation().Camera("cong", Installation.UrlOf(await StreetClip.PathAsync())).Camera("xa", "rtsp://127.0.0.1:1/main");
        await using var gateway = GatewayProcess.Run(site);
        await Wait.Until("it says that it started", () => gateway.Error.Any(line => line.Contains("started with 2 cameras", StringComparison.Ordinal)), Ioc.Patience);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        Assert.DoesNotContain("   at ", gateway.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_before_anything_has_started_is_no_failure()
    {
        using var site = new Installation().Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        await using var gateway = GatewayProcess.Run(site);
        // It runs as a program of ours now, and no sooner than the outbox begins is it near its start.
        await Wait.Until("it opens its folder", () => Directory.Exists(site.Storage) && Directory.EnumerateFileSystemEntries(site.Storage).Any(), Ioc.Patience);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        Assert.DoesNotContain("Stopped before the end", gateway.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", gateway.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("models.json")]
    [InlineData("storage")]
    public async Task What_the_service_cannot_start_without_is_named_in_one_line(string what)
    {
        var folder = Directory.CreateTempSubdirectory("edgegateway-broken-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "models.json"), "{ \"version\": 1, \"models\": [ ");
        using var site = what == "storage" ? new Installation(storage: "/proc/edgegateway") : new Installation(models: $"{{ folder: \"{folder}\" }}");
        var ended = await GatewayProcess.RunAsync("run", "--config", site.Folder);
        // A list of models that cannot be read is a fault of the configuration, a disk that cannot be written one of the work.
        Assert.Equal(what == "storage" ? 1 : 2, ended.Code);
        Assert.Contains(what == "storage" ? "/proc/edgegateway" : Path.Combine(folder, "models.json"), ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static int Sum(Heard count) => count.Data.GetProperty("in").GetInt32() + count.Data.GetProperty("out").GetInt32();

    /// <summary>SQLite's own word on the file that a killed gateway left behind.</summary>
    private static string? OutboxCheck(Installation site)
    {
        using var outbox = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(site.Storage, "outbox.db")};Pooling=False");
        outbox.Open();
        using var check = outbox.CreateCommand();
        check.CommandText = "PRAGMA integrity_check";
        return (string?)check.ExecuteScalar();
    }
}
