using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Tests.Configuration;

public sealed class LogLimiterTests
{
    [Fact]
    public void A_flood_of_one_line_is_thinned_out_and_counted_and_no_secret_shows_and_other_lines_pass()
    {
        var mask = new SecretMask();
        mask.Register("bi-mat-cua-camera");
        var time = new FakeTimeProvider();
        using var text = new StringWriter();
        using var console = new MaskingConsole(text, mask, time, isJournal: true);
        var logger = console.CreateLogger("Camera");
        for (var i = 0; i < 10_000; i++) logger.Log(LogLevel.Warning, new EventId(7), "flood with bi-mat-cua-camera", null, (line, _) => line);
        logger.Log(LogLevel.Error, new EventId(8), "what matters", null, (line, _) => line);
        time.Advance(LogLimiter.Refill);
        logger.Log(LogLevel.Warning, new EventId(7), "flood", null, (line, _) => line);

        var lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(LogLimiter.Burst + 2, lines.Length);
        Assert.Equal("<3>Camera: what matters", lines[LogLimiter.Burst]);
        Assert.Equal($"<4>Camera: flood ({10_000 - LogLimiter.Burst} lines like this were left out before)", lines[^1]);
        Assert.DoesNotContain("bi-mat", text.ToString(), StringComparison.Ordinal);
    }
}
