using EdgeGateway.Legal;
using EdgeGateway.Tests.EndToEnd;

namespace EdgeGateway.Tests.Legal;

/// <summary>Legal data that hold a mistake stop what needs the law, and nothing else.</summary>
public sealed class WrongLawTests : IDisposable
{
    private readonly Installation _site = new Installation().Camera("cong", "rtsp://127.0.0.1:1/main");

    public WrongLawTests()
    {
        Directory.CreateDirectory(Path.Combine(_site.Folder, "legal"));
        _site.Write("legal/duong-bo.yaml", "documents: 3\n");
    }

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Commands_that_need_no_law_warn_and_work()
    {
        foreach (var words in (string[][])[["keys", "init"], ["privacy"], ["snapshot", "--camera", "cong", "--input", Clip, "--out", Path.Combine(_site.Folder, "a.png")]])
        {
            var ended = await GatewayProcess.RunAsync([.. words, "--config", _site.Folder]);
            Assert.True(ended.Code == 0, ended.Error);
            Assert.Contains("legal/duong-bo.yaml:1:12: warning: rules that accuse publish nothing until this is mended", ended.Error, StringComparison.Ordinal);
        }

        // The camera is asked, not refused: that nobody answers is another matter.
        var probe = await GatewayProcess.RunAsync("probe", "--camera", "cong", "--config", _site.Folder);
        Assert.Equal(1, probe.Code);
        Assert.Contains("unreachable: ", probe.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_and_a_replay_with_rules_refuse_with_the_place()
    {
        var validate = await GatewayProcess.RunAsync("validate", "--config", _site.Folder);
        Assert.Equal(2, validate.Code);
        Assert.Contains("legal/duong-bo.yaml:1:12: 'documents' takes names", validate.Output, StringComparison.Ordinal);

        var output = Path.Combine(_site.Folder, "events.jsonl");
        _site.Camera("cong", "rtsp://127.0.0.1:1/main", "zones: { z: { points: [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]], units: fraction } }\nrules: [ { id: nguoc, rule: wrong_way, zone: z, allowed: [0, -1] } ]");
        var replay = await GatewayProcess.RunAsync("replay", "--camera", "cong", "--input", Clip, "--out", output, "--config", _site.Folder);
        Assert.Equal(2, replay.Code);
        Assert.Contains("\nlegal/duong-bo.yaml:1:12: 'documents' takes names", "\n" + replay.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public void A_running_gateway_takes_up_right_data_and_keeps_the_last_ones_while_there_is_a_mistake()
    {
        var file = Path.Combine(_site.Folder, "legal", "duong-bo.yaml");
        var right = File.ReadAllText(Directory.EnumerateFiles(LegalCodes.Shipped, "*.yaml").First());
        File.WriteAllText(file, right);
        var taken = new List<LegalCodes>();
        var watch = new LegalWatch(_site.Folder, taken.Add, alerts: null);
        var now = DateTimeOffset.UnixEpoch;
        void Look(int times)
        {
            for (var i = 0; i < times; i++) watch.Look(now += TimeSpan.FromSeconds(5));
        }

        Look(4);
        Assert.Single(taken);
        File.WriteAllText(file, "documents: 3\n");
        Look(4);
        Assert.Single(taken);
        File.WriteAllText(file, right + "\n# compared\n");
        Look(1); // one look is no rest: an editor may be at work
        Assert.Single(taken);
        Look(3);
        Assert.Equal(2, taken.Count);
        Assert.Equal(taken[0].Count, taken[1].Count);
    }

    private static string Clip => Path.Combine(AppContext.BaseDirectory, "models", "clips", "traffic.mp4");
}
