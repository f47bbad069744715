using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Registration;

/// <summary>How strictly the kinds of vehicle must agree.</summary>
public enum VehicleAgreement
{
    /// <summary>Car, bus, truck and motorcycle are told apart: a truck's plate on a car is a mismatch.</summary>
    Exact,

    /// <summary>Only the motorcycle is told from the others: cameras mistake vans and pick-ups.</summary>
    Wheels,
}

/// <summary>
/// How sure a read plate must be before an owner is asked for. One wrong owner costs more than ten acts without one, so a read below it is
/// a candidate for an officer. The default was chosen on the plates that trained the reader; the curve stands in docs/registration.md.
/// </summary>
/// <param name="Mean">The least mean certainty of the characters, 0 to 1.</param>
/// <param name="Least">The least certainty of every character, 0 to 1.</param>
public sealed record ReadFloor(double Mean, double Least)
{
    /// <summary>What holds where nothing is configured.</summary>
    public static ReadFloor Default { get; } = new(0.993, 0.975);

    /// <summary>True when a plate was read from a picture and is not sure enough.</summary>
    public bool Excludes(PlateFacts plate) => plate.MeanCertainty < Mean || plate.LeastCertainty < Least;
}

/// <summary>
/// The rule by which registrations become an outcome. One wrong owner costs more than ten missed acts: only one registration that
/// agrees in plate, colour, vehicle and time names an owner.
/// </summary>
public static class RegistrationMatch
{
    /// <summary>What can be said before any source is asked; null when a look-up may be made.</summary>
    /// <param name="plate">What was read or typed.</param>
    /// <param name="floor">How sure a read must be; null for the default.</param>
    public static (OwnerStatus Status, LookUpReason Reason)? Before(PlateFacts plate, ReadFloor? floor = null)
    {
        if (string.IsNullOrWhiteSpace(plate.Text)) return (OwnerStatus.NotAttempted, LookUpReason.NoPlate);
        var kinds = Narrowed(plate.Kinds, plate.Vehicle);
        if (kinds.Count > 0 && kinds.All(kind => kind is PlateKind.Military or PlateKind.Diplomatic)) return (OwnerStatus.NotAttempted, LookUpReason.NotLookedUp);
        if (!RegistryWords.TryFold(plate.Text, out var folded) || !RegistryWords.IsWhole(folded)) return (OwnerStatus.Ambiguous, LookUpReason.DoubtfulText);
        if (plate.Alternatives.Count > 0) return (OwnerStatus.Ambiguous, LookUpReason.DoubtfulText);
        if ((floor ?? ReadFloor.Default).Excludes(plate)) return (OwnerStatus.Ambiguous, LookUpReason.DoubtfulText);
        if (kinds.Count > 1) return (OwnerStatus.Ambiguous, LookUpReason.TwoKinds);
        return plate.Kinds is [PlateKind.Unknown] ? (OwnerStatus.Ambiguous, LookUpReason.DoubtfulText) : null;
    }

    /// <summary>What the registrations of one plate say.</summary>
    public static (OwnerStatus Status, LookUpReason Reason, RegistryRow? Row) Judge(
        RegistryQuery query, IReadOnlyList<RegistryRow> rows, VehicleAgreement agreement = VehicleAgreement.Exact)
    {
        var holding = rows.Where(row => row.HoldsAt(query.At)).ToList();
        if (holding.Count == 0) return (OwnerStatus.NotFound, LookUpReason.Unknown, null);
        if (IsIncomplete(query)) return (OwnerStatus.Ambiguous, LookUpReason.IncompleteKey, null);
        var sameVehicle = holding.Where(row => Agree(row.Vehicle, query.Vehicle, agreement)).ToList();
        if (sameVehicle.Count == 0) return (OwnerStatus.Mismatch, LookUpReason.OtherVehicle, null);
        var same = sameVehicle.Where(row => row.Colour == query.Colour).ToList();
        if (same.Count == 0) return (OwnerStatus.Mismatch, LookUpReason.OtherColour, null);
        if (same.Any(row => row.Withdrawn)) return (OwnerStatus.Ambiguous, LookUpReason.Withdrawn, null);
        // A list that names the same owner twice is no doubt about the owner.
        if (same.Skip(1).Any(row => row.OwnerMark is null || row.OwnerMark != same[0].OwnerMark)) return (OwnerStatus.Ambiguous, LookUpReason.TwoOwners, null);
        return (OwnerStatus.Found, LookUpReason.OneOwner, same[0]);
    }

    // 37A12345 is a car's or an old motorbike's: the vehicle that carries it decides (never the string).
    private static List<PlateKind> Narrowed(IReadOnlyList<PlateKind> kinds, ObjectKind vehicle)
    {
        var distinct = kinds.Distinct().ToList();
        if (distinct.Count < 2) return distinct;
        var fitting = vehicle switch
        {
            ObjectKind.Motorcycle => distinct.Where(kind => kind is not (PlateKind.Car or PlateKind.Special)).ToList(),
            ObjectKind.Car or ObjectKind.Bus or ObjectKind.Truck => distinct.Where(kind => kind is not PlateKind.Motorbike).ToList(),
            _ => distinct,
        };
        return fitting.Count > 0 ? fitting : distinct;
    }

    /// <summary>True where colour or kind of vehicle was not seen: no registration can then name an owner.</summary>
    public static bool IsIncomplete(RegistryQuery query) => query.Colour == PlateColour.Unknown || !IsVehicle(query.Vehicle);

    private static bool IsVehicle(ObjectKind kind) => kind is ObjectKind.Car or ObjectKind.Motorcycle or ObjectKind.Bus or ObjectKind.Truck;

    private static bool Agree(ObjectKind registered, ObjectKind seen, VehicleAgreement agreement) => agreement == VehicleAgreement.Exact
        ? registered == seen
        : IsVehicle(registered) && (registered == ObjectKind.Motorcycle) == (seen == ObjectKind.Motorcycle);
}
