using System.Text.Json.Serialization;

namespace EdgeGateway.Sync.Counting;

/// <summary>An interval as it is kept: sums by class, watched seconds, and how often it was published.</summary>
internal sealed class IntervalState
{
    public DateTimeOffset From { get; set; }

    /// <summary>The last revision handed out, 0 for none.</summary>
    public int Revision { get; set; }

    /// <summary>True while something is in it that the last revision did not say, or while it is not yet sure that revision arrived.</summary>
    public bool Changed { get; set; }

    public Dictionary<string, int> In { get; set; } = new(StringComparer.Ordinal);

    public Dictionary<string, int> Out { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Watched seconds since <see cref="From"/> as rising, disjoint pairs of begin and end: a day is one pair, not 86,400 marks.</summary>
    public List<int> Watched { get; set; } = [];

    /// <summary>The corrections with which the whole interval was first told, none where it was told as it was tracked; null while it runs. What is told of it later is told alike.</summary>
    public List<Correction>? Told { get; set; }

    /// <summary>True once it has been saved as published; the next save lets it go.</summary>
    [JsonIgnore]
    public bool HandedOut { get; set; }

    [JsonIgnore]
    public int WatchedSeconds
    {
        get
        {
            var sum = 0;
            for (var i = 0; i < Watched.Count; i += 2) sum += Watched[i + 1] - Watched[i];
            return sum;
        }
    }

    /// <summary>Marks one second. Marking it again, as after a clock that stepped back, changes nothing.</summary>
    /// <returns>True when it was new.</returns>
    public bool Watch(int second)
    {
        var i = Watched.Count;
        while (i > 0 && Watched[i - 2] > second) i -= 2;
        // Ranges before i begin at or before the second.
        if (i > 0 && second < Watched[i - 1]) return false;
        var touchesLeft = i > 0 && Watched[i - 1] == second;
        var touchesRight = i < Watched.Count && Watched[i] == second + 1;
        if (touchesLeft && touchesRight) Watched.RemoveRange(i - 1, 2);
        else if (touchesLeft) Watched[i - 1] = second + 1;
        else if (touchesRight) Watched[i] = second;
        else Watched.InsertRange(i, [second, second + 1]);
        return true;
    }

    /// <summary>True when it can be believed; a file that was damaged may hold anything.</summary>
    public bool IsSound()
    {
        if (In is null || Out is null || Watched is null || Watched.Count % 2 != 0 || Revision < 0) return false;
        if (Told is not null && (Told.Exists(one => one?.Class is null || !double.IsFinite(one.Factor) || one.Factor <= 0) || Told.DistinctBy(one => (one.Class, one.Inwards)).Count() < Told.Count)) return false;
        for (var i = 1; i < Watched.Count; i++)
        {
            if (Watched[i] <= Watched[i - 1]) return false;
        }

        return Watched.Count == 0 || Watched[0] >= 0;
    }
}

[JsonSerializable(typeof(List<IntervalState>))]
[JsonSerializable(typeof(IntervalState))]
internal sealed partial class IntervalStateJson : JsonSerializerContext;
