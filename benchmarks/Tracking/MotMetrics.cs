using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Benchmarks.Tracking;

/// <summary>What a tracker came to on one sequence.</summary>
/// <param name="Mota">1 − (misses + false boxes + switches) / true boxes (CLEAR MOT, Bernardin and Stiefelhagen 2008).</param>
/// <param name="Idf1">2·IDTP / (true boxes + tracker's boxes), ids paired once over the whole sequence (Ristani et al. 2016).</param>
/// <param name="Switches">True persons whose track id changed.</param>
/// <param name="Missed">True boxes without a track.</param>
/// <param name="False">Track boxes without a person.</param>
/// <param name="Truth">True boxes.</param>
public sealed record MotScore(double Mota, double Idf1, int Switches, int Missed, int False, int Truth);

/// <summary>
/// CLEAR MOT and identity measures at IoU 0.5. Rows of truth count when "consider" is 1 and the class is 1 (or no class is
/// given); a track box that pairs best with a person on a vehicle, a static person, a distractor or a reflection (2, 7, 8, 12)
/// is dropped, not punished.
/// </summary>
public static class MotMetrics
{
    private const float MinIou = 0.5f;

    /// <summary>Scores the boxes of a tracker against the truth.</summary>
    public static MotScore Score(IEnumerable<MotRow> truth, IEnumerable<MotRow> tracked)
    {
        var truthByFrame = truth.GroupBy(r => r.Frame).ToDictionary(g => g.Key, g => g.ToArray());
        var trackedByFrame = tracked.GroupBy(r => r.Frame).ToDictionary(g => g.Key, g => g.ToArray());
        var lastTrackOf = new Dictionary<long, long>();
        var shared = new Dictionary<(long Person, long Track), int>();
        var truthCount = new Dictionary<long, int>();
        var trackCount = new Dictionary<long, int>();
        int missed = 0, wrong = 0, switches = 0, total = 0;
        var previous = new Dictionary<long, long>();
        foreach (var frame in truthByFrame.Keys.Union(trackedByFrame.Keys).Order())
        {
            var all = truthByFrame.GetValueOrDefault(frame) ?? [];
            var boxes = WithoutDistractors(all, trackedByFrame.GetValueOrDefault(frame) ?? []);
            var people = all.Where(Counts).ToArray();
            total += people.Length;
            foreach (var person in people) truthCount[person.Id] = truthCount.GetValueOrDefault(person.Id) + 1;
            foreach (var box in boxes) trackCount[box.Id] = trackCount.GetValueOrDefault(box.Id) + 1;
            foreach (var person in people)
            {
                foreach (var box in boxes)
                {
                    if (person.Box.Iou(box.Box) >= MinIou) shared[(person.Id, box.Id)] = shared.GetValueOrDefault((person.Id, box.Id)) + 1;
                }
            }

            // A pair of the frame before stays a pair while it may; the rest is paired at the best total overlap.
            var pairs = Pair(people, boxes, (p, b) => previous.TryGetValue(p.Id, out var id) && id == b.Id ? 1000 : 0);
            var current = new Dictionary<long, long>();
            foreach (var (p, b) in pairs)
            {
                var (person, track) = (people[p].Id, boxes[b].Id);
                current[person] = track;
                if (lastTrackOf.TryGetValue(person, out var last) && last != track) switches++;
                lastTrackOf[person] = track;
            }

            previous = current;
            missed += people.Length - pairs.Count;
            wrong += boxes.Length - pairs.Count;
        }

        var idTruePositives = IdentityMatches(shared, truthCount, trackCount);
        var boxesTotal = trackCount.Values.Sum();
        return new MotScore(
            total == 0 ? 0 : 1 - (double)(missed + wrong + switches) / total,
            total + boxesTotal == 0 ? 0 : 2.0 * idTruePositives / (total + boxesTotal),
            switches, missed, wrong, total);
    }

    private static bool Counts(MotRow row) => row.Score >= 0.5f && row.Class is 1 or -1;

    private static MotRow[] WithoutDistractors(MotRow[] truth, MotRow[] boxes)
    {
        if (!truth.Any(t => t.Class is 2 or 7 or 8 or 12)) return boxes;
        var dropped = new HashSet<int>();
        foreach (var (t, b) in Pair(truth, boxes, (_, _) => 0))
        {
            if (truth[t].Class is 2 or 7 or 8 or 12) dropped.Add(b);
        }

        return boxes.Where((_, i) => !dropped.Contains(i)).ToArray();
    }

    private static List<(int Row, int Column)> Pair(MotRow[] rows, MotRow[] columns, Func<MotRow, MotRow, float> bonus)
    {
        var result = new List<(int, int)>();
        if (rows.Length == 0 || columns.Length == 0) return result;
        const float limit = 2000;
        var assignment = new Assignment(Math.Max(rows.Length, columns.Length));
        var costs = assignment.Costs(rows.Length, columns.Length);
        for (var r = 0; r < rows.Length; r++)
        {
            for (var c = 0; c < columns.Length; c++)
            {
                var iou = rows[r].Box.Iou(columns[c].Box);
                costs[r * columns.Length + c] = iou < MinIou ? limit : 1500 - iou - bonus(rows[r], columns[c]);
            }
        }

        var columnOf = assignment.Solve(rows.Length, columns.Length, limit);
        for (var r = 0; r < rows.Length; r++)
        {
            if (columnOf[r] >= 0) result.Add((r, columnOf[r]));
        }

        return result;
    }

    private static int IdentityMatches(
        Dictionary<(long Person, long Track), int> shared, Dictionary<long, int> truth, Dictionary<long, int> tracks)
    {
        if (truth.Count == 0 || tracks.Count == 0) return 0;
        var persons = truth.Keys.Order().ToArray();
        var ids = tracks.Keys.Order().ToArray();
        var assignment = new Assignment(Math.Max(persons.Length, ids.Length));
        var costs = assignment.Costs(persons.Length, ids.Length);
        const int most = 1 << 20;
        for (var r = 0; r < persons.Length; r++)
        {
            for (var c = 0; c < ids.Length; c++)
            {
                costs[r * ids.Length + c] = most - shared.GetValueOrDefault((persons[r], ids[c]));
            }
        }

        var columnOf = assignment.Solve(persons.Length, ids.Length, most);
        var sum = 0;
        for (var r = 0; r < persons.Length; r++)
        {
            if (columnOf[r] >= 0) sum += shared.GetValueOrDefault((persons[r], ids[columnOf[r]]));
        }

        return sum;
    }
}
