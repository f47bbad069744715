using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>A drive through a zone: since when, how often seen, and how far, in lengths of 1.6 m as the picture shows them, along an axis and in all.</summary>
internal struct ZoneStay
{
    private PointPx _first;
    private PointPx _last;
    private int _outside;

    public bool IsInside { get; private set; }

    public FrameTime Since { get; private set; }

    public int Frames { get; private set; }

    /// <summary>Net way along the axis, with its sign.</summary>
    public float Along { get; private set; }

    /// <summary>Net way in all.</summary>
    public float Net { get; private set; }

    /// <summary>Looks at the next detected box: one frame outside does not end a drive, two do.</summary>
    public void See(ZoneArea zone, PointPx axis, in Track track, float depth, FrameTime now)
    {
        var anchor = track.Anchor;
        var height = Yardstick.Of(track);
        if (!zone.HoldsDeep(anchor, depth * height))
        {
            if (++_outside >= 2) this = default;
            return;
        }

        _outside = 0;
        if (!IsInside)
        {
            IsInside = true;
            Since = now;
            _first = _last = anchor;
        }

        var step = anchor - _last;
        _last = anchor;
        Frames++;
        Along += (step.X * axis.X + step.Y * axis.Y) / height;
        var net = anchor - _first;
        Net = MathF.Sqrt(net.X * net.X + net.Y * net.Y) / height;
    }
}
