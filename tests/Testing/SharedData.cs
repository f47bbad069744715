namespace EdgeGateway.Testing;

/// <summary>Finds the real pictures and clips that stand beside a checkout (never inside it).</summary>
public static class SharedData
{
    /// <summary>The data folder: EDGEGATEWAY_DATA, or a folder shared/data beside the checkout or above it; null when absent.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>A path below the data folder, or null when it is not there.</summary>
    public static string? TryPath(params string[] parts)
    {
        if (Folder is null) return null;
        var path = Path.Combine([Folder, .. parts]);
        return Path.Exists(path) ? path : null;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("EDGEGATEWAY_DATA") is { Length: > 0 } named) return Directory.Exists(named) ? named : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate)) return candidate;
        }

        return null;
    }
}
