using System.Globalization;
using EdgeGateway.Testing;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>kill -9 of the whole gateway, with cameras and broker, at one moment after the other of its life.</summary>
[Collection(nameof(Alone))]
public sealed class KilledGatewayTests
{
    private static readonly string[] Cameras = ["cam-1", "cam-2"];

    [Fact]
    public async Task Killed_again_and_again_a_gateway_leaves_no_ffmpeg_and_sound_databases()
    {
        var kills = FaultForm.Size(3, 200, "EDGEGATEWAY_TEST_GATEWAY_KILLS");
        var random = new Random(kills);
        await using var broker = await Mosquitto.StartAsync();
        await using var ioc = await Ioc.ListenAsync(broker);
        using var site = new Installation(broker.Port, listen: $"127.0.0.1:{Mosquitto.FreePort().ToString(CultureInfo.InvariantCulture)}");
        var clip = await StreetClip.LongAsync();
        foreach (var id in Cameras) site.Write($"cameras/{id}.yaml", Installation.CameraYaml(id, Installation.UrlOf(clip)));
        using var pages = new Pages(site);
        var checks = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            await using var gateway = GatewayProcess.Run(site);
            var children = new List<int>();
            // Between the first child and the hundredth frame.
            var frames = random.Next(0, 100);
            await Wait.Until($"kill {kill}'s moment; it said {gateway.Said}", async () =>
            {
                Assert.False(gateway.HasExited, gateway.Said);
                children = [.. Processes.Below(gateway.Id).Select(child => child.Id)];
                if (children.Count == 0) return false;
                var seen = await pages.MetricAsync("edgegateway_camera_frames_total", "stage=\"decoded\"");
                return frames < 10 || (double.IsFinite(seen) && seen >= frames);
            }, Ioc.Patience);
            await gateway.KillAsync();
            await Wait.Until("no child is left", () => !children.Any(Processes.Runs), Ioc.Patience);
            checks += CheckDatabases(site.Storage);
        }

        await using var last = GatewayProcess.Run(site);
        foreach (var id in Cameras) await ioc.UntilAsync(id, "streaming", last);
        await Wait.Until("what the killed left is delivered", async () => await pages.MetricAsync("edgegateway_outbox_pending") == 0, Ioc.Patience);
        last.Terminate();
        Assert.Equal(0, await last.EndAsync());
        Assert.Empty(Directory.GetFiles(site.Storage, "*.damaged-*"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {checks} databases looked at and sound, no child left; {ioc.Crossings().Count} crossings heard.");
    }

    /// <summary>SQLite's own check of each database, on a copy, so that the next life finds files and logs as they were left; how many there are.</summary>
    private static int CheckDatabases(string storage)
    {
        var copy = Directory.CreateTempSubdirectory("killed-").FullName;
        try
        {
            foreach (var path in Directory.GetFiles(storage, "*.db*")) File.Copy(path, Path.Combine(copy, Path.GetFileName(path)));
            var databases = Directory.GetFiles(copy, "*.db");
            foreach (var path in databases)
            {
                using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
                connection.Open();
                using var check = connection.CreateCommand();
                check.CommandText = "PRAGMA integrity_check";
                Assert.Equal("ok", check.ExecuteScalar());
            }

            return databases.Length;
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }
}
