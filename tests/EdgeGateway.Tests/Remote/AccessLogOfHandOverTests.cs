using EdgeGateway.Entry;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Tests.Remote;

public sealed class AccessLogOfHandOverTests
{
    [Fact]
    public async Task Whoever_stands_before_the_packages_passes_on_who_was_given_them()
    {
        var told = new List<string>();
        var door = new AccessPictures(Path.GetTempPath(), 0, StoreGuard.None, (_, _) => Task.CompletedTask, _ => { }).Before(new Packages(told));
        await door.HandedOverAsync("01KDVDNA00YQ5BWBYT9Z2JQ4TQ", "A-204", TestContext.Current.CancellationToken);
        Assert.Equal(["01KDVDNA00YQ5BWBYT9Z2JQ4TQ A-204"], told);
    }

    private sealed class Packages(List<string> told) : IEvidenceFiles
    {
        public Task<IReadOnlyList<EvidenceFile>?> FindAsync(string eventId, CancellationToken cancel) => Task.FromResult<IReadOnlyList<EvidenceFile>?>(null);

        public Task HandedOverAsync(string eventId, string officer, CancellationToken cancel)
        {
            told.Add($"{eventId} {officer}");
            return Task.CompletedTask;
        }
    }
}
