using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.TimeSeries;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.TimeSeries;

/// <summary>The sink against the servers that Debian packs, over their real write paths.</summary>
public sealed class InfluxSinkTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly DateTimeOffset Noon = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 60 * 60 - 3600);

    private readonly string _folder = Directory.CreateTempSubdirectory("sink-").FullName;

    private string BufferPath => Path.Combine(_folder, "timeseries.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task InfluxDB_1_has_every_point_with_its_tags_types_and_time()
    {
        if (!SeriesServer.HasInflux) Assert.Skip("influxdb is not installed: scripts/dependencies.sh test");
        await using var server = await SeriesServer.InfluxAsync(("gác cổng", "mật: khẩu"));
        await using (var sink = Sink(server, InfluxApi.V1))
        {
            sink.Offer([Count(0, 12, 3), new TimeSeriesPoint("trạng thái", [new("camera", "cổng 1, phía = bắc")], [new("ok", FieldValue.Of(true)), new("fps", FieldValue.Of(7.5)), new("text", FieldValue.Of("a \"b\" \\"))], Noon)]);
            await UntilWrittenAsync(sink, 2);
        }

        Assert.Equal((12, 3), await SumsAsync(server));
        using var found = JsonDocument.Parse(await server.InfluxQueryAsync("SELECT * FROM \"trạng thái\""));
        var series = found.RootElement.GetProperty("results")[0].GetProperty("series")[0];
        Assert.Equal(["time", "camera", "fps", "ok", "text"], series.GetProperty("columns").EnumerateArray().Select(column => column.GetString()));
        var row = series.GetProperty("values")[0];
        Assert.Equal(Noon.ToUnixTimeMilliseconds(), row[0].GetInt64());
        Assert.Equal("cổng 1, phía = bắc", row[1].GetString());
        Assert.Equal(7.5, row[2].GetDouble());
        Assert.True(row[3].GetBoolean());
        Assert.Equal("a \"b\" \\", row[4].GetString());
    }

    [Fact]
    public async Task VictoriaMetrics_takes_the_same_points_over_the_second_version_of_the_path()
    {
        if (!SeriesServer.HasVictoria) Assert.Skip("victoria-metrics is not installed: scripts/dependencies.sh test");
        await using var server = await SeriesServer.VictoriaAsync(("gateway", "mat-khau-dai"));
        await using var sink = Sink(server, InfluxApi.V2);
        sink.Offer([Count(0, 12, 3), Count(1, 5, 6)]);
        await UntilWrittenAsync(sink, 2);
        var text = "";
        await Wait.Until("both samples are there", async () => (text = await server.VictoriaExportAsync("edgegateway_count_in")).Contains("[12,5]", StringComparison.Ordinal), Patience);
        using var line = JsonDocument.Parse(text.Split('\n')[0]);
        Assert.Equal("cong-1", line.RootElement.GetProperty("metric").GetProperty("camera").GetString());
        Assert.Equal([12d, 5d], line.RootElement.GetProperty("values").EnumerateArray().Select(value => value.GetDouble()));
    }

    [Fact]
    public async Task What_was_counted_while_the_server_was_away_is_there_when_it_is_back_over_a_restart_of_the_gateway()
    {
        if (!SeriesServer.HasInflux) Assert.Skip("influxdb is not installed: scripts/dependencies.sh test");
        await using var server = await SeriesServer.InfluxAsync();
        await server.KillAsync();
        await using (var sink = Sink(server, InfluxApi.V1))
        {
            for (var i = 0; i < 100; i++) sink.Offer([Count(i, 1, 2)]);
            await sink.FlushAsync(TestContext.Current.CancellationToken);
            await Wait.Until("the trouble is told", () => sink.Problem is not null, Patience);
            sink.Offer([Count(100, 1, 2)]); // only in memory when the gateway stops
        }

        await using var next = Sink(server, InfluxApi.V1);
        await Wait.Until("the file is read", () => next.Waiting == 101, Patience);
        await server.StartAsync();
        await UntilWrittenAsync(next, 101);
        await Wait.Until("the trouble is over", () => next.Problem is null, Patience);
        Assert.Equal((101, 202), await SumsAsync(server));
    }

    [Fact]
    public async Task A_point_that_comes_twice_or_in_a_higher_revision_replaces_itself()
    {
        if (!SeriesServer.HasInflux) Assert.Skip("influxdb is not installed: scripts/dependencies.sh test");
        await using var server = await SeriesServer.InfluxAsync();
        await using var sink = Sink(server, InfluxApi.V1);
        sink.Offer([Count(0, 12, 3), Count(0, 12, 3)]);
        await sink.FlushAsync(TestContext.Current.CancellationToken);
        sink.Offer([Count(0, 14, 3)]);
        await UntilWrittenAsync(sink, 3);
        Assert.Equal((14, 3), await SumsAsync(server));
    }

    [Fact]
    public async Task When_the_disk_is_full_of_points_figures_go_before_states_and_counts_stay()
    {
        await using var sink = new InfluxSink(Options("http://127.0.0.1:1", InfluxApi.V2) with { BufferBytes = 40_000 }, TimeProvider.System, NullLogger.Instance);
        for (var round = 0; round < 10; round++)
        {
            sink.Offer([.. Enumerable.Range(0, 100).Select(i => Figure(round * 100 + i))]);
            sink.Offer([.. Enumerable.Range(0, 20).Select(i => Count(round * 20 + i, 1, 1))]);
            await sink.FlushAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, sink.ShedOf(PointRank.Count));
        Assert.True(sink.ShedOf(PointRank.Figure) > 0);
        Assert.Equal(1200, sink.Waiting + sink.ShedOf(PointRank.Figure));
        Assert.True(new FileInfo(BufferPath).Length < 400_000);
    }

    [Fact]
    public async Task A_disk_that_takes_nothing_is_not_called_one_that_keeps_and_takes_what_waited_once_it_can()
    {
        var folder = Path.Combine(_folder, "full");
        await File.WriteAllTextAsync(folder, "", TestContext.Current.CancellationToken); // where a folder should be
        await using var sink = new InfluxSink(Options("http://127.0.0.1:1", InfluxApi.V2) with { BufferPath = Path.Combine(folder, "timeseries.db") }, TimeProvider.System, NullLogger.Instance);
        sink.Offer([Count(0, 1, 1)]);
        await Wait.Until("the disk is told of", () => !sink.KeepsOnDisk && sink.Problem is not null, Patience);
        File.Delete(folder);
        Directory.CreateDirectory(folder);
        await Wait.Until("the disk has it", () => sink.KeepsOnDisk && sink.Waiting == 1, Patience);
    }

    [Fact]
    public async Task A_full_room_in_memory_gives_up_the_least_and_says_how_many()
    {
        await using var sink = new InfluxSink(Options("http://127.0.0.1:1", InfluxApi.V2) with { QueuePoints = 10, Every = TimeSpan.FromHours(1) }, TimeProvider.System, NullLogger.Instance);
        sink.Offer([.. Enumerable.Range(0, 10).Select(Figure)]);
        sink.Offer([.. Enumerable.Range(0, 4).Select(i => Count(i, 1, 1))]);
        sink.Offer([Figure(99)]);
        Assert.Equal(5, sink.ShedOf(PointRank.Figure));
        sink.Offer([.. Enumerable.Range(4, 6).Select(i => Count(i, 1, 1))]);
        sink.Offer([Figure(100), Count(11, 1, 1)]);
        Assert.Equal((11, 1), (sink.ShedOf(PointRank.Figure) - 1, sink.ShedOf(PointRank.Count)));
        Assert.Equal(10, sink.Waiting);
    }

    [Fact]
    public async Task A_damaged_file_is_set_aside_and_a_new_one_begun()
    {
        await File.WriteAllBytesAsync(BufferPath, Encoding.UTF8.GetBytes(new string('x', 8192)), TestContext.Current.CancellationToken);
        await using var sink = new InfluxSink(Options("http://127.0.0.1:1", InfluxApi.V2), TimeProvider.System, NullLogger.Instance);
        sink.Offer([Count(0, 1, 1)]);
        await sink.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, sink.Waiting);
        Assert.Single(Directory.GetFiles(_folder, "*.damaged-*"));
    }

    [Fact]
    public async Task A_missing_database_or_a_wrong_password_loses_nothing_and_is_told_in_words()
    {
        if (!SeriesServer.HasInflux) Assert.Skip("influxdb is not installed: scripts/dependencies.sh test");
        await using var server = await SeriesServer.InfluxAsync(("gateway", "right-password"));
        await using var missing = new InfluxSink(OptionsOf(server, InfluxApi.V1) with { Bucket = "no-such" }, TimeProvider.System, NullLogger.Instance);
        missing.Offer([Count(0, 1, 1)]);
        await Wait.Until("the missing database is told", () => missing.Problem is { } words && words.En.Contains("make the bucket", StringComparison.Ordinal) && words.Vi.Contains("tạo bucket", StringComparison.Ordinal), Patience);
        Assert.Equal(1, missing.Waiting);
        await using var stranger = new InfluxSink(OptionsOf(server, InfluxApi.V1) with { Password = () => "wrong-password", BufferPath = BufferPath + "2" }, TimeProvider.System, NullLogger.Instance);
        stranger.Offer([Count(0, 1, 1)]);
        await Wait.Until("the refusal is told", () => stranger.Problem is { } words && words.En.Contains("401", StringComparison.Ordinal), Patience);
        Assert.Equal(1, stranger.Waiting);
        Assert.DoesNotContain("wrong-password", stranger.Problem!.En + stranger.Problem.Vi, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_that_the_server_calls_wrong_do_not_hold_the_others()
    {
        if (!SeriesServer.HasInflux) Assert.Skip("influxdb is not installed: scripts/dependencies.sh test");
        await using var server = await SeriesServer.InfluxAsync();
        await using var sink = Sink(server, InfluxApi.V1);
        sink.Offer([Count(0, 1, 1)]);
        await UntilWrittenAsync(sink, 1);
        // The field "in" is a whole number there by now.
        sink.Offer([new TimeSeriesPoint("edgegateway_count", [new("camera", "cong-1")], [new("in", FieldValue.Of("many"))], Noon, PointRank.Count)]);
        sink.Offer([new TimeSeriesPoint("other", [], [new("value", FieldValue.Of(1L))], Noon)]);
        await UntilWrittenAsync(sink, 2);
        await Wait.Until("nothing waits", () => sink.Waiting == 0, Patience); // it goes from the disk after the server has it
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void What_is_no_number_is_left_out_and_a_point_without_fields_is_no_line(double value)
    {
        var text = new StringBuilder();
        Assert.False(LineProtocol.Append(text, new TimeSeriesPoint("m", [], [new("v", FieldValue.Of(value))], Noon)));
        Assert.True(LineProtocol.Append(text, new TimeSeriesPoint("m\nx", [new("t", ""), new("u", "a\\")], [new("v", FieldValue.Of(value)), new("w", FieldValue.Of(1L))], Noon)));
        Assert.Equal($"m_x,u=a/ w=1i {Noon.ToUnixTimeMilliseconds()}\n", text.ToString());
    }

    private static TimeSeriesPoint Count(int minute, int into, int outOf) => new(
        "edgegateway_count", [new("camera", "cong-1"), new("line", "gate"), new("class", "person")],
        [new("in", FieldValue.Of((long)into)), new("out", FieldValue.Of((long)outOf))], Noon.AddSeconds(minute), PointRank.Count);

    private static TimeSeriesPoint Figure(int second) => new("edgegateway_pipeline", [new("camera", "cong-1")], [new("fps", FieldValue.Of(8.0))], Noon.AddSeconds(second), PointRank.Figure);

    private static async Task<(long In, long Out)> SumsAsync(SeriesServer server)
    {
        using var reply = JsonDocument.Parse(await server.InfluxQueryAsync("SELECT SUM(\"in\"), SUM(\"out\") FROM edgegateway_count"));
        var row = reply.RootElement.GetProperty("results")[0].GetProperty("series")[0].GetProperty("values")[0];
        return (row[1].GetInt64(), row[2].GetInt64());
    }

    private static Task UntilWrittenAsync(InfluxSink sink, long points) => Wait.Until(
        string.Create(CultureInfo.InvariantCulture, $"{points} points are written; {sink.Written} are; {sink.Problem}"), () => sink.Written >= points, Patience);

    private InfluxSink Sink(SeriesServer server, InfluxApi api) => new(OptionsOf(server, api), TimeProvider.System, NullLogger.Instance);

    private TimeSeriesOptions OptionsOf(SeriesServer server, InfluxApi api) => Options(server.Url, api) with { Username = server.Login?.User, Password = () => server.Login?.Password };

    private TimeSeriesOptions Options(string url, InfluxApi api) => new()
    {
        Url = new Uri(url), Api = api, BufferPath = BufferPath, Every = TimeSpan.FromMilliseconds(200), RetryFirst = TimeSpan.FromMilliseconds(100), RetryMax = TimeSpan.FromSeconds(1),
    };
}
