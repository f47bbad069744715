using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Plates;

/// <summary>Where a vehicle stood when its track ended, and what its plate said.</summary>
/// <param name="Box">Its box, pixels of the frame.</param>
/// <param name="Text">Folded plate text, doubtful marks included; null when none was read.</param>
/// <param name="Since">When it was last seen there.</param>
public sealed record ParkedPlate(BoxPx Box, string? Text, DateTimeOffset Since);

/// <summary>
/// Remembers the vehicles that stand in a camera's picture, so that a track lost in a flicker, a lamp switched on, or a restart does
/// not report them again. A bounded list, the oldest goes first; the host may keep <see cref="All"/> over a restart.
/// </summary>
public sealed class ParkedPlates(int capacity = 32)
{
    private const float SamePlace = 0.5f;
    private readonly List<ParkedPlate> _parked = new(capacity);

    /// <summary>How long a place is remembered without being confirmed.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(24);

    public IReadOnlyList<ParkedPlate> All => _parked;

    /// <summary>Takes up what was kept over a restart.</summary>
    public void Restore(IEnumerable<ParkedPlate> kept)
    {
        _parked.Clear();
        foreach (var plate in kept.OrderByDescending(p => p.Since).Take(capacity).Reverse()) _parked.Add(plate);
    }

    /// <summary>Notes a vehicle that stood still when it was last seen, in place of an earlier note of that place.</summary>
    public void Remember(in BoxPx box, string? plate, FrameTime at)
    {
        var earlier = IndexAt(box);
        var text = plate is null ? null : PlateSymbols.Fold(plate);
        if (earlier >= 0)
        {
            // A look that failed does not make a known vehicle unknown.
            text ??= _parked[earlier].Text;
            _parked.RemoveAt(earlier);
        }
        else if (_parked.Count == capacity)
        {
            _parked.RemoveAt(0);
        }

        _parked.Add(new ParkedPlate(box, text, at.Utc));
    }

    /// <summary>True when a vehicle was remembered at this place. Allocates nothing.</summary>
    public bool IsRemembered(in BoxPx box, FrameTime now)
    {
        var index = IndexAt(box);
        return index >= 0 && now.Utc - _parked[index].Since <= Lifetime;
    }

    /// <summary>True when the vehicle at this place is the remembered one, as far as the plates tell: one character may differ, doubtful ones always may.</summary>
    /// <param name="box">Where it stands.</param>
    /// <param name="plate">Its plate, or null when none was read: then the place alone decides.</param>
    /// <param name="now">The time of the frame.</param>
    public bool IsSame(in BoxPx box, string? plate, FrameTime now)
    {
        var index = IndexAt(box);
        if (index < 0 || now.Utc - _parked[index].Since > Lifetime) return false;
        return plate is null || _parked[index].Text is not { } known || Differences(PlateSymbols.Fold(plate), known) <= 1;
    }

    /// <summary>The place is empty again, or another vehicle stands there.</summary>
    public void Leave(in BoxPx box)
    {
        var index = IndexAt(box);
        if (index >= 0) _parked.RemoveAt(index);
    }

    private int IndexAt(in BoxPx box)
    {
        for (var i = _parked.Count - 1; i >= 0; i--)
        {
            if (_parked[i].Box.Iou(box) >= SamePlace) return i;
        }

        return -1;
    }

    private static int Differences(string a, string b)
    {
        if (a.Length != b.Length) return int.MaxValue;
        var different = 0;
        for (var i = 0; i < a.Length; i++)
        {
            if (a[i] != b[i] && a[i] != PlateSymbols.Doubtful && b[i] != PlateSymbols.Doubtful) different++;
        }

        return different;
    }
}
