using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tracking;

/// <summary>
/// What pairing a track with a detection costs, 0 to about 1: mostly 1 − overlap of the two boxes, times how alike their heights are
/// (in a crowd neighbours overlap, but stand at different depths), a share of the distance in standard deviations, and what the two looks
/// differ by. Both boxes are widened by what the prediction does not know, so that overlap means something at 6 frames a second too.
/// </summary>
internal readonly struct AssociationCost
{
    /// <summary>No pair: other class, or beyond the gate.</summary>
    public const float Never = float.MaxValue;

    private readonly TrackerOptions _options;
    private readonly BoxPx _box;
    private readonly BoxPx _wide;
    private readonly float _widening, _x, _y, _byX, _byY, _byWidth, _byHeight, _unseen;
    private readonly byte _group;
    private readonly Appearance _look;

    /// <summary>Prepares what does not depend on the detection. <paramref name="unseen"/> is weighed by the rate of frames.</summary>
    public AssociationCost(in TrackState track, TrackerOptions options, TimeSpan unseen)
    {
        _options = options;
        _group = track.Group;
        _look = track.Look;
        _box = track.Filter.Box;
        var noise = options.NoiseOf(track.Class);
        var scale = noise.ScaleOf(_box);
        var place = noise.Measurement * scale * noise.Measurement * scale;
        // Sizes are judged by twice their measurement's deviation: people swing arms and legs.
        var size = 4 * noise.SizeMeasurement * scale * noise.SizeMeasurement * scale;
        ref readonly var filter = ref track.Filter;
        (_x, _y) = (filter.CentreX.X, filter.CentreY.X);
        _byX = 1 / (filter.CentreX.Pxx + place);
        _byY = 1 / (filter.CentreY.Pxx + place);
        _byWidth = 1 / (filter.Width.Pxx + size);
        _byHeight = 1 / (filter.Height.Pxx + size);
        _widening = MathF.Min(
            options.WideningLimit * scale, options.Widening * MathF.Sqrt(0.5f * (filter.CentreX.Pxx + filter.CentreY.Pxx)));
        _wide = Widen(_box, _widening);
        _unseen = options.UnseenPenaltyPerSecond * (float)unseen.TotalSeconds;
    }

    public float To(in Detection detection, in Appearance look)
    {
        if (_group != TrackState.GroupOf(detection.Class)) return Never;
        var box = detection.Box;
        var dx = box.X + box.Width / 2 - _x;
        var dy = box.Y + box.Height / 2 - _y;
        var dw = box.Width - _box.Width;
        var dh = box.Height - _box.Height;
        var distance = dx * dx * _byX + dy * dy * _byY + dw * dw * _byWidth + dh * dh * _byHeight;
        // Written so that a distance that is no number closes the gate.
        if (!(distance <= _options.DistanceGate)) return Never;
        var alike = MathF.Min(_box.Height, box.Height) / MathF.Max(_box.Height, box.Height);
        var overlap = alike * _wide.Iou(Widen(box, _widening));
        return _unseen + (1 - _options.DistanceShare) * (1 - overlap)
            + _options.DistanceShare * distance / _options.DistanceGate
            + _options.LookShare * Unlikeness(look);
    }

    private float Unlikeness(in Appearance look) =>
        Math.Clamp((_look.DistanceTo(look) - _options.LooksAlike) / (_options.LooksUnlike - _options.LooksAlike), 0, 1);

    private static BoxPx Widen(in BoxPx box, float by) => new(box.X - by, box.Y - by, box.Width + 2 * by, box.Height + 2 * by);
}
