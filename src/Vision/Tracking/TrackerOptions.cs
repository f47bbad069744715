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

    /// <summary>An unmatched detection of this score begins a track.</summary>
    public float BirthScore { get; init; } = 0.6f;

    /// <summary>How long a confirmed track may stay unseen and still be matched in the first association.</summary>
    public TimeSpan MaxUnseen { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long after its last detection a track may be taken up again by a new one that begins nearby.</summary>
    public TimeSpan RelinkWindow { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long an unconfirmed track may wait for its second detection.</summary>
    public TimeSpan TentativeTime { get; init; } = TimeSpan.FromSeconds(0.3);

    /// <summary>Detections until a track is confirmed.</summary>
    public int ConfirmHits { get; init; } = 2;

    /// <summary>Two tracks that cover each other more than this are one: the younger ends.</summary>
    public float DuplicateIou { get; init; } = 0.85f;

    /// <summary>Motion of people.</summary>
    public MotionNoise Person { get; init; } = new(1.0f, 0.7f, 0.05f);

    /// <summary>Motion of vehicles: many heights a second from the first frame on.</summary>
    public MotionNoise Vehicle { get; init; } = new(3.0f, 2.0f, 0.06f);

    /// <summary>Cost limit of the first association, 0 to 1: 1 − overlap of widened boxes, mixed with the distance in standard deviations.</summary>
    public float FirstLimit { get; init; } = 0.85f;

    /// <summary>Cost limit of the second association (weak detections).</summary>
    public float SecondLimit { get; init; } = 0.6f;

    /// <summary>Cost limit for unconfirmed tracks.</summary>
    public float TentativeLimit { get; init; } = 0.8f;

    /// <summary>Cost limit for taking up a track that is not shown any more.</summary>
    public float RelinkLimit { get; init; } = 0.5f;

    /// <summary>Gate on the distance between prediction and detection, standard deviations squared (four degrees of freedom: 13.3 is 99 %).</summary>
    public float DistanceGate { get; init; } = 12f;

    /// <summary>Share of the distance term in the cost; the rest is overlap.</summary>
    public float DistanceShare { get; init; } = 0.2f;

    /// <summary>Whether jumps of the whole picture are found and taken out.</summary>
    public bool FollowCamera { get; init; } = true;

    /// <summary>Tracks seen this recently have a say in how far the picture jumped.</summary>
    public TimeSpan ShiftVoterAge { get; init; } = TimeSpan.FromSeconds(0.3);

    /// <summary>The farthest jump looked for, box heights.</summary>
    public float ShiftReach { get; init; } = 0.8f;

    /// <summary>How near tracks must agree on a jump, box heights.</summary>
    public float ShiftTolerance { get; init; } = 0.1f;

    /// <summary>A jump needs this many times the support that standing still has, and one track more.</summary>
    public float ShiftMajority { get; init; } = 1.1f;

    internal MotionNoise NoiseOf(ObjectClass value) => value == ObjectClass.Person ? Person : Vehicle;
}
