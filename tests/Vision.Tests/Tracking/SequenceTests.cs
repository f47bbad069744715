using EdgeGateway.Benchmarks.Tracking;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Tracking;

/// <summary>The tracker on real human motion. The bounds are what two known trackers reach on the same files, not what ours reaches today.</summary>
public sealed class SequenceTests
{
    [Fact]
    public void Real_sequences_are_tracked_better_than_by_the_known_trackers()
    {
        var folder = SharedData.TryPath("tracking");
        if (folder is null) Assert.Skip("The tracking sequences (shared/data/tracking) are not here.");
        var scores = TrackingScores.Of(folder, new TrackerOptions());
        foreach (var score in scores)
        {
            Assert.True(
                score.Ours.Mota >= score.KnownMota - 0.0005,
                $"{score.Sequence} every {score.Every}: MOTA {score.Ours.Mota:0.000} is below {score.KnownMota:0.000}");
        }

        var full = scores.Where(s => s.Every == 1).ToArray();
        var reduced = scores.Where(s => s.Every != 1).ToArray();
        Assert.InRange(full.Average(s => s.Ours.Idf1), 0.58, 1);
        Assert.InRange(reduced.Average(s => s.Ours.Idf1), 0.50, 1);
        Assert.InRange(full.Sum(s => s.Ours.Switches), 0, 195);
        Assert.InRange(reduced.Sum(s => s.Ours.Switches), 0, 286);
    }

    [Fact]
    public void The_measures_of_a_perfect_a_swapped_and_an_empty_answer_are_right()
    {
        var truth = Enumerable.Range(1, 10).SelectMany(f => new[]
        {
            new MotRow(f, 1, new BoxPx(100 + f, 100, 40, 80), 1, 1, 1),
            new MotRow(f, 2, new BoxPx(300 - f, 100, 40, 80), 1, 1, 1),
            new MotRow(f, 3, new BoxPx(500, 100, 40, 80), 0, 8, 1),
        }).ToArray();
        var people = truth.Where(t => t.Id < 3).ToArray();
        Assert.Equal(new MotScore(1, 1, 0, 0, 0, 20), MotMetrics.Score(truth, truth));
        Assert.Equal(new MotScore(0, 0, 0, 20, 0, 20), MotMetrics.Score(truth, []));
        var swapped = MotMetrics.Score(truth, people.Select(p => p.Frame > 6 ? p with { Id = 3 - p.Id } : p));
        Assert.Equal((2, 0.6, 0.9), (swapped.Switches, Math.Round(swapped.Idf1, 3), Math.Round(swapped.Mota, 3)));
        var extra = MotMetrics.Score(truth, people.Append(new MotRow(1, 9, new BoxPx(800, 100, 40, 80), 1, -1, -1)));
        Assert.Equal((1, 0), (extra.False, extra.Missed));
    }
}
