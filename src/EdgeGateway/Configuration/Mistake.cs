namespace EdgeGateway.Configuration;

/// <summary>Where a value stands: a file relative to the configuration folder, line and column from 1.</summary>
public readonly record struct Place(string File, int Line, int Column) : IComparable<Place>
{
    public int CompareTo(Place other)
    {
        var byFile = string.CompareOrdinal(File, other.File);
        if (byFile != 0) return byFile;
        var byLine = Line.CompareTo(other.Line);
        return byLine != 0 ? byLine : Column.CompareTo(other.Column);
    }

    public override string ToString() => $"{File}:{Line}:{Column}";

    public static bool operator <(Place a, Place b) => a.CompareTo(b) < 0;

    public static bool operator >(Place a, Place b) => a.CompareTo(b) > 0;

    public static bool operator <=(Place a, Place b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Place a, Place b) => a.CompareTo(b) >= 0;
}

/// <summary>One fault of a configuration file. The message never holds the value of a secret.</summary>
/// <param name="Place">Where.</param>
/// <param name="Message">What is wrong and what is allowed, in one line.</param>
public sealed record Mistake(Place Place, string Message)
{
    /// <summary>The line that people read: <c>file:line:column: message</c>.</summary>
    public override string ToString() => $"{Place}: {Message}";
}

/// <summary>Collects what is wrong with the files; nobody stops at the first.</summary>
internal sealed class MistakeList
{
    private readonly List<Mistake> _mistakes = [];
    private readonly List<Mistake> _warnings = [];

    /// <summary>How many mistakes there are so far.</summary>
    public int Count => _mistakes.Count;

    /// <summary>All mistakes, sorted by place; a repeated line stands once.</summary>
    public IReadOnlyList<Mistake> Mistakes => [.. _mistakes.Distinct().OrderBy(m => m.Place)];

    /// <summary>What works and is still likely to be unwanted, sorted by place.</summary>
    public IReadOnlyList<Mistake> Warnings => [.. _warnings.Distinct().OrderBy(m => m.Place)];

    public void Add(Place place, string message) => _mistakes.Add(new Mistake(place, message));

    public void Warn(Place place, string message) => _warnings.Add(new Mistake(place, message));
}
