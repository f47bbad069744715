namespace EdgeGateway.Tests.EndToEnd;

/// <summary>A clock that runs as fast as life, from another moment on, and that can be moved forward: for whole gateways, whose links and disks need real seconds.</summary>
internal sealed class ShiftedTime(DateTimeOffset start) : TimeProvider
{
    private readonly DateTimeOffset _began = System.GetUtcNow();
    private long _jumpedTicks;

    public override DateTimeOffset GetUtcNow() => start + (System.GetUtcNow() - _began) + TimeSpan.FromTicks(Interlocked.Read(ref _jumpedTicks));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => (GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks;

    /// <summary>Moves the clock, and what counts time by it.</summary>
    public void JumpTo(DateTimeOffset moment) => Interlocked.Add(ref _jumpedTicks, (moment - GetUtcNow()).Ticks);
}
