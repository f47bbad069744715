using System.Globalization;
using EdgeGateway.Testing;

namespace EdgeGateway.Sync.Tests.Mqtt;

/// <summary>A radio that breaks again and again under a load of hours in minutes: 40 reconnects, 1,000 in the long form, of a process of its own that is measured from outside.</summary>
public sealed class ReconnectSoakTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = TestEvents.Folder();

    private string Committed => Path.Combine(_folder, "committed.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Reconnect_after_reconnect_memory_and_handles_of_a_delivery_stay_flat()
    {
        var reconnects = FaultForm.Size(40, 1000);
        await using var broker = await Mosquitto.StartAsync();
        await using var receiver = await Receiver.StartAsync(TestEvents.Broker(broker.Port));
        await using var proxy = CuttingProxy.Start(broker.Port);
        using var child = ChildOfTest.Start(nameof(KillTests.Child_that_appends_until_it_is_killed), (KillTests.FolderVariable, _folder), (KillTests.PortVariable, proxy.Port.ToString(CultureInfo.InvariantCulture)), (KillTests.FirstTrackVariable, "0"));
        Task Until(string what, Func<bool> condition) => Wait.Until(what, () =>
        {
            Assert.False(child.HasExited, "The child ended by itself.");
            return condition();
        }, Patience);

        // What a process needs it has after a fifth of the way.
        Footprint? early = null;
        for (var i = 0; i < reconnects; i++)
        {
            var before = receiver.Events.Count;
            await Until($"events come after reconnect {i}", () => receiver.Events.Count >= before + 20);
            if (i == reconnects / 5) early = Footprint.Of(child.Id);
            proxy.CutAll();
        }

        var promised = KillTests.Lines(Committed);
        await Until("all that was committed has come", () => promised.All(receiver.Events.ContainsKey));
        var late = Footprint.Of(child.Id);
        TestContext.Current.TestOutputHelper?.WriteLine($"{reconnects} reconnects, {promised.Length} events committed, {promised.Count(id => !receiver.Events.ContainsKey(id))} lost, {receiver.Messages.Count - receiver.Events.Count} repeats dropped by id; after a fifth {early}, at the end {late}.");
        Assert.Empty(receiver.Altered);
        early!.AssertFlat(late);
    }
}
