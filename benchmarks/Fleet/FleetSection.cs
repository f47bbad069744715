namespace EdgeGateway.Benchmarks.Fleet;

/// <summary>Two hundred gateways at a cluster of three nodes whose leader is killed, and then cut off.</summary>
internal static class FleetSection
{
    /// <summary>The full size, for the report.</summary>
    public static string Measure() =>
        Text(FleetRun.MeasureAsync(new FleetOptions(200, 2000, TimeSpan.FromSeconds(20)), Console.Error.WriteLine).GetAwaiter().GetResult(), 200, Path.Combine(Checkout.Root, "benchmarks", "fleet.png"));

    /// <summary>Any size, on the console; 1 when an event was lost or took effect twice.</summary>
    public static int Print(int gateways, int eventsPerSecond, int phaseSeconds)
    {
        var result = FleetRun.MeasureAsync(new FleetOptions(gateways, eventsPerSecond, TimeSpan.FromSeconds(phaseSeconds)) { BareFor = TimeSpan.FromSeconds(5) }, Console.Error.WriteLine).GetAwaiter().GetResult();
        Console.WriteLine(Text(result, gateways, plotPath: null));
        return result is { Lost: 0, Double: 0 } ? 0 : 1;
    }

    private static string Text(FleetResult result, int gateways, string? plotPath)
    {
        var text = Table.Of(["phase", "seconds", "events", "p50 ms", "p95 ms", "p99 ms", "most ms"], result.Phases.Select(phase =>
        {
            var sorted = result.LatencyMs[phase.First..phase.Last].Where(one => one > 0).Order().ToList();
            return (IReadOnlyList<string>)[phase.Name, Table.Number(phase.To - phase.From, 0), $"{phase.Last - phase.First}", Ms(sorted, 0.5), Ms(sorted, 0.95), Ms(sorted, 0.99), Ms(sorted, 1)];
        }));
        text += $"""

            Latency from the offer to the outbox to the operations centre, by the phase in which the event was offered. {gateways} gateways (`Sync`'s `Delivery`, each with its SQLite outbox, here in memory: a box has a disk of its own), `deploy/fleet`: three nats-servers and haproxy, TLS, MQTT 3.1.1, a user each, replication 3, the stream of `stream.sh`, all on this machine with the gateways and the centre. Lost means: not arrived two minutes after the last event.

            - bare publishers reach {Table.Number(result.Bare, 0)} events/s here; the gateways sent **{Table.Number(result.Rate, 0)}** (asked: 2,000, or half of bare)
            - offered {result.Offered}, **lost {result.Lost}**, **double in effect {result.Double}**; {result.Repeats} messages came again and were dropped by their id, {result.Shed} were shed
            - killed n{result.Killed + 1} with `kill -9`, {Again(result.ReturnSeconds)} its start; n{result.Parted + 1} {(result.Isolated ? "cut off by the network, both ways" : "frozen (SIGSTOP): no right to make network namespaces")}, {Again(result.HealSeconds)} the end of that
            - what the nodes said of themselves at the end (`/healthz`): {(result.Complaints.Count == 0 ? "ok, all three" : string.Join("; ", result.Complaints))}
            - most that waited in the outboxes at a time: {result.Waiting.Max(one => one.Events)}; empty, and all at the centre, {Table.Number(result.DrainSeconds, 1)} s after the last event

            """;
        if (plotPath is null) return text;
        Plot(result, plotPath);
        return text + $"\n![Latency by second of the run]({Path.GetFileName(plotPath)})\n";
    }

    private static string Again(double seconds) => double.IsNaN(seconds) ? "its events not whole on all three within 100 s of" : $"the events whole on all three nodes {Table.Number(seconds, 1)} s after";

    private static void Plot(FleetResult result, string path)
    {
        // The Skia build without dependencies knows no system fonts; it is told one.
        ScottPlot.Fonts.AddFontFile("DejaVu Sans", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf");
        ScottPlot.Fonts.Default = "DejaVu Sans";
        using var plot = new ScottPlot.Plot();
        var seconds = result.OfferedAt.Select((at, number) => (Second: (int)at, Ms: result.LatencyMs[number])).Where(one => one.Ms > 0).GroupBy(one => one.Second).OrderBy(group => group.Key)
            .Select(group => (At: group.Key + 0.5, Sorted: group.Select(one => one.Ms).Order().ToList())).ToList();
        foreach (var (phase, colour) in result.Phases.Where((_, i) => i is 1 or 3).Zip([ScottPlot.Colors.Red, ScottPlot.Colors.Orange]))
        {
            var span = plot.Add.HorizontalSpan(phase.From, phase.To, colour.WithAlpha(0.15));
            span.LegendText = phase.Name;
        }

        Line("p50", one => Percentile(one, 0.5));
        Line("p99", one => Percentile(one, 0.99));
        var waiting = plot.Add.Scatter(result.Waiting.Select(one => one.At).ToArray(), result.Waiting.Select(one => Log(Math.Max(one.Events, 1))).ToArray(), ScottPlot.Colors.Gray);
        waiting.MarkerSize = 0;
        waiting.LineWidth = 1;
        waiting.LegendText = "events in all outboxes";
        var ticks = new ScottPlot.TickGenerators.NumericManual();
        for (var power = 0; power <= 6; power++) ticks.AddMajor(power, Math.Pow(10, power).ToString("N0", System.Globalization.CultureInfo.InvariantCulture));
        plot.Axes.Left.TickGenerator = ticks;
        plot.Axes.Left.Label.Text = "ms from offer to centre; events";
        plot.Axes.Bottom.Label.Text = "second of the run in which the event was offered";
        plot.Axes.SetLimitsY(0, 6); // room for the legend above the peaks
        plot.ShowLegend(ScottPlot.Alignment.UpperLeft);
        plot.Font.Set("DejaVu Sans");
        plot.SavePng(path, 1000, 480);

        void Line(string name, Func<List<float>, double> of)
        {
            var line = plot.Add.Scatter(seconds.Select(one => one.At).ToArray(), seconds.Select(one => Log(of(one.Sorted))).ToArray());
            line.MarkerSize = 0;
            line.LineWidth = 2;
            line.LegendText = name;
        }
    }

    private static double Log(double value) => Math.Log10(Math.Max(value, 1));

    private static double Percentile(List<float> sorted, double share) => sorted[(int)Math.Min(sorted.Count - 1, share * sorted.Count)];

    private static string Ms(List<float> sorted, double share) => sorted.Count == 0 ? "–" : Table.Number(Percentile(sorted, share), 0);
}
