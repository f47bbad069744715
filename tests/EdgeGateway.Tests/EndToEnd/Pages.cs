using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>The gateway's pages as Prometheus and a supervisor read them.</summary>
internal sealed class Pages : IDisposable
{
    private readonly HttpClient _client;

    public Pages(Installation site)
    {
        var listen = Regex.Match(File.ReadAllText(Path.Combine(site.Folder, "gateway.yaml")), "listen: \"(?<at>[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["at"].Value;
        _client = new HttpClient { BaseAddress = new Uri($"http://{listen}"), Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>A page's text; empty while nothing answers.</summary>
    public async Task<string> ReadAsync(string path)
    {
        try
        {
            return await _client.GetStringAsync(new Uri(path, UriKind.Relative));
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            return "";
        }
    }

    /// <summary>The sum of a metric over its labels; NaN while it is not there.</summary>
    public async Task<double> MetricAsync(string name, string label = "")
    {
        var values = from line in (await ReadAsync("/metrics")).Split('\n')
                     where line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal)
                     where line.Contains(label, StringComparison.Ordinal)
                     let text = line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ') is [var first, ..] && line.Contains('{', StringComparison.Ordinal) ? first : line.Split(' ')[1]
                     select double.Parse(text, CultureInfo.InvariantCulture);
        var found = values.ToList();
        return found.Count == 0 ? double.NaN : found.Sum();
    }

    /// <summary>Waits until each of these cameras has analysed so many frames more; how many they did together.</summary>
    public async Task<double> UntilAsync(IReadOnlyList<string> cameras, int frames)
    {
        async Task<double[]> LookAsync() => [.. await Task.WhenAll(cameras.Select(id => AnalysedAsync(id)))];
        var first = await LookAsync();
        var last = first;
        await EdgeGateway.Testing.Wait.Until($"{frames} frames of each camera", async () =>
        {
            last = await LookAsync();
            return last.Zip(first).All(pair => pair.First - pair.Second >= frames);
        }, TimeSpan.FromSeconds(60 + (frames * 2)));
        return last.Sum() - first.Sum();
    }

    /// <summary>Frames of a camera that the model looked at, or that were still and let pass.</summary>
    private async Task<double> AnalysedAsync(string camera)
    {
        var page = await ReadAsync("/metrics");
        return page.Split('\n').Where(line => line.StartsWith("edgegateway_camera_frames_total{", StringComparison.Ordinal) && line.Contains($"camera=\"{camera}\"", StringComparison.Ordinal)
            && (line.Contains("stage=\"analysed\"", StringComparison.Ordinal) || line.Contains("stage=\"gated\"", StringComparison.Ordinal)))
            .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }

    public void Dispose() => _client.Dispose();
}
