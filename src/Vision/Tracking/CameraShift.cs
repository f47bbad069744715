using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tracking;

/// <summary>
/// Finds how far the whole picture jumped since the last frame (wind on the pole, a hand-held or panning camera) from boxes alone:
/// the shift that the most predicted tracks agree on with some detection of like size. A still camera gives none, because there the
/// predictions agree with their detections as they are.
/// </summary>
internal sealed class CameraShift(int capacity)
{
    /// <summary>Pairs looked at; enough for a vote, bounded so that a crowd costs no more.</summary>
    private const int MaxPairs = 1024;

    /// <summary>Shifts tried, taken evenly from the pairs.</summary>
    private const int MaxTries = 128;

    private readonly float[] _dx = new float[MaxPairs];
    private readonly float[] _dy = new float[MaxPairs];
    private readonly float[] _width = new float[MaxPairs];
    private readonly int[] _track = new int[MaxPairs];
    private readonly float[] _best = new float[capacity];
    private int _pairs;

    /// <summary>The shift in pixels to add to every prediction; zero when there is no clear majority for one.</summary>
    public (float X, float Y) Estimate(
        ReadOnlySpan<TrackState> tracks, ReadOnlySpan<Detection> detections, TrackerOptions options, TimeSpan now)
    {
        _pairs = 0;
        var voters = 0;
        for (var i = 0; i < tracks.Length && _pairs < MaxPairs; i++)
        {
            ref readonly var track = ref tracks[i];
            if (track.Id.Value == 0 || track.Hits < options.ShiftVoterHits || now - track.LastSeen.Elapsed > options.ShiftVoterAge) continue;
            var box = track.Filter.Box;
            var seen = false;
            for (var j = 0; j < detections.Length && _pairs < MaxPairs; j++)
            {
                ref readonly var detection = ref detections[j];
                if (detection.Score < options.HighScore) continue;
                var ratio = detection.Box.Height / box.Height;
                if (ratio is < 0.75f or > 1.33f) continue;
                var dx = detection.Box.X + detection.Box.Width / 2 - track.Filter.CentreX.X;
                var dy = detection.Box.Y + detection.Box.Height / 2 - track.Filter.CentreY.X;
                if (MathF.Abs(dx) > options.ShiftReach * box.Height || MathF.Abs(dy) > options.ShiftReach * box.Height) continue;
                _dx[_pairs] = dx;
                _dy[_pairs] = dy;
                _width[_pairs] = options.ShiftTolerance * box.Height;
                _track[_pairs++] = voters;
                seen = true;
            }

            if (seen) voters++;
        }

        if (voters < 3) return default;
        var still = Support(0, 0, voters, out _, out _);
        var (best, x, y) = (still, 0f, 0f);
        var step = Math.Max(1, (_pairs + MaxTries - 1) / MaxTries);
        for (var p = 0; p < _pairs; p += step)
        {
            var support = Support(_dx[p], _dy[p], voters, out var meanX, out var meanY);
            if (support > best) (best, x, y) = (support, meanX, meanY);
        }

        return best >= options.ShiftMajority * still + 1 && best >= 0.35f * voters ? (x, y) : default;
    }

    /// <summary>How many tracks find a detection at this shift, near ones counting more, and the mean shift of those.</summary>
    private float Support(float x, float y, int voters, out float meanX, out float meanY)
    {
        var best = _best.AsSpan(0, voters);
        best.Clear();
        float sum = 0, sumX = 0, sumY = 0;
        for (var p = 0; p < _pairs; p++)
        {
            var (ex, ey, w) = (_dx[p] - x, _dy[p] - y, _width[p]);
            var near = 1 - (ex * ex + ey * ey) / (w * w);
            ref var held = ref best[_track[p]];
            if (near <= held) continue;
            var gain = near - held;
            held = near;
            sum += gain;
            sumX += gain * _dx[p];
            sumY += gain * _dy[p];
        }

        meanX = sum > 0 ? sumX / sum : 0;
        meanY = sum > 0 ? sumY / sum : 0;
        return sum;
    }
}
