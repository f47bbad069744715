namespace EdgeGateway.Vision;

/// <summary>What the gateway's rules and counters speak of. A model may know more; those are <see cref="Other"/>.</summary>
public enum ObjectClass : byte
{
    Person,
    Bicycle,
    Car,
    Motorcycle,
    Bus,
    Truck,
    Other = 255,
}

/// <summary>The words of <see cref="ObjectClass"/> as configuration and events write them.</summary>
public static class ObjectClasses
{
    private static readonly string[] Words = ["person", "bicycle", "car", "motorcycle", "bus", "truck"];

    /// <summary>All words, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> All => Words;

    /// <summary>The word of a class; "other" for <see cref="ObjectClass.Other"/>.</summary>
    public static string Name(this ObjectClass value) => (int)value < Words.Length ? Words[(int)value] : "other";

    /// <summary>The class of a word, or <see cref="ObjectClass.Other"/>.</summary>
    public static ObjectClass Parse(string word)
    {
        var index = Array.IndexOf(Words, word);
        return index < 0 ? ObjectClass.Other : (ObjectClass)index;
    }

    /// <summary>True for the classes that drive on the road and carry a plate, or should: car, motorcycle, bus, truck.</summary>
    public static bool IsMotorVehicle(this ObjectClass value) =>
        value is ObjectClass.Car or ObjectClass.Motorcycle or ObjectClass.Bus or ObjectClass.Truck;
}
