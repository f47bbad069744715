using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EdgeGateway.Configuration.Yaml;

namespace EdgeGateway.Configuration.Migration;

/// <summary>A key that was moved, or why it was not.</summary>
/// <param name="Place">Where the former key stands.</param>
/// <param name="Key">Which.</param>
/// <param name="Fault">What a person has to do by hand; null when it was moved.</param>
internal sealed record MovedKey(Place Place, FormerKey Key, string? Fault);

/// <summary>
/// Brings a configuration of an earlier version up to this one: keys move, everything else, comments too, stays as it was typed. The old file is kept in
/// <c>backup-…</c> beside it first. Twice gives the same as once.
/// </summary>
internal static partial class ConfigMigration
{
    /// <summary>Moves what is to be moved.</summary>
    /// <param name="folder">The configuration folder.</param>
    /// <param name="now">Names the backup.</param>
    /// <param name="isDry">Only tells.</param>
    /// <returns>What was moved, and the backup's folder; null when nothing was written.</returns>
    /// <exception cref="IOException">The folder refuses; the old file is untouched.</exception>
    public static (IReadOnlyList<MovedKey> Moved, string? Backup) Run(string folder, DateTimeOffset now, bool isDry)
    {
        var path = Path.Combine(folder, ConfigFolder.GatewayFile);
        var old = File.ReadAllText(path);
        var text = old;
        var moved = new List<MovedKey>();
        foreach (var key in FormerKey.All)
        {
            if (Move(text, key) is not { } step) continue;
            moved.Add(step.Moved);
            text = step.Text;
        }

        return text == old || isDry ? (moved, null) : (moved, Write(folder, path, text, now));
    }

    /// <summary>One key; null when the text does not hold it.</summary>
    internal static (string Text, MovedKey Moved)? Move(string text, FormerKey key)
    {
        if (Read(text) is not { } root || Section(root, key.Section) is not { } section) return null;
        if (section.Entries.FirstOrDefault(entry => entry.Key.Text == key.Key) is not { Key: { } name, Value: var value }) return null;
        MovedKey Refused(string why) => new(name.Place, key, $"{why}: move '{key.Old}' to '{key.New}' by hand");
        if (value is not ScalarNode { IsNull: false } scalar) return (text, Refused("its value is no single word"));
        if (Section(root, key.NewSection) is { } target && target.Entries.Any(entry => entry.Key.Text == key.NewKey)) return (text, Refused($"'{key.New}' is there already"));

        var next = Add(Remove(text, section, name), key, scalar);
        // What a person typed may be odder than what this knows to edit: it is believed only when it reads as it should.
        return next is not null && Read(next) is { } read
            && Section(read, key.Section)?.Entries.Any(entry => entry.Key.Text == key.Key) == false
            && Section(read, key.NewSection)?.Entries.Any(entry => entry.Key.Text == key.NewKey && entry.Value is ScalarNode { Text: var now } && now == scalar.Text) == true
                ? (next, new MovedKey(name.Place, key, null))
                : (text, Refused("the file is written in a way that is not edited safely"));
    }

    private static MapNode? Read(string text)
    {
        var mistakes = new MistakeList();
        return YamlReader.Read(ConfigFolder.GatewayFile, Encoding.UTF8.GetBytes(text), mistakes) is { } root && mistakes.Count == 0 ? root : null;
    }

    private static MapNode? Section(MapNode root, string name) => root.Entries.FirstOrDefault(entry => entry.Key.Text == name).Value as MapNode;

    private static string Remove(string text, MapNode section, ScalarNode name)
    {
        var lines = text.Split('\n').ToList();
        var at = name.Place.Line - 1;
        if (!section.IsFlow)
        {
            // What a person wrote behind the key stays where it was.
            if (CommentBehind().Match(lines[at]) is { Success: true } behind) lines[at] = $"{lines[at][..(name.Place.Column - 1)]}{behind.Groups["comment"].Value}";
            else lines.RemoveAt(at);
            return string.Join('\n', lines);
        }

        var column = name.Place.Column - 1;
        var (before, after) = (lines[at][..column], FlowEntry().Replace(lines[at][column..], "", 1));
        // The last entry leaves the comma before it without a successor.
        if (after.TrimStart().StartsWith('}')) before = LastComma().Replace(before, " ");
        lines[at] = before + after;
        return string.Join('\n', lines);
    }

    private static string? Add(string text, FormerKey key, ScalarNode value)
    {
        if (Read(text) is not { } root) return null;
        var word = value.IsQuoted ? $"\"{value.Text}\"" : value.Text;
        if (Section(root, key.NewSection) is not { } target)
        {
            return root.Entries.Any(entry => entry.Key.Text == key.NewSection) ? null : $"{text.TrimEnd('\n')}\n{key.NewSection}: {{ {key.NewKey}: {word} }}\n";
        }

        if (target.Entries.Count == 0) return null;
        var lines = text.Split('\n').ToList();
        var first = target.Entries[0].Key.Place;
        var line = lines[first.Line - 1];
        if (target.IsFlow) lines[first.Line - 1] = line.Insert(first.Column - 1, $"{key.NewKey}: {word}, ");
        else lines.Insert(first.Line - 1, $"{line[..(first.Column - 1)]}{key.NewKey}: {word}");
        return string.Join('\n', lines);
    }

    private static string Write(string folder, string path, string text, DateTimeOffset now)
    {
        var backup = Directory.CreateDirectory(Path.Combine(folder, $"backup-{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}")).FullName;
        var kept = Path.Combine(backup, Path.GetFileName(path));
        File.Copy(path, kept, overwrite: false);
        StorageOwner.Match(path, backup);
        StorageOwner.Match(path, kept);
        var partial = path + ".partial";
        File.Delete(partial);
        var mode = OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);
        Sync.Storage.SealedFile.Write(partial, null, file => file.Write(Encoding.UTF8.GetBytes(text)), mode);
        StorageOwner.Match(path, partial); // the service's group must be able to read it as before
        File.Move(partial, path, overwrite: true);
        return backup;
    }

    [GeneratedRegex("""^[A-Za-z]+\s*:\s*("[^"]*"|'[^']*'|[^,}]*?)\s*(,\s*|(?=\}))""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FlowEntry();

    [GeneratedRegex("""^\s*[A-Za-z]+\s*:\s*("[^"]*"|'[^']*'|[^#"']*?)\s+(?<comment>#.*)$""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CommentBehind();

    [GeneratedRegex(@",\s*$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LastComma();
}
