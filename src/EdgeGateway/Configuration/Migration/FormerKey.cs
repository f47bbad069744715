namespace EdgeGateway.Configuration.Migration;

/// <summary>A key of gateway.yaml that an earlier version read and that stands elsewhere now; the value is the same.</summary>
internal sealed record FormerKey(string Section, string Key, string NewSection, string NewKey)
{
    /// <summary>All of them, oldest first. A line stays for as long as boxes with that version may be in the street.</summary>
    public static IReadOnlyList<FormerKey> All { get; } =
    [
        new("mqtt", "evidence", "evidence", "mode"), // before 0.1.0: how evidence is sent stood with the broker
    ];

    public string Old => $"{Section}.{Key}";

    public string New => $"{NewSection}.{NewKey}";

    /// <summary>The former key of that name in a section; null when there never was one.</summary>
    public static FormerKey? Find(string section, string key) => All.FirstOrDefault(former => former.Section == section && former.Key == key);
}
