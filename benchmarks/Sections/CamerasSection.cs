using EdgeGateway.Bench;
using EdgeGateway.Benchmarks.Delivery;
using EdgeGateway.Benchmarks.Pipeline;
using EdgeGateway.Cameras;
using EdgeGateway.Sync.Mqtt;

namespace EdgeGateway.Benchmarks;

/// <summary>Many cameras on the machine: none starved, memory, latency, and how cost grows with their number.</summary>
internal static class CamerasSection
{
    private const double SlowFps = 2.5;

    /// <summary>The model for many cameras on few cores, then the larger one.</summary>
    public static string Measure() => Eight("street-s") + "\n" + Eight("street");

    private static string Eight(string detector)
    {
        var slow = new BenchCamera(Clips.StreetSlow(30));
        var uhd = new BenchCamera(Clips.StreetUhd(35));
        BenchCamera[] eight = [.. Enumerable.Range(0, 6).Select(i => new BenchCamera(Clips.StreetFrom(5 * i))), slow, uhd];
        using var broker = new BrokerProcess();
        var result = Run(eight, 80, broker.Address, detector);
        // What each could give at most: its own rate where that is below the five frames a second that are asked for.
        var shares = result.Cameras.Select((camera, i) => (camera.Analysed + camera.Gated) / ((i == 6 ? SlowFps : eight[i].AnalyseFps) * result.Seconds)).ToList();
        var text = $"### With `{detector}`\n\n" + Table.Of(
            ["camera", "decoded", "analysed", "gated", "dropped"],
            result.Cameras.Select(camera => (IReadOnlyList<string>)[camera.Id, $"{camera.Decoded}", $"{camera.Analysed}", $"{camera.Gated}", $"{camera.Dropped}"]));
        text += $"""

            8 cameras, 1080p25 (camera-7 is slow and sends 2.5 pictures a second, camera-8 is 4K), analysed at 5 a second with gating, {result.Seconds:0} s; each at another moment of a street that stands still a quarter of the time. mosquitto runs in a process of its own. Decoded means: out of the decoder and the frame-rate filter; all 25 frames a second are decoded before it.

            - least / most looked at, each of what it could give: **{Table.Number(shares.Min() / shares.Max())}** (asked: at least 0.9)
            - gated share **{Table.Number(1 - (double)result.Analysed / result.Watched)}**
            - CPU: own {Table.Number(result.OwnCpu.TotalSeconds / result.Seconds)} cores, ffmpeg {Table.Number(result.ChildrenCpu.TotalSeconds / result.Seconds)} cores
            - memory: gateway **{result.OwnRssBytes >> 20} MB** (asked: below 1,200), children {result.ChildrenRssBytes >> 20} MB
            - crossing to MQTT, {result.CrossingToMqttMs.Count} crossings: p50 {Ms(result.CrossingToMqttMs, 0.5)}, p95 **{Ms(result.CrossingToMqttMs, 0.95)}**, p99 {Ms(result.CrossingToMqttMs, 0.99)} ms from the crossing itself (asked: p95 below 500); p95 {Ms(result.DecidedToMqttMs, 0.95)} ms from the frame that settled it. From the crossing itself: from the presentation time at which the anchor point met the line, interpolated between the two frames beside it, to the receipt by another MQTT client

            """;
        return text;
    }

    /// <summary>CPU, memory and the time from a crossing to MQTT, from one camera to where the cores are full.</summary>
    public static string Growth()
    {
        var rows = new List<IReadOnlyList<string>>();
        var (counts, cores, memory) = (new List<double>(), new List<double>(), new List<double>());
        foreach (var count in new[] { 1, 2, 4, 6, 8, 10 })
        {
            using var broker = new BrokerProcess();
            var result = Run([.. Enumerable.Range(0, count).Select(i => new BenchCamera(Clips.StreetFrom(5 * (i % 6))))], 40, broker.Address);
            var used = (result.OwnCpu + result.ChildrenCpu).TotalSeconds / result.Seconds;
            rows.Add([$"{count}", Table.Number(result.Watched / result.Seconds / count), Table.Number(used), $"{result.OwnRssBytes >> 20}", $"{result.ChildrenRssBytes >> 20}", $"{result.Cameras.Sum(camera => camera.Dropped)}", $"{Ms(result.CrossingToMqttMs, 0.5)} / {Ms(result.CrossingToMqttMs, 0.95)} of {result.CrossingToMqttMs.Count}"]);
            counts.Add(count);
            cores.Add(used);
            memory.Add(result.OwnRssBytes / 1048576.0);
        }

        Plot(counts, cores, memory);
        return Table.Of(["cameras", "looked at a second, each", "cores", "gateway MB", "children MB", "dropped", "crossing to MQTT, ms, p50 / p95"], rows) + "\n![CPU and memory by number of cameras](cameras.png)\n";
    }

    private static void Plot(List<double> counts, List<double> cores, List<double> memory)
    {
        // The Skia build without dependencies knows no system fonts; it is told one.
        ScottPlot.Fonts.AddFontFile("DejaVu Sans", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf");
        ScottPlot.Fonts.Default = "DejaVu Sans";
        using var plot = new ScottPlot.Plot();
        var cpu = plot.Add.Scatter(counts, cores);
        cpu.LegendText = "cores used (left)";
        var ram = plot.Add.Scatter(counts, memory);
        ram.LegendText = "gateway memory, MB (right)";
        ram.Axes.YAxis = plot.Axes.Right;
        plot.Axes.Left.Label.Text = "cores";
        plot.Axes.Right.Label.Text = "MB";
        plot.Axes.Bottom.Label.Text = "1080p25 cameras analysed at 5 a second";
        plot.Axes.SetLimitsY(0, Environment.ProcessorCount * 1.1, plot.Axes.Left);
        plot.Axes.SetLimitsY(0, memory.Max() * 1.3, plot.Axes.Right);
        plot.ShowLegend(ScottPlot.Alignment.LowerRight);
        plot.Font.Set("DejaVu Sans");
        plot.SavePng(Path.Combine(Checkout.Root, "benchmarks", "cameras.png"), 900, 480);
    }

    private static BenchResult Run(IReadOnlyList<BenchCamera> cameras, int seconds, BrokerAddress broker, string? detector = null) =>
        BenchRun.RunAsync(new BenchOptions(cameras, TimeSpan.FromSeconds(seconds)) { ModelsFolder = Checkout.Models, Broker = broker, Detector = detector }, CancellationToken.None).GetAwaiter().GetResult();

    private static string Ms(IReadOnlyList<double> sorted, double share) => BenchResult.Percentile(sorted, share) is { } value ? Table.Number(value, 0) : "–";
}
