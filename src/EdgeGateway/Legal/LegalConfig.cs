using EdgeGateway.Configuration;

namespace EdgeGateway.Legal;

/// <summary>The groups of vehicles that decrees tell apart.</summary>
public enum VehicleGroup
{
    /// <summary>Cars, buses, lorries (Decree 168/2024, Article 6).</summary>
    Car,

    /// <summary>Motorcycles and mopeds (Article 7).</summary>
    Motorbike,

    /// <summary>Bicycles and electric bicycles (Article 9).</summary>
    Bicycle,
}

/// <summary>What a file of <c>legal/</c> says.</summary>
[About("Paragraphs of law by the code of the act. Data, not code: whoever changes it answers for it.")]
public sealed record LegalConfig
{
    [Id, About("Texts in force for a time.")]
    public required ValueMap<LegalDocumentConfig> Documents { get; init; }

    [About("What the texts say of each act.")]
    public required ValueList<LegalTextConfig> Texts { get; init; }
}

/// <summary>A decree in the wording of a time.</summary>
public sealed record LegalDocumentConfig
{
    [About("Its number.")]
    public required string Number { get; init; }

    [About("Number of the decree that amended this wording.")]
    public string? AmendedBy { get; init; }

    [About("First day on which this wording is in force, local date.")]
    public required DateOnly ValidFrom { get; init; }

    [About("Last day; open when not given.")]
    public DateOnly? ValidTo { get; init; }

    [About("true: this wording was read in full at its source; false: not yet compared with the official print.")]
    public required bool Verified { get; init; }

    [About("Where it was read.")]
    public required string Source { get; init; }
}

/// <summary>One paragraph for one act and group of vehicles.</summary>
public sealed record LegalTextConfig
{
    [About("The code of the act in events.")]
    public required string Code { get; init; }

    [About("The group of vehicles.")]
    public required VehicleGroup Vehicle { get; init; }

    [About("The wordings in which the paragraph says this, by their names under documents.")]
    public required ValueList<string> Documents { get; init; }

    [Between(1, 999), About("Article (điều).")]
    public required int Article { get; init; }

    [Between(1, 99), About("Clause (khoản).")]
    public required int Clause { get; init; }

    [About("Point (điểm).")]
    public required string Point { get; init; }

    [About("The act in short, Vietnamese.")]
    public required string Vi { get; init; }

    [About("The act in short, English.")]
    public required string En { get; init; }

    [Between(0, 2_000_000_000), About("Least fine, VND, for a person.")]
    public required int FineFrom { get; init; }

    [Between(0, 2_000_000_000), About("Highest fine, VND, for a person.")]
    public required int FineTo { get; init; }

    [Between(0, 12), About("Licence points taken.")]
    public int Points { get; init; }

    [About("true: article, range and points were read in the full text at the source; false: not yet, or the choice of paragraph is an officer's.")]
    public required bool Verified { get; init; }

    [About("Where it was read.")]
    public required string Source { get; init; }

    [About("What a reader must know, such as a choice that is an officer's.")]
    public string? Note { get; init; }
}
