using System.Runtime.CompilerServices;
using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Tracking;

/// <summary>What the tracker knows of one object, in its pooled array. Id 0 means unconfirmed.</summary>
internal struct TrackState
{
    public KalmanBoxFilter Filter;
    public TrackId Id;
    public FrameTime FirstSeen;
    public BoxPx FirstBox;
    public FrameTime LastSeen;
    public float Score;
    public int DetectionIndex;
    public int Hits;
    /// <summary>Sum of the scores of its detections.</summary>
    public float Evidence;
    /// <summary>How it looked of late.</summary>
    public Appearance Look;
    public byte Group;
    public ObjectClass Class;
    private ClassVotes _votes;

    /// <summary>Adds a detection's score to its class; the class with the most wins, and a tie keeps what was.</summary>
    public void Vote(ObjectClass value, float score)
    {
        var index = Index(value);
        _votes[index] += score;
        if (Hits <= 1 || _votes[index] > _votes[Index(Class)]) Class = value;
    }

    public readonly Track ToTrack() =>
        new(Id, Class, Filter.Box, Score, Filter.CentreX.V, Filter.CentreY.V, FirstSeen, LastSeen, DetectionIndex) { FirstBox = FirstBox };

    /// <summary>The group of bicycles and motorcycles.</summary>
    public const byte TwoWheelers = 1;

    /// <summary>Classes that may share a track: a detector mixes them up on one object.</summary>
    public static byte GroupOf(ObjectClass value) => value switch
    {
        ObjectClass.Person => 0,
        ObjectClass.Bicycle or ObjectClass.Motorcycle => TwoWheelers,
        ObjectClass.Car or ObjectClass.Bus or ObjectClass.Truck => 2,
        _ => 3,
    };

    private static int Index(ObjectClass value) => (int)value < 6 ? (int)value : 6;

    [InlineArray(7)]
    private struct ClassVotes
    {
        private float _first;
    }
}
