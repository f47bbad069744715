using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>
/// The measure of travel in a picture that nobody has surveyed: how many pixels something 1.6 m high (a person, a rider) would be where the
/// vehicle stands. A bus is nearly twice as high as a car, so its own height would ask twice the way of it.
/// </summary>
internal static class Yardstick
{
    private const float Metres = 1.6f;

    /// <summary>Pixels of 1.6 m at a track; at least 1.</summary>
    public static float Of(in Track track) => Of(track.Class, track.Box);

    /// <summary>Pixels of 1.6 m at a box of a class; at least 1.</summary>
    public static float Of(ObjectClass value, in BoxPx box)
    {
        // Usual heights with rider and load, metres.
        var height = value switch { ObjectClass.Car => 1.5f, ObjectClass.Bus => 3.1f, ObjectClass.Truck => 2.6f, _ => 1.65f };
        return MathF.Max(1, box.Height * Metres / height);
    }
}
