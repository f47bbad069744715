using System.Globalization;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>From the read of a listed plate to the alert at the centre, on the packaged rendered clip (its plates belong to nobody).</summary>
public sealed class WatchListAlertTests(ITestOutputHelper output)
{
    // 37A60482 and 37H03156 drive down the picture, one after the other; the clip is repeated, so that a busy machine gets further looks.
    private const string Lists = """
        plate,colour,list,valid_from,valid_to,note
        37A-604.82,,stolen,,,Mất ngày 1/11
        37A-604.82,,sought,2020-01-01,2020-12-31,
        37H-031.56,,expired_inspection,2020-01-01,,
        37H-031.56,,sought,2020-01-01,2020-12-31,

        """;

    [Fact]
    public async Task A_listed_vehicle_is_told_with_the_read_of_its_plate_before_its_passage_and_cleared_when_it_has_gone()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        var lists = Clips.NewPath("watch.csv");
        await File.WriteAllTextAsync(lists, Lists, TestContext.Current.CancellationToken);
        using var site = new Installation(broker.Port, models: "{ detector: street }", more: $"registration: {{ sources: [], watchLists: [\"{lists}\"] }}", listen: $"127.0.0.1:{Mosquitto.FreePort()}");
        using var pages = new Pages(site);
        var clip = await Clips.RenderAsync("traffic-slow.mp4", ["-ss", "2.5", "-t", "6.5", "-i", Repository.PathOf("models", "clips", "traffic.mp4"), "-vf", "setpts=4*PTS", "-r", "10", "-crf", "18", .. Clips.Encoder("libx264", 20)]);
        site.Write("cameras/duong.yaml", $"id: duong\nsource: {{ url: \"{Installation.UrlOf(clip)}\", loop: true }}\nanalyseFps: 8\nplates: {{ enabled: true, passages: text }}");
        await using var gateway = GatewayProcess.Run(site);

        await ioc.UntilAsync("both listed vehicles are told, have passed and have gone", () => Told(ioc, "37A-604.82") is not null && Told(ioc, "37H-031.56") is not null, gateway, TimeSpan.FromMinutes(4));
        var (stolen, inspection) = (Told(ioc, "37A-604.82")!, Told(ioc, "37H-031.56")!);
        Assert.Equal("Xe biển số 37A-604.82 có trong danh sách: stolen (Mất ngày 1/11).", stolen.Data.GetProperty("text").GetProperty("vi").GetString());
        Assert.Equal("The vehicle 37H-031.56 is on a list: expired_inspection.", inspection.Data.GetProperty("text").GetProperty("en").GetString());
        Assert.All(ioc.Alerts("watch_list", "raised"), alert => Assert.Equal("critical", alert.Word("severity")));
        var vehicle = stolen.Data.GetProperty("vehicle");
        Assert.Equal(("37A60482", "stolen"), (vehicle.GetProperty("plate").GetString(), Assert.Single(vehicle.GetProperty("lists").EnumerateArray()).GetString()));
        Assert.All(ioc.Alerts("watch_list", "raised"), alert => Assert.Matches("37A-604\\.82|37H-031\\.56", alert.Text));

        var order = ioc.Messages.ToList();
        foreach (var alert in new[] { stolen, inspection })
        {
            var passage = PassageOf(ioc, alert)!;
            var cleared = ClearedOf(ioc, alert)!;
            Assert.True(order.IndexOf(alert) < order.IndexOf(passage), "the alert comes before the passage");
            Assert.True(order.IndexOf(alert) < order.IndexOf(cleared), "it is raised before it is cleared");
            // since is the time of the read's frame, the event's own time that of the alert.
            var (read, told) = (Time(alert.Data.GetProperty("since").GetString()), Time(alert.Event.GetProperty("time").GetString()));
            Assert.InRange(read, Time(passage.Word("from")), Time(passage.Word("to")));
            Assert.True(read <= told);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{alert.Word("key")}: told {(told - read).TotalSeconds:0.000} s after the read, heard {(alert.At - read).TotalSeconds:0.000} s after it"));
            await EventContract.CheckAsync("alert", alert.Text);
        }

        // The gateway's own measure goes on to the commit.
        await Wait.Until("the delays are measured", async () => await pages.MetricAsync("edgegateway_watch_list_alert_delay_seconds_count", "camera=\"duong\"") >= 2, Ioc.Patience);
        var (count, sum) = (await pages.MetricAsync("edgegateway_watch_list_alert_delay_seconds_count", "camera=\"duong\""), await pages.MetricAsync("edgegateway_watch_list_alert_delay_seconds_sum", "camera=\"duong\""));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"read to commit: {sum / count:0.000} s, mean of {count}"));
    }

    [Fact]
    public async Task What_is_wrong_with_lists_and_files_is_told_at_the_start_in_words_of_one_language_each_and_cleared_when_mended()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, more: "registration: { sources: [], watchLists: [mat-cap.csv] }").Write("cameras/hong.yaml", "id: hong\nsource: { url: \"rtsp://127.0.0.1:1/main\" }\nplace: { direction: in }\n");
        await using var gateway = GatewayProcess.Run(site);
        Heard? Of(string key, string state) => ioc.Alerts("config", state).FirstOrDefault(alert => alert.Word("key") == key);
        await ioc.UntilAsync("both are told", () => Of("watch-lists", "raised") is not null && Of("config-cameras/hong.yaml", "raised") is not null, gateway);
        string Vi(string key) => Of(key, "raised")!.Data.GetProperty("text").GetProperty("vi").GetString()!;
        Assert.Equal("Danh sách xe cần theo dõi có chỗ sai, phần còn lại vẫn dùng: mat-cap.csv: không có tệp; danh sách đã đọc trước đó, nếu có, vẫn có hiệu lực. Xem tất cả: edgegateway validate", Vi("watch-lists"));
        Assert.Equal("Tệp cấu hình cameras/hong.yaml có lỗi (dòng 3 cột 10) nên không được dùng; camera của tệp này đang tắt. Xem từng lỗi: edgegateway validate", Vi("config-cameras/hong.yaml"));
        Assert.Contains("unknown key 'direction'", Of("config-cameras/hong.yaml", "raised")!.Data.GetProperty("text").GetProperty("en").GetString(), StringComparison.Ordinal);

        site.Write("mat-cap.csv", "plate,list\n37A-604.82,stolen\n");
        await ioc.UntilAsync("the list is taken up and the alert cleared", () => Of("watch-lists", "cleared") is not null, gateway);
    }

    // The first alert of a plate whose vehicle has passed and gone as well.
    private static Heard? Told(Ioc ioc, string display) => ioc.Alerts("watch_list", "raised").FirstOrDefault(alert =>
        alert.Text.Contains(display, StringComparison.Ordinal) && PassageOf(ioc, alert) is not null && ClearedOf(ioc, alert) is not null);

    private static Heard? PassageOf(Ioc ioc, Heard alert) => ioc.Events("passage").FirstOrDefault(one => one.Data.GetProperty("track").GetRawText() == alert.Word("key").Split('-')[^1]);

    private static Heard? ClearedOf(Ioc ioc, Heard alert) => ioc.Alerts("watch_list", "cleared").FirstOrDefault(one => one.Word("key") == alert.Word("key"));

    private static DateTimeOffset Time(string? text) => DateTimeOffset.Parse(text!, CultureInfo.InvariantCulture);
}
