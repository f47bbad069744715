using EdgeGateway.Sync.Events;

namespace EdgeGateway.Doctor;

/// <summary>How a check ended.</summary>
internal enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, and wants a look.</summary>
    Warning,

    /// <summary>Does not work.</summary>
    Wrong,

    /// <summary>Could not be looked at from here; the words say why.</summary>
    Unknown,
}

/// <summary>What one check found, for a person who did not write the program.</summary>
/// <param name="Check">Which one: a fixed word, as in docs/troubleshoot.md.</param>
/// <param name="Level">How it ended.</param>
/// <param name="Text">What is so.</param>
/// <param name="Advice">What to do; null when nothing is to be done.</param>
/// <param name="Subject">Of which camera, model or file; null for the box.</param>
internal sealed record Finding(string Check, FindingLevel Level, TwoLanguages Text, TwoLanguages? Advice = null, string? Subject = null)
{
    /// <summary>What the program or another one said to itself, in English, for whoever mends it; null where the words say it all.</summary>
    public string? Detail { get; init; }

    public static Finding Ok(string check, string vi, string en, string? subject = null) => new(check, FindingLevel.Ok, new TwoLanguages(vi, en), null, subject);

    public static Finding Wrong(string check, string vi, string en, string adviceVi, string adviceEn, string? subject = null) =>
        new(check, FindingLevel.Wrong, new TwoLanguages(vi, en), new TwoLanguages(adviceVi, adviceEn), subject);

    public static Finding Warning(string check, string vi, string en, string adviceVi, string adviceEn, string? subject = null) =>
        new(check, FindingLevel.Warning, new TwoLanguages(vi, en), new TwoLanguages(adviceVi, adviceEn), subject);

    public static Finding Unknown(string check, string vi, string en, string? subject = null) => new(check, FindingLevel.Unknown, new TwoLanguages(vi, en), null, subject);
}
