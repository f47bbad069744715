using System.Security.Cryptography;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Testing;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>A new storage key for a box that has worked under another one: the real program, killed in the midst.</summary>
public sealed class RekeyTests
{
    private const int Pictures = 300;

    private static readonly string Old = KeyOf(1);
    private static readonly string New = KeyOf(100);

    [Fact]
    public async Task Killed_in_the_midst_it_goes_on_and_in_the_end_the_former_key_opens_nothing()
    {
        using var site = Site();
        await MakeAsync(site);
        var ended = false;
        for (var run = 0; !ended; run++)
        {
            Assert.True(run < 50);
            await using var rekey = Rekey(site);
            // It is killed when it says that it sealed 50 files; the run that finds fewer left is let go on to its end.
            await Wait.Until("it has done a piece", () => rekey.Output.Any(line => line.Contains("\"files\":50", StringComparison.Ordinal)) || rekey.HasExited, Ioc.Patience);
            ended = rekey.HasExited;
            if (ended) Assert.True(rekey.ExitCode == 0, rekey.Said);
            else await rekey.KillAsync();
            if (run == 0) Assert.False(ended, "it was too fast to be killed");
        }

        using var former = StorageSeal.FromText(Old);
        using var next = StorageSeal.FromText(New);
        var files = Directory.GetFiles(site.Storage, "*" + SealedFile.Ending, SearchOption.AllDirectories);
        Assert.Equal(Pictures, files.Length);
        Assert.All(files, file =>
        {
            Assert.Throws<StorageSealException>(() => SealedFile.OpenRead(file, former).Dispose());
            using var content = SealedFile.OpenRead(file, next);
            Assert.Equal(1000, content.Length);
        });
        Assert.Empty(Directory.GetFiles(site.Storage, "*.partial", SearchOption.AllDirectories));
        var rows = Rows(site);
        Assert.NotEmpty(rows);
        Assert.All(rows, row =>
        {
            Assert.Throws<StorageSealException>(() => former.Open(row, "event"));
            Assert.NotEmpty(next.Open(row, "event"));
        });

        // The box goes on under the new key alone; the former one starts nothing.
        site.Write("gateway.yaml", (await File.ReadAllTextAsync(Path.Combine(site.Folder, "gateway.yaml"), TestContext.Current.CancellationToken)).Replace(", formerKey: \"${REKEY_OLD}\"", "", StringComparison.Ordinal));
        Assert.Equal(2, (await KeysAsync(site, Old)).Code);
        var shown = await KeysAsync(site, New);
        Assert.True(shown.Code == 0, shown.Error);
    }

    [Fact]
    public async Task Beside_a_running_service_it_changes_nothing()
    {
        using var site = Site();
        site.Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        var yaml = await File.ReadAllTextAsync(Path.Combine(site.Folder, "gateway.yaml"), TestContext.Current.CancellationToken);
        site.Write("gateway.yaml", yaml.Replace("${REKEY_NEW}", "${REKEY_OLD}", StringComparison.Ordinal));
        await using var service = GatewayProcess.Run(site);
        await Wait.Until("the service works", () => File.Exists(Path.Combine(site.Storage, "outbox.db-wal")), Ioc.Patience);
        site.Write("gateway.yaml", yaml);
        var mark = await File.ReadAllTextAsync(Path.Combine(site.Storage, StorageMark.FileName), TestContext.Current.CancellationToken);
        await using var rekey = Rekey(site);
        Assert.Equal(2, await rekey.EndAsync(Ioc.Patience));
        Assert.Contains("stop the service", rekey.Said, StringComparison.Ordinal);
        Assert.Equal(mark, await File.ReadAllTextAsync(Path.Combine(site.Storage, StorageMark.FileName), TestContext.Current.CancellationToken));
        service.Terminate();
        await service.EndAsync();
    }

    private static string KeyOf(byte first) => Convert.ToBase64String(Enumerable.Range(first, 32).Select(i => (byte)i).ToArray());

    private static Installation Site()
    {
        var site = new Installation();
        site.Write("gateway.yaml", File.ReadAllText(Path.Combine(site.Folder, "gateway.yaml")).Replace($"folder: \"{site.Storage}\"", $"folder: \"{site.Storage}\", key: \"${{REKEY_NEW}}\", formerKey: \"${{REKEY_OLD}}\"", StringComparison.Ordinal));
        site.Environment["REKEY_OLD"] = Old;
        site.Environment["REKEY_NEW"] = New;
        return site;
    }

    /// <summary>A folder as the service leaves it under the old key: its mark, its keys, events that wait, and pictures.</summary>
    private static async Task MakeAsync(Installation site)
    {
        using var seal = StorageSeal.FromText(Old);
        Directory.CreateDirectory(Path.Combine(site.Storage, "pictures"));
        StorageMark.Put(site.Storage, seal);
        var yaml = await File.ReadAllTextAsync(Path.Combine(site.Folder, "gateway.yaml"), TestContext.Current.CancellationToken);
        site.Camera("cong", Installation.UrlOf(await StreetClip.PathAsync())).Write("gateway.yaml", yaml.Replace("${REKEY_NEW}", "${REKEY_OLD}", StringComparison.Ordinal));
        await using (var gateway = GatewayProcess.Run(site))
        {
            await Wait.Until("events wait under the old key", () => File.Exists(Path.Combine(site.Storage, "outbox.db")) && Rows(site).Count > 2, Ioc.Patience);
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        site.Write("gateway.yaml", yaml);
        for (var i = 0; i < Pictures; i++) SealedFile.Write(Path.Combine(site.Storage, "pictures", $"{i}_plate.jpg{SealedFile.Ending}"), seal, file => file.Write(new byte[1000]));
        Assert.Equal(0, (await KeysAsync(site, Old, "init")).Code);
    }

    private static async Task<Ended> KeysAsync(Installation site, string key, string word = "show")
    {
        await using var keys = GatewayProcess.Start(["keys", word, "--config", site.Folder], new Dictionary<string, string> { ["REKEY_NEW"] = key, ["REKEY_OLD"] = key });
        return new Ended(await keys.EndAsync(Ioc.Patience), string.Join('\n', keys.Output), string.Join('\n', keys.Error));
    }

    private static GatewayProcess Rekey(Installation site) => GatewayProcess.Start(["storage", "rekey", "--config", site.Folder], site.Environment);

    private static List<byte[]> Rows(Installation site)
    {
        using var outbox = new SqliteConnection($"Data Source={Path.Combine(site.Storage, "outbox.db")};Pooling=False");
        outbox.Open();
        using var read = outbox.CreateCommand();
        read.CommandText = "SELECT json FROM outbox";
        var rows = new List<byte[]>();
        try
        {
            using var reader = read.ExecuteReader();
            while (reader.Read()) rows.Add((byte[])reader.GetValue(0));
        }
        catch (SqliteException)
        {
            // not yet made
        }

        return rows;
    }
}
