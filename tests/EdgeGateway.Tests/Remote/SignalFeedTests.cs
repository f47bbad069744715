using System.Text;
using EdgeGateway.Remote;
using EdgeGateway.Vision.Analytics.Signals;
using Xunit;

namespace EdgeGateway.Tests.Remote;

public sealed class SignalFeedTests
{
    private static readonly DateTimeOffset Now = new(2026, 8, 14, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("red", LightState.Red)]
    [InlineData(" GREEN\n", LightState.Green)]
    [InlineData("amber", LightState.Yellow)]
    [InlineData("""{"state":"unknown"}""", LightState.Unknown)]
    public void A_controllers_word_is_read(string payload, LightState expected)
    {
        Assert.True(SignalFeed.TryRead(Encoding.UTF8.GetBytes(payload), Now, out var state, out var at));
        Assert.Equal((expected, Now), (state, at));
    }

    [Fact]
    public void A_stated_time_counts()
    {
        Assert.True(SignalFeed.TryRead("""{"state":"red","at":"2026-08-14T09:59:58Z"}"""u8, Now, out var state, out var at));
        Assert.Equal((LightState.Red, Now.AddSeconds(-2)), (state, at));
    }

    [Theory]
    [InlineData("")]
    [InlineData("rot")]
    [InlineData("{")]
    [InlineData("""{"state":3}""")]
    [InlineData("""{"state":"red","at":5}""")]
    [InlineData("""{"state":"\uDA00"}""")]
    [InlineData("""{"light":"red"}""")]
    public void What_is_no_state_tells_nothing(string payload) => Assert.False(SignalFeed.TryRead(Encoding.UTF8.GetBytes(payload), Now, out _, out _));
}
