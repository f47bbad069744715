using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tracking;

/// <summary>What one run over a file of detections came to.</summary>
/// <param name="Frames">Frames seen, empty ones included.</param>
/// <param name="Detections">Boxes read.</param>
/// <param name="Tracks">Confirmed tracks.</param>
/// <param name="Boxes">Lines written.</param>
public sealed record TrackFileSummary(int Frames, int Detections, int Tracks, int Boxes);

/// <summary>The tracker alone on a file: MOTChallenge text in, MOTChallenge text out.</summary>
public static class TrackFile
{
    /// <summary>Tracks a file of detections frame by frame, as a camera would: what is written for a frame depends on no later one.</summary>
    /// <param name="detectionsPath">Boxes of one class, taken as people.</param>
    /// <param name="framesPerSecond">Rate of the frame numbers.</param>
    /// <param name="outPath">Written whole or not at all.</param>
    /// <param name="options">The defaults when null.</param>
    /// <param name="stop">Ends it between two frames; nothing is written then.</param>
    /// <exception cref="MotTextException">The input is not MOTChallenge text.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not above 0.</exception>
    public static TrackFileSummary Run(string detectionsPath, double framesPerSecond, string outPath, TrackerOptions? options = null, CancellationToken stop = default)
    {
        var rows = MotText.Read(detectionsPath);
        var partial = outPath + ".partial";
        try
        {
            TrackFileSummary summary;
            using (var writer = new StreamWriter(partial)) summary = Run(rows, framesPerSecond, writer, options, stop);
            File.Move(partial, outPath, overwrite: true);
            return summary;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>The same from rows in memory to an open text.</summary>
    public static TrackFileSummary Run(IReadOnlyList<MotRow> rows, double framesPerSecond, TextWriter output, TrackerOptions? options = null, CancellationToken stop = default)
    {
        var boxes = 0;
        var ids = new HashSet<long>();
        var frames = Run(rows, framesPerSecond, options, (frame, tracks) =>
        {
            stop.ThrowIfCancellationRequested();
            foreach (ref readonly var track in tracks)
            {
                if (!track.IsMatched) continue;
                MotText.Write(output, frame, track.Id.Value, track.Box, track.Score);
                ids.Add(track.Id.Value);
                boxes++;
            }
        });
        return new TrackFileSummary(frames, rows.Count, ids.Count, boxes);
    }

    /// <summary>Receives the confirmed tracks of one frame.</summary>
    public delegate void FrameSink(int frame, ReadOnlySpan<Track> tracks);

    /// <summary>Runs the tracker over rows and hands each frame's tracks to <paramref name="sink"/>.</summary>
    /// <returns>Frames seen.</returns>
    public static int Run(IReadOnlyList<MotRow> rows, double framesPerSecond, TrackerOptions? options, FrameSink sink)
    {
        if (!(framesPerSecond > 0) || !double.IsFinite(framesPerSecond))
        {
            throw new ArgumentOutOfRangeException(nameof(framesPerSecond), framesPerSecond, "The frame rate must be above 0.");
        }

        var sorted = rows.OrderBy(r => r.Frame).ToArray();
        options ??= new TrackerOptions();
        var tracker = new ByteTracker(options);
        var tracks = new TrackBuffer(options.Capacity);
        var detections = new DetectionBuffer(Math.Max(1, options.Capacity));
        var next = 0;
        var last = sorted.Length == 0 ? 0 : sorted[^1].Frame;
        for (var frame = 1; frame <= last; frame++)
        {
            detections.Clear();
            for (; next < sorted.Length && sorted[next].Frame == frame; next++)
            {
                detections.TryAdd(new Detection(sorted[next].Box, sorted[next].Score, 0, ObjectClass.Person));
            }

            var elapsed = TimeSpan.FromSeconds((frame - 1) / framesPerSecond);
            tracker.Update(detections.Items, new FrameTime(elapsed, DateTimeOffset.UnixEpoch + elapsed), tracks);
            sink(frame, tracks.Items);
        }

        return last;
    }
}
