namespace EdgeGateway.Vision.Tracking;

/// <summary>How tracks begin, go on and end. The defaults hold for every camera, rate and detector; all times are times, never frame counts.</summary>
public sealed record TrackerOptions
{
    /// <summary>Tracks kept at once, and detections looked at in one frame, unless told otherwise.</summary>
    public const int DefaultCapacity = 512;

    /// <summary>Tracks kept at once, confirmed or not, and the most detections looked at in one frame.</summary>
    public int Capacity { get; init; } = DefaultCapacity;

    /// <summary>Detections from this score take part in the first association.</summary>
    public float HighScore { get; init; } = 0.5f;

    /// <summary>Detections from this score may still keep a track alive (ByteTrack's second association).</summary>
    public float LowScore { get; init; } = 0.1f;

    /// <summary>An unmatched detection from this score begins a track, and may be the next one of an unconfirmed track.</summary>
    public float BirthScore { get; init; } = 0.3f;

    /// <summary>The least number of detections of a confirmed track.</summary>
    public int ConfirmHits { get; init; } = 2;

    /// <summary>The sum of its detections' scores that confirms a track: two sure ones or three doubtful ones.</summary>
    public float ConfirmEvidence { get; init; } = 1.2f;

    /// <summary>How long an unconfirmed track may wait for its next detection, ...</summary>
    public TimeSpan TentativeTime { get; init; } = TimeSpan.FromSeconds(0.3);

    /// <summary>... and at least this many times the usual step between frames: one miss is forgiven at 6 frames a second too.</summary>
    public double TentativeSteps { get; init; } = 3.2;

    /// <summary>How long a confirmed track may stay unseen, be handed out as coasting, and be matched like any other.</summary>
    public TimeSpan MaxUnseen { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// ... or this many times the usual step between frames, where that is more: a still scene is looked at once a second, a slow camera sends a picture
    /// every few. <see cref="RelinkWindow"/> grows alike, and a second unseen costs less.
    /// </summary>
    public double UnseenSteps { get; init; } = 3.2;

    /// <summary>How long after its last detection a hidden track may be taken up again by one that would begin a new track nearby.</summary>
    public TimeSpan RelinkWindow { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Two detections of kindred classes (car, truck) that cover each other more than this are one.</summary>
    public float DoubleIou { get; init; } = 0.7f;

    /// <summary>Of two boxes of two-wheelers, the share of the lower one inside the taller one from which they may be one machine, ...</summary>
    public float NestedShare { get; init; } = 0.85f;

    /// <summary>... when their lower edges are at most this far apart, heights of the taller one.</summary>
    public float SameWheels { get; init; } = 0.12f;

    /// <summary>An unseen track that a seen one covers more than this is the same object and ends.</summary>
    public float DuplicateIou { get; init; } = 0.85f;

    /// <summary>Motion of people.</summary>
    public MotionNoise Person { get; init; } = new(1.0f, 0.7f, 0.05f);

    /// <summary>Motion of vehicles: many heights a second from the first frame on, and in perspective they grow as fast as they come.</summary>
    public MotionNoise Vehicle { get; init; } = new(4.0f, 3.0f, 0.06f) { InitialGrowth = 0.8f, GrowthChange = 0.8f, GrowthFadeSeconds = 1f };

    /// <summary>Cost limit of the first association (see <see cref="AssociationCost"/>: 0 is a perfect fit, 1 none).</summary>
    public float FirstLimit { get; init; } = 0.85f;

    /// <summary>Cost limit of the second association (weak detections).</summary>
    public float SecondLimit { get; init; } = 0.6f;

    /// <summary>Cost limit for unconfirmed tracks.</summary>
    public float TentativeLimit { get; init; } = 0.9f;

    /// <summary>Cost limit for taking up a hidden track: strict, a wrong link is worse than none.</summary>
    public float RelinkLimit { get; init; } = 0.5f;

    /// <summary>Gate on the distance between prediction and detection, standard deviations squared (four degrees of freedom: 13.3 is 99 %).</summary>
    public float DistanceGate { get; init; } = 12f;

    /// <summary>Share of the distance in the cost; the rest is overlap.</summary>
    public float DistanceShare { get; init; } = 0.2f;

    /// <summary>Cost added for each second unseen: of two tracks that fit, the one seen later is likelier.</summary>
    public float UnseenPenaltyPerSecond { get; init; } = 0.1f;

    /// <summary>Boxes are widened by this many standard deviations of the predicted place before their overlap is taken.</summary>
    public float Widening { get; init; } = 0.5f;

    /// <summary>The most that boxes are widened on each side, box heights.</summary>
    public float WideningLimit { get; init; } = 0.5f;

    /// <summary>How much less a box of score 0 tells of the place: its standard deviation is 1 + this many times that of a sure box.</summary>
    public float Doubt { get; init; } = 2f;

    /// <summary>Cost of a detection that looks nothing like the track (see <see cref="Appearance"/>).</summary>
    public float LookShare { get; init; } = 0.25f;

    /// <summary>
    /// Looks that differ less cost nothing, levels of 255. On real clips 95 of 100 boxes of one object differ from its last one by less than
    /// 10 to 17, ...
    /// </summary>
    public float LooksAlike { get; init; } = 12f;

    /// <summary>... and those of two objects by 19 (people on a grey film) to 33 (riders) in the middle; from here on the cost is full.</summary>
    public float LooksUnlike { get; init; } = 45f;

    /// <summary>How far a track's look follows each new box: light and view change slowly, who covers it for a frame soon goes.</summary>
    public float LookFollow { get; init; } = 0.25f;

    /// <summary>Whether jumps of the whole picture are found and taken out.</summary>
    public bool FollowCamera { get; init; } = true;

    /// <summary>Tracks seen this recently have a say in how far the picture jumped.</summary>
    public TimeSpan ShiftVoterAge { get; init; } = TimeSpan.FromSeconds(0.3);

    /// <summary>
    /// Detections until a track has a say: before, its speed is not known, and vehicles that move alike would pass for a moving camera.
    /// </summary>
    public int ShiftVoterHits { get; init; } = 4;

    /// <summary>The farthest jump looked for, box heights.</summary>
    public float ShiftReach { get; init; } = 0.8f;

    /// <summary>How near tracks must agree on a jump, box heights.</summary>
    public float ShiftTolerance { get; init; } = 0.1f;

    /// <summary>A jump needs this many times the support that standing still has, and one track more.</summary>
    public float ShiftMajority { get; init; } = 1.1f;

    internal MotionNoise NoiseOf(ObjectClass value) => value == ObjectClass.Person ? Person : Vehicle;
}
