using System.Collections.Concurrent;

namespace EdgeGateway.RegistrySimulator;

/// <summary>
/// The replies as files: one a plate where a plate has its own, else by its last digit: 0 is not found, 9 has two owners, all others are
/// a white car of an invented person. {{plate}} and {{number}} are filled in.
/// </summary>
internal static class GoldenReplies
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "golden");
    private static readonly ConcurrentDictionary<string, string> Texts = new(StringComparer.Ordinal);

    /// <summary>The reply of a service ("rest", "soap") for a plate.</summary>
    public static string For(string service, string plate)
    {
        var ending = service == "rest" ? "json" : "xml";
        var own = Text($"{service}/{plate}.{ending}");
        if (own.Length > 0) return own;
        var kind = plate is [.., '0'] ? "empty" : plate is [.., '9'] ? "two-owners" : "any";
        return Text($"{service}/{kind}.{ending}")
            .Replace("{{plate}}", plate, StringComparison.Ordinal)
            .Replace("{{number}}", plate.Length > 5 ? plate[^5..] : "00000", StringComparison.Ordinal);
    }

    /// <summary>A file's text; empty when there is none.</summary>
    public static string Text(string name) => Texts.GetOrAdd(name, key =>
    {
        // The plate comes from the network: only a plain name may become a path.
        if (key.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-')) || key.Contains("..", StringComparison.Ordinal)) return "";
        var path = Path.Combine(Folder, key);
        return File.Exists(path) ? File.ReadAllText(path) : "";
    });
}
