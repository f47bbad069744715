using System.Diagnostics;
using System.Globalization;
using System.Text;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Sync.Tests.Mqtt;
using EdgeGateway.Testing;

namespace EdgeGateway.Sync.Tests.Evidence;

/// <summary>The journal of acts on a disk that loses power in the midst of a write (tests/Faults/disk.c), in a process of its own.</summary>
public sealed class ActPowerCutTests : IDisposable
{
    private const int PictureBytes = 20_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-acts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Writes_torn_by_a_power_cut_lose_no_act_that_was_kept_and_leave_a_sound_journal()
    {
        var disk = BadDisk.TryMake(_folder, out var reason);
        Assert.SkipWhen(disk is null, reason);
        var cuts = FaultForm.Size(4, 100);
        var random = new Random(cuts);
        for (var cut = 0; cut < cuts; cut++)
        {
            disk.Order();
            var before = Lines().Length;
            using var child = ChildOfTest.Start(nameof(Child_that_keeps_acts_until_its_power_is_gone), [(KillTests.FolderVariable, _folder), (KillTests.FirstTrackVariable, cut.ToString(CultureInfo.InvariantCulture)), .. disk.Environment]);
            await Wait.Until("acts are kept", () => child.HasExited || Lines().Length > before, Patience);
            Assert.False(child.HasExited, "The child ended by itself.");
            disk.Order(tornAfter: random.Next(1, 80));
            await child.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        }

        List<DamagedDatabase> damaged = [];
        using var journal = ActJournal.Open(_folder, StoreGuard.ForService(null, damaged.Add), TimeProvider.System, int.MaxValue);
        Assert.Empty(damaged);
        var kept = Lines().Select(line => line.Split(' ')).ToList();
        var waiting = journal.Of("cong-1").ToHashSet();
        Assert.All(kept, act =>
        {
            Assert.Contains(act[0], waiting);
            Assert.Equal(act[0], Encoding.UTF8.GetString(journal.Read(act[0])!));
            Assert.Equal(PictureBytes, Assert.Single(journal.Stretches(act[0])).Stream.Length);
        });
        var took = kept.Select(act => double.Parse(act[1], CultureInfo.InvariantCulture)).Order().ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{cuts} power cuts in the midst of a write, {kept.Count} acts kept with their pictures, none lost; an act was on the disk after {took[took.Count / 2]:0.0} ms (median), {took[(int)(0.99 * took.Count)]:0.0} ms (p99), {took[^1]:0.0} ms at most, one after the other without a pause."));
    }

    [Fact(Explicit = true)]
    public async Task Child_that_keeps_acts_until_its_power_is_gone()
    {
        var folder = Environment.GetEnvironmentVariable(KillTests.FolderVariable) ?? throw new InvalidOperationException("Only for the test beside it.");
        var life = Environment.GetEnvironmentVariable(KillTests.FirstTrackVariable);
        List<DamagedDatabase> damaged = [];
        using var journal = ActJournal.Open(folder, StoreGuard.ForService(null, damaged.Add), TimeProvider.System, int.MaxValue);
        Assert.Empty(damaged);
        await using var note = KillTests.Note(folder, "kept.txt");
        for (var act = 0; ; act++)
        {
            var id = $"{life}-{act}";
            var since = Stopwatch.GetTimestamp();
            journal.Put(new WaitingAct(id, "cong-1", IsTrial: false, Encoding.UTF8.GetBytes(id)));
            var took = Stopwatch.GetElapsedTime(since);
            journal.PutStretch(id, 0, new KeptStretch([], new byte[PictureBytes]));
            // Only now is it promised.
            await note.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{id} {took.TotalMilliseconds:0.000}\n"));
            await note.FlushAsync();
        }
    }

    /// <summary>What the children have promised; a line that a cut left half is no promise.</summary>
    private string[] Lines()
    {
        if (!File.Exists(Path.Combine(_folder, "kept.txt"))) return [];
        using var reader = new StreamReader(new FileStream(Path.Combine(_folder, "kept.txt"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return [.. reader.ReadToEnd().Split('\n').SkipLast(1)];
    }
}
