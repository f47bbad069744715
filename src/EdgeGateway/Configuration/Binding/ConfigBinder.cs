using System.Collections;
using EdgeGateway.Configuration.Migration;
using EdgeGateway.Configuration.Yaml;

namespace EdgeGateway.Configuration.Binding;

/// <summary>Turns nodes into the records of this folder. Every fault is added to the list; reading goes on behind it.</summary>
internal sealed class ConfigBinder(SourceMap map, SecretSource secrets, MistakeList mistakes)
{
    private readonly ScalarBinder _scalars = new(secrets, mistakes);

    /// <summary>Binds a map to a record. Missing required keys stay null and are reported.</summary>
    public T Bind<T>(MapNode node) where T : class => (T)BindRecord(typeof(T), node, "this file");

    private object BindRecord(Type type, MapNode node, string where)
    {
        var before = mistakes.Count;
        var record = Activator.CreateInstance(type)!;
        map.Put(record, "", node.Place);
        var keys = RecordKeys.Of(type);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in node.Entries)
        {
            if (keys.FirstOrDefault(k => k.Name == name.Text) is not { } key)
            {
                RefuseKey(type, name, value, node.IsFlow, keys, where);
                continue;
            }

            seen.Add(key.Name);
            map.Put(record, key.Name, value.Place);
            if (value is ScalarNode { IsNull: true } && !key.IsRequired) continue; // "masks:" with nothing below means the default
            if (BindValue(key.Type, key, value, key.Name) is { } bound) key.Property.SetValue(record, bound);
        }

        foreach (var key in keys.Where(k => k.IsRequired && !seen.Contains(k.Name)))
        {
            mistakes.Add(node.Place, $"the key '{key.Name}' is missing in {where}{Meaning(key)}");
        }

