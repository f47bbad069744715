using System.Diagnostics;
using System.Text.Json.Nodes;
using EdgeGateway.Commands;
using EdgeGateway.PublicModels;
using EdgeGateway.Testing;
using EdgeGateway.Tests.EndToEnd;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Tests.PublicModels;

/// <summary>Fetching a model: from a real server on loopback, whole, in pieces, and wrong in every way.</summary>
public sealed class ModelFetchTests : IDisposable
{
    private static readonly string Packaged = Path.Combine(AppContext.BaseDirectory, "models");
    private static readonly DownloadPatience Brief = new(TimeSpan.FromSeconds(30), 2, TimeSpan.FromMilliseconds(1));

    // Any ONNX file with its true entry will do; the street model is one.
    private static readonly byte[] Model = File.ReadAllBytes(Path.Combine(Packaged, "street.onnx"));

    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-fetch-").FullName;
    private readonly HttpClient _http = ModelsFetch.NewClient();

    public ModelFetchTests()
    {
        File.Copy(Path.Combine(Packaged, "models.json"), Path.Combine(_folder, "models.json"));
        File.Copy(Path.Combine(Packaged, "street.onnx"), Path.Combine(_folder, "street.onnx"));
    }

    private string Part => Path.Combine(_folder, ".fetch", "public.onnx");

