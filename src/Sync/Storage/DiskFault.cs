namespace EdgeGateway.Sync.Storage;

/// <summary>What a disk has against a file.</summary>
public enum DiskFault
{
    /// <summary>Another fault, or none of a disk.</summary>
    None,

    /// <summary>No space left.</summary>
    Full,

    /// <summary>The user's quota is used up.</summary>
    OverQuota,

    /// <summary>The file system allows no writing.</summary>
    ReadOnly,

    /// <summary>It reports errors.</summary>
    InputOutput,

    /// <summary>This user may not.</summary>
    NotAllowed,
}

/// <summary>The one place that knows Linux's numbers.</summary>
public static class DiskFaults
{
    /// <summary>What an exception of the file system says of the disk.</summary>
    public static DiskFault Of(Exception fault) => fault switch
    {
        UnauthorizedAccessException => DiskFault.NotAllowed,
        // errno, which .NET puts into HResult; 112 is what it gives a full disk in some calls.
        IOException => Of(fault.HResult & 0xFFFF),
        _ => DiskFault.None,
    };

    /// <summary>What an errno says of the disk.</summary>
    public static DiskFault Of(int errno) => errno switch
    {
        28 or 112 => DiskFault.Full,
        122 => DiskFault.OverQuota,
        30 => DiskFault.ReadOnly,
        5 => DiskFault.InputOutput,
        1 or 13 => DiskFault.NotAllowed,
        _ => DiskFault.None,
    };
}
