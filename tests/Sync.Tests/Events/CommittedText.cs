using EdgeGateway.Testing;

namespace EdgeGateway.Sync.Tests.Events;

/// <summary>Compares a generated text with what is committed; with EDGEGATEWAY_UPDATE=1 it writes the file instead, for a person to review.</summary>
internal static class CommittedText
{
    public static void Same(string expectedOf, string text)
    {
        var path = Repository.PathOf(expectedOf.Split('/'));
        if (Environment.GetEnvironmentVariable("EDGEGATEWAY_UPDATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        Assert.True(File.Exists(path), $"{expectedOf} is not committed; run the tests with EDGEGATEWAY_UPDATE=1 and review it.");
        Assert.Equal(File.ReadAllText(path), text);
    }
}
