using EdgeGateway.Vision.Evaluation;

namespace EdgeGateway.Vision.Tests.Evaluation;

/// <summary>The same numbers as in models/training/street/test_street.py.</summary>
public sealed class AveragePrecisionTests
{
    [Fact]
    public void A_detection_in_an_ignore_region_does_not_count()
    {
        ScoredBox[] found = [new(new(0, 0, 10, 10), 0.9f), new(new(0, 0, 10, 9), 0.8f), new(new(60, 60, 10, 10), 0.7f), new(new(20, 20, 10, 10), 0.6f)];
        var verdicts = AveragePrecision.Match(found, [new(0, 0, 10, 10), new(50, 50, 50, 50)], [false, true], 0.5f);
        Assert.Equal([Verdict.Right, Verdict.Wrong, Verdict.NotCounted, Verdict.Wrong], verdicts);
    }

    [Fact]
    public void A_known_curve_has_its_known_area()
    {
        Assert.Equal(0.5 + 0.5 * 2 / 3, AveragePrecision.Of([(0.7f, true), (0.9f, true), (0.8f, false)], 2)!.Value, 9);
        Assert.Equal(0, AveragePrecision.Of([], 3));
        Assert.Null(AveragePrecision.Of([(0.9f, false)], 0));
    }

    [Fact]
    public void A_second_box_on_the_same_object_is_wrong() => Assert.Equal(
        [Verdict.Right, Verdict.Wrong],
        AveragePrecision.Match([new(new(10, 10, 40, 20), 0.9f), new(new(11, 10, 39, 20), 0.8f)], [new(10, 10, 40, 20)], [false], 0.5f));
}
