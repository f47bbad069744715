using System.Diagnostics;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>What goes wrong with one part is told, and the others go on.</summary>
public sealed class BadCameraTests
{
    [Fact]
    public async Task Dead_cameras_are_told_apart_and_do_not_disturb_the_good_one()
    {
        var clip = await StreetClip.PathAsync();
        await using var server = await RtspServer.StartAsync("--user", "viewer", "--password", "dung", "main=" + clip);
        await using var later = await RtspServer.StartAsync("main=" + clip);
        await later.KillAsync();
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port);
        var garbage = Path.Combine(site.Folder, "rac.mp4");
        await File.WriteAllBytesAsync(garbage, [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))]);
        site.Camera("tot", server.Url("main", "viewer:dung"))
            .Camera("sai", server.Url("main", "viewer:lạc"))
            .Camera("mat", server.Url("khong-co", "viewer:dung"))
            .Camera("xa", later.Url("main"))
            .Camera("rac", Installation.UrlOf(garbage));
        await using var gateway = GatewayProcess.Run(site);

        await ioc.UntilAsync("tot", "streaming", gateway);
        await ioc.UntilAsync("sai", "unauthorised", gateway);
        await ioc.UntilAsync("rac", "unsupported", gateway);
        await ioc.UntilAsync("mat", "reconnecting", gateway);
        await ioc.UntilAsync("xa", "reconnecting", gateway);
        string[] broken = ["sai", "mat", "xa", "rac"];
        await ioc.UntilAsync("an alert of each", () => broken.All(id => Raised(ioc, id)), gateway);
        var reasons = broken.Select(id => ioc.StateOf(id)!.Data.GetProperty("reason").GetProperty("en").GetString()).ToList();
        Assert.All(reasons, reason => Assert.False(string.IsNullOrWhiteSpace(reason)));
        Assert.Equal(broken.Length, reasons.Distinct(StringComparer.Ordinal).Count());
        Assert.False(Raised(ioc, "tot"));

        // In Vietnamese the same causes, in the alert as in the state.
        string[] causes = ["từ chối tên đăng nhập hoặc mật khẩu", "không có luồng ở đường dẫn này", "từ chối kết nối", $"Không đọc được tệp {garbage}"];
        foreach (var (id, cause) in broken.Zip(causes))
        {
            Assert.Contains(cause, ioc.StateOf(id)!.Data.GetProperty("reason").GetProperty("vi").GetString(), StringComparison.Ordinal);
            Assert.Contains(cause, ioc.Alerts("camera", "raised").Last(alert => alert.Word("key") == $"camera-{id}").Data.GetProperty("text").GetProperty("vi").GetString(), StringComparison.Ordinal);
        }

        await later.RestartAsync();
        await ioc.UntilAsync("xa", "streaming", gateway);
        await ioc.UntilAsync("its alert is cleared", () => ioc.Alerts("camera", "cleared").Any(alert => alert.Word("key") == "camera-xa"), gateway);
        Assert.Equal(["streaming"], ioc.StatesOf("tot").Where(state => state != "reconnecting").Distinct(StringComparer.Ordinal));
        await ioc.AllKeepTheContractAsync();

        // A late subscriber sees what each camera does at once.
        await using var late = await Ioc.ListenAsync(broker);
        await late.UntilAsync("the retained states", () => broken.All(id => late.StateOf(id) is { Retained: true }) && late.Status is { Retained: true }, gateway);
    }

    [Fact]
    public async Task A_model_with_the_wrong_hash_costs_its_cameras_and_names_the_file()
    {
        var models = Installation.DamagedModels("street.onnx");
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, models: $"{{ folder: \"{models}\" }}", listen: $"127.0.0.1:{Mosquitto.FreePort()}").Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        using var pages = new Pages(site);
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("a model alert", () => ioc.Alerts("model", "raised").Count == 1, gateway);
        Assert.Contains(Path.Combine(models, "street.onnx"), ioc.Alerts("model", "raised")[0].Data.GetProperty("text").GetProperty("en").GetString(), StringComparison.Ordinal);
        await ioc.UntilAsync("cong", "off", gateway);
        Assert.Contains("street.onnx", ioc.StateOf("cong")!.Data.GetProperty("reason").GetProperty("en").GetString(), StringComparison.Ordinal);
        Assert.Equal("ok", await pages.ReadAsync("/health/live"));
        Assert.DoesNotContain("   at ", gateway.Said, StringComparison.Ordinal);
        await Wait.Until("nothing is decoded for nothing", () => Processes.Below(gateway.Id).Count == 0, Ioc.Patience);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        Directory.Delete(models, recursive: true);
    }

    [Fact]
    public async Task A_camera_that_wants_plates_says_clearly_when_the_models_are_not_there()
    {
        var models = Installation.DamagedModels("street.onnx");
        var manifest = Path.Combine(models, "models.json");
        await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest)).Replace("\"plate-", "\"other-", StringComparison.Ordinal));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "models", "street.onnx"), Path.Combine(models, "street.onnx"), overwrite: true);
        using var site = new Installation(models: $"{{ folder: \"{models}\" }}").Camera("cong", "rtsp://10.0.0.1/main", "plates: { enabled: true }");
        var ended = await GatewayProcess.RunAsync("replay", "--config", site.Folder, "--camera", "cong", "--input", await StreetClip.PathAsync(), "--out", Path.Combine(site.Folder, "out.jsonl"));
        Assert.Equal(1, ended.Code);
        Assert.Contains("lists no model for the task 'plate-detect'", ended.Error, StringComparison.Ordinal);
        Directory.Delete(models, recursive: true);
    }

    [Fact]
    public async Task A_full_disk_stops_no_camera_and_nothing_counted_is_lost()
    {
        var disk = Directory.CreateTempSubdirectory("edgegateway-disk-").FullName;
        Assert.SkipUnless(Shell("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk) == 0, "A small disk cannot be mounted here (needs root).");
        try
        {
            await using var broker = await Mosquitto.StartAsync();
            await using var ioc = await Ioc.ListenAsync(broker);
            using var site = new Installation(broker.Port, storage: disk, listen: $"127.0.0.1:{Mosquitto.FreePort()}").Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
            using var pages = new Pages(site);
            await using var gateway = GatewayProcess.Run(site);
            await ioc.UntilAsync("a crossing", () => ioc.Events("crossing").Count > 0, gateway);
            Fill(Path.Combine(disk, "filler"));
            await ioc.UntilAsync("the status names the disk", () => Problems(ioc).Contains("outbox-disk"), gateway);
            var frames = await FramesAsync(pages);
            await Wait.Until("frames go on", async () => await FramesAsync(pages) > frames + 10, Ioc.Patience);
            Assert.Equal("streaming", ioc.StateOf("cong")!.Word("state"));

            File.Delete(Path.Combine(disk, "filler"));
            await ioc.UntilAsync("the alert came and went", () => ioc.Alerts("disk", "raised").Count > 0 && ioc.Alerts("disk", "cleared").Count > 0, gateway);
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
            await ioc.UntilOfflineAsync(); // the last crossings may come after the count
            await Wait.Until("the count", () => ioc.Events("count").Count > 0, Ioc.Patience);
            var count = ioc.Events("count")[^1].Data;
            Assert.Equal(ioc.Crossings().Count, count.GetProperty("in").GetInt32() + count.GetProperty("out").GetInt32());
        }
        finally
        {
            Shell("umount", "-l", disk);
            Directory.Delete(disk);
        }
    }

    [Fact]
    public async Task A_disk_that_is_read_only_from_the_start_stops_no_camera_and_nothing_counted_is_lost()
    {
        var disk = Directory.CreateTempSubdirectory("edgegateway-disk-").FullName;
        Assert.SkipUnless(Shell("mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", disk) == 0, "A small disk cannot be mounted here (needs root).");
        try
        {
            await using var broker = await Mosquitto.StartAsync();
            await using var ioc = await Ioc.ListenAsync(broker);
            using var site = new Installation(broker.Port, storage: disk, listen: $"127.0.0.1:{Mosquitto.FreePort()}", more: "registration: { sources: [replica], unit: Công an phường }")
                .Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()), "zones: { via-he: { points: [[0, 0.9], [0.1, 0.9], [0.1, 1]], units: fraction } }\nrules: [ { id: dung-do, rule: no_parking, zone: via-he, after: 60s, classes: [car] } ]");
            using var pages = new Pages(site);
            // A first life; what it leaves is no sign of another gateway.
            await using (var before = GatewayProcess.Run(site))
            {
                await ioc.UntilAsync("a crossing", () => ioc.Events("crossing").Count > 0, before);
                before.Terminate();
                Assert.Equal(0, await before.EndAsync());
            }

            var first = ioc.Events("crossing").Count;
            var key = Path.Combine(disk, "plate-hash.key");
            File.Delete(key);
            Assert.Equal(0, Shell("mount", "-o", "remount,ro", disk));
            await using var gateway = GatewayProcess.Run(site);
            await ioc.UntilAsync("the status names the disk", () => ioc.Status is not null && Problems(ioc).Any(key => key!.StartsWith("outbox-", StringComparison.Ordinal)), gateway);
            await Wait.Until("frames are looked at", async () => await FramesAsync(pages) > 10, Ioc.Patience);

            Assert.Equal(0, Shell("mount", "-o", "remount,rw", disk));
            await ioc.UntilAsync("a crossing", () => ioc.Events("crossing").Count > first, gateway);
            await ioc.UntilAsync("rules, evidence and look-ups come back by themselves", () => ioc.Alerts("config", "raised").Any(IsEnforcement) && ioc.Alerts("config", "cleared").Any(IsEnforcement), gateway);
            await ioc.UntilAsync("the alert came and went", () => ioc.Alerts("disk", "raised").Count > 0 && ioc.Alerts("disk", "cleared").Count > 0, gateway);
            await Wait.Until("the key of plate hashes is kept", () => File.Exists(key) && new FileInfo(key).Length == 32, Ioc.Patience);
            var counts = ioc.Events("count").Count;
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
            await ioc.UntilOfflineAsync();
            await Wait.Until("the count", () => ioc.Events("count").Count > counts, Ioc.Patience);
            // The interval of the first life goes on, under a higher revision.
            var count = ioc.Events("count")[^1].Data;
            Assert.Equal(ioc.Crossings().Count, count.GetProperty("in").GetInt32() + count.GetProperty("out").GetInt32());
            Assert.True(count.GetProperty("revision").GetInt32() > 1);
        }
        finally
        {
            Shell("umount", "-l", disk);
            Directory.Delete(disk);
        }
    }

    [Theory, InlineData(BadDisk.InputOutputError), InlineData(BadDisk.ReadOnlyFileSystem)]
    public async Task A_disk_that_begins_to_fail_stops_no_camera_and_nothing_counted_is_lost(int error)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, listen: $"127.0.0.1:{Mosquitto.FreePort()}").Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        var disk = BadDisk.TryMake(site.Folder, out var reason);
        Assert.SkipWhen(disk is null, reason);
        foreach (var (name, value) in disk.Environment) site.Environment[name] = value;
        using var pages = new Pages(site);
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("a crossing", () => ioc.Events("crossing").Count > 0, gateway);
        disk.Order(error: error);
        await ioc.UntilAsync("the status names the disk", () => Problems(ioc).Contains("outbox-disk"), gateway);
        var frames = await FramesAsync(pages);
        await Wait.Until("frames go on", async () => await FramesAsync(pages) > frames + 10, Ioc.Patience);
        Assert.Equal("streaming", ioc.StateOf("cong")!.Word("state"));

        disk.Order();
        await ioc.UntilAsync("the alert came and went", () => ioc.Alerts("disk", "raised").Count > 0 && ioc.Alerts("disk", "cleared").Count > 0, gateway);
        await ioc.UntilAsync("the status is well again", () => !Problems(ioc).Contains("outbox-disk"), gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        await ioc.UntilOfflineAsync(); // the last crossings may come after the count
        await Wait.Until("the count", () => ioc.Events("count").Count > 0, Ioc.Patience);
        var count = ioc.Events("count")[^1].Data;
        Assert.Equal(ioc.Crossings().Count, count.GetProperty("in").GetInt32() + count.GetProperty("out").GetInt32());
    }

    private static bool IsEnforcement(Heard alert) => alert.Word("key") == "enforcement";

    private static IEnumerable<string?> Problems(Ioc ioc) => ioc.Status!.Data.GetProperty("problems").EnumerateArray().Select(key => key.GetString());

    private static bool Raised(Ioc ioc, string camera) => ioc.Alerts("camera", "raised").Any(alert => alert.Word("key") == $"camera-{camera}");

    private static async Task<double> FramesAsync(Pages pages) => await pages.MetricAsync("edgegateway_camera_frames_total", "stage=\"decoded\"");

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[64 * 1024];
        for (var size = block.Length; size > 0;)
        {
            try { file.Write(block.AsSpan(0, size)); }
            catch (IOException) { size /= 2; }
        }
    }

    private static int Shell(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
