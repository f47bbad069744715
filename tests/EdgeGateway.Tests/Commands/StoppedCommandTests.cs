using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeGateway.Commands;
using EdgeGateway.PublicModels;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Testing;
using EdgeGateway.Tests.EndToEnd;
using OpenCvSharp;

namespace EdgeGateway.Tests.Commands;

/// <summary>Commands that are told to end in the midst of their work: soon, in one sentence, with code 1, and no half of a file under its name.</summary>
public sealed class StoppedCommandTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-stopped-").FullName;

    [Theory]
    [InlineData("detect")]
    [InlineData("plates", "--crop")]
    public async Task Pictures_that_were_looked_at_are_answered_and_the_others_left(params string[] command)
    {
        const int Pictures = 20_000;
        using var grey = new Mat(40, 120, MatType.CV_8UC3, new Scalar(90, 90, 90));
        var picture = Path.Combine(_folder, "a.png");
        await File.WriteAllBytesAsync(picture, grey.ImEncode(".png"), TestContext.Current.CancellationToken);
        await using var process = GatewayProcess.Start([.. command, .. Enumerable.Repeat(picture, Pictures)]);
        await StopAsync(process, () => !process.Output.IsEmpty);
        Assert.InRange(process.Output.Count, 1, Pictures - 1);
        Assert.All(process.Output, line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public async Task Track_leaves_no_half_of_its_tracks_and_keeps_those_of_the_last_run()
    {
        var (input, tracks) = (Path.Combine(_folder, "det.txt"), Path.Combine(_folder, "tracks.txt"));
        await File.WriteAllTextAsync(input, "1,-1,10,20,30,60,0.9,-1,-1,-1\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(tracks, "the last run", TestContext.Current.CancellationToken);
        Assert.Equal((1, "", "Stopped before the end.\n"), await RunStoppedAsync("track", input, "--fps", "10", "--out", tracks));
        Assert.Equal("the last run", await File.ReadAllTextAsync(tracks, TestContext.Current.CancellationToken));
        Assert.Equal(["det.txt", "tracks.txt"], Left());
    }

    [Theory]
    [InlineData("snapshot")]
    [InlineData("probe")]
    public async Task A_camera_that_never_answers_is_waited_for_no_longer(string command)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var site = new Installation().Camera("cong", $"rtsp://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/main");
        await using var process = GatewayProcess.Start([command, "--config", site.Folder, "--camera", "cong", .. command == "snapshot" ? ["--out", Path.Combine(_folder, "view.png")] : (string[])[]]);
        List<int> children = [];
        await StopAsync(process, () => silent.Pending() && (children = FfmpegsOf(process)).Count > 0);
        Assert.Empty(Left());
        Assert.DoesNotContain(children, Processes.Runs);
    }

    [Fact]
    public async Task A_replay_of_a_named_pipe_that_nobody_writes_to_is_stopped()
    {
        var pipe = Path.Combine(_folder, "film.ts");
        using (var make = Process.Start("mkfifo", [pipe])) await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var site = new Installation().Camera("cong", "rtsp://127.0.0.1/main");
        await using var process = GatewayProcess.Start(["replay", "--config", site.Folder, "--camera", "cong", "--input", pipe, "--out", Path.Combine(_folder, "out")]);
        List<int> children = [];
        await StopAsync(process, () => (children = FfmpegsOf(process)).Count > 0);
        Assert.DoesNotContain(children, Processes.Runs);
        Assert.Equal(["film.ts"], Left());
    }

    [Theory, InlineData("detect"), InlineData("plates")]
    public async Task A_picture_from_a_named_pipe_that_nobody_writes_to_is_waited_for_no_longer(string command)
    {
        var pipe = Path.Combine(_folder, "picture.jpg");
        using (var make = Process.Start("mkfifo", [pipe])) await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        await using var process = GatewayProcess.Start([command, pipe]);
        var opened = Task.Run(() => File.OpenHandle(pipe, FileMode.Open, FileAccess.Write)); // ends when the command opens the other end
        await StopAsync(process, () => opened.IsCompletedSuccessfully);
        (await opened).Dispose();
        Assert.Equal(["picture.jpg"], Left());
    }

    [Fact]
    public async Task Bench_leaves_no_child_behind()
    {
        await using var process = GatewayProcess.Start(["bench", "--seconds", "600"]);
        List<int> children = [];
        await StopAsync(process, () => (children = FfmpegsOf(process)).Count > 0);
        Assert.DoesNotContain(children, Processes.Runs);
    }

    [Fact]
    public async Task A_server_of_models_that_never_answers_is_waited_for_no_longer()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var packaged = Path.Combine(AppContext.BaseDirectory, "models");
        File.Copy(Path.Combine(packaged, "models.json"), Path.Combine(_folder, "models.json"));
        var list = Path.Combine(_folder, "list.json");
        var known = await File.ReadAllTextAsync(PublicModelList.DefaultFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(list, known.Replace("https://github.com", $"https://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await using var process = GatewayProcess.Start(["models", "fetch", "yolox-nano", "--list", list, "--models", _folder]);
        await StopAsync(process, silent.Pending);
        Assert.DoesNotContain(Left(), file => file.EndsWith(".onnx", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Evaluate_ends_between_two_pictures()
    {
        const int Pictures = 5000;
        var val = Directory.CreateDirectory(Path.Combine(_folder, "detection", "val")).FullName;
        using var grey = new Mat(50, 80, MatType.CV_8UC3, new Scalar(90, 90, 90));
        await File.WriteAllBytesAsync(Path.Combine(val, "coco_a.png"), grey.ImEncode(".png"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "detection", "val.json"), JsonSerializer.Serialize(new
        {
            images = Enumerable.Range(0, Pictures).Select(i => new { id = i, file_name = "coco_a.png", width = 80, height = 50 }),
            annotations = Enumerable.Range(0, Pictures).Select(i => new { id = i, image_id = i, category_id = 3, bbox = new[] { 5, 5, 20, 20 } }),
        }), TestContext.Current.CancellationToken);
        await using var process = GatewayProcess.Start(["models", "evaluate", "--data", _folder, "--model", "street-s"]);
        // The other set is missing, which is told before this one is begun.
        await StopAsync(process, () => process.Error.Any(line => line.Contains("train.json", StringComparison.Ordinal)));
        Assert.Empty(process.Output);
    }

    [Theory]
    [InlineData("export", "counts", "--from", "2026-07-01", "--to", "2026-07-02")]
    [InlineData("report", "visitors", "--from", "2026-07-01", "--to", "2026-07-02", "--format", "html")]
    public async Task What_is_stopped_before_its_end_gives_no_file(params string[] command)
    {
        using var site = new Installation();
        Directory.CreateDirectory(site.Storage);
        using (CountArchive.Open(Path.Combine(site.Storage, CountArchive.FileName), site.Zone)) { }
        Assert.Equal((1, "", "Stopped before the end.\n"), await RunStoppedAsync([.. command, "--config", site.Folder, "--out", Path.Combine(_folder, "page")]));
        Assert.Empty(Left());
    }

    [Fact]
    public void A_file_that_is_not_kept_is_gone_and_the_one_before_it_stays()
    {
        var target = Path.Combine(_folder, "page.html");
        File.WriteAllText(target, "the last one");
        using (var file = new PartialFile(target)) File.WriteAllText(file.Path, "half");
        Assert.Equal(("the last one", 1), (File.ReadAllText(target), Left().Count));
        PartialFile.Write(target, Encoding.UTF8.GetBytes("the next one"));
        Assert.Equal(("the next one", 1), (File.ReadAllText(target), Left().Count));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<(int Code, string Output, string Error)> RunStoppedAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error, new CancellationToken(canceled: true));
        return (code, output.ToString(), error.ToString());
    }

    private static async Task StopAsync(GatewayProcess process, Func<bool> inTheMidst)
    {
        await Wait.Until("the command is in the midst of its work", () => process.HasExited || inTheMidst(), TimeSpan.FromSeconds(90));
        Assert.False(process.HasExited, process.Said);
        process.Terminate();
        var code = await process.EndAsync(Soon);
        Assert.True(code == 1 && process.Error.Contains("Stopped before the end."), $"{code}: {process.Said}");
        Assert.DoesNotContain(process.Error, line => line.StartsWith("   at ", StringComparison.Ordinal));
    }

    private static List<int> FfmpegsOf(GatewayProcess process) =>
        [.. Processes.Below(process.Id).Where(child => child.CommandLine.Contains("ffmpeg", StringComparison.Ordinal)).Select(child => child.Id)];

    private List<string> Left() => [.. Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_folder, file)).Order(StringComparer.Ordinal)];
}
