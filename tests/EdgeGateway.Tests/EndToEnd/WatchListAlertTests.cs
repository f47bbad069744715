using System.Globalization;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>From the read of a listed plate to the alert at the centre, on the packaged rendered clip (its plates belong to nobody).</summary>
public sealed class WatchListAlertTests(ITestOutputHelper output)
{
    // 37A60482 and 37H03156 drive down the picture, one after the other; the clip ends with the second in view.
    private const string Lists = """
        plate,colour,list,valid_from,valid_to,note
        37A-604.82,white,stolen,,,Mất ngày 1/11
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
        site.Write("cameras/duong.yaml", $"id: duong\nsource: {{ url: \"{Installation.UrlOf(clip)}\" }}\nanalyseFps: 8\nplates: {{ enabled: true, passages: text }}");
        await using var gateway = GatewayProcess.Run(site);

        await ioc.UntilAsync("both listed vehicles are told and have gone", () => ioc.Alerts("watch_list", "cleared").Count == 2, gateway);
        await ioc.UntilAsync("their passages are told", () => ListedPassages(ioc).Count >= 2, gateway);
        var raised = ioc.Alerts("watch_list", "raised");
        Assert.Equal(2, raised.Count);
        var (stolen, inspection) = (raised[0], raised[1]);
        Assert.Equal("Xe biển số 37A-604.82 có trong danh sách: stolen (Mất ngày 1/11).", stolen.Data.GetProperty("text").GetProperty("vi").GetString());
        Assert.Equal("The vehicle 37H-031.56 is on a list: expired_inspection.", inspection.Data.GetProperty("text").GetProperty("en").GetString());
        Assert.All(raised, alert => Assert.Equal("critical", alert.Word("severity")));

        var order = ioc.Messages.ToList();
        foreach (var alert in raised)
        {
            var track = alert.Word("key").Split('-')[^1];
            var passage = Assert.Single(ListedPassages(ioc), one => one.Data.GetProperty("track").GetRawText() == track);
            var cleared = Assert.Single(ioc.Alerts("watch_list", "cleared"), one => one.Word("key") == alert.Word("key"));
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
        await Wait.Until("both delays are measured", async () => await pages.MetricAsync("edgegateway_watch_list_alert_delay_seconds_count", "camera=\"duong\"") == 2, Ioc.Patience);
        var sum = await pages.MetricAsync("edgegateway_watch_list_alert_delay_seconds_sum", "camera=\"duong\"");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"read to commit: {sum / 2:0.000} s, mean of two"));
    }

    private static IReadOnlyList<Heard> ListedPassages(Ioc ioc) =>
        [.. ioc.Events("passage").Where(one => one.Data.GetProperty("plate") is { ValueKind: System.Text.Json.JsonValueKind.Object } plate && plate.GetProperty("text").GetString() is "37A60482" or "37H03156")];

    private static DateTimeOffset Time(string? text) => DateTimeOffset.Parse(text!, CultureInfo.InvariantCulture);
}
