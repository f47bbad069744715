using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Plates;

/// <summary>What the chain knows of one vehicle. A fixed number of these is made once and serves one track after the other.</summary>
internal sealed class PlateVehicle
{
    // Shares of the vehicle's own size.
    private const float MovedShare = 0.5f;
    private const float OtherPlaceShare = 0.25f;
    private const float GrownShare = 1.25f;

    // Of its quality, what is left to a picture in which the frame's edge cuts the plate.
    private const float CutOff = 0.1f;

    private BoxPx _first;
    private BoxPx _lookedAt;
    private int _looksHere;
    private float _bestQuality;
    private readonly byte[] _pictured = new byte[PlateSymbols.MaxPlaces];
    private int _picturedLength;
    private int _frames;
    private int _framesInside;
    private float _widthShare;
    private readonly TrackId[] _earlier = new TrackId[8];
    private int _earlierCount;

    public bool InUse { get; private set; }

    public Track Track { get; private set; }

    public PlateVote Vote { get; } = new();

    public PlateCrop Crop { get; } = new();

    public int Looks { get; private set; }

    public TimeSpan LastLook { get; private set; }

    /// <summary>Width of its plate, pixels of the picture that is read: as last read, grown with the vehicle since; 0 before the first read.</summary>
    public float PlateWidthNowPx => _widthShare * Track.Box.Height;

    /// <summary>Height of the vehicle in the last look, pixels.</summary>
    public float HeightPx => Track.Box.Height;

    public bool Moved => Travelled > MovedShare;

    /// <summary>The farthest it has been from where it was first seen, in sizes of its first box.</summary>
    public float Travelled { get; private set; }

    /// <summary>True when it is not driving now: slower than a tenth of its own size a second.</summary>
    public bool Stands => MathF.Sqrt(Track.VelocityX * Track.VelocityX + Track.VelocityY * Track.VelocityY) < 0.1f * Size(Track.Box);

    /// <summary>Where it was first looked at.</summary>
    public BoxPx FirstBox => _first;

    /// <summary>Where it began, one or two frames before its track was sure.</summary>
    public BoxPx BeganAt { get; private set; }

    /// <summary>When it was first seen.</summary>
    public FrameTime FirstSeen { get; private set; }

    /// <summary>Numbers under which it went before, oldest first.</summary>
    public ReadOnlySpan<TrackId> Earlier => _earlier.AsSpan(0, _earlierCount);

    /// <summary>True when its track has ended and another may still go on from there.</summary>
    public bool Lost { get; private set; }

    /// <summary>True when it appeared where a parked vehicle was remembered.</summary>
    public bool AtRememberedPlace { get; private set; }

    public bool Published { get; set; }

    /// <summary>True when a passage stands for it: its own, or that of which it is a part.</summary>
    public bool Told { get; set; }

    /// <summary>When nothing more was to be learnt, or null while looks go on.</summary>
    public TimeSpan? DoneAt { get; private set; }

    public void Begin(in Track track, bool atRememberedPlace)
    {
        InUse = true;
        Track = track;
        Vote.Clear();
        Crop.Clear();
        (_first, _lookedAt, _looksHere, _bestQuality, _picturedLength) = (track.Box, track.Box, 0, 0, 0);
        (Looks, LastLook, Travelled, Published, Told, DoneAt) = (0, TimeSpan.MinValue, 0, false, false, null);
        (_frames, _framesInside, _widthShare, _earlierCount, Lost) = (0, 0, 0, 0, false);
        (FirstSeen, BeganAt) = (track.FirstSeen, track.FirstBox.Height > 0 ? track.FirstBox : track.Box);
        AtRememberedPlace = atRememberedPlace;
    }

    /// <summary>Its track has ended in the midst of the picture.</summary>
    public void Lose() => Lost = true;

    /// <summary>It goes on under another number, with all that was read of it.</summary>
    public void GoOn(in Track track)
    {
        // Of a track that breaks more often than this the oldest numbers are forgotten.
        if (_earlierCount == _earlier.Length) _earlier.AsSpan(1).CopyTo(_earlier);
        else _earlierCount++;
        _earlier[_earlierCount - 1] = Track.Id;
        Lost = false;
        See(track);
    }

