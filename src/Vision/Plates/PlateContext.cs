namespace EdgeGateway.Vision.Plates;

/// <summary>What is known of a plate besides its characters. It tells formats apart that share a text.</summary>
/// <param name="TwoLines">Probability that it has two lines, 0 to 1; 0.5 when nobody knows.</param>
/// <param name="Colour">Its background, or unknown.</param>
/// <param name="Vehicle">What carries it, or <see cref="ObjectClass.Other"/> when nobody knows.</param>
/// <param name="Aspect">Width divided by height after rectification, or 0 when nobody knows.</param>
public readonly record struct PlateContext(float TwoLines, PlateColour Colour, ObjectClass Vehicle, float Aspect)
{
    /// <summary>Nothing is known but the characters.</summary>
    public static PlateContext Nothing { get; } = new(0.5f, PlateColour.Unknown, ObjectClass.Other, 0);

    /// <summary>How likely a format is here beside the others. Soft throughout: a lamp, a shadow or a wrong class must not decide alone.</summary>
    internal float WeightOf(PlateFormat format)
    {
        var weight = format.Weight;
        var motorbike = format.Kind == PlateKind.Motorbike;
        if (Vehicle == ObjectClass.Motorcycle) weight *= format.Kind is PlateKind.Car or PlateKind.Special ? 0.02f : 1;
        else if (Vehicle.IsMotorVehicle()) weight *= motorbike ? 0.02f : 1;
        // Motorbike plates have two lines; a car carries one long plate and one of two lines.
        if (motorbike) weight *= 0.03f + 0.97f * TwoLines;
        // A car's plate of two lines is 2.0 times as wide as high, a motorbike's 1.36; old short car plates (1.4) blur the border.
        if (Aspect > 0 && TwoLines > 0.5f)
        {
            if (Aspect > 1.75f && motorbike) weight *= 0.3f;
            if (Aspect < 1.6f && format.Kind == PlateKind.Car) weight *= 0.4f;
        }

        weight *= (Colour, format.Kind) switch
        {
            (PlateColour.Red, PlateKind.Military) => 50,
            (PlateColour.Red, _) => 0.05f,
            (PlateColour.Unknown, _) => 1,
            (_, PlateKind.Military) => 0.2f,
            (PlateColour.Blue or PlateColour.Yellow, PlateKind.Diplomatic) => 0.1f,
            _ => 1,
        };
        return weight;
    }
}
