using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Tests.Events;

/// <summary>One event of each type, always with the same bytes.</summary>
internal static class EventSamples
{
    private static readonly DateTimeOffset T = TestEvents.Start;

    private static readonly PlateData Plate = new("37A12?45", "37A-12?.45", null, 0.8714, PlateKind.Car, PlateColour.White, 1,
        [0.99, 0.98, 1, 0.97, 0.96, 0.41, 0.9, 0.95], [new PlateAlternative("37A12345", 0.4), new PlateAlternative("37A12845", 0.35)]);

    public static IReadOnlyList<GatewayEvent> All()
    {
        var events = new GatewayEvents(TestEvents.Gateway, new ReplayEventIds());
        var camera = TestEvents.Camera;
        return
        [
            events.Create(camera, T.AddSeconds(12.34), new CrossingData(7, ObjectKind.Person, "gate", CrossingDirection.In, T.AddSeconds(12.34), "gate", TimeSpan.FromSeconds(2.5))),
            events.Create(camera, T.AddMinutes(15), new CountData("visitors", "gate", ObjectKind.Person, 41, 12, T, T.AddMinutes(15), 8 / 15.0, CountMethod.Tracks, 1)),
            events.Create(camera, T, new OccupancyData("visitors", null, 812, 800, OccupancyLevel.Over, T) { Method = CountMethod.Tracks, Visits = 31, MeanDwell = TimeSpan.FromSeconds(412.5) }),
            events.Create(camera, T, new PassageData(9, ObjectKind.Car, Plate, "gate", CrossingDirection.Out, T, T.AddSeconds(3), [new PictureData("evidence/9.jpg", new string('a', 64))])),
            events.Create(camera, T, new ViolationData("red_light", "den-do", RuleMode.Live, "RED_LIGHT",
                new LegalReference("168/2024/NĐ-CP", "6", "9", "b", new DateOnly(2025, 1, 1)), 0.91,
                new TwoLanguages("Vượt đèn đỏ.", "Ran a red light."), new ViolationVehicle(ObjectKind.Car, 9), Plate,
                new OwnerSummary(OwnerStatus.NotAttempted), new EvidenceReference("evidence/9.zip", new string('b', 64), EvidenceUse.Review), T, T.AddSeconds(3))),
            events.Create(camera, T, new OwnerData("01KDVDNA00YQ5BWBYT9Z2JQ4TQ", OwnerStatus.Found, "c2VhbGVk", "replica", T) { Reason = "one_owner" }),
            events.Create(camera, T, new AccessData("cong-1", AccessDecision.Ask, "plate_doubtful", "gateway", Plate, null)
            {
                Track = 9, Waiting = 2, Dwell = TimeSpan.FromSeconds(3.25), Pictures = [new PictureData("evidence/01KDVDNA00YQ5BWBYT9Z2JQ4TQ/vehicle.jpg", new string('d', 64))],
            }),
            events.Create(TestEvents.Site, T, new AlertData("outbox-disk", AlertKind.Disk, AlertState.Raised, AlertSeverity.Critical, new TwoLanguages("Ổ đĩa đã đầy.", "The disk is full."), T)),
            events.Create(TestEvents.Site, T, new ReportData("visitors", T, T.AddDays(7), "bai-bien-cua-lo", "reports/1.html", new string('c', 64))),
            events.Status(T, new StatusData(GatewayPresence.Online, "0.1.0", T, "ntp", TimeSpan.FromMilliseconds(-3), T, 12, ["outbox-disk"])),
            events.CameraState(camera, T, new CameraStateData(CameraCondition.Tampered, TamperKind.Covered, 7.96, 12, T, new TwoLanguages("Camera bị che.", "The camera is covered.")) { Name = "Cổng Bình Minh" }),
        ];
    }
}
