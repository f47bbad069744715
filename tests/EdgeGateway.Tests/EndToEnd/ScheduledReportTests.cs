using System.Net;
using System.Security.Cryptography;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Reports;
using EdgeGateway.Sync.Sites;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>Reports that a whole gateway makes by itself over the holidays of 2026, by a clock of its own.</summary>
public sealed class ScheduledReportTests
{
    private static DateTimeOffset Local(int month, int day, int hour, int minute = 0, int second = 0) => new DateTimeOffset(2026, month, day, hour, minute, second, TimeSpan.FromHours(7)).ToUniversalTime();

    [Fact]
    public async Task The_quick_report_comes_at_16_on_a_listed_day_the_weekly_one_on_monday_at_18_and_what_was_missed_while_off_at_the_next_start()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, siteKeys: ", holidays: holidays.csv");
        // Days are the matter here: local time, whenever the test runs.
        site.Write("gateway.yaml", (await File.ReadAllTextAsync(Path.Combine(site.Folder, "gateway.yaml"))).Replace("timeZone: UTC", "timeZone: Asia/Ho_Chi_Minh", StringComparison.Ordinal));
        File.Copy(Repository.PathOf("config", "holidays.csv"), Path.Combine(site.Folder, "holidays.csv"));
        Directory.CreateDirectory(site.Storage);
        using (var archive = CountArchive.Open(Path.Combine(site.Storage, CountArchive.FileName), IntervalGrid.HoChiMinh))
        {
            archive.Add([.. Enumerable.Range(0, 24 * 4 * 21).Select(quarter => new ArchivedCount(
                new CountSeries(Installation.Id, "bai-bien", "cong", "visitors", "gate", "person"), Local(4, 20, 0).AddMinutes(15 * quarter), Local(4, 20, 0).AddMinutes(15 * (quarter + 1)), 10, 8, 1, CountMethod.Tracks, 1))]);
        }

        var time = new ShiftedTime(Local(4, 30, 15, 59, 30));
        await using (Run(site, time))
        {
            await Wait.Until("online", () => ioc.Status?.Word("state") == "online", Ioc.Patience);
            await Wait.Until("the schedule begins", () => HasBegun(site), Ioc.Patience); // on the very first start nothing was missed
            time.JumpTo(Local(4, 30, 15, 59, 50));
            Assert.Empty(ioc.Events("report"));
            time.JumpTo(Local(4, 30, 16, 1, 1));
            await Wait.Until("the quick report", () => ioc.Events("report").Count == 1, Ioc.Patience);
            var quick = ioc.Events("report")[0];
            Assert.Equal(("visitors_holiday", Local(4, 30, 0), Local(4, 30, 16)), (quick.Word("kind"), quick.Data.GetProperty("from").GetDateTimeOffset(), quick.Data.GetProperty("to").GetDateTimeOffset()));
            await HoldsAsync(site, quick, "640", "30/04/2026, 00:00–16:00"); // 10 a quarter for 16 hours
        }

        // Off over 1 May, 16:00, and Monday 4 May, 18:00.
        time.JumpTo(Local(5, 5, 7));
        await using (Run(site, time))
        {
            await Wait.Until("both missed reports", () => ioc.Events("report").Count == 3, Ioc.Patience);
            Assert.Equal(["visitors_holiday", "visitors_holiday", "visitors_weekly"], ioc.Events("report").Select(report => report.Word("kind")));
            await HoldsAsync(site, ioc.Events("report")[1], "640", "01/05/2026, 00:00–16:00");
            await HoldsAsync(site, ioc.Events("report")[2], "6.720", "27/04/2026 – 03/05/2026");

            // The next Monday, live.
            time.JumpTo(Local(5, 11, 17, 59, 40));
            Assert.Equal(3, ioc.Events("report").Count);
            time.JumpTo(Local(5, 11, 18, 1, 1));
            await Wait.Until("the weekly report", () => ioc.Events("report").Count == 4, Ioc.Patience);
            Assert.Equal(("visitors_weekly", Local(5, 4, 0), Local(5, 11, 0)), (ioc.Events("report")[3].Word("kind"), ioc.Events("report")[3].Data.GetProperty("from").GetDateTimeOffset(), ioc.Events("report")[3].Data.GetProperty("to").GetDateTimeOffset()));
            await HoldsAsync(site, ioc.Events("report")[3], "6.720", "04/05/2026 – 10/05/2026");
        }

        Assert.Equal(4, ioc.Events("report").Count);
        await ioc.AllKeepTheContractAsync();
        await RefusedInWordsAsync(site);
    }

    [Fact]
    public async Task At_the_reset_hour_the_sign_board_begins_at_zero_and_what_was_left_is_kept_for_the_audit()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        await using var desk = await CommandDesk.OpenAsync(broker);
        using var site = new Installation(broker.Port, siteKeys: $", aggregate: [cong-nam, {Installation.Id}], resetHour: 3");
        site.Write("gateway.yaml", (await File.ReadAllTextAsync(Path.Combine(site.Folder, "gateway.yaml"))).Replace("timeZone: UTC", "timeZone: Asia/Ho_Chi_Minh", StringComparison.Ordinal));
        var time = new ShiftedTime(Local(6, 2, 2, 55));
        await using (Run(site, time))
        {
            await Wait.Until("an empty site", () => ioc.Present("bai-bien").Any(one => Present(one) == 0), Ioc.Patience);
            var now = time.GetUtcNow();
            var count = new GatewayEvents("cong-nam", new LiveEventIds()).Create(EventOrigin.Camera("cong"), now, new CountData("visitors", "gate", ObjectKind.Person, 20, 5, now, now.AddMinutes(1), 1, CountMethod.Tracks, 1));
            var state = new GatewayEvents("cong-nam", new LiveEventIds()).CameraState(EventOrigin.Camera("cong"), now, new CameraStateData(CameraCondition.Streaming, null, 8, 0, now, null) { Name = "Cổng Nam" });
            await Wait.Until("the other box is heard", async () =>
            {
                await desk.PublishAsync(state.Topic, state.Json);
                await desk.PublishAsync(count.Topic, count.Json); // the same interval in the same revision counts once, however often it comes
                return ioc.Present("bai-bien").Any(one => Present(one) == 15);
            }, Ioc.Patience);
            time.JumpTo(Local(6, 2, 2, 59, 30));
            Assert.Equal(15, Present(ioc.Present("bai-bien")[^1]));
            time.JumpTo(Local(6, 2, 3, 0, 1));
            await Wait.Until("the night's zero", () => Present(ioc.Present("bai-bien")[^1]) == 0, Ioc.Patience);
        }

        using var archive = CountArchive.Open(Path.Combine(site.Storage, CountArchive.FileName), IntervalGrid.HoChiMinh);
        var reset = Assert.Single(archive.Corrections(Local(6, 2, 0), Local(6, 3, 0), "bai-bien"), one => one.Kind == CorrectionKind.Reset);
        Assert.Equal((15, 0), (reset.Was, reset.Became));
        Assert.Equal("Cổng Nam", archive.Names[("cong-nam", "cong")]);
    }

    private static int Present(Heard heard) => heard.Data.GetProperty("present").GetInt32();

    /// <summary>What cannot be reported is wrong usage (2), said in words, and no file is left behind.</summary>
    private static async Task RefusedInWordsAsync(Installation site)
    {
        var export = Path.Combine(site.Folder, "other.jsonl");
        using (var file = File.Create(export)) CountExport.Write(file, new ExportHead(CountExport.Format, "g9", "bien-khac", Local(4, 27, 0), Local(5, 4, 0), Local(5, 5, 0)), [], null);
        foreach (var (from, to, more, word) in ((string, string, string[], string)[])
            [("2026-05-03", "2026-04-27", [], "reversed"), ("2099-01-01", "2099-01-02", [], "future"), ("2026-04-27", "2026-05-03", ["--merge", export], "export of site 'bien-khac'")])
        {
            var page = Path.Combine(site.Folder, "refused.html");
            var ended = await GatewayProcess.RunAsync(["report", "visitors", "--config", site.Folder, "--from", from, "--to", to, "--format", "html", "--out", page, .. more]);
            Assert.Equal(2, ended.Code);
            Assert.Contains(word, ended.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(page));
        }
    }

    private static bool HasBegun(Installation site)
    {
        using var outbox = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(site.Storage, "outbox.db")};Pooling=False");
        outbox.Open();
        using var command = outbox.CreateCommand();
        command.CommandText = "SELECT count(*) FROM state WHERE key = 'reports/bai-bien/visitors_holiday'";
        return (long)command.ExecuteScalar()! == 1;
    }

    private static Gateway Run(Installation site, TimeProvider time)
    {
        var loaded = new ConfigFolder(site.Folder, SecretMask.Process).Load();
        Assert.True(loaded.Gateway is not null, string.Join('\n', loaded.Mistakes));
        var gateway = new Gateway(loaded.Gateway, NullLoggerFactory.Instance, time, configFolder: site.Folder);
        gateway.Start([]);
        return gateway;
    }

    private static async Task HoldsAsync(Installation site, Heard report, params string[] words)
    {
        var page = await File.ReadAllBytesAsync(Path.Combine(site.Storage, "reports", report.Word("uri")));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(page)), report.Word("sha256"));
        var text = WebUtility.HtmlDecode(System.Text.Encoding.UTF8.GetString(page));
        foreach (var word in words) Assert.Contains(word, text, StringComparison.Ordinal);
    }
}
