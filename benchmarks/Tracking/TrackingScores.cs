using System.Globalization;
using System.Text.Json;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Benchmarks.Tracking;

/// <summary>One sequence at one rate beside what the known trackers reach there.</summary>
/// <param name="Sequence">Folder name.</param>
/// <param name="Every">1 for all frames, 4 for frames 1, 5, 9, … with the rate divided as well.</param>
/// <param name="Ours">This tracker.</param>
/// <param name="KnownMota">The better MOTA of ByteTrack and OC-SORT; NaN when not known.</param>
/// <param name="KnownIdf1">The better IDF1 of the two.</param>
/// <param name="KnownSwitches">The fewer id switches of the two.</param>
public sealed record SequenceScore(string Sequence, int Every, MotScore Ours, double KnownMota, double KnownIdf1, int KnownSwitches);

/// <summary>Runs the tracker over MOTChallenge sequences at the full and the reduced rate.</summary>
public static class TrackingScores
{
    // The authors' code with default settings, detection threshold 0.5, on the same detections (README of the sequences).
    private static readonly Dictionary<(string, bool), (double Mota, double Idf1, int Switches)> Known = new()
    {
        [("MOT17-02", true)] = (0.406, 0.446, 50),
        [("MOT17-05", true)] = (0.533, 0.632, 24),
        [("MOT17-10", true)] = (0.693, 0.564, 98),
        [("TUD-Campus", true)] = (0.596, 0.679, 4),
        [("MOT17-02", false)] = (0.367, 0.465, 27),
        [("MOT17-05", false)] = (0.470, 0.539, 40),
        [("MOT17-10", false)] = (0.469, 0.333, 216),
        [("TUD-Campus", false)] = (0.473, 0.644, 3),
    };

    /// <summary>All sequences below a folder (those with gt.txt, det.txt and seqinfo.ini), each at two rates.</summary>
    public static IReadOnlyList<SequenceScore> Of(string folder, TrackerOptions options)
    {
        var scores = new List<SequenceScore>();
        foreach (var reduced in new[] { false, true })
        {
            foreach (var sequence in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
            {
                if (!File.Exists(Path.Combine(sequence, "seqinfo.ini"))) continue;
                var rate = FrameRate(Path.Combine(sequence, "seqinfo.ini"));
                var every = !reduced ? 1 : rate < 20 ? 2 : 4;
                var truth = Thin(MotText.Read(Path.Combine(sequence, "gt.txt")), every);
                var detections = Thin(MotText.Read(Path.Combine(sequence, "det.txt")), every);
                using var output = new StringWriter();
                TrackFile.Run(detections, rate / every, output, options);
                var tracked = MotText.Read(new StringReader(output.ToString()), "tracks");
                var name = Path.GetFileName(sequence);
                var known = Known.GetValueOrDefault((name, !reduced), (double.NaN, double.NaN, -1));
                scores.Add(new SequenceScore(name, every, MotMetrics.Score(truth, tracked), known.Item1, known.Item2, known.Item3));
            }
        }

        return scores;
    }

    /// <summary>Prints one JSON object a line.</summary>
    public static void Print(string folder, TextWriter output)
    {
        foreach (var score in Of(folder, new TrackerOptions()))
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                sequence = score.Sequence,
                every = score.Every,
                mota = Math.Round(score.Ours.Mota, 3),
                idf1 = Math.Round(score.Ours.Idf1, 3),
                switches = score.Ours.Switches,
                knownMota = double.IsNaN(score.KnownMota) ? (double?)null : score.KnownMota,
                knownIdf1 = double.IsNaN(score.KnownIdf1) ? (double?)null : score.KnownIdf1,
                knownSwitches = score.KnownSwitches < 0 ? (int?)null : score.KnownSwitches,
            }));
        }
    }

    private static List<MotRow> Thin(List<MotRow> rows, int every) =>
        [.. rows.Where(r => (r.Frame - 1) % every == 0).Select(r => r with { Frame = (r.Frame - 1) / every + 1 })];

    private static double FrameRate(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith("frameRate=", StringComparison.Ordinal)) return double.Parse(line.AsSpan(10), CultureInfo.InvariantCulture);
        }

        throw new FormatException($"{path} names no frameRate.");
    }
}
