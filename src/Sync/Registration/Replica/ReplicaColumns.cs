namespace EdgeGateway.Sync.Registration.Replica;

/// <summary>The columns of a registration table (the contract's header).</summary>
public static class ReplicaColumns
{
    /// <summary>All of them, in the order of the header.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "plate", "colour", "vehicle", "state", "valid_from", "valid_to", "inspection_until", "brand",
        "owner_name", "owner_id", "owner_birth", "owner_address", "owner_phone", "office",
    ];

    /// <summary>What decides whether a registration holds: where the header names them, every row has their cells. Those behind may be left away when they are empty.</summary>
    public static IReadOnlyList<string> Deciding { get; } = ["plate", "colour", "vehicle", "state", "valid_from", "valid_to"];

    /// <summary>Without these a row means nothing.</summary>
    public static IReadOnlyList<string> Required { get; } = ["plate", "colour", "vehicle"];
}
