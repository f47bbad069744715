using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;

namespace EdgeGateway.Sync.Tests.Registration;

public sealed class RegistrationMatchTests
{
    private static readonly DateTimeOffset Sold = new(2025, 6, 1, 0, 0, 0, TimeSpan.FromHours(7));

    [Theory]
    [InlineData("37a-123.45", "37A12345")]
    [InlineData("29MĐ1-013.53", "29MD101353")]
    [InlineData("29mð1 01353", "29MD101353")]
    [InlineData("37A1234?", "37A1234?")]
    [InlineData("３７ａ－１２３．４５", "37A12345")]
    public void Plates_are_compared_folded(string text, string folded)
    {
        Assert.True(RegistryWords.TryFold(text, out var found));
        Assert.Equal(folded, found);
    }

    [Theory]
    [InlineData("37Ẵ12345")]
    [InlineData("=37A12345")]
    [InlineData("37A1234567890")]
    [InlineData("")]
    public void What_stands_on_no_plate_is_no_plate(string text) => Assert.False(RegistryWords.TryFold(text, out _));

    [Fact]
    public void A_plate_follows_its_owner_so_the_time_decides()
    {
        RegistryRow[] rows = [Row(to: Sold, owner: "a"), Row(from: Sold, owner: "b")];
        Assert.Equal("a", RegistrationMatch.Judge(Query(Sold.AddSeconds(-1)), rows).Row!.OwnerMark);
        Assert.Equal("b", RegistrationMatch.Judge(Query(Sold), rows).Row!.OwnerMark);
        Assert.Equal((OwnerStatus.NotFound, LookUpReason.Unknown, null), RegistrationMatch.Judge(Query(Sold), rows[..1]));
    }

    [Theory]
    [InlineData(PlateColour.Yellow, ObjectKind.Car, OwnerStatus.Mismatch, LookUpReason.OtherColour)]
    [InlineData(PlateColour.White, ObjectKind.Motorcycle, OwnerStatus.Mismatch, LookUpReason.OtherVehicle)]
    [InlineData(PlateColour.White, ObjectKind.Truck, OwnerStatus.Mismatch, LookUpReason.OtherVehicle)]
    [InlineData(PlateColour.Unknown, ObjectKind.Car, OwnerStatus.Ambiguous, LookUpReason.IncompleteKey)]
    [InlineData(PlateColour.White, ObjectKind.Other, OwnerStatus.Ambiguous, LookUpReason.IncompleteKey)]
    public void Another_colour_or_kind_names_no_owner(PlateColour colour, ObjectKind vehicle, OwnerStatus status, LookUpReason reason) =>
        Assert.Equal((status, reason, null), RegistrationMatch.Judge(Query(Sold, colour, vehicle), [Row()]));

    [Fact]
    public void Two_owners_at_one_time_are_ambiguous_and_one_owner_listed_twice_is_not()
    {
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.TwoOwners, null), RegistrationMatch.Judge(Query(Sold), [Row(owner: "a"), Row(owner: "b")]));
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.TwoOwners, null), RegistrationMatch.Judge(Query(Sold), [Row(owner: null), Row(owner: null)]));
        Assert.Equal(OwnerStatus.Found, RegistrationMatch.Judge(Query(Sold), [Row(owner: "a"), Row(owner: "a")]).Status);
    }

    [Fact]
    public void A_withdrawn_registration_names_no_owner() =>
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.Withdrawn, null), RegistrationMatch.Judge(Query(Sold), [Row() with { Withdrawn = true }]));

    [Fact]
    public void Cameras_that_mistake_vans_may_compare_wheels_only()
    {
        Assert.Equal(OwnerStatus.Found, RegistrationMatch.Judge(Query(Sold, vehicle: ObjectKind.Truck), [Row()], VehicleAgreement.Wheels).Status);
        Assert.Equal(OwnerStatus.Mismatch, RegistrationMatch.Judge(Query(Sold, vehicle: ObjectKind.Motorcycle), [Row()], VehicleAgreement.Wheels).Status);
    }

    [Fact]
    public void Doubtful_texts_are_candidates_before_anybody_is_asked()
    {
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.DoubtfulText), RegistrationMatch.Before(Registry.Plate("37A1234?")));
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.DoubtfulText), RegistrationMatch.Before(Registry.Plate("37A12345") with { Alternatives = ["37A12346"] }));
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.DoubtfulText), RegistrationMatch.Before(Registry.Plate("37A12345", kinds: PlateKind.Unknown)));
        Assert.Null(RegistrationMatch.Before(Registry.Plate("37A12345")));
        // A read that is not sure enough is a candidate; how sure is enough stands in the configuration.
        var unsure = Registry.Plate("37A12345") with { MeanCertainty = 0.985, LeastCertainty = 0.93 };
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.DoubtfulText), RegistrationMatch.Before(unsure));
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.DoubtfulText), RegistrationMatch.Before(unsure with { MeanCertainty = 1 }, new ReadFloor(0.9, 0.95)));
        Assert.Null(RegistrationMatch.Before(unsure, new ReadFloor(0.9, 0.9)));
        Assert.Null(RegistrationMatch.Before(unsure with { MeanCertainty = 0.9999, LeastCertainty = 0.999 }));
    }

    [Fact]
    public void A_text_of_two_kinds_is_settled_by_its_vehicle_or_by_nobody()
    {
        Assert.Null(RegistrationMatch.Before(Registry.Plate("36B11234", vehicle: ObjectKind.Car, kinds: [PlateKind.Car, PlateKind.Motorbike])));
        Assert.Null(RegistrationMatch.Before(Registry.Plate("36B11234", vehicle: ObjectKind.Motorcycle, kinds: [PlateKind.Car, PlateKind.Motorbike])));
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.TwoKinds), RegistrationMatch.Before(Registry.Plate("36B11234", vehicle: ObjectKind.Other, kinds: [PlateKind.Car, PlateKind.Motorbike])));
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.TwoKinds), RegistrationMatch.Before(Registry.Plate("80NG16671", vehicle: ObjectKind.Motorcycle, kinds: [PlateKind.Diplomatic, PlateKind.Motorbike])));
    }

    [Theory]
    [InlineData("TM1234", PlateColour.Red, PlateKind.Military)]
    [InlineData("80001NG01", PlateColour.White, PlateKind.Diplomatic)]
    public void Military_and_diplomatic_plates_are_recognised_and_not_looked_up(string text, PlateColour colour, PlateKind kind) =>
        Assert.Equal((OwnerStatus.NotAttempted, LookUpReason.NotLookedUp), RegistrationMatch.Before(Registry.Plate(text, colour, kinds: kind)));

    private static RegistryQuery Query(DateTimeOffset at, PlateColour colour = PlateColour.White, ObjectKind vehicle = ObjectKind.Car) =>
        new("37A12345", colour, vehicle, at, Registry.Officer, "r-1");

    private static RegistryRow Row(DateTimeOffset? from = null, DateTimeOffset? to = null, string? owner = "a") =>
        new(PlateColour.White, ObjectKind.Car, from, to, Withdrawn: false, owner, () => null);
}