        if (mistakes.Count > before) map.MarkBroken(record);
        return record;
    }

    private object? BindValue(Type type, RecordKey key, YamlNode node, string where)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueList<>)) return BindList(type, key, node, where);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueMap<>)) return BindMap(type, key, node, where);
        if (type == typeof(PairConfig)) return BindNumbers(node, where) is [var x, var y] ? new PairConfig(x, y) : null;
        if (type == typeof(SizeConfig)) return BindSize(node, where);
        if (type == typeof(RuleConfig)) return BindRule(node);
        if (ScalarBinder.Reads(type))
        {
            if (node is ScalarNode scalar) return _scalars.Read(type, key, scalar, where);
            mistakes.Add(node.Place, $"'{where}' takes {ScalarBinder.Wanted(type, key)}, and {node.Kind} stands here");
            return null;
        }

        if (node is MapNode inner) return BindRecord(type, inner, $"'{where}'");
        mistakes.Add(node.Place, $"'{where}' takes keys with values ({KeyNames(type)}), and {node.Kind} stands here");
        return null;
    }

    private object? BindList(Type type, RecordKey key, YamlNode node, string where)
    {
        if (node is not ListNode list)
        {
            mistakes.Add(node.Place, $"'{where}' takes a list ([a, b], or lines that begin with '-'), and {node.Kind} stands here");
            return null;
        }

        var itemType = type.GetGenericArguments()[0];
        var items = new ArrayList();
        var places = new List<Place>();
        foreach (var node2 in list.Items)
        {
            if (BindValue(itemType, key, node2, where) is not { } item) continue;
            items.Add(item);
            places.Add(node2.Place);
        }

        var bound = Activator.CreateInstance(type, System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic, null, [items.ToArray(itemType)], null)!;
        map.Put(bound, "", list.Place);
        for (var i = 0; i < places.Count; i++) map.Put(bound, Index(i), places[i]);
        return bound;
    }

    /// <summary>The key under which the source map keeps an item of a list.</summary>
    public static string Index(int index) => $"[{index}]";

    private object? BindMap(Type type, RecordKey key, YamlNode node, string where)
    {
        if (node is not MapNode entries)
        {
            mistakes.Add(node.Place, $"'{where}' takes names with values below them, and {node.Kind} stands here");
            return null;
        }

        var itemType = type.GetGenericArguments()[0];
        var pairType = typeof(KeyValuePair<,>).MakeGenericType(typeof(string), itemType);
        var pairs = new ArrayList();
        var places = new List<(string Name, Place Place)>();
        foreach (var (name, value) in entries.Entries)
        {
            _scalars.CheckId(name, where);
            // A name whose value cannot be read still exists, so that references to it are not reported as well.
            var bound = BindValue(itemType, key, value, name.Text) ?? Broken(itemType);
            pairs.Add(Activator.CreateInstance(pairType, name.Text, bound)!);
            places.Add((name.Text, name.Place));
        }

        var result = Activator.CreateInstance(type, pairs.ToArray(pairType))!;
        map.Put(result, "", entries.Place);
        foreach (var (name, place) in places) map.Put(result, name, place);
        return result;
    }

    private object Broken(Type type)
    {
        if (type.IsGenericType) return Activator.CreateInstance(type, System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic, null, [Array.CreateInstance(type.GetGenericArguments()[0], 0)], null)!;
        var record = Activator.CreateInstance(type)!;
        map.MarkBroken(record);
        return record;
    }

    private object? BindRule(YamlNode node)
    {
        if (node is not MapNode entries)
        {
            mistakes.Add(node.Place, $"a rule takes keys with values (id, rule, …), and {node.Kind} stands here");
            return null;
        }

        var word = entries.Entries.FirstOrDefault(e => e.Key.Text == "rule").Value;
        if (word is not ScalarNode { Text: var text } || text.Length == 0)
        {
            mistakes.Add(word?.Place ?? node.Place, $"the key 'rule' is missing in this rule; allowed: {string.Join(", ", RuleTable.Kinds.Keys)}");
            return null;
        }

        if (RuleTable.Kinds.TryGetValue(text, out var kind)) return BindRecord(kind, entries, $"the rule '{text}'");
        mistakes.Add(word.Place, $"unknown rule '{text}'; {NearestWord.Hint(text, [.. RuleTable.Kinds.Keys])}");
        return null;
    }

    private double[]? BindNumbers(YamlNode node, string where)
    {
        if (node is ListNode { Items: [ScalarNode first, ScalarNode second] } && _scalars.Number(first, where) is { } x && _scalars.Number(second, where) is { } y) return [x, y];
        if (node is not ListNode { Items: [ScalarNode, ScalarNode] }) mistakes.Add(node.Place, $"'{where}' takes two numbers here: [x, y]");
        return null;
    }

    private object? BindSize(YamlNode node, string where)
    {
        if (BindNumbers(node, where) is not [var width, var height]) return null;
        if (width is >= 1 and <= 16384 && height is >= 1 and <= 16384 && width == Math.Floor(width) && height == Math.Floor(height)) return new SizeConfig((int)width, (int)height);
        mistakes.Add(node.Place, $"'{where}' takes the picture's width and height in whole pixels, 1 to 16384");
        return null;
    }

    private void RefuseKey(Type record, ScalarNode name, YamlNode value, bool isFlow, IReadOnlyList<RecordKey> keys, string where)
    {
        // A comma in an unquoted value of {…} makes the rest of it look like a key. It may be half a password: do not print it.
        if (isFlow && value is ScalarNode { IsNull: true })
        {
            mistakes.Add(name.Place, $"text without ':' in {where}; a value that holds ',', '{{' or '}}' needs quotes");
            return;
        }

        if (FormerKey.Find(where.Trim('\''), name.Text) is { } former)
        {
            mistakes.Add(name.Place, $"'{former.Old}' is '{former.New}' in this version; this moves it and keeps a backup: edgegateway migrate");
            return;
        }

        string[] allowed = [.. keys.Select(k => k.Name)];
        if (NearestWord.Of(name.Text, allowed) is { } near) mistakes.Add(name.Place, $"unknown key '{name.Text}' in {where}; did you mean '{near}'?");
        else if (Vocabulary.OwnersOf(name.Text) is { Length: > 0 } owners) mistakes.Add(name.Place, $"unknown key '{name.Text}' in {where} (it belongs to {owners}); allowed: {string.Join(", ", allowed)}");
        else mistakes.Add(name.Place, $"unknown key {(Vocabulary.MayBeSecret(record, name.Text) ? "(not repeated here: it may be part of a secret)" : $"'{name.Text}'")} in {where}; allowed: {string.Join(", ", allowed)}");
    }

    private static string Meaning(RecordKey key) => key.Attribute<AboutAttribute>() is { } about ? $": {char.ToLowerInvariant(about.Text[0])}{about.Text[1..].TrimEnd('.')}" : "";

    private static string KeyNames(Type type) => string.Join(", ", RecordKeys.Of(type).Select(k => k.Name));
}
