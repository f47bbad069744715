using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Evidence;

/// <summary>Why evidence could not be kept.</summary>
public enum EvidenceFault
{
    /// <summary>The disk has no room for the package, or less than what must stay free.</summary>
    DiskFull,

    /// <summary>File, folder or disk refuse.</summary>
    Unwritable,

    /// <summary>A part of the package is missing, too large, or changed while it was copied.</summary>
    BadPart,

    /// <summary>A name or id that could leave the folder or hide in an archive.</summary>
    BadName,

    /// <summary>The signing key is absent, damaged, or readable by others.</summary>
    Key,

    /// <summary>An append-only log does not fit together.</summary>
    Log,
}

/// <summary>Evidence could not be kept or read; the message says what is wrong, where, and what to do. Nothing half-written is left.</summary>
public sealed class EvidenceException(EvidenceFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public EvidenceFault Fault { get; } = fault;

    /// <summary>What an error of the file system means.</summary>
    internal static EvidenceException Of(Exception error, string doing) => DiskFaults.Of(error) is DiskFault.Full or DiskFault.OverQuota
        ? new EvidenceException(EvidenceFault.DiskFull, $"{doing}: the disk is full; free space or lower evidence.quotaMb.", error)
        : new EvidenceException(EvidenceFault.Unwritable, $"{doing}: {error.Message}", error);
}
