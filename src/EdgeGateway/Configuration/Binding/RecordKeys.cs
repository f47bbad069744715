using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace EdgeGateway.Configuration.Binding;

/// <summary>One key of a record: the property in the file's spelling.</summary>
internal sealed record RecordKey(string Name, PropertyInfo Property, bool IsRequired)
{
    public Type Type { get; } = Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    // Asked for at each value of a file: reflection reads them once.
    private readonly Attribute[] _attributes = [.. Property.GetCustomAttributes()];

    public T? Attribute<T>() where T : Attribute => _attributes.OfType<T>().FirstOrDefault();
}

/// <summary>The keys of a record, read from its public properties once. Loader and schema both read this.</summary>
internal static class RecordKeys
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<RecordKey>> Known = new();

    public static IReadOnlyList<RecordKey> Of(Type record) => Known.GetOrAdd(record, Read);

    /// <summary>How files write a property or an enumeration's word: first letter small.</summary>
    public static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    /// <summary>The words of an enumeration or of the closed list of classes.</summary>
    public static IReadOnlyList<string> Words(Type type) =>
        type == typeof(Vision.ObjectClass) ? Vision.ObjectClasses.All : [.. Enum.GetNames(type).Select(Camel)];

    private static List<RecordKey> Read(Type record)
    {
        // Base records first, so that id and rule stand at the top of lists and schemas.
        var line = new Stack<Type>();
        for (var type = record; type is not null && type != typeof(object); type = type.BaseType) line.Push(type);
        const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly;
        return [.. line.SelectMany(type => type.GetProperties(Declared))
            .Where(property => property.SetMethod is { IsPublic: true })
            .Select(property => new RecordKey(Camel(property.Name), property, property.IsDefined(typeof(RequiredMemberAttribute))))];
    }
}
