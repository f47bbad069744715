using System.Security.Cryptography;
using System.Text.Json;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>From a real junction's red light to evidence that a third party verifies.</summary>
public sealed class ViolationTests : IDisposable
{
    private readonly Installation _site = new(models: "{ detector: street }");

    [Fact]
    public async Task Who_runs_the_red_light_becomes_a_violation_whose_evidence_verifies()
    {
        var clip = await Junction.ClipAsync();
        Camera(clip, validUntil: "2027-06-30");
        Assert.Equal(0, (await GatewayProcess.RunAsync("keys", "init", "--config", _site.Folder)).Code);
        var before = await ReplayAsync(clip, "a.jsonl", "2026-08-14T10:00:00+07:00");
        Assert.Equal(before, await ReplayAsync(clip, "b.jsonl", "2026-08-14T10:00:00+07:00"));

        var violations = (await EventContract.ReadLinesAsync(before)).Of("violation");
        Assert.NotEmpty(violations);
        Assert.All(violations, violation =>
        {
            Assert.Equal(("red_light", "RED_LIGHT", "live"), (Word(violation, "rule"), Word(violation, "code"), Word(violation, "mode")));
            Assert.Equal("review", Word(violation.GetProperty("evidence"), "use"));
            Assert.Equal(JsonValueKind.Null, violation.GetProperty("legal").GetProperty("amendedBy").ValueKind);
            Assert.NotEqual(0, violation.GetProperty("reason").GetProperty("vi").GetString()!.Length);
        });

        var packages = Directory.GetFiles(PathOf("a.jsonl.evidence/evidence"), "*.zip");
        Assert.Equal(violations.Count, packages.Length);
        Assert.All(packages, package => Assert.Single(FilesOf(package), name => name.EndsWith("_export-clip.mp4", StringComparison.Ordinal)));
        var key = PathOf("public.pem");
        await File.WriteAllTextAsync(key, (await GatewayProcess.RunAsync("keys", "show", "--pem", "--config", _site.Folder)).Output);
        string[] chain = ["--key", key, "--chain", PathOf("a.jsonl.evidence/evidence-chain.log")];
        Assert.Equal(0, (await GatewayProcess.RunAsync(["verify", .. packages, .. chain])).Code);
        using (var file = new FileStream(packages[0], FileMode.Open))
        {
            file.Position = file.Length / 3;
            var old = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(old ^ 1));
        }

        Assert.Equal(1, (await GatewayProcess.RunAsync(["verify", .. packages, .. chain])).Code);
    }

    [Fact]
    public async Task The_day_of_the_act_decides_the_text_of_law_and_the_approval()
    {
        var clip = await Junction.ClipAsync();
        Camera(clip, validUntil: "2026-08-14");
        var violations = (await EventContract.ReadLinesAsync(await ReplayAsync(clip, "a.jsonl", "2026-08-15T10:00:00+07:00"))).Of("violation");
        Assert.NotEmpty(violations);
        Assert.All(violations, violation =>
        {
            Assert.Contains("238/2026", violation.GetProperty("legal").GetProperty("amendedBy").GetString(), StringComparison.Ordinal);
            var evidence = violation.GetProperty("evidence");
            Assert.Equal("none", Word(evidence, "use"));
            Assert.Contains(evidence.GetProperty("why").EnumerateArray(), why => Word(why, "en").Contains("approval ended", StringComparison.Ordinal));
            Assert.Equal("not_attempted", Word(violation.GetProperty("owner"), "status"));
        });
        // What nobody may use nobody hands on: no clip is made for it.
        Assert.All(Directory.GetFiles(PathOf("a.jsonl.evidence/evidence"), "*.zip"), package => Assert.DoesNotContain(FilesOf(package), name => name.Contains("export-clip", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Live_a_violation_and_its_evidence_reach_the_centre_and_its_case_moves_on()
    {
        await using var broker = await Mosquitto.StartAsync();
        using var site = new Installation(broker.Port, models: "{ detector: street }");
        var clip = await Junction.ClipAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        site.Write("cameras/nga-tu.yaml", $"id: nga-tu\nsource: {{ url: \"{Installation.UrlOf(clip)}\", loop: true }}\nanalyseFps: 8\n{Junction.Rules}");
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("a violation", () => ioc.Events("violation").Count > 0, gateway);
        var violation = ioc.Events("violation")[0];
        var id = violation.Event.GetProperty("id").GetString()!;
        Assert.Equal("none", Word(violation.Data.GetProperty("evidence"), "use")); // no approval: for statistics only
        Assert.Equal($"evidence/{id}/package.zip", Word(violation.Data.GetProperty("evidence"), "uri"));
        await ioc.UntilAsync("the evidence", () => ioc.Evidence.Any(part => part.Topic.EndsWith($"/evidence/{id}/index", StringComparison.Ordinal)), gateway);
        // Whoever fetches the package checks it as any download.
        var package = Assert.Single(Directory.GetFiles(Path.Combine(site.Storage, "evidence"), $"*{id}.zip"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(package))), Word(violation.Data.GetProperty("evidence"), "packageSha256"));
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());
        await ioc.AllKeepTheContractAsync();
    }

    public void Dispose() => _site.Dispose();

    private static List<string> FilesOf(string package)
    {
        using var zip = System.IO.Compression.ZipFile.OpenRead(package);
        return [.. zip.Entries.Select(entry => entry.FullName)];
    }

    private static string Word(JsonElement from, string name) => from.GetProperty(name).GetString()!;

    private void Camera(string clip, string validUntil) => _site.Write("cameras/nga-tu.yaml", $$"""
        id: nga-tu
        source: { url: "{{Installation.UrlOf(clip)}}" }
        analyseFps: 8
        approval: { decision: "12/QĐ-UBND", certificate: "KĐ-2026-118", validUntil: {{validUntil}}, unit: Công an phường, officer: "A-204" }
        {{Junction.Rules}}
        """);

    private string PathOf(string file) => Path.Combine(_site.Folder, file);

    private async Task<string> ReplayAsync(string clip, string output, string start)
    {
        var ended = await GatewayProcess.RunAsync("replay", "--config", _site.Folder, "--camera", "nga-tu", "--input", clip, "--out", PathOf(output), "--start", start);
        Assert.True(ended.Code == 0, ended.Error);
        return await File.ReadAllTextAsync(PathOf(output));
    }
}
