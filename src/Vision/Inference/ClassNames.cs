using System.Collections.Frozen;

namespace EdgeGateway.Vision.Inference;

/// <summary>What the class names of common data sets mean to the gateway.</summary>
public static class ClassNames
{
    private static readonly FrozenDictionary<string, ObjectClass> Known = new Dictionary<string, ObjectClass>(StringComparer.OrdinalIgnoreCase)
    {
        ["person"] = ObjectClass.Person,
        ["pedestrian"] = ObjectClass.Person,
        ["people"] = ObjectClass.Person,
        ["bicycle"] = ObjectClass.Bicycle,
        ["bike"] = ObjectClass.Bicycle,
        ["car"] = ObjectClass.Car,
        ["motorcycle"] = ObjectClass.Motorcycle,
        ["motorbike"] = ObjectClass.Motorcycle,
        ["bus"] = ObjectClass.Bus,
        ["truck"] = ObjectClass.Truck,
        ["lorry"] = ObjectClass.Truck,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The gateway's class, or <see cref="ObjectClass.Other"/>.</summary>
    public static ObjectClass ToObjectClass(string name) => Known.GetValueOrDefault(name, ObjectClass.Other);

    /// <summary>The gateway's class for each of a model's classes, in the model's order.</summary>
    public static ObjectClass[] ToObjectClasses(IReadOnlyList<string> names) => [.. names.Select(ToObjectClass)];
}
