using CsCheck;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Tracking;

public sealed class AssignmentTests
{
    [Fact]
    public void The_pairs_cost_as_little_as_the_best_of_all_tries()
    {
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 5], Gen.Int[0, 100].Array[25]).Sample((rows, columns, values) =>
        {
            const float limit = 60;
            var assignment = new Assignment(8);
            var costs = assignment.Costs(rows, columns);
            for (var i = 0; i < costs.Length; i++) costs[i] = values[i];
            var columnOf = assignment.Solve(rows, columns, limit).ToArray();
            var used = columnOf.Where(c => c >= 0).ToArray();
            var total = columnOf.Select((c, r) => c < 0 ? limit : values[r * columns + c]).Sum();
            return used.Distinct().Count() == used.Length
                && columnOf.Select((c, r) => c < 0 || values[r * columns + c] < limit).All(x => x)
                && Math.Abs(total - Best(values, rows, columns, 0, 0, limit)) < 1e-3;
        });
    }

    private static float Best(int[] values, int rows, int columns, int row, int used, float limit)
    {
        if (row == rows) return 0;
        var best = limit + Best(values, rows, columns, row + 1, used, limit);
        for (var c = 0; c < columns; c++)
        {
            if ((used >> c & 1) != 0 || values[row * columns + c] >= limit) continue;
            best = Math.Min(best, values[row * columns + c] + Best(values, rows, columns, row + 1, used | 1 << c, limit));
        }

        return best;
    }
}
