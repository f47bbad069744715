using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>
/// Whether a box stands still. Boxes tremble and a passer-by cuts them, so the place is that of the first second's mean, and two frames in
/// a row must be off it before the vehicle has moved.
/// </summary>
internal struct Standing
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);
    private BoxPx _place;
    private int _off;

    /// <summary>Since when it stands; null while it moves.</summary>
    public FrameTime? Since { get; private set; }

    /// <summary>The last box was off its place: it has moved, if the next one is as well.</summary>
    public readonly bool IsOff => _off > 0;

    /// <summary>Where it stands.</summary>
    public readonly BoxPx Place => _place;

    /// <summary>Looks at the next detected box.</summary>
    /// <param name="box">The box.</param>
    /// <param name="now">The frame's time.</param>
    /// <param name="drift">How far the lower edge's centre may be off, box heights.</param>
    public void See(in BoxPx box, FrameTime now, float drift)
    {
        if (Since is not { } since)
        {
            (_place, Since, _off) = (box, now, 0);
            return;
        }

        if (IsAt(box, drift))
        {
            _off = 0;
            if (now.Elapsed - since.Elapsed < Settling) _place = Blend(_place, box, 0.25f);
            return;
        }

        if (++_off < 2) return;
        (_place, Since, _off) = (box, now, 0);
    }

    /// <summary>Goes on from what another track of the same vehicle left.</summary>
    public void Resume(in BoxPx place, FrameTime since) => (_place, Since, _off) = (place, since, 0);

    /// <summary>True when a box is at this place: its foot has hardly moved, or half of it is hidden and the rest fits.</summary>
    public readonly bool IsAt(in BoxPx box, float drift)
    {
        var off = box.BottomCentre - _place.BottomCentre;
        var reach = drift * MathF.Max(_place.Height, 1);
        return off.X * off.X + off.Y * off.Y <= reach * reach || box.Iou(_place) > 0.8f;
    }

    private static BoxPx Blend(in BoxPx a, in BoxPx b, float share) => new(
        a.X + share * (b.X - a.X), a.Y + share * (b.Y - a.Y), a.Width + share * (b.Width - a.Width), a.Height + share * (b.Height - a.Height));
}
