using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Commands;

/// <summary>How commands are taken.</summary>
public sealed record CommandOptions
{
    /// <summary>Folder of the audit log and of the list of used nonces.</summary>
    public required string Folder { get; init; }

    /// <summary>Told when the list of used nonces was damaged and begun anew.</summary>
    public StoreGuard Guard { get; init; } = StoreGuard.ForService(null, _ => { });

    /// <summary>Texts of PEM files with the public keys (ECDSA P-256) that may command; with any, unsigned commands are refused.</summary>
    public IReadOnlyList<string> KeyPems { get; init; } = [];

    /// <summary>
    /// Where answers may go: topics that begin so. Null: <c>edge/{gatewayId}/replies/</c> and <c>ioc/</c>. The gateway's
    /// other topics below <c>edge/</c> are never allowed, so that no answer can pass for an event or a command.
    /// </summary>
    public IReadOnlyList<string>? ReplyPrefixes { get; init; }

    /// <summary>Largest payload in bytes.</summary>
    public int MaxPayload { get; init; } = 64 << 10;

    /// <summary>Commands a second over a longer time.</summary>
    public double PerSecond { get; init; } = 20;

    /// <summary>Commands at once.</summary>
    public int Burst { get; init; } = 60;

    /// <summary>Commands that are handled at the same time.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>
    /// Whether the clock follows something. While it does not, signed commands are refused with <c>clock</c>: their time
    /// limit cannot be judged, and a clock that was set back would let old ones in.
    /// </summary>
    public Func<bool> ClockFollows { get; init; } = () => true;

    internal string AuditPath => Path.Combine(Folder, "commands.audit.jsonl");

    internal string NoncePath => Path.Combine(Folder, "commands.nonces.db");
}
