using System.Globalization;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Evidence;

/// <summary>The decision and certificate under which a camera is used; null parts are missing.</summary>
/// <param name="ValidUntil">Last day on which both hold, local date.</param>
public sealed record ApprovalFacts(string? Decision, string? Certificate, DateOnly ValidUntil);

/// <summary>What else bears on the use of evidence.</summary>
/// <param name="Mode">Trial: the rule has not earned to accuse.</param>
/// <param name="IsSpeed">The act is a measured speed.</param>
/// <param name="HasSpeedCertificate">The camera is a verified speed meter (TT 04/2026/TT-BKHCN).</param>
/// <param name="IsIndicative">The rule's model is a third party's: never more than a hint.</param>
/// <param name="IsTampered">The camera was covered, moved or blurred at the act.</param>
public sealed record UseFacts(RuleMode Mode, bool IsSpeed, bool HasSpeedCertificate, bool IsIndicative, bool IsTampered);

/// <summary>Decides what evidence may be used for. Every reason against it is named, in words for the operator.</summary>
public static class EvidenceUses
{
    /// <summary>A design value: no text in force names a tolerance for the clock.</summary>
    public static TimeSpan DefaultClockLimit { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Decides for an act at a time.</summary>
    /// <param name="approval">The camera's; null when none is configured (Decree 61/2026, Articles 12.1.a, 12.2, 13.2.b).</param>
    /// <param name="clockLimit">Largest distance of the clock from its source.</param>
    /// <param name="zone">Time zone of the site: an approval ends with its last local day.</param>
    public static UseDecision Of(ApprovalFacts? approval, EvidenceClock clock, UseFacts facts, DateTimeOffset at, TimeSpan clockLimit, TimeZoneInfo zone)
    {
        var reasons = new List<TwoLanguages>();
        if (facts.Mode == RuleMode.Trial) Add("Luật giám sát đang chạy thử, chưa được cán bộ cho phép dùng.", "The rule is on trial; no officer has let it go live.");
        if (approval is null) Add("Camera chưa có quyết định sử dụng (approval).", "The camera has no approval.");
        else CheckApproval(approval);
        CheckClock();
        if (facts is { IsSpeed: true, HasSpeedCertificate: false }) Add("Tốc độ chỉ để tham khảo: camera không phải phương tiện đo tốc độ đã kiểm định.", "The speed is indicative: the camera is no verified speed meter.");
        if (facts.IsIndicative) Add("Kết quả chỉ để tham khảo: dùng mô hình của bên thứ ba.", "The result is indicative: it comes from a third party's model.");
        if (facts.IsTampered) Add("Camera bị che, xê dịch hoặc mờ vào lúc đó.", "The camera was covered, moved or blurred at that time.");
        return new UseDecision(reasons.Count == 0 ? EvidenceUse.Review : EvidenceUse.None, reasons);

        void Add(string vi, string en) => reasons.Add(new TwoLanguages(vi, en));

        void CheckApproval(ApprovalFacts given)
        {
            if (string.IsNullOrWhiteSpace(given.Decision)) Add("Thiếu số quyết định sử dụng camera (approval.decision).", "The approval names no decision.");
            if (string.IsNullOrWhiteSpace(given.Certificate)) Add("Thiếu số giấy kiểm định (approval.certificate).", "The approval names no certificate.");
            var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);
            if (day > given.ValidUntil)
            {
                Add($"Quyết định hoặc kiểm định của camera đã hết hạn ngày {given.ValidUntil.ToString("dd/MM/yyyy", CultureInfo.InvariantCulture)}.",
                    $"The camera's approval ended on {given.ValidUntil.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}.");
            }
        }

        void CheckClock()
        {
            if (!clock.Synchronised || clock.Offset is null) Add("Đồng hồ của thiết bị chưa đồng bộ.", "The gateway's clock is not synchronised.");
            else if (clock.Offset.Value.Duration() > clockLimit)
            {
                var (offset, limit) = (clock.Offset.Value.Duration().TotalSeconds, clockLimit.TotalSeconds);
                Add(string.Create(CultureInfo.GetCultureInfo("vi-VN"), $"Đồng hồ lệch {offset:0.###} giây, vượt mức cho phép {limit:0.###} giây."),
                    string.Create(CultureInfo.InvariantCulture, $"The clock is off by {offset:0.###} s; {limit:0.###} s are allowed."));
            }
        }
    }
}
