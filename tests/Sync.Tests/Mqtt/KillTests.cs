using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>
/// kill -9 of a process that appends, commits, publishes and deletes, at chosen steps of an event's way; the process is this very test
/// program, asked for one explicit test. A kill counts as one between two steps only when what the killed left behind proves it:
/// its notes, its file and what passed on the line. EDGEGATEWAY_TEST_KILLS sets the number of kills (8; 200 in the long form).
/// </summary>
public sealed class KillTests : IDisposable
{
    internal const string FolderVariable = "EDGEGATEWAY_TEST_KILL_FOLDER";
    internal const string PortVariable = "EDGEGATEWAY_TEST_KILL_PORT";
    internal const string FirstTrackVariable = "EDGEGATEWAY_TEST_KILL_TRACK";
    private const string VersionVariable = "EDGEGATEWAY_TEST_KILL_VERSION";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();

    private enum Gap { AppendToCommit, CommitToPublish, PublishToPubAck, PubAckToDelete }

    private string Appended => Path.Combine(_folder, "appended.txt");

    private string Committed => Path.Combine(_folder, "committed.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(MqttVersion.V5), InlineData(MqttVersion.V311)]
    public async Task No_committed_event_is_lost_by_kill_9_and_none_counts_twice(MqttVersion version)
    {
        var kills = FaultForm.Size(8, 200, "EDGEGATEWAY_TEST_KILLS");
        var random = new Random(kills);
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
        var watch = new StepWatch();
        await using var proxy = CuttingProxy.Start(broker.Port, () => watch);
        var fell = new int[Enum.GetValues<Gap>().Length];
        var elsewhere = 0;
        for (var kill = 0; kill < kills + elsewhere; kill++)
        {
            var gap = (Gap)Array.IndexOf(fell, fell.Min());
            watch = new StepWatch();
            // A slow line, so that what is committed waits for its turn.
            proxy.BytesPerSecond = gap == Gap.CommitToPublish ? 20_000 : 0;
            if (await KillAsync(gap, random, proxy.Port, version, kill, watch)) fell[(int)gap]++;
            else elsewhere++;
            Assert.True(elsewhere <= kills, $"The kills do not fall where they are aimed: {Told(fell)}.");
        }

        if (FaultForm.IsLong) FaultForm.MustHold(fell.Min() >= 20, $"at least 20 kills between each pair of steps: {Told(fell)}.");
        await using var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(_folder), Broker = TestEvents.Broker(broker.Port, version), SiteId = "bai-bien-cua-lo" },
            TestEvents.Live(), TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        var promised = Lines(Committed);
        await Wait.Until("what the killed left is delivered", () => delivery.Health is { Connected: true, Pending: 0 } && promised.All(receiver.Events.ContainsKey), Patience * 3);
        Assert.Empty(receiver.Altered);
        Assert.Empty(Directory.GetFiles(_folder, "*.damaged-*"));
        var tracks = receiver.Events.Values.Select(TrackOf).ToList();
        Assert.Equal(tracks.Count, tracks.Distinct().Count()); // nothing has come under a second id
        // Nobody has acknowledged them: each went from one table to the other with its PUBACK, and none fell between.
        var violations = receiver.Events.Where(one => KindOf(one.Value) == "violation").Select(one => one.Key).ToList();
        Assert.All(violations, id => Assert.True(delivery.Waits(id)));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{kills + elsewhere} kills; {Told(fell)}; {elsewhere} elsewhere. {promised.Length} events committed, {promised.Count(id => !receiver.Events.ContainsKey(id))} lost, "
            + $"{receiver.Events.Count} received once in effect, {receiver.Messages.Count - receiver.Events.Count} repeats dropped by id; {violations.Count} violations wait for their acknowledgement.");
    }

    [Fact(Explicit = true)]
    public async Task Child_that_appends_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException("Only for the test beside it.");
        var port = int.Parse(Environment.GetEnvironmentVariable(PortVariable)!, CultureInfo.InvariantCulture);
        var track = long.Parse(Environment.GetEnvironmentVariable(FirstTrackVariable)!, CultureInfo.InvariantCulture);
        var version = Enum.TryParse<MqttVersion>(Environment.GetEnvironmentVariable(VersionVariable), out var asked) ? asked : MqttVersion.V5;
        var events = TestEvents.Live();
        await using var delivery = new Delivery(new DeliveryOptions { Outbox = TestEvents.Outbox(folder), Broker = TestEvents.Broker(port, version), SiteId = "bai-bien-cua-lo" },
            events, TimeProvider.System, NullLoggerFactory.Instance);
        delivery.Start();
        await using var appended = Note(folder, "appended.txt");
        await using var committed = Note(folder, "committed.txt");
        while (true)
        {
            var batch = Enumerable.Range(0, 20).Select(i => i == 0 ? TestEvents.Violation(events, track++) : TestEvents.Crossing(events, track++, DateTimeOffset.UtcNow)).ToArray();
            var ids = string.Concat(batch.Select(item => item.Id + "\n"));
            var commits = batch.Select(delivery.Queue.AppendAsync).ToArray();
            await appended.WriteAsync(ids);
            await appended.FlushAsync();
            await Task.WhenAll(commits);
            await committed.WriteAsync(ids);
            await committed.FlushAsync();
        }
    }

    /// <summary>One life and one death; true when the death fell between the two steps.</summary>
    private async Task<bool> KillAsync(Gap gap, Random random, int port, MqttVersion version, int round, StepWatch watch)
    {
        var (appendedBefore, committedBefore) = (Count(Appended), Count(Committed));
        var steps = random.Next(1, 200);
        using var child = ChildOfTest.Start(nameof(Child_that_appends_until_it_is_killed), (FolderVariable, _folder), (PortVariable, port.ToString(CultureInfo.InvariantCulture)),
            (VersionVariable, version.ToString()), (FirstTrackVariable, (round * 10_000_000L).ToString(CultureInfo.InvariantCulture)));
        string? proof = null;
        var dying = false; // set before the kill: whoever looks at the child must know why it has gone
        var seen = 0;
        Action<IReadOnlyList<string>> onStep = ids =>
        {
            // Only events of this life: its notes begin behind those of the lives before.
            if ((seen += ids.Count) < steps || proof is not null) return;
            Volatile.Write(ref dying, true);
            child.Kill();
            child.WaitForExit();
            watch.Freeze();
            proof = ids[^1];
        };
        switch (gap)
        {
            case Gap.PublishToPubAck when round % 2 == 0: watch.OnPublished = onStep; break;
            case Gap.PublishToPubAck: watch.OnPubAckHeld = onStep; break;
            case Gap.PubAckToDelete: watch.OnPubAckPassed = onStep; break;
        }

        await Wait.Until($"the moment of a kill: {gap}", () =>
        {
            var done = gap switch
            {
                Gap.AppendToCommit => Count(Appended) - appendedBefore >= steps,
                Gap.CommitToPublish => Count(Committed) - committedBefore >= steps + 100,
                _ => proof is not null,
            };
            Assert.True(done || !child.HasExited || Volatile.Read(ref dying), "The child ended by itself.");
            return done;
        }, Patience);
        child.Kill();
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        var left = LeftIn(_folder);
        return gap switch
        {
            Gap.AppendToCommit => Lines(Appended).Skip(appendedBefore).Any(id => !left.Contains(id) && !watch.Published.Contains(id)),
            Gap.CommitToPublish => Lines(Committed).Skip(committedBefore).Any(id => left.Contains(id) && !watch.Published.Contains(id)),
            Gap.PublishToPubAck => left.Contains(proof!) && watch.Published.Contains(proof!) && !watch.Acknowledged.Contains(proof!),
            // On a busy machine the deletion of those of a moment ago may have been committed meanwhile; the last ones' has not.
            _ => left.Overlaps(watch.Acknowledged),
        };
    }

    /// <summary>Ids in the file that a killed gateway left, read from a copy so that the next life finds file and log as they are; the file must be sound.</summary>
    internal static HashSet<string> LeftIn(string folder)
    {
        var copy = Directory.CreateDirectory(Path.Combine(folder, "copy")).FullName;
        foreach (var name in new[] { "outbox.db", "outbox.db-wal" }) File.Copy(Path.Combine(folder, name), Path.Combine(copy, name), overwrite: true);
        using var connection = new SqliteConnection($"Data Source={Path.Combine(copy, "outbox.db")};Pooling=False");
        connection.Open();
        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", check.ExecuteScalar());
        using var query = connection.CreateCommand();
        query.CommandText = "SELECT id FROM outbox";
        using var reader = query.ExecuteReader();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read()) ids.Add(reader.GetString(0));
        return ids;
    }

    private static string Told(int[] fell) =>
        $"{fell[0]} between append and commit, {fell[1]} between commit and publish, {fell[2]} between publish and PUBACK, {fell[3]} between PUBACK and delete";

    private static long TrackOf(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var data = document.RootElement.GetProperty("data");
        return (data.TryGetProperty("vehicle", out var vehicle) ? vehicle : data).GetProperty("track").GetInt64();
    }

    private static string? KindOf(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("type").GetString()?.Split('.')[2];
    }

    internal static StreamWriter Note(string folder, string name) => new(new FileStream(Path.Combine(folder, name), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 1));

    /// <summary>How many lines a note holds: an id and its line's end are 27 bytes, and a torn last line is none.</summary>
    private static int Count(string path) => File.Exists(path) ? (int)(new FileInfo(path).Length / 27) : 0;

    /// <summary>The complete lines; a kill may have torn one, which the next life's first then follows.</summary>
    internal static string[] Lines(string path)
    {
        if (!File.Exists(path)) return [];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return [.. reader.ReadToEnd().Split('\n').SkipLast(1).Where(line => line.Length == 26)];
    }
}
