using System.Runtime.InteropServices;
using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Violations;

/// <summary>The times of copied pictures as bytes: two 64-bit numbers of ticks a picture, elapsed and UTC, in this machine's order.</summary>
internal static class StretchTimes
{
    public static byte[] ToBytes(IReadOnlyList<FrameTime> times) => MemoryMarshal.AsBytes<long>([.. times.SelectMany(time => (long[])[time.Elapsed.Ticks, time.Utc.UtcTicks])]).ToArray();

    /// <exception cref="InvalidDataException">They are no times.</exception>
    public static IReadOnlyList<FrameTime> Of(byte[] bytes)
    {
        try
        {
            var ticks = MemoryMarshal.Cast<byte, long>(bytes).ToArray();
            return [.. ticks.Chunk(2).Select(pair => new FrameTime(new TimeSpan(pair[0]), new DateTimeOffset(pair[1], TimeSpan.Zero)))];
        }
        catch (Exception fault) when (fault is ArgumentException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("the times of the pictures cannot be read", fault);
        }
    }
}
