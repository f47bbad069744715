using System.Text;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;

namespace EdgeGateway.Sync.Tests.Evidence;

/// <summary>An invented act and its parts.</summary>
internal static class TestEvidence
{
    public static readonly DateTimeOffset Act = new(2026, 9, 1, 1, 2, 3, 456, TimeSpan.Zero);
    public static readonly TimeZoneInfo VietNam = TimeZoneInfo.FindSystemTimeZoneById("Asia/Ho_Chi_Minh");

    public static string Folder() => Directory.CreateTempSubdirectory("edgegateway-evidence-").FullName;

    public static EvidenceOptions Options(string folder) => EvidenceOptions.For(folder) with { KeepFreeBytes = 0 };

    public static string Event(int number) => Ulid.NewUlid(Act.AddSeconds(number), new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, (byte)(number >> 8), (byte)number }).ToString();

    public static EvidenceFacts Facts(int number = 1, RuleMode mode = RuleMode.Live, DateTimeOffset? at = null) => new(
        Event(number), at ?? Act, "red_light", "den-do", mode, "RED_LIGHT",
        new LegalReference("168/2024/NĐ-CP", "6", "9", "b", new DateOnly(2026, 8, 15), false, "238/2026/NĐ-CP", new TwoLanguages("Không chấp hành tín hiệu đèn.", "Ran a red light."), new FineRange(18_000_000, 20_000_000), 4),
        new TwoLanguages("Xe vượt vạch dừng khi đèn đỏ.", "Crossed the stop line at red."),
        new UseDecision(EvidenceUse.Review, []), "Công an phường (mẫu)", "A-204",
        new EvidenceCamera("nga-tu-binh-minh", "Ngã tư Bình Minh", "12/QĐ-UBND", "KĐ-2026-118", new DateOnly(2027, 6, 30)),
        new Place("Ngã tư Bình Minh", 18.8206, 105.7189), "out", at ?? Act, (at ?? Act).AddSeconds(3), new EvidenceClock("ntp", true, TimeSpan.FromMilliseconds(12)),
        new ViolationVehicle(ObjectKind.Car, 9), new EvidencePlate("37A 123.45", "37A12345", "37A-123.45", PlateKind.Car, PlateColour.White, 0.97, [0.99, 0.98, 0.97, 0.99, 0.99, 0.96, 0.95, 0.99]),
        [new SignalSpan("den-1", "red", (at ?? Act).AddSeconds(-10), (at ?? Act).AddSeconds(5))], null, null,
        new EvidenceConfidence(0.912, [new ConfidencePart("track", 0.95), new ConfidencePart("geometry", 0.98), new ConfidencePart("signal", 0.99), new ConfidencePart("plate", 0.97)]),
        "bien-cua-lo-01", "0.1.0", [new EvidenceVersion("street", "1", new string('a', 64))], [new EvidenceVersion("den-do", "1", new string('b', 64))]);

    public static EvidencePart[] Parts(int clipBytes = 50_000) =>
    [
        Still(EvidenceRole.StillBefore), Still(EvidenceRole.StillAt), Still(EvidenceRole.StillAfter), Still(EvidenceRole.PlateCrop),
        EvidencePart.FromBytes(EvidenceRole.Clip, "video/mp4", Enumerable.Range(0, clipBytes).Select(i => (byte)(i * 31)).ToArray(), Act.AddSeconds(-5)),
    ];

    public static EvidencePart Still(EvidenceRole role) => EvidencePart.FromBytes(role, "image/jpeg", Encoding.UTF8.GetBytes($"picture {role}"), Act);
}