    [Fact]
    public async Task A_model_is_fetched_checked_and_registered_behind_our_own()
    {
        await using var server = await FileServer.StartAsync(Model);
        var before = ModelCatalogue.Load(_folder).Models;
        var fetched = await FetchAsync(server);
        Assert.Equal(("fetched", Model.LongLength), (fetched.Outcome, fetched.Bytes));
        var after = ModelCatalogue.Load(_folder);
        Assert.Equal([.. before.Select(one => one.Name), "public"], after.Models.Select(one => one.Name));
        Assert.Equal(Model, await File.ReadAllBytesAsync(after["public"].Path));
        Assert.Equal(before[0].Figures?.GetRawText().Length > 0, after.Models[0].Figures?.GetRawText().Length > 0);
        Assert.Equal("present", (await FetchAsync(server)).Outcome);
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_gone_on_with_at_once()
    {
        await using var server = await FileServer.StartAsync(Model);
        server.Faults.Enqueue(new FileServer.Fault(CutAfter: Model.Length / 3));
        server.Faults.Enqueue(new FileServer.Fault(CutAfter: Model.Length / 3));
        Assert.Equal("fetched", (await FetchAsync(server)).Outcome);
        var asked = server.Asked.ToArray();
        Assert.Equal(3, asked.Length);
        Assert.Equal("", asked[0]);
        Assert.All(asked[1..], ask => Assert.Matches("^bytes=[1-9][0-9]*- \"1\"$", ask));
    }

    [Fact]
    public async Task A_later_run_goes_on_where_the_first_one_stopped()
    {
        await using var server = await FileServer.StartAsync(Model);
        await BreakAsync(server);
        var kept = new FileInfo(Part).Length;
        Assert.InRange(kept, 1, Model.Length - 1);
        Assert.Equal("resumed", (await FetchAsync(server)).Outcome);
        Assert.Equal($"bytes={kept}- \"1\"", server.Asked.Last());
        Assert.False(File.Exists(Part));
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_sends_the_whole_anew()
    {
        await using var server = await FileServer.StartAsync(Model);
        server.KnowsRanges = false;
        await BreakAsync(server);
        await FetchAsync(server);
        Assert.Equal(Model, await File.ReadAllBytesAsync(Path.Combine(_folder, "public.onnx")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Halves_of_two_versions_are_never_joined(bool mindsVersions)
    {
        await using var server = await FileServer.StartAsync([.. Model.Select(value => (byte)~value)]);
        server.MindsVersions = mindsVersions;
        await BreakAsync(server);
        (server.Content, server.Version) = (Model, "\"2\"");
        await FetchAsync(server);
        Assert.Equal(Model, await File.ReadAllBytesAsync(Path.Combine(_folder, "public.onnx")));
    }

    [Fact]
    public async Task A_partial_file_longer_than_the_servers_is_thrown_away()
    {
        await using var server = await FileServer.StartAsync(Model);
        Directory.CreateDirectory(Path.GetDirectoryName(Part)!);
        await File.WriteAllBytesAsync(Part, new byte[Model.Length + 10]);
        await FetchAsync(server);
        Assert.Equal(Model, await File.ReadAllBytesAsync(Path.Combine(_folder, "public.onnx")));
    }

    [Fact]
    public async Task A_wrong_hash_is_refused_with_both_hashes_and_nothing_is_kept()
    {
        await using var server = await FileServer.StartAsync([.. Model[..^1], (byte)~Model[^1]]);
        var told = await RefusedAsync(server);
        Assert.Contains(HashOf(Model), told, StringComparison.Ordinal);
        Assert.Contains(HashOf(server.Content), told, StringComparison.Ordinal);
        AssertUntouched();
        Assert.False(File.Exists(Part));
    }

    [Fact]
    public async Task A_file_of_another_size_is_refused_before_it_is_fetched()
    {
        await using var server = await FileServer.StartAsync(Model[..1000]);
        Assert.Contains($"is 1000 bytes, but the list of public models says {Model.Length}", await RefusedAsync(server), StringComparison.Ordinal);
        AssertUntouched();
    }

    [Fact]
    public async Task Classes_that_do_not_fit_the_file_are_found_before_it_is_registered()
    {
        await using var server = await FileServer.StartAsync(Model);
        Assert.Contains("Correct classes or decoder", await RefusedAsync(server, entry => entry["classes"] = new JsonArray("head", "helmet")), StringComparison.Ordinal);
        AssertUntouched();
    }

    [Fact]
    public async Task What_is_no_onnx_file_is_not_registered_although_its_hash_is_right()
    {
        await using var server = await FileServer.StartAsync("no network"u8.ToArray());
        Assert.Contains("ONNX Runtime cannot load", await RefusedAsync(server, content: server.Content), StringComparison.Ordinal);
        AssertUntouched();
    }

    [Theory]
    [InlineData(404, "There is no file at")]
    [InlineData(403, "the server says 403")]
    [InlineData(503, "cannot be fetched: the server says 503")]
    public async Task What_the_server_says_is_told_in_words(int status, string words)
    {
        await using var server = await FileServer.StartAsync(Model);
        for (var i = 0; i < Brief.Attempts; i++) server.Faults.Enqueue(new FileServer.Fault(Status: status));
        Assert.Contains(words, await RefusedAsync(server), StringComparison.Ordinal);
        AssertUntouched();
    }

    [Fact]
    public async Task A_slow_server_is_waited_for_and_a_silent_one_is_not()
    {
        await using var server = await FileServer.StartAsync(Model);
        server.Faults.Enqueue(new FileServer.Fault(Slow: true));
        await FetchAsync(server);

        await using var silent = await FileServer.StartAsync(Model);
        for (var i = 0; i < 3; i++) silent.Faults.Enqueue(new FileServer.Fault(SilentAfter: 0));
        var fetch = FetchAsync(silent, "other", Brief with { Silence = TimeSpan.FromMilliseconds(200) });
        Assert.Contains("not a byte came", (await Assert.ThrowsAsync<FetchException>(() => fetch)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_network_it_says_what_to_do()
    {
        var model = ModelAt($"http://127.0.0.1:{Mosquitto.FreePort()}/model.onnx", "public", Model);
        var fault = await Assert.ThrowsAsync<FetchException>(() => Fetch(Brief).FetchAsync(model, HashOf(Model), default));
        Assert.Contains("Check the network and HTTPS_PROXY", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("size=2m", "is full")]
    [InlineData("size=64m,ro", "cannot be written by this user")]
    public async Task A_disk_that_takes_nothing_is_named(string options, string words)
    {
        var disk = Directory.CreateTempSubdirectory("edgegateway-disk-").FullName;
        Assert.SkipUnless(Shell("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk) == 0, "A disk of its own cannot be mounted here (needs root).");
        try
        {
            File.Copy(Path.Combine(Packaged, "models.json"), Path.Combine(disk, "models.json"));
            Assert.Equal(0, Shell("mount", "-o", "remount," + options, disk));
            await using var server = await FileServer.StartAsync(Model);
            // Once told beforehand by the size, once found out on the way where the size is not known.
            foreach (var model in new[] { ModelAt(server.Url, "public", Model), ModelAt(server.Url, "public", Model) with { Bytes = null } })
            {
                var fault = await Assert.ThrowsAsync<FetchException>(() => new ModelFetch(new ModelDownload(_http, TimeProvider.System, Brief), disk).FetchAsync(model, HashOf(Model), default));
                Assert.Contains(words, fault.Message, StringComparison.Ordinal);
                Assert.Contains(disk, fault.Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            Shell("umount", "-l", disk);
            Directory.Delete(disk);
        }
    }

    [Fact]
    public async Task Two_fetches_do_not_write_into_one_file()
    {
        await using var server = await FileServer.StartAsync(Model);
        server.Faults.Enqueue(new FileServer.Fault(SilentAfter: 4096));
        using var stop = new CancellationTokenSource();
        var first = Fetch(Brief with { Silence = TimeSpan.FromMinutes(1) }).FetchAsync(ModelAt(server.Url, "public", Model), HashOf(Model), stop.Token);
        await Testing.Wait.Until("the first fetch runs", () => File.Exists(Part), TimeSpan.FromSeconds(60));
        Assert.Contains("Another fetch", await RefusedAsync(server), StringComparison.Ordinal);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }

    [Fact]
    public async Task The_command_fetches_from_a_list_and_the_model_is_listed_and_detects()
    {
        await using var server = await FileServer.StartAsync(Model);
        var list = Path.Combine(_folder, "list.json");
        await File.WriteAllTextAsync(list, ListOf(server.Url, Entry("public", Model), Model.Length));
        var ended = await GatewayProcess.RunAsync("models", "fetch", "public", "--list", list, "--models", _folder);
        Assert.True(ended.Code == 0, ended.Error);
        var line = JsonNode.Parse(ended.Output)!;
        Assert.Equal(("public", "fetched", HashOf(Model)), ((string)line["name"]!, (string)line["state"]!, (string)line["sha256"]!));
        var listed = await GatewayProcess.RunAsync("models", "list", "--models", _folder);
        Assert.Contains(listed.Output.Split('\n'), row => row.Contains("\"public\"", StringComparison.Ordinal) && row.Contains("\"state\":\"ok\"", StringComparison.Ordinal));

        var unknown = await GatewayProcess.RunAsync("models", "fetch", "yolo", "--models", _folder);
        Assert.Equal((2, ""), (unknown.Code, unknown.Output));
        Assert.Contains("yolox-nano, yolox-tiny, yolox-s", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_without_a_known_hash_asks_for_one()
    {
        await using var server = await FileServer.StartAsync(Model);
        var list = Path.Combine(_folder, "list.json");
        var entry = Entry("public", Model);
        entry["sha256"] = "";
        await File.WriteAllTextAsync(list, ListOf(server.Url, entry, Model.Length));
        var without = await GatewayProcess.RunAsync("models", "fetch", "public", "--list", list, "--models", _folder);
        Assert.Equal(2, without.Code);
        Assert.Contains("--sha256 HASH", without.Error, StringComparison.Ordinal);
        var with = await GatewayProcess.RunAsync("models", "fetch", "public", "--list", list, "--models", _folder, "--sha256", HashOf(Model));
        Assert.True(with.Code == 0, with.Error);
    }

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string HashOf(byte[] content) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));

    private static JsonObject Entry(string name, byte[] content)
    {
        var models = JsonNode.Parse(File.ReadAllText(Path.Combine(Packaged, "models.json")))!["models"]!.AsArray();
        var entry = models.First(one => (string?)one!["name"] == "street")!.DeepClone().AsObject();
        (entry["name"], entry["file"], entry["sha256"]) = (name, name + ".onnx", HashOf(content));
        entry.Remove("figures");
        return entry;
    }

    private static string ListOf(string url, JsonObject entry, long bytes) =>
        new JsonObject { ["version"] = 1, ["models"] = new JsonArray(new JsonObject { ["url"] = url, ["bytes"] = bytes, ["hashFrom"] = "this test", ["entry"] = entry }) }.ToJsonString();

    private static PublicModel ModelAt(string url, string name, byte[] content) => new() { Url = url, Bytes = content.Length, HashFrom = "this test", Entry = Entry(name, content) };

    private static int Shell(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private ModelFetch Fetch(DownloadPatience? patience = null) => new(new ModelDownload(_http, TimeProvider.System, patience ?? Brief), _folder);

    private Task<FetchedModel> FetchAsync(FileServer server, string name = "public", DownloadPatience? patience = null) =>
        Fetch(patience).FetchAsync(ModelAt(server.Url, name, Model), HashOf(Model), TestContext.Current.CancellationToken);

    private async Task<string> RefusedAsync(FileServer server, Action<JsonObject>? change = null, byte[]? content = null)
    {
        var model = ModelAt(server.Url, "public", content ?? Model);
        change?.Invoke(model.Entry);
        return (await Assert.ThrowsAsync<FetchException>(() => Fetch().FetchAsync(model, HashOf(content ?? Model), default))).Message;
    }

    // A run that ends in the middle of the file.
    private async Task BreakAsync(FileServer server)
    {
        server.Faults.Enqueue(new FileServer.Fault(CutAfter: Model.Length / 2));
        for (var i = 0; i < Brief.Attempts; i++) server.Faults.Enqueue(new FileServer.Fault(Status: 503));
        Assert.Contains("it goes on from there", await RefusedAsync(server), StringComparison.Ordinal);
    }

    private void AssertUntouched()
    {
        Assert.Equal(File.ReadAllText(Path.Combine(Packaged, "models.json")), File.ReadAllText(Path.Combine(_folder, "models.json")));
        Assert.False(File.Exists(Path.Combine(_folder, "public.onnx")));
    }
}
