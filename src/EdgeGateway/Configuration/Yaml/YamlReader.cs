using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace EdgeGateway.Configuration.Yaml;

/// <summary>
/// Reads one YAML file into nodes that keep line and column. Takes the part of YAML that a person edits safely:
/// one document, maps, lists, scalars; no anchors, tags or tabs. All text is normalised to NFC.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>A camera file is about 2 kB; a file beyond this is something else.</summary>
    private const int LargestFileBytes = 1 << 20;

    /// <summary>Deeper than any key of ours: stops a hostile file before the stack does.</summary>
    private const int DeepestLevel = 24;

    private readonly string _file;
    private readonly MistakeList _mistakes;
    private readonly Parser _parser;

    private YamlReader(string file, string text, MistakeList mistakes)
    {
        _file = file;
        _mistakes = mistakes;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads the bytes of a file. Null when it holds no readable map; the reason is in the list then.</summary>
    public static MapNode? Read(string file, ReadOnlySpan<byte> bytes, MistakeList mistakes)
    {
        var start = new Place(file, 1, 1);
        if (bytes.Length > LargestFileBytes)
        {
            mistakes.Add(start, $"the file has {bytes.Length / 1024} kB; a configuration file has at most {LargestFileBytes / 1024} kB");
            return null;
        }

        if (Decode(file, bytes, mistakes) is not { } text || HasTabs(file, text, mistakes)) return null;
        var before = mistakes.Count;
        var reader = new YamlReader(file, text, mistakes);
        try
        {
            if (reader.ReadDocument() is MapNode map) return map;
            if (mistakes.Count == before) mistakes.Add(start, "the file holds no keys; see the sample beside the documents");
        }
        catch (YamlException e)
        {
            // The message of the parser speaks of structure only, never of values; anchors' names are caught before.
            mistakes.Add(Of(file, e.Start), $"not readable as YAML: {OneLine(e.Message)}; check indentation, colons, quotes and brackets above this place");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The parser's own way of failing on some half-open brackets (found by the damage test).
            mistakes.Add(reader.Here, "not readable as YAML from here on; check brackets, quotes and colons around this place");
        }

        return null;
    }

    private static string? Decode(string file, ReadOnlySpan<byte> bytes, MistakeList mistakes)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[3..];
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            var good = FirstInvalidByte(bytes);
            var line = 1 + bytes[..good].Count((byte)'\n');
            var column = good - bytes[..good].LastIndexOf((byte)'\n');
            mistakes.Add(new Place(file, line, column), "this byte is not UTF-8; save the file as UTF-8 in the editor");
            return null;
        }
    }

    private static int FirstInvalidByte(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var used) == System.Buffers.OperationStatus.Done) at += used;
        return at;
    }

    private static bool HasTabs(string file, string text, MistakeList mistakes)
    {
        var found = false;
        var line = 0;
        foreach (var content in text.AsSpan().EnumerateLines())
        {
            line++;
            var indent = content.Length - content.TrimStart([' ', '\t']).Length;
            var tab = content[..indent].IndexOf('\t');
            if (tab < 0) continue;
            mistakes.Add(new Place(file, line, tab + 1), "a tab in the indentation; YAML takes spaces only");
            found = true;
        }

        return found;
    }

    private YamlNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _)) return null;
        _parser.Consume<DocumentStart>();
        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (!_parser.Accept<StreamEnd>(out _)) _mistakes.Add(Here, "a second document ('---') in one file; one camera has one file");
        return root;
    }

    private Place Here => Of(_file, _parser.Current?.Start ?? Mark.Empty);

    private YamlNode ReadNode(int level)
    {
        if (level > DeepestLevel) throw new YamlException(_parser.Current!.Start, _parser.Current.End, "too many levels");
        if (_parser.TryConsume<Scalar>(out var scalar)) return ReadScalar(scalar);
        if (_parser.TryConsume<SequenceStart>(out var list)) return ReadList(list, level);
        if (_parser.TryConsume<MappingStart>(out var map)) return ReadMap(map, level);
        var other = _parser.Consume<AnchorAlias>();
        _mistakes.Add(Of(_file, other.Start), "'*' would repeat another part of the file, which is not supported; text that begins with '*' needs quotes");
        return new ScalarNode(Of(_file, other.Start), "", IsQuoted: false);
    }

    private ScalarNode ReadScalar(Scalar scalar)
    {
        RefuseProperties(scalar);
        return new ScalarNode(Of(_file, scalar.Start), scalar.Value, scalar.Style is not ScalarStyle.Plain and not ScalarStyle.Any);
    }

    private ListNode ReadList(SequenceStart start, int level)
    {
        RefuseProperties(start);
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode(level + 1));
        return new ListNode(Of(_file, start.Start), items);
    }

    private MapNode ReadMap(MappingStart start, int level)
    {
        RefuseProperties(start);
        var entries = new List<KeyValuePair<ScalarNode, YamlNode>>();
        var firstPlaces = new Dictionary<string, Place>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(level + 1);
            var value = ReadNode(level + 1);
            if (key is not ScalarNode name)
            {
                _mistakes.Add(key.Place, "a key must be a single word; text with '{', '[' or ',' needs quotes");
            }
            else if (!firstPlaces.TryAdd(name.Text, name.Place))
            {
                // Text without ':' in {…} is a piece of a value, which may be a password's, and no key.
                var what = start.Style == MappingStyle.Flow && value is ScalarNode { IsNull: true } ? "this text" : $"the key '{name.Text}'";
                _mistakes.Add(name.Place, $"{what} stands here a second time; the first is in line {firstPlaces[name.Text].Line}");
            }
            else
            {
                entries.Add(new(name, value));
            }
        }

        return new MapNode(Of(_file, start.Start), entries, start.Style == MappingStyle.Flow);
    }

    private void RefuseProperties(NodeEvent node)
    {
        if (!node.Anchor.IsEmpty) _mistakes.Add(Of(_file, node.Start), "'&' would name this part for repetition, which is not supported; text that begins with '&' needs quotes");
        if (!node.Tag.IsEmpty && node.Tag != "!") _mistakes.Add(Of(_file, node.Start), "'!' would give this value a YAML tag, which is not supported; text that begins with '!' needs quotes");
    }

    private static Place Of(string file, Mark mark) => new(file, Math.Max(1, (int)mark.Line), Math.Max(1, (int)mark.Column));

    private static string OneLine(string text)
    {
        var line = text.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal).TrimEnd('.', ' ');
        return line.Length == 0 ? "unknown fault" : char.ToLowerInvariant(line[0]) + line[1..];
    }
}
