namespace EdgeGateway.Testing;

/// <summary>Finds files of the checkout from a test that runs in its output folder.</summary>
public static class Repository
{
    /// <summary>The folder that holds EdgeGateway.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path below <see cref="Root"/>.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EdgeGateway.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("EdgeGateway.sln stands in no folder above the tests.");
    }
}
