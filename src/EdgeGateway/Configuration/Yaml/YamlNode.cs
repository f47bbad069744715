namespace EdgeGateway.Configuration.Yaml;

/// <summary>A piece of a YAML file that knows its place.</summary>
internal abstract record YamlNode(Place Place)
{
    /// <summary>What a person would call this kind of value.</summary>
    public abstract string Kind { get; }
}

/// <summary>A single value. <paramref name="IsQuoted"/> tells text "5" from the number 5.</summary>
internal sealed record ScalarNode(Place Place, string Text, bool IsQuoted) : YamlNode(Place)
{
    public bool IsNull => !IsQuoted && Text is "" or "~" or "null";

    public override string Kind => IsNull ? "nothing" : IsQuoted ? "text" : "a single value";
}

/// <summary>A list.</summary>
internal sealed record ListNode(Place Place, IReadOnlyList<YamlNode> Items) : YamlNode(Place)
{
    public override string Kind => "a list";
}

/// <summary>Keys with values, in the order of the file, each key once.</summary>
internal sealed record MapNode(Place Place, IReadOnlyList<KeyValuePair<ScalarNode, YamlNode>> Entries, bool IsFlow) : YamlNode(Place)
{
    public override string Kind => "a part with keys of its own";
}