    /// <summary>True when it was seen inside an older vehicle most of the time: a second box on the same one.</summary>
    public bool IsDouble => 2 * _framesInside > _frames;

    /// <summary>Notes a frame, and whether an older vehicle's box held this one's.</summary>
    public void Seen(bool insideOlder)
    {
        _frames++;
        if (insideOlder) _framesInside++;
    }

    public void End() => InUse = Lost = false;

    public void See(in Track track)
    {
        Track = track;
        Travelled = MathF.Max(Travelled, Distance(_first, track.Box) / MathF.Max(1, Size(_first)));
    }

    /// <summary>True when a look at this vehicle may still tell something.</summary>
    /// <param name="options">How much to look.</param>
    /// <param name="now">The analysed frame's time.</param>
    /// <param name="scale">How many times as large it is in the picture that is read.</param>
    public bool WantsLook(PlateChainOptions options, TimeSpan now, float scale)
    {
        if (DoneAt is not null || Looks >= options.MaxLooks) return false;
        if (scale * MathF.Max(Track.Box.Width, Track.Box.Height) < options.MinVehiclePx) return false;
        if (Looks > 0 && now - LastLook < options.LookInterval) return false;
        var enough = LooksHere(options);
        return _looksHere < enough || IsElsewhere();
    }

    public void Looked(TimeSpan now)
    {
        if (Looks == 0 || IsElsewhere())
        {
            _lookedAt = Track.Box;
            _looksHere = 0;
        }

        Looks++;
        _looksHere++;
        LastLook = now;
    }

    /// <summary>Notes the width of its plate in a read of this frame.</summary>
    public void Measured(float widthPx) => _widthShare = widthPx / MathF.Max(1, Track.Box.Height);

    // Where a vehicle is remembered and this one has not moved, two looks tell whether it is the same.
    private int LooksHere(PlateChainOptions options) => AtRememberedPlace && !Moved ? 2 : options.LooksAtOnePlace;

    /// <summary>True when it was read, stays, and looking again would show the same.</summary>
    public bool Rests(PlateChainOptions options, TimeSpan now) =>
        Vote.Reads >= 2 && _looksHere >= LooksHere(options) && !IsElsewhere() && now - LastLook >= options.PublishAfter;

    public void Done(TimeSpan now) => DoneAt ??= now;

    /// <summary>Keeps the picture of a look when it is the best so far, together with what it alone says.</summary>
    public void Keep(Frame frame, in PlateSpot spot, float quality)
    {
        // A plate that the picture's edge cuts is read and shown to nobody while there is a whole one: an officer checks the very last figure.
        var bounds = spot.Corners.Bounds;
        if (bounds.X < 1 || bounds.Y < 1 || bounds.Right > frame.Width - 1 || bounds.Bottom > frame.Height - 1) quality *= CutOff;
        if (quality <= _bestQuality) return;
        _bestQuality = quality;
        Crop.Take(frame, spot);
        var look = Vote.LastLook;
        look.CopyTo(_pictured);
        _picturedLength = look.Length;
    }

    /// <summary>The kept picture, if it shows the plate that is being published: at most two characters were read otherwise in it.</summary>
    public PlatePicture? PictureOf(PlateReading plate)
    {
        if (plate.Text.Length != _picturedLength) return null;
        var different = 0;
        for (var i = 0; i < _picturedLength; i++)
        {
            if (plate.Text[i] != PlateSymbols.Doubtful && plate.Text[i] != PlateSymbols.CharacterOf(_pictured[i])) different++;
        }

        return different <= 2 ? Crop.ToPicture() : null;
    }

    private bool IsElsewhere() =>
        Distance(_lookedAt, Track.Box) > OtherPlaceShare * Size(_lookedAt) || Track.Box.Height > GrownShare * _lookedAt.Height;

    private static float Size(in BoxPx box) => MathF.Sqrt(box.Area);

    private static float Distance(in BoxPx a, in BoxPx b)
    {
        var step = a.Centre - b.Centre;
        return MathF.Sqrt(step.X * step.X + step.Y * step.Y);
    }
}
