using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Outbox;
using Microsoft.Extensions.Time.Testing;
using MQTTnet;

namespace EdgeGateway.Sync.Tests.Mqtt;

public sealed class DecisionTests
{
    [Theory]
    [InlineData(0x00, LinkState.Connected, false)]
    [InlineData(0x80, LinkState.Unreachable, false)]
    [InlineData(0x81, LinkState.Incompatible, true)]
    [InlineData(0x82, LinkState.Incompatible, true)]
    [InlineData(0x83, LinkState.Unreachable, false)]
    [InlineData(0x84, LinkState.Incompatible, true)]
    [InlineData(0x85, LinkState.Refused, true)]
    [InlineData(0x86, LinkState.BadCredentials, true)]
    [InlineData(0x87, LinkState.BadCredentials, true)]
    [InlineData(0x88, LinkState.Unreachable, false)]
    [InlineData(0x89, LinkState.Unreachable, false)]
    [InlineData(0x8A, LinkState.Refused, true)]
    [InlineData(0x8C, LinkState.BadCredentials, true)]
    [InlineData(0x90, LinkState.Refused, true)]
    [InlineData(0x95, LinkState.Refused, true)]
    [InlineData(0x97, LinkState.Unreachable, false)]
    [InlineData(0x99, LinkState.Refused, true)]
    [InlineData(0x9A, LinkState.Refused, true)]
    [InlineData(0x9B, LinkState.Refused, true)]
    [InlineData(0x9C, LinkState.Refused, true)]
    [InlineData(0x9D, LinkState.Refused, true)]
    [InlineData(0x9F, LinkState.Unreachable, false)]
    public void Each_answer_to_connect_has_its_decision(int code, LinkState state, bool slow)
    {
        var decision = ConnectDecision.For((MqttClientConnectResultCode)code);
        Assert.Equal((state, slow), (decision.State, decision.Slow));
        Assert.EndsWith(".", decision.Advice, StringComparison.Ordinal);
        if (decision.State != LinkState.Connected) Assert.EndsWith(".", decision.AdviceVi, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x00, PublishOutcome.Accepted)]
    [InlineData(0x10, PublishOutcome.Accepted)]
    [InlineData(0x80, PublishOutcome.TryAgain)]
    [InlineData(0x83, PublishOutcome.TryAgain)]
    [InlineData(0x87, PublishOutcome.Park)]
    [InlineData(0x90, PublishOutcome.Park)]
    [InlineData(0x91, PublishOutcome.TryAgain)]
    [InlineData(0x95, PublishOutcome.Park)]
    [InlineData(0x97, PublishOutcome.TryAgain)]
    [InlineData(0x99, PublishOutcome.Park)]
    [InlineData(0xFF, PublishOutcome.Park)]
    public void Each_puback_has_its_decision(int reason, PublishOutcome outcome)
    {
        Assert.Equal(outcome, PublishDecision.For(reason));
        Assert.NotEmpty(PublishDecision.Word(reason));
        Assert.NotEqual(PublishDecision.Word(reason), PublishDecision.WordVi(reason));
    }

    [Theory]
    [InlineData("mqtts://ioc.example.vn:8883", "ioc.example.vn", 8883, true)]
    [InlineData("mqtts://ioc.example.vn", "ioc.example.vn", 8883, true)]
    [InlineData("mqtt://127.0.0.1:1883", "127.0.0.1", 1883, false)]
    [InlineData("mqtt://localhost", "localhost", 1883, false)]
    public void An_address_is_read(string url, string host, int port, bool tls) =>
        Assert.Equal(new BrokerAddress(host, port, tls), BrokerAddress.Parse(url, allowInsecure: false));

    [Theory, InlineData("http://x"), InlineData("ioc.example.vn"), InlineData("mqtts://"), InlineData("")]
    public void A_text_that_is_no_address_is_refused_with_an_example(string url) =>
        Assert.Contains("mqtts://host:8883", Assert.Throws<FormatException>(() => BrokerAddress.Parse(url, allowInsecure: false)).Message, StringComparison.Ordinal);

    [Fact]
    public void Plain_mqtt_leads_off_this_machine_only_when_allowed()
    {
        Assert.Contains("allowInsecure", Assert.Throws<FormatException>(() => BrokerAddress.Parse("mqtt://10.0.0.5", allowInsecure: false)).Message, StringComparison.Ordinal);
        Assert.False(BrokerAddress.Parse("mqtt://10.0.0.5", allowInsecure: true).Tls);
    }

    [Fact]
    public void A_parked_row_comes_back_later_each_time_and_is_forgotten_when_accepted()
    {
        var clock = new FakeTimeProvider();
        var parked = new ParkedRows(clock);
        var row = new OutboxRow(5, EventPriority.Count, "t", TestEvents.Start, []);
        Assert.Equal(TimeSpan.FromSeconds(1), parked.Park(row, PublishOutcome.TryAgain));
        Assert.False(parked.TryTakeDue(out _));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(parked.TryTakeDue(out var due));
        Assert.Equal(5, due);
        Assert.True(parked.Holds(5));
        Assert.Equal(TimeSpan.FromSeconds(2), parked.Park(row, PublishOutcome.TryAgain));
        for (var i = 0; i < 20; i++) Assert.True(parked.Park(row, PublishOutcome.Park) <= TimeSpan.FromMinutes(10));
        parked.Forget(5);
        Assert.Equal(0, parked.Count);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.False(parked.TryTakeDue(out _));
    }
}
