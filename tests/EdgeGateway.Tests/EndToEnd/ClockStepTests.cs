using System.Collections.Concurrent;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Events;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>The clock of a whole gateway is set while people cross the line; frames, disk and link go on in real time.</summary>
public sealed class ClockStepTests
{
    private static readonly DateTimeOffset Now = new(2026, 7, 4, 2, 10, 30, TimeSpan.Zero);

    public static TheoryData<string, DateTimeOffset, TimeSpan> Steps => new()
    {
        { "forward a day", Now, TimeSpan.FromDays(1) },
        { "back an hour", Now, TimeSpan.FromHours(-1) },
        // A box without a battery for its clock wakes in the past, and the time server finds it after a while.
        { "leap at the start", Now.AddYears(-6), Now - Now.AddYears(-6) },
    };

    [Theory, MemberData(nameof(Steps))]
    public async Task Order_is_kept_intervals_are_right_and_nothing_is_summed_twice_when_the_clock_goes(string how, DateTimeOffset start, TimeSpan by)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port);
        site.Write("cameras/cong.yaml", Installation.CameraYaml("cong", Installation.UrlOf(await StreetClip.PathAsync())).Replace("interval: 1d", "interval: 1m", StringComparison.Ordinal));
        var loaded = new ConfigFolder(site.Folder, SecretMask.Process).Load();
        Assert.True(loaded.IsRight, string.Join('\n', loaded.Mistakes));
        var time = new ShiftedTime(start);
        var offered = new ConcurrentQueue<string>();
        await using (var gateway = new Gateway(loaded.Gateway!, NullLoggerFactory.Instance, time, configFolder: site.Folder, offered: item =>
        {
            if (item.Priority == EventPriority.Crossing) offered.Enqueue(item.Id.ToString());
        }))
        {
            gateway.Start(loaded.Files);
            await Wait.Until("online", () => ioc.Status?.Word("state") == "online", Ioc.Patience);
            await Wait.Until("crossings", () => ioc.Events("crossing").Count >= 2, Ioc.Patience * 2);
            time.SetClock(by);
            var before = offered.Count;
            await Wait.Until("crossings after the step", () => offered.Count >= before + 3, Ioc.Patience * 2);
            await gateway.StopAsync(Ioc.Patience);
        }

        await Wait.Until("all has come", () => ioc.Events("crossing").Count == offered.Count && Intervals(ioc).Sum(Sum) == ioc.Crossings().Count, Ioc.Patience);
        Assert.Equal(offered, ioc.Events("crossing").Select(heard => heard.Event.GetProperty("id").GetString()));
        var intervals = Intervals(ioc);
        foreach (var interval in intervals)
        {
            var (from, to) = (Moment(interval, "from"), Moment(interval, "to"));
            Assert.Equal(0, from.Ticks % TimeSpan.TicksPerMinute);
            Assert.InRange(to - from, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1));
            Assert.Equal(ioc.Crossings().Count(crossing => Moment(crossing, "at") is var at && at >= from && at < from.AddMinutes(1)), Sum(interval));
            Assert.InRange(interval.Data.GetProperty("coverage").GetDouble(), 0, 1);
        }

        // On both sides of the step, and nothing between: what nobody lived through is a gap.
        Assert.All(intervals, interval => Assert.True((Moment(interval, "from") - start).Duration() < TimeSpan.FromMinutes(10) || (Moment(interval, "from") - (start + by)).Duration() < TimeSpan.FromMinutes(10), how));
        await ioc.AllKeepTheContractAsync();
    }

    /// <summary>The last revision of each interval.</summary>
    private static List<Heard> Intervals(Ioc ioc) => [.. ioc.Events("count").GroupBy(count => count.Word("from")).Select(group => group.MaxBy(count => count.Data.GetProperty("revision").GetInt32())!)];

    private static int Sum(Heard count) => count.Data.GetProperty("in").GetInt32() + count.Data.GetProperty("out").GetInt32();

    private static DateTimeOffset Moment(Heard heard, string name) => heard.Data.GetProperty(name).GetDateTimeOffset();
}
