using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using EdgeGateway.RegistrySimulator;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Testing;

namespace EdgeGateway.Sync.Tests.Registration;

public sealed class OwnerDeskTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Registry _registry = new();
    private readonly ConcurrentQueue<GatewayEvent> _delivered = new();

    public void Dispose() => _registry.Dispose();

    [Fact]
    public async Task A_violation_gets_its_owner_sealed_and_linked_and_no_file_or_log_line_knows_the_owner()
    {
        await using var service = await _registry.ServiceAsync();
        using var lookUp = _registry.LookUp(_registry.Rest(service), _registry.Soap(service));
        await using (var desk = Desk(lookUp))
        {
            desk.Start();
            desk.Submit(Request(1, "37A12345"));
            await Wait.Until("the owner comes", () => _delivered.Count == 1, Patience);
            await Wait.Until("it is handed over", () => desk.Waiting == 0, Patience);
        }

        var data = DataOf(Assert.Single(_delivered));
        Assert.Equal(Violation(1), data.GetProperty("violation").GetString());
        Assert.Equal("found", data.GetProperty("status").GetString());
        Assert.Equal("rest", data.GetProperty("source").GetString());
        Assert.Equal("cong-binh-minh", data.GetProperty("camera").GetString());
        Assert.Contains("NGUYỄN THỊ THỬ NGHIỆM", _registry.Open(data.GetProperty("sealed").GetString()!), StringComparison.Ordinal);
        Assert.Empty(_registry.WhereStands("NGUYỄN THỊ THỬ NGHIỆM", "NGUYỄN THỊ", "040199012345", "0900000001", "mat-khau-gia-lap"));
        Assert.DoesNotContain(_registry.Log.Lines, line => line.Contains("37A12345", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_look_up_waits_for_the_network_over_a_restart_with_one_request_id()
    {
        await using var service = await _registry.ServiceAsync();
        service.Fault = Fault.ServerError;
        using (var lookUp = _registry.LookUp(_registry.Rest(service)))
        {
            await using var desk = Desk(lookUp);
            desk.Start();
            desk.Submit(Request(1, "37A12345"));
            await Wait.Until("it is tried more than once", () => service.Questions.Count > 2, Patience);
        }

        Assert.Empty(_delivered);
        _registry.ReopenDesk();
        service.Fault = Fault.None;
        using (var lookUp = _registry.LookUp(_registry.Rest(service)))
        {
            await using var desk = Desk(lookUp);
            Assert.Equal(1, desk.Waiting);
            desk.Start();
            await Wait.Until("the owner comes", () => _delivered.Count == 1, Patience);
        }

        Assert.Equal("found", DataOf(Assert.Single(_delivered)).GetProperty("status").GetString());
        Assert.Equal([$"{TestEvents.Gateway}-{Violation(1)}"], service.Questions.Select(question => question.Request).Distinct());
    }

    [Fact]
    public async Task An_outcome_that_could_not_be_handed_over_comes_again_under_its_first_id()
    {
        var refusals = 0;
        GatewayEvent? first = null;
        using var lookUp = _registry.LookUp();
        await using (var desk = Desk(lookUp, item =>
        {
            first = item;
            refusals++;
            throw new IOException("the outbox is full");
        }))
        {
            desk.Start();
            desk.Submit(Request(1, "37A12345"));
            await Wait.Until("it was refused", () => refusals > 0, Patience);
        }

        _registry.ReopenDesk();
        await using (var desk = Desk(lookUp))
        {
            desk.Start();
            desk.Submit(Request(1, "37A12345"));
            await Wait.Until("it comes", () => _delivered.Count == 1, Patience);
        }

        Assert.Equal((first!.Id, Convert.ToHexString(first.Json)), (_delivered.Single().Id, Convert.ToHexString(_delivered.Single().Json)));
    }

    [Theory]
    [InlineData("no officer", "not_attempted")]
    [InlineData("no use", "not_attempted")]
    [InlineData("no plate", "not_attempted")]
    [InlineData("military", "not_attempted")]
    [InlineData("doubtful", "ambiguous")]
    [InlineData("alternatives", "ambiguous")]
    public async Task Without_authority_or_a_sure_plate_nobody_is_asked_and_there_is_an_outcome(string kind, string status)
    {
        var request = kind switch
        {
            "no officer" => Request(1, "37A12345") with { Officer = " " },
            "no use" => Request(1, "37A12345") with { MayLookUp = false },
            "no plate" => Request(1, "37A12345") with { Plate = null },
            "military" => Request(1, "37A12345") with { Plate = Registry.Plate("TM1234", PlateColour.Red, kinds: PlateKind.Military) },
            "doubtful" => Request(1, "37A1234?"),
            _ => Request(1, "37A12345") with { Plate = Registry.Plate("37A12345") with { Alternatives = ["37A12346"] } },
        };
        Assert.Equal(status, EventWords.Of(OwnerDesk.StatusNow(request)));
        await using var service = await _registry.ServiceAsync();
        using var lookUp = _registry.LookUp(_registry.Rest(service));
        await using var desk = Desk(lookUp);
        desk.Start();
        desk.Submit(request);
        await Wait.Until("the outcome comes", () => _delivered.Count == 1, Patience);
        var data = DataOf(_delivered.Single());
        Assert.Equal(status, data.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, data.GetProperty("sealed").ValueKind);
        Assert.Empty(service.Questions);
    }

    [Fact]
    public async Task A_request_that_cannot_be_read_holds_up_no_other()
    {
        _registry.Desk.Add([("broken", "{")], Registry.Seen);
        using var lookUp = _registry.LookUp();
        await using var desk = Desk(lookUp);
        desk.Start();
        desk.Submit(Request(1, "37A12345"));
        await Wait.Until("the other's outcome comes", () => _delivered.Count == 1, Patience);
        Assert.Equal(1, desk.Waiting);
    }

    [Fact]
    public async Task What_no_source_answers_within_the_laws_time_is_given_up()
    {
        await using var service = await _registry.ServiceAsync();
        service.Fault = Fault.ServerError;
        using var lookUp = _registry.LookUp(_registry.Rest(service));
        await using var desk = Desk(lookUp, options: Options with { GiveUpAfter = TimeSpan.FromMilliseconds(100) });
        desk.Start();
        desk.Submit(Request(1, "37A12345"));
        await Wait.Until("it is given up", () => _delivered.Count == 1, Patience);
        Assert.Equal("not_attempted", DataOf(_delivered.Single()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Two_thousand_events_with_a_service_that_fails_a_third_of_the_time_end_with_exactly_one_outcome_each()
    {
        const int Events = 2000;
        await using var service = await _registry.ServiceAsync(options => options with
        {
            FaultShare = 0.3,
            Faults = [Fault.ServerError, Fault.Truncated, Fault.HtmlPage, Fault.ServiceFault, Fault.XmlEntities],
        });
        using var lookUp = _registry.LookUp(_registry.Soap(service));
        await using var desk = Desk(lookUp, options: Options with { AtOnce = 32, RoundSize = 256 });
        desk.Start();
        foreach (var chunk in Enumerable.Range(0, Events).Select(i => Request(i, string.Create(CultureInfo.InvariantCulture, $"37A{i + 10_000:00000}"))).Chunk(200)) desk.Submit(chunk);
        await Wait.Until("all have an outcome", () => _delivered.Count >= Events && desk.Waiting == 0, Patience * 3);
        var outcomes = _delivered.Select(DataOf).ToList();
        Assert.Equal(Events, outcomes.Select(data => data.GetProperty("violation").GetString()).Distinct().Count());
        Assert.Equal(Events, outcomes.Count);
        // By the last digit of its plate: 0 is not found, 9 has two owners, all others have one.
        var statuses = outcomes.CountBy(data => data.GetProperty("status").GetString()!).ToDictionary();
        Assert.Equal((1600, 200, 200), (statuses["found"], statuses["not_found"], statuses["ambiguous"]));
        Assert.True(service.Questions.Count > Events * 1.2, "the service did fail");
        Assert.Null(LookUpLog.Verify(_registry.LookUpLogFile));
    }

    private static OwnerDeskOptions Options => new() { GatewayId = TestEvents.Gateway, RetryFirst = TimeSpan.FromMilliseconds(10), RetryMax = TimeSpan.FromMilliseconds(100) };

    private static string Violation(int i) => string.Create(CultureInfo.InvariantCulture, $"01K{i:00000000000000000000000}");

    private static OwnerRequest Request(int i, string plate) => new(
        Violation(i), "cong-binh-minh", new Place("Cổng Bình Minh", 18.8206, 105.7189), Registry.Plate(plate), Registry.Seen, "A-204", "Công an phường", "RED_LIGHT", null, MayLookUp: true);

    private static JsonElement DataOf(GatewayEvent item)
    {
        using var json = JsonDocument.Parse(item.Json);
        return json.RootElement.GetProperty("data").Clone();
    }

    private OwnerDesk Desk(RegistryLookUp lookUp, Func<GatewayEvent, Task>? deliver = null, OwnerDeskOptions? options = null) => new(
        options ?? Options, _registry.Desk, lookUp, TestEvents.Live(),
        deliver ?? (item =>
        {
            _delivered.Enqueue(item);
            return Task.CompletedTask;
        }), TimeProvider.System, _registry.Log);
}
