using System.Text.Json;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Testing;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>The real gateway, killed or stopped between the raise of an act and the commit of its violation.</summary>
public sealed class UnpackedActTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    private Mosquitto _broker = null!;
    private Ioc _ioc = null!;
    private Installation _site = null!;
    private string _clip = "";

    public async ValueTask InitializeAsync()
    {
        _broker = await Mosquitto.StartAsync();
        _site = new Installation(_broker.Port, models: "{ detector: street }");
        _ioc = await Ioc.ListenAsync(_broker);
        _clip = await Junction.ClipAsync();
        Camera("enabled: true");
    }

    public async ValueTask DisposeAsync()
    {
        await _ioc.DisposeAsync();
        await _broker.DisposeAsync();
        _site.Dispose();
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Killed_before_it_was_packed_an_act_is_published_once_by_the_next_start_with_evidence_that_verifies(bool isSealed)
    {
        if (isSealed) Seal();
        var left = await ActsOfAKilledGatewayAsync();

        Assert.NotEmpty(left);
        Assert.DoesNotContain(left, id => Heard(id) > 0);
        // The camera is started again: its own queue takes the acts up.
        await using var second = GatewayProcess.Run(_site);
        await UntilPublishedAsync(left, second);
        await StopAsync(second);
        await AllVerifyAsync(left, withClip: true);
    }

    [Fact]
    public async Task Stopped_in_the_midst_an_act_is_left_to_the_next_start_and_never_goes_out_without_its_pictures()
    {
        IReadOnlyList<string> left;
        await using (var first = GatewayProcess.Run(_site))
        {
            await UntilLeftAsync(first, pictures: false);
            left = Left();
            await StopAsync(first);
        }

        Assert.All(_ioc.Events("violation"), violation => Assert.NotEqual(JsonValueKind.Null, violation.Data.GetProperty("evidence").GetProperty("uri").ValueKind));
        // The camera is off now: what it left is published all the same.
        Camera("enabled: false");
        await using var second = GatewayProcess.Run(_site);
        await UntilPublishedAsync(left, second);
        await StopAsync(second);
        await AllVerifyAsync(left, withClip: false);
    }

    [Fact]
    public async Task Killed_twice_an_act_keeps_its_id_and_its_file_may_be_gone()
    {
        var left = await ActsOfAKilledGatewayAsync();

        _site.Remove("cameras/nga-tu.yaml");
        _site.Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        await using (var second = GatewayProcess.Run(_site))
        {
            await Wait.Until($"the packing is begun; {second.Said}", () => Number("SELECT COUNT(*) FROM acts WHERE tries > 0") > 0 || Left().Count < left.Count, Patience);
            await second.KillAsync();
        }

        await using var third = GatewayProcess.Run(_site);
        await UntilPublishedAsync(left, third);
        await StopAsync(third);
        await AllVerifyAsync(left, withClip: true);
    }

    [Fact]
    public async Task An_event_that_was_committed_before_the_kill_is_not_published_again()
    {
        string id;
        await using (var first = GatewayProcess.Run(_site))
        {
            await UntilLeftAsync(first, pictures: true);
            id = LeftWithPictures()[0];
            // Nobody can write the journal: the act stays there although its event is on its way.
            await using var holder = Open(SqliteOpenMode.ReadWrite);
            await Wait.Until("the journal is held", () => TryHold(holder), Patience);
            await Wait.Until($"the event came; {first.Said}", () => Heard(id) > 0, Patience);
            // Killed before the PUBACK is noted, the outbox itself would send it once more: that is another test's.
            await Wait.Until("the outbox has let go of it", () => Number($"SELECT COUNT(*) FROM outbox WHERE id = '{id}'", "outbox.db") == 0, TimeSpan.FromSeconds(4));
            await first.KillAsync();
        }

        Assert.Contains(id, Left());
        Camera("enabled: false");
        await using var second = GatewayProcess.Run(_site);
        await UntilPublishedAsync([id], second);
        await StopAsync(second);
        Assert.Equal(1, Heard(id));
        await AllVerifyAsync([id], withClip: false);
    }

    [Fact]
    public async Task A_damaged_act_is_set_aside_with_an_alert_and_the_others_go_on()
    {
        var left = await ActsOfAKilledGatewayAsync();

        await using (var journal = Open(SqliteOpenMode.ReadWrite))
        {
            using var damage = journal.CreateCommand();
            damage.CommandText = "INSERT INTO acts(event, camera, trial, record) VALUES('01JZZZZZZZZZZZZZZZZZZZZZZZ', 'nga-tu', 0, x'7B7D')";
            damage.ExecuteNonQuery();
        }

        await using var second = GatewayProcess.Run(_site);
        await _ioc.UntilAsync("the damaged act is told", () => _ioc.Alerts("database", "raised").Any(alert => alert.Word("key") == "acts-damaged" && alert.Text.Contains("01JZZZZZZZZZZZZZZZZZZZZZZZ", StringComparison.Ordinal)), second, Patience);
        await UntilPublishedAsync(left, second);
        await StopAsync(second);
        Assert.Equal(0, Heard("01JZZZZZZZZZZZZZZZZZZZZZZZ"));
        Assert.Equal(1, Number("SELECT COUNT(*) FROM acts WHERE aside IS NOT NULL"));
    }

    [Fact]
    public async Task What_an_earlier_run_left_is_taken_up_as_soon_as_law_and_evidence_can_be_opened()
    {
        var left = await ActsOfAKilledGatewayAsync();

        Camera("enabled: false");
        Directory.CreateDirectory(Path.Combine(_site.Folder, "legal"));
        _site.Write("legal/sai.yaml", "- no law");
        await using var second = GatewayProcess.Run(_site);
        await _ioc.UntilAsync("nothing is published", () => _ioc.Alerts("config", "raised").Any(alert => alert.Word("key") == "enforcement"), second, Patience);
        Assert.DoesNotContain(left, id => Heard(id) > 0);
        Directory.Delete(Path.Combine(_site.Folder, "legal"), recursive: true); // an empty one is a mistake too
        await UntilPublishedAsync(left, second);
        await StopAsync(second);
        await AllVerifyAsync(left, withClip: true);
    }

    /// <summary>Runs a gateway until acts with their pictures are in its journal, and kills it.</summary>
    private async Task<IReadOnlyList<string>> ActsOfAKilledGatewayAsync()
    {
        await using var first = GatewayProcess.Run(_site);
        await UntilLeftAsync(first, pictures: true);
        await first.KillAsync();
        return LeftWithPictures();
    }

    private void Seal()
    {
        const string Variable = "EDGEGATEWAY_TEST_ACTS_KEY";
        _site.Environment[Variable] = Convert.ToBase64String(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());
        _site.Write("gateway.yaml", File.ReadAllText(Path.Combine(_site.Folder, "gateway.yaml")).Replace($"folder: \"{_site.Storage}\"", $"folder: \"{_site.Storage}\", encryption: required, key: \"${{{Variable}}}\"", StringComparison.Ordinal));
    }

    private async Task<string> ClearAsync(string package)
    {
        if (_site.Environment.Count == 0) return package;
        var clear = Path.Combine(_site.Folder, "clear");
        var unsealed = await RunAsync("storage", "unseal", package, "--out", clear, "--officer", "A-204", "--purpose", "HS-118", "--config", _site.Folder);
        Assert.True(unsealed.Code == 0, unsealed.Error);
        return Path.Combine(clear, Path.GetFileNameWithoutExtension(package));
    }

    private async Task<Ended> RunAsync(params string[] arguments)
    {
        await using var process = GatewayProcess.Start(arguments, _site.Environment);
        var code = await process.EndAsync(TimeSpan.FromSeconds(120));
        return new Ended(code, string.Join('\n', process.Output), string.Join('\n', process.Error));
    }

    private void Camera(string more) =>
        _site.Write("cameras/nga-tu.yaml", $"id: nga-tu\nsource: {{ url: \"{Installation.UrlOf(_clip)}\", loop: true }}\nanalyseFps: 8\n{more}\n{Junction.Rules}");

    private async Task UntilLeftAsync(GatewayProcess gateway, bool pictures) => await Wait.Until(
        $"an act is in the journal{(pictures ? " with its pictures" : "")}; {string.Join('\n', gateway.Error.TakeLast(5))}",
        () => gateway.HasExited ? throw new InvalidOperationException(gateway.Said) : Number(pictures ? "SELECT COUNT(*) FROM stretches" : "SELECT COUNT(*) FROM acts") > 0, Patience);

    private async Task UntilPublishedAsync(IReadOnlyList<string> ids, GatewayProcess gateway)
    {
        await _ioc.UntilAsync($"violations {string.Join(", ", ids)} come", () => ids.All(id => Heard(id) > 0), gateway, Patience);
        await Wait.Until($"the journal has forgotten them; {gateway.Said}", () => !Left().Intersect(ids).Any(), Patience);
    }

    private static async Task StopAsync(GatewayProcess gateway)
    {
        await Wait.Until("it says that it started", () => gateway.Error.Any(line => line.Contains("started with", StringComparison.Ordinal)), Patience);
        gateway.Terminate();
        var code = await gateway.EndAsync();
        Assert.True(code == 0, $"It ended with code {code}. {gateway.Said}");
    }

    private async Task AllVerifyAsync(IReadOnlyList<string> ids, bool withClip)
    {
        var key = Path.Combine(_site.Folder, "public.pem");
        await File.WriteAllTextAsync(key, (await RunAsync("keys", "show", "--pem", "--config", _site.Folder)).Output);
        foreach (var id in ids)
        {
            Assert.Equal(1, Heard(id));
            var data = _ioc.Events("violation").Single(violation => violation.Event.GetProperty("id").GetString() == id).Data;
            Assert.Equal($"evidence/{id}/package.zip", data.GetProperty("evidence").GetProperty("uri").GetString());
            var package = await ClearAsync(Assert.Single(Directory.GetFiles(Path.Combine(_site.Storage, "evidence"), $"*_{id}.zip*")));
            var verified = await RunAsync("verify", package, "--key", key, "--chain", Path.Combine(_site.Storage, "evidence-chain.log"));
            Assert.True(verified.Code == 0, verified.Output + verified.Error);
            using var zip = System.IO.Compression.ZipFile.OpenRead(package);
            Assert.Contains(zip.Entries, entry => entry.Name.EndsWith("still-at.jpg", StringComparison.Ordinal));
            if (withClip) Assert.Contains(zip.Entries, entry => entry.Name.EndsWith("clip.mp4", StringComparison.Ordinal));
        }
    }

    /// <summary>How often a violation was published, resends counted.</summary>
    private int Heard(string id) => _ioc.Messages.Count(heard => heard.Topic.EndsWith("/events/violation", StringComparison.Ordinal) && heard.Event.GetProperty("id").GetString() == id);

    private List<string> Left() => Ids("SELECT event FROM acts WHERE aside IS NULL ORDER BY number");

    /// <summary>An act that was raised in the instant of the kill has none yet.</summary>
    private List<string> LeftWithPictures() => Ids("SELECT event FROM acts WHERE aside IS NULL AND event IN (SELECT event FROM stretches) ORDER BY number");

    private List<string> Ids(string query)
    {
        using var journal = Open(SqliteOpenMode.ReadOnly);
        using var command = journal.CreateCommand();
        command.CommandText = query;
        using var row = command.ExecuteReader();
        var ids = new List<string>();
        while (row.Read()) ids.Add(row.GetString(0));
        return ids;
    }

    private long Number(string query, string file = ActJournal.FileName)
    {
        if (!File.Exists(Path.Combine(_site.Storage, file))) return 0;
        try
        {
            using var journal = Open(SqliteOpenMode.ReadOnly, file);
            using var command = journal.CreateCommand();
            command.CommandText = query;
            return (long)command.ExecuteScalar()!;
        }
        catch (SqliteException)
        {
            return 0; // it is being made
        }
    }

    private static bool TryHold(SqliteConnection journal)
    {
        try
        {
            using var begin = journal.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            begin.ExecuteNonQuery();
            return true;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    private SqliteConnection Open(SqliteOpenMode mode, string file = ActJournal.FileName)
    {
        var journal = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(_site.Storage, file), Mode = mode, Pooling = false }.ToString());
        journal.Open();
        return journal;
    }
}
