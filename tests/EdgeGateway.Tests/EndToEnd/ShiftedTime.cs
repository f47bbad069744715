namespace EdgeGateway.Tests.EndToEnd;

/// <summary>A clock that runs as fast as life, from another moment on, and that can be moved forward: for whole gateways, whose links and disks need real seconds.</summary>
internal sealed class ShiftedTime(DateTimeOffset start) : TimeProvider
{
    private readonly DateTimeOffset _began = System.GetUtcNow();
    private long _jumpedTicks;
    private long _setTicks;

    public override DateTimeOffset GetUtcNow() => Passed() + TimeSpan.FromTicks(Interlocked.Read(ref _setTicks));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => (Passed() - DateTimeOffset.UnixEpoch).Ticks;

    /// <summary>Moves the clock, and what counts time by it.</summary>
    public void JumpTo(DateTimeOffset moment) => Interlocked.Add(ref _jumpedTicks, (moment - GetUtcNow()).Ticks);

    /// <summary>Sets the clock, as a person or a time server does: no time has passed.</summary>
    public void SetClock(TimeSpan by) => Interlocked.Add(ref _setTicks, by.Ticks);

    private DateTimeOffset Passed() => start + (System.GetUtcNow() - _began) + TimeSpan.FromTicks(Interlocked.Read(ref _jumpedTicks));
}
