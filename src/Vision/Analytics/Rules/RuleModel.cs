namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>What every rule needs to know. Immutable; geometry is in pixels of the analysed frame and has been checked.</summary>
/// <param name="Id">The installer's name of the rule.</param>
/// <param name="Rule">Its kind, as configuration writes it.</param>
public abstract record RuleModel(string Id, string Rule)
{
    /// <summary>Which classes it looks at. People are never accused by a traffic rule, whatever stands here.</summary>
    public ClassSet Classes { get; init; } = ClassSet.MotorVehicles;

    /// <summary>When it holds.</summary>
    public RuleCalendar Calendar { get; init; } = RuleCalendar.Always;

    /// <summary>Silence for the same vehicle after a report.</summary>
    public TimeSpan CoolDown { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A vehicle is accused only when it has been watched this long, ...</summary>
    public TimeSpan MinSeen { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>... and detected this often.</summary>
    public int MinHits { get; init; } = 4;
}

/// <summary>A set of object classes.</summary>
public readonly record struct ClassSet
{
    private readonly byte _bits;

    private ClassSet(byte bits) => _bits = bits;

    /// <summary>Car, motorcycle, bus, truck.</summary>
    public static ClassSet MotorVehicles { get; } = Of(ObjectClass.Car, ObjectClass.Motorcycle, ObjectClass.Bus, ObjectClass.Truck);

    /// <summary>Motor vehicles with more than two wheels.</summary>
    public static ClassSet FourWheelers { get; } = Of(ObjectClass.Car, ObjectClass.Bus, ObjectClass.Truck);

    /// <summary>People.</summary>
    public static ClassSet People { get; } = Of(ObjectClass.Person);

    public static ClassSet Of(params ReadOnlySpan<ObjectClass> classes)
    {
        byte bits = 0;
        foreach (var one in classes)
        {
            if ((int)one < 8) bits |= (byte)(1 << (int)one);
        }

        return new ClassSet(bits);
    }

    public bool Has(ObjectClass value) => (int)value < 8 && (_bits & (1 << (int)value)) != 0;

    public ClassSet Without(ObjectClass value) => (int)value < 8 ? new ClassSet((byte)(_bits & ~(1 << (int)value))) : this;
}
