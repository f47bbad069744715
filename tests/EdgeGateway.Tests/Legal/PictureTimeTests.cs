using EdgeGateway.Sync.Events;
using EdgeGateway.Vision.Imaging;

namespace EdgeGateway.Tests.Legal;

public sealed class PictureTimeTests
{
    [Fact]
    public void The_time_in_the_picture_is_the_manifests_to_the_millisecond()
    {
        var start = new DateTimeOffset(2026, 9, 1, 1, 2, 3, 999, TimeSpan.Zero);
        for (var ticks = 0; ticks < 2 * TimeSpan.TicksPerMillisecond; ticks += 500)
        {
            var time = start.AddTicks(ticks);
            var caption = new EvidenceCaption { Act = "a", Place = "p", Device = "d", Utc = time, Offset = TimeSpan.FromHours(7) };
            var manifest = UtcMilliseconds.Text(time); // 2026-09-01T01:02:03.999Z
            Assert.Equal($"01/09/2026 08:{manifest[14..19]},{manifest[20..23]}", caption.LocalTime);
        }
    }
}
