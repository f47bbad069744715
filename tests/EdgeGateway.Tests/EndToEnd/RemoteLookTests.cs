using System.Security.Cryptography;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Imaging;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>The commands by which the operations centre looks at a box: a picture, and its configuration read anew.</summary>
public sealed class RemoteLookTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_snapshot_comes_as_a_part_of_evidence_with_its_hash_and_is_logged_and_deleted(bool annotated)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        await using var gateway = GatewayProcess.Run(site);
        await ioc.UntilAsync("cong", "streaming", gateway);
        var reply = await Ioc.AskAsync(broker, "snapshot", $"{{\"camera\":\"cong\",\"officer\":\"A-204\",\"annotated\":{(annotated ? "true" : "false")}}}", gateway);
        Assert.True(reply.GetProperty("status").GetString() == "ok", $"{reply}; {gateway.Said}");
        var data = reply.GetProperty("data");
        var topic = data.GetProperty("topic").GetString()!;
        byte[] picture = [];
        await ioc.UntilAsync("the picture is whole", () =>
        {
            picture = [.. ioc.Evidence.Where(part => part.Topic.StartsWith($"{topic}/snapshot.jpg", StringComparison.Ordinal)).DistinctBy(part => part.Topic).OrderBy(part => part.Topic, StringComparer.Ordinal).SelectMany(part => part.Payload)];
            return Convert.ToHexStringLower(SHA256.HashData(picture)) == data.GetProperty("sha256").GetString();
        }, gateway);
        using var seen = EvidencePictures.ToFrame(picture);
        Assert.Equal((data.GetProperty("width").GetInt32(), data.GetProperty("height").GetInt32()), (seen.Width, seen.Height));
        Assert.Contains("snapshot cong", await File.ReadAllTextAsync(Path.Combine(site.Storage, "privacy-access.log"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await Wait.Until("the file is gone", () => Directory.GetFiles(Path.Combine(site.Storage, "snapshots")).Length == 0, Ioc.Patience);
    }

    [Fact]
    public async Task A_snapshot_of_a_camera_that_is_unknown_or_gives_no_picture_is_refused_in_words()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("cong", "rtsp://127.0.0.1:1/main");
        await using var gateway = GatewayProcess.Run(site);
        await using var desk = await CommandDesk.OpenAsync(broker);
        await ioc.UntilAsync("it is online", () => ioc.Status?.Word("state") == "online", gateway);
        var unknown = await desk.AskAsync(ioc, gateway, "snapshot", """{"camera":"khac","officer":"A-204"}""");
        Assert.Equal("not_found", unknown.GetProperty("code").GetString());
        var blind = await desk.AskAsync(ioc, gateway, "snapshot", """{"camera":"cong","officer":"A-204"}""");
        Assert.Equal("timeout", blind.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Reload_names_what_changed_every_mistake_and_whether_a_restart_is_needed()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port).Camera("cong", "rtsp://127.0.0.1:1/main");
        await using var gateway = GatewayProcess.Run(site);
        await using var desk = await CommandDesk.OpenAsync(broker);
        await ioc.UntilAsync("it is online", () => ioc.Status?.Word("state") == "online", gateway);
        var quiet = (await desk.AskAsync(ioc, gateway, "reload", """{"officer":"A-204"}""")).GetProperty("data");
        Assert.Equal((0, 0, false), (quiet.GetProperty("changed").GetArrayLength(), quiet.GetProperty("mistakes").GetArrayLength(), quiet.GetProperty("restartNeeded").GetBoolean()));

        var text = await File.ReadAllTextAsync(Path.Combine(site.Folder, "gateway.yaml"), TestContext.Current.CancellationToken);
        site.Write("cameras/sai.yaml", "id: sai\nsource: { url: \"rtsp://viewer:mat-khau-lo@127.0.0.1/x\", transprt: tcp }\n").Write("gateway.yaml", text.Replace("Bãi biển", "Bãi tắm", StringComparison.Ordinal));
        var told = (await desk.AskAsync(ioc, gateway, "reload", """{"officer":"A-204"}""")).GetProperty("data");
        Assert.Contains(told.GetProperty("mistakes").EnumerateArray(), mistake => mistake.GetString()!.StartsWith("cameras/sai.yaml:2:", StringComparison.Ordinal));
        Assert.DoesNotContain("mat-khau-lo", told.ToString(), StringComparison.Ordinal);
        Assert.True(told.GetProperty("restartNeeded").GetBoolean());
    }
}
