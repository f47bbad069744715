namespace EdgeGateway.Configuration;

/// <summary>What a key means, in one sentence: for the schema and the editor's pop-up.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class)]
internal sealed class AboutAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}

/// <summary>The smallest and largest number allowed.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BetweenAttribute(double least, double most) : Attribute
{
    public double Least { get; } = least;

    public double Most { get; } = most;
}

/// <summary>The shortest and longest time allowed, as the file writes them.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BetweenTimesAttribute(string least, string most) : Attribute
{
    public string Least { get; } = least;

    public string Most { get; } = most;
}

/// <summary>The value (or each item, or each key of a map) is an id: <c>[a-z0-9-]</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class IdAttribute : Attribute;

/// <summary>The words that a text may be.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WordsAttribute(params string[] words) : Attribute
{
    public IReadOnlyList<string> Words { get; } = words;
}

/// <summary>The URL schemes that are understood.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SchemesAttribute(params string[] schemes) : Attribute
{
    public IReadOnlyList<string> Schemes { get; } = schemes;
}

/// <summary>The text is no secret but may be filled in like one: <c>${NAME}</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TakesReferenceAttribute : Attribute;

/// <summary>The text is the path of a file that is read: one that cannot be is warned of.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NamesFileAttribute : Attribute
{
    /// <summary>True where a relative path starts from the configuration folder; elsewhere the path must begin with '/'.</summary>
    public bool BesideGatewayFile { get; init; }
}

/// <summary>The words by which a file chooses this kind of rule.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class RuleWordsAttribute(params string[] words) : Attribute
{
    public IReadOnlyList<string> Words { get; } = words;
}
