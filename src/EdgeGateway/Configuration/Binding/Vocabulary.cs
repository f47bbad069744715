using System.Collections.Frozen;

namespace EdgeGateway.Configuration.Binding;

/// <summary>
/// Which unknown keys may be repeated in a message. A lost quote or comma can make a key of any value of the file, a password too: only a word of the
/// configuration itself is repeated everywhere, and other plain words where no secret stands nearby.
/// </summary>
internal static class Vocabulary
{
    private const int LongestWord = 24;
    private const int OwnersTold = 4;

    private static readonly FrozenDictionary<string, string> Owners = Gather();

    /// <summary>In whose parts of the files a word is a key, for people: "red_light, stop_line"; empty when in none.</summary>
    public static string OwnersOf(string key) => Owners.GetValueOrDefault(key, "");

    /// <summary>True where the text may be (a part of) a secret: it is no plain word, or the record or one inside it takes secrets.</summary>
    public static bool MayBeSecret(Type record, string key) =>
        key.Length > LongestWord || !key.All(char.IsAsciiLetter) || HoldsSecrets(record, []);

    private static bool HoldsSecrets(Type type, HashSet<Type> seen)
    {
        if (!seen.Add(type)) return false;
        foreach (var key in RecordKeys.Of(type))
        {
            if (key.Attribute<TakesReferenceAttribute>() is not null) return true;
            foreach (var inner in Parts(key.Type))
            {
                if (inner == typeof(Secret) || inner == typeof(SourceUrl) || (IsRecord(inner) && HoldsSecrets(inner, seen))) return true;
            }
        }

        return false;
    }

    private static FrozenDictionary<string, string> Gather()
    {
        var found = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var seen = new HashSet<Type>();
        void Add(string key, string owner)
        {
            if (!found.TryGetValue(key, out var owners)) found[key] = owners = [];
            if (!owners.Contains(owner, StringComparer.Ordinal)) owners.Add(owner);
        }

        void Walk(Type type, string owner)
        {
            if (!seen.Add(type)) return;
            foreach (var key in RecordKeys.Of(type))
            {
                Add(key.Name, owner);
                foreach (var inner in Parts(key.Type).Where(IsRecord)) Walk(inner, key.Name);
            }
        }

        // Rules by their words; their keys common to all rules belong to no single one.
        foreach (var (word, type) in RuleTable.Kinds)
        {
            foreach (var key in RecordKeys.Of(type).Where(key => key.Property.DeclaringType != typeof(RuleConfig)))
            {
                Add(key.Name, word);
            }
        }

        Walk(typeof(GatewayConfig), ConfigFolder.GatewayFile);
        Walk(typeof(CameraConfig), "a camera's file");
        Walk(typeof(RuleConfig), "rules");
        return found.ToFrozenDictionary(
            pair => pair.Key, pair => string.Join(", ", pair.Value.Take(OwnersTold)) + (pair.Value.Count > OwnersTold ? ", …" : ""), StringComparer.Ordinal);
    }

    private static IEnumerable<Type> Parts(Type type) => type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts) : [type];

    private static bool IsRecord(Type type) => type.Namespace == typeof(CameraConfig).Namespace && type is { IsClass: true, IsAbstract: false } && type != typeof(Secret) && type != typeof(SourceUrl) && type != typeof(DayHours);
}
