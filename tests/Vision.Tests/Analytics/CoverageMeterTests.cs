using EdgeGateway.Vision.Analytics;

namespace EdgeGateway.Vision.Tests.Analytics;

public sealed class CoverageMeterTests
{
    private static readonly DateTimeOffset Begin = Script.TimeOf(default).Utc;

    private static void Frames(CoverageMeter meter, double from, double to, double fps)
    {
        for (var i = 0; i < Math.Round((to - from) * fps); i++) meter.Analysed(Script.TimeOf(TimeSpan.FromSeconds(from + (i + 0.01) / fps)));
    }

    private static List<CoverageSecond> Take(CoverageMeter meter, List<CoverageSecond>? into = null)
    {
        into ??= [];
        while (meter.TryTake(out var second)) into.Add(second);
        return into;
    }

    [Fact]
    public void A_stall_of_7_minutes_in_15_reads_8_of_15()
    {
        var meter = new CoverageMeter(8);
        List<CoverageSecond> seconds = [];
        for (var s = 0; s < 900; s++)
        {
            if (s is < 240 or >= 660) Frames(meter, s, s + 1, 8);
            meter.Advance(Begin.AddSeconds(s + 1));
            Take(meter, seconds);
        }

        Assert.Equal(900, seconds.Count);
        Assert.Equal(8 / 15.0, seconds.Count(s => s.IsWatched) / 900.0, 1e-9);
        Assert.Equal(Enumerable.Range(0, 900).Select(i => Begin.AddSeconds(i)), seconds.Select(s => s.Start));
    }

    [Theory]
    [InlineData(8, 4, true)]
    [InlineData(8, 3, false)]
    [InlineData(5, 3, true)]
    [InlineData(5, 2, false)]
    [InlineData(1, 1, true)]
    public void Half_of_the_wanted_rate_is_enough(double wanted, int analysed, bool watched)
    {
        var meter = new CoverageMeter(wanted);
        Frames(meter, 0, 1, analysed);
        meter.Advance(Begin.AddSeconds(1));
        Assert.Equal(new CoverageSecond(Begin, analysed, watched), Assert.Single(Take(meter)));
    }

    [Fact]
    public void Frames_of_a_frozen_picture_do_not_count()
    {
        var meter = new CoverageMeter(8);
        Frames(meter, 0, 1, 8);
        meter.SetStreaming(false, Begin.AddSeconds(1));
        Frames(meter, 1, 2, 8);
        meter.SetStreaming(true, Begin.AddSeconds(2));
        Frames(meter, 2, 3, 8);
        meter.Advance(Begin.AddSeconds(3));
        Assert.Equal([true, false, true], Take(meter).Select(s => s.IsWatched));
    }

    [Fact]
    public void The_last_begun_second_is_judged_by_its_part()
    {
        var meter = new CoverageMeter(8);
        Frames(meter, 0, 1.5, 8);
        meter.Finish(Begin.AddSeconds(1.5));
        Assert.Equal([true, true], Take(meter).Select(s => s.IsWatched));
    }

    [Fact]
    public void Frames_cost_no_memory_and_a_reader_that_is_away_loses_the_oldest()
    {
        var meter = new CoverageMeter(8);
        Frames(meter, 0, 10, 8);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 8000; i++) meter.Analysed(Script.TimeOf(TimeSpan.FromSeconds(10 + i / 8.0)));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(meter.Lost > 700);
        Assert.Equal(Begin.AddSeconds(1008), Take(meter)[^1].Start);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.2)]
    public void A_camera_that_is_to_be_looked_at_every_few_seconds_is_watched_all_the_time_until_it_stalls(double wanted)
    {
        var meter = new CoverageMeter(wanted);
        for (var s = 0.0; s < 100; s += 1 / wanted)
        {
            meter.Analysed(Script.TimeOf(TimeSpan.FromSeconds(s + 0.1)));
            meter.Advance(Begin.AddSeconds(s));
        }

        meter.Advance(Begin.AddSeconds(200));
        var seconds = Take(meter);
        Assert.All(seconds.Where(second => second.Start < Begin.AddSeconds(100)), second => Assert.True(second.IsWatched, $"{second.Start:ss}"));
        Assert.Equal(100 + (1 / wanted), seconds.Count(second => second.IsWatched), 1 / wanted);
    }
}
