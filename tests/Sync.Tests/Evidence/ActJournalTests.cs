using System.Text;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Tests.Evidence;

public sealed class ActJournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-acts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_written_is_there_after_a_restart_in_the_order_of_the_acts()
    {
        using (var journal = Open())
        {
            // Ids of a clock that stepped back.
            Assert.True(journal.Put(Act("B", record: "before the plate")));
            Assert.True(journal.Put(Act("A")));
            Assert.True(journal.Put(Act("C", camera: "cong-2")));
            Assert.True(journal.Put(Act("B", record: "with the plate")));
            Assert.Equal(0, journal.PutStretch("B", 1, Stretch(20, 3)));
            Assert.Equal(0, journal.PutStretch("B", 0, Stretch(10, 2)));
            Assert.Equal(0, journal.PutStretch("B", 0, Stretch(10, 5)));
            journal.Remove("A");
        }

        using var again = Open();
        Assert.Equal(["B"], again.Of("cong-1"));
        Assert.Equal(["cong-1", "cong-2"], again.Cameras());
        Assert.Equal("with the plate", Encoding.UTF8.GetString(again.Read("B")!));
        Assert.Equal([(20, 3), (10, 5)], again.Stretches("B").Select(one => ((int)one.Times[0], one.Stream.Length)));
        Assert.Empty(again.Stretches("C"));
        Assert.Null(again.Read("A"));
    }

    [Fact]
    public void What_lies_in_the_journal_is_measured_and_not_the_file_that_it_leaves_behind()
    {
        Assert.Equal((0, 0), ActJournal.Measure(_folder));
        using var journal = Open();
        foreach (var id in new[] { "1", "2" })
        {
            journal.Put(Act(id, record: "1234"));
            journal.PutStretch(id, 0, Stretch(0, 100_000));
        }

        Assert.Equal((2, 200_008), ActJournal.Measure(_folder));
        journal.Remove("1");
        journal.Remove("2");
        Assert.Equal((0, 0), ActJournal.Measure(_folder));
        Assert.True(new FileInfo(Path.Combine(_folder, ActJournal.FileName)).Length + new FileInfo(Path.Combine(_folder, ActJournal.FileName + "-wal")).Length > 100_000, "the file keeps its empty pages");
    }

    [Fact]
    public void Pictures_of_trial_rules_go_first_then_the_oldest_and_no_act_ever_goes()
    {
        using var journal = Open(bytes: 250);
        foreach (var (id, trial) in new[] { ("1", false), ("2", true), ("3", false) }) journal.Put(Act(id, trial: trial));
        Assert.Equal(0, journal.PutStretch("1", 0, Stretch(0, 100)));
        Assert.Equal(0, journal.PutStretch("2", 0, Stretch(0, 100)));
        Assert.Equal(1, journal.PutStretch("3", 0, Stretch(0, 100)));
        Assert.Equal([true, false, true], new[] { "1", "2", "3" }.Select(id => journal.Stretches(id).Count > 0));
        Assert.Equal(1, journal.PutStretch("3", 1, Stretch(0, 100)));
        Assert.Equal([false, false, true], new[] { "1", "2", "3" }.Select(id => journal.Stretches(id).Count > 0));
        Assert.Equal(["1", "2", "3"], journal.Of("cong-1"));
    }

    [Fact]
    public void Beyond_the_number_a_newcomer_is_not_taken_and_a_known_act_is()
    {
        using var journal = Open(acts: 2);
        Assert.True(journal.Put(Act("1")));
        Assert.True(journal.Put(Act("2")));
        Assert.False(journal.Put(Act("3")));
        Assert.True(journal.Put(Act("2", record: "with the plate")));
        Assert.Equal(0, journal.PutStretch("3", 0, Stretch(0, 10)));
        Assert.Empty(journal.Stretches("3"));
    }

    [Fact]
    public void On_a_disk_that_is_almost_full_acts_are_written_and_pictures_are_not()
    {
        using var journal = ActJournal.Open(_folder, StoreGuard.None, TimeProvider.System, keepFreeBytes: long.MaxValue);
        Assert.True(journal.Put(Act("1")));
        Assert.Contains("storage.keepFreeMb", Assert.Throws<IOException>(() => journal.PutStretch("1", 0, Stretch(0, 10))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tries_that_never_ended_are_counted_and_what_is_set_aside_is_not_tried_again()
    {
        using (var journal = Open())
        {
            journal.Put(Act("1"));
            Assert.Equal(0, journal.BeginTry("1"));
            journal.EndTry("1");
            Assert.Equal(0, journal.BeginTry("1"));
        }

        using var again = Open();
        Assert.Equal(1, again.BeginTry("1"));
        again.SetAside("1", "no JSON");
        Assert.Empty(again.Of("cong-1"));
        Assert.Empty(again.Cameras());
        Assert.Null(again.Read("1"));
    }

    [Fact]
    public void Under_a_key_neither_act_nor_pictures_lie_in_clear_and_those_from_before_are_sealed()
    {
        const string Plate = "37A-123.45";
        using (var clear = Open()) clear.Put(Act("1", record: Plate));
        using var seal = StorageSeal.FromText(Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
        var guard = StoreGuard.ForService(seal, _ => { });
        using (var journal = ActJournal.Open(_folder, guard, TimeProvider.System))
        {
            journal.Put(Act("2", record: Plate));
            journal.PutStretch("2", 0, new KeptStretch([], Encoding.UTF8.GetBytes(Plate)));
            Assert.Equal([Plate, Plate], new[] { "1", "2" }.Select(id => Encoding.UTF8.GetString(journal.Read(id)!)));
            Assert.Equal(Plate, Encoding.UTF8.GetString(Assert.Single(journal.Stretches("2")).Stream));
        }

        Assert.All(Directory.GetFiles(_folder), path => Assert.True(File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Plate)) < 0, path));
        using var other = ActJournal.Open(_folder, StoreGuard.ForCommand(null), TimeProvider.System);
        Assert.Throws<StorageSealException>(() => other.Read("1"));
    }

    [Fact]
    public void A_damaged_journal_is_set_aside_and_told_and_acts_go_on()
    {
        using (var journal = Open())
        {
            for (var i = 0; i < 200; i++) journal.Put(Act($"{i:000}", record: new string('x', 2000)));
        }

        var path = Path.Combine(_folder, ActJournal.FileName);
        using (var file = new FileStream(path, FileMode.Open))
        {
            file.Position = file.Length / 2;
            file.Write(new byte[4096]);
        }

        List<DamagedDatabase> told = [];
        using var again = ActJournal.Open(_folder, StoreGuard.ForService(null, told.Add), TimeProvider.System);
        Assert.Equal(path, Assert.Single(told).Path);
        Assert.InRange(again.Of("cong-1").Count, 50, 200);
        Assert.True(again.Put(Act("new")));
    }

    private static WaitingAct Act(string id, string camera = "cong-1", bool trial = false, string record = "{}") => new(id, camera, trial, Encoding.UTF8.GetBytes(record));

    private static KeptStretch Stretch(int second, int bytes) => new([(byte)second], new byte[bytes]);

    private ActJournal Open(int acts = 1000, long bytes = 1 << 20) => ActJournal.Open(_folder, StoreGuard.None, TimeProvider.System, acts, bytes);
}
