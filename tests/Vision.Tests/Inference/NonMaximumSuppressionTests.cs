using CsCheck;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Inference.Decoders;

namespace EdgeGateway.Vision.Tests.Inference;

public sealed class NonMaximumSuppressionTests
{
    [Fact]
    public void It_keeps_what_the_plain_definition_keeps()
    {
        var box = Gen.Select(Gen.Float[0, 50], Gen.Float[0, 50], Gen.Float[1, 40], Gen.Float[1, 40], Gen.Int[0, 20], Gen.Int[0, 2]);
        Gen.Select(box.Array[0, 60], Gen.Float[0.1f, 0.9f], Gen.Int[1, 80], Gen.Int[1, 80]).Sample((boxes, iou, topK, limit) =>
        {
            var candidates = new Candidates(60);
            for (var i = 0; i < boxes.Length; i++)
            {
                var (x, y, w, h, score, c) = boxes[i];
                candidates.AddCorners(x, y, x + w, y + h, score / 20f, c, i);
            }

            var kept = new NonMaximumSuppression(60, topK).Apply(candidates, iou, limit).ToArray();
            Assert.Equal(Plain(candidates, iou, topK, limit), kept);
        });
    }

    [Fact]
    public void Broken_boxes_never_come_in()
    {
        var candidates = new Candidates(8);
        candidates.AddCorners(0, 0, float.NaN, 1, 0.5f, 0, 0);
        candidates.AddCorners(0, 0, float.PositiveInfinity, 1, 0.5f, 0, 0);
        candidates.AddCorners(2, 0, 1, 1, 0.5f, 0, 0);
        candidates.AddCorners(0, 0, 1, 1, float.NaN, 0, 0);
        candidates.AddCentre(0, 0, -1, 1, 0.5f, 0, 0);
        Assert.Equal(0, candidates.Count);
    }

    [Fact]
    public void Choosing_allocates_nothing()
    {
        var candidates = new Candidates(500);
        var random = new Random(1);
        for (var i = 0; i < 500; i++) candidates.AddCentre(random.Next(400), random.Next(400), 20, 20, random.NextSingle(), random.Next(6), i);
        var suppression = new NonMaximumSuppression(500, 300);
        for (var i = 0; i < 50; i++) suppression.Apply(candidates, 0.5f, 300);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++) suppression.Apply(candidates, 0.5f, 300);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static int[] Plain(Candidates candidates, float iou, int topK, int limit)
    {
        var order = Enumerable.Range(0, candidates.Count).OrderByDescending(i => candidates.Score[i]).ThenBy(i => i).Take(topK);
        var kept = new List<int>();
        foreach (var i in order)
        {
            if (kept.Count < limit && kept.All(k => candidates.Class[k] != candidates.Class[i] || Overlap(candidates, k, i) <= iou)) kept.Add(i);
        }

        return [.. kept];
    }

    private static float Overlap(Candidates c, int a, int b)
    {
        var w = MathF.Min(c.Right[a], c.Right[b]) - MathF.Max(c.Left[a], c.Left[b]);
        var h = MathF.Min(c.Bottom[a], c.Bottom[b]) - MathF.Max(c.Top[a], c.Top[b]);
        if (w <= 0 || h <= 0) return 0;
        float Area(int i) => (c.Right[i] - c.Left[i]) * (c.Bottom[i] - c.Top[i]);
        return w * h / (Area(a) + Area(b) - w * h);
    }

    [Fact]
    public void Two_words_of_a_model_for_one_thing_are_one_box()
    {
        var candidates = new Candidates(4);
        candidates.AddCorners(0, 0, 10, 20, 0.9f, 0, 0); // pedestrian
        candidates.AddCorners(0, 1, 10, 20, 0.8f, 1, 1); // people
        candidates.AddCorners(0, 1, 10, 20, 0.7f, 2, 2); // something else
        Assert.Equal([0, 2], new NonMaximumSuppression(4, 4, [0, 0, 7]).Apply(candidates, 0.5f, 4).ToArray());
        Assert.Equal([0, 1, 2], new NonMaximumSuppression(4, 4).Apply(candidates, 0.5f, 4).ToArray());
    }
}
