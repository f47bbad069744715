namespace EdgeGateway.Benchmarks;

/// <summary>Places around the checkout.</summary>
internal static class Checkout
{
    /// <summary>The folder that holds EdgeGateway.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>Models of this checkout.</summary>
    public static string Models => Path.Combine(Root, "models");

    /// <summary>Clips made for measuring; ignored by git, made once.</summary>
    public static string Cache => Directory.CreateDirectory(Path.Combine(Root, ".cache")).FullName;

    /// <summary>The real pictures and clips beside the checkout, or null when absent.</summary>
    public static string? Data
    {
        get
        {
            if (Environment.GetEnvironmentVariable("EDGEGATEWAY_DATA") is { Length: > 0 } named) return Directory.Exists(named) ? named : null;
            for (var folder = new DirectoryInfo(Root); folder is not null; folder = folder.Parent)
            {
                var candidate = Path.Combine(folder.FullName, "shared", "data");
                if (Directory.Exists(candidate)) return candidate;
            }

            return null;
        }
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EdgeGateway.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("EdgeGateway.sln stands in no folder above the benchmarks.");
    }
}
