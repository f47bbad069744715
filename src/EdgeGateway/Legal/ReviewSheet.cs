using System.Globalization;
using System.Net;
using EdgeGateway.Sync.Cases;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Vision.Imaging;

namespace EdgeGateway.Legal;

/// <summary>What a review sheet is about.</summary>
/// <param name="Gateway">The gateway's id.</param>
/// <param name="Site">The site's name.</param>
/// <param name="From">First moment.</param>
/// <param name="To">The moment after the last.</param>
/// <param name="Zone">The site's time zone.</param>
/// <param name="MostCases">Cases shown with pictures for each rule and camera, spread evenly over the time.</param>
/// <param name="By">Who made it.</param>
/// <param name="MadeAt">When: verdicts may come later.</param>
internal sealed record ReviewScope(string Gateway, string Site, DateTimeOffset From, DateTimeOffset To, TimeZoneInfo Zone, int MostCases, string By, DateTimeOffset MadeAt);

/// <summary>What there is of a case's evidence.</summary>
/// <param name="View">Its pictures and manifest; null where they cannot be shown.</param>
/// <param name="IsUnreadable">The package is there and cannot be read.</param>
/// <param name="DeletedAt">When it was deleted; null where it was not: then none was ever kept, or it is there.</param>
internal sealed record KeptEvidence(EvidenceView? View, bool IsUnreadable, DateTimeOffset? DeletedAt);

/// <summary>
/// The sheet by which an officer lets a trial rule go live: per rule and camera the precision from recorded verdicts with its 95 % interval, then the
/// cases with pictures and boxes to tick. One file, A4, Vietnamese. Written case by case: a month of pictures never lies in memory.
/// </summary>
internal static class ReviewSheet
{
    /// <summary>From this share of rejected cases a rule is marked.</summary>
    private const double BadFrom = 0.1;

    private static readonly CultureInfo Vi = CultureInfo.GetCultureInfo("vi-VN");

    /// <param name="html">Where it is written.</param>
    /// <param name="scope">What it is about.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="notes">The officers' words on a case that was judged, by the violation's id.</param>
    /// <param name="open">What there is of a case's evidence.</param>
    /// <param name="stop">Ends it between two cases.</param>
    public static void Write(TextWriter html, ReviewScope scope, IReadOnlyList<Case> cases, IReadOnlyDictionary<string, string> notes, Func<string, KeptEvidence> open, CancellationToken stop)
    {
        var title = "Phiếu đánh giá luật giám sát";
        html.Write(Page.Head($"{title} – {scope.Site}"));
        html.Write($"<h1>{title}</h1><p>{Text(scope.Site)} (thiết bị {Text(scope.Gateway)}). Từ ngày {Day(scope.From, scope.Zone)} đến hết ngày {Day(scope.To.AddTicks(-1), scope.Zone)}. Lập lúc {Local(scope.MadeAt, scope.Zone)}, người lập: {Text(scope.By)}.</p>");
        html.Write("<p class=note>Hệ thống chỉ phát hiện nghi vấn; cán bộ có thẩm quyền xác định. Đánh dấu một ô cho mỗi trường hợp. Tài liệu có dữ liệu cá nhân: không sao chép, không gửi ra ngoài đơn vị.</p>");
        WriteSummary(html, cases);
        foreach (var group in cases.GroupBy(item => (item.Opened.Rule, item.Opened.RuleId, item.Opened.Camera, item.Opened.Mode)))
        {
            html.Write($"<h2>{Text(RuleName(group.Key.Rule))} – luật {Text(group.Key.RuleId)}, camera {Text(group.Key.Camera)} ({(group.Key.Mode == RuleMode.Trial ? "chạy thử" : "chính thức")})</h2>");
            var all = group.OrderBy(item => item.Opened.At).ToList();
            var shown = Spread(all, scope.MostCases);
            if (shown.Count < all.Count) html.Write($"<p class=note>Hiện {shown.Count} trong {all.Count} trường hợp, rải đều theo thời gian.</p>");
            for (var i = 0; i < shown.Count; i++)
            {
                stop.ThrowIfCancellationRequested();
                WriteCase(html, i + 1, shown[i], open(shown[i].Opened.Violation), notes.GetValueOrDefault(shown[i].Opened.Violation), scope.Zone);
            }
        }

        if (cases.Count == 0) html.Write("<p>Không có trường hợp nào trong thời gian này.</p>");
        else WriteConclusion(html, cases);
        html.Write("</html>\n");
    }

    private static void WriteSummary(TextWriter html, IReadOnlyList<Case> cases)
    {
        html.Write("<h2>Tổng hợp</h2><table><thead><tr><th>Luật<th>Camera<th>Chế độ<th class=n>Phát hiện<th class=n>Không là chứng cứ<th class=n>Đúng<th class=n>Sai<th class=n>Không rõ<th class=n>Độ chính xác<th class=n>Khoảng 95&nbsp;%<th class=n>Tỷ lệ bị bác</tr></thead>");
        // The worst first, and marked: a bad rule shows itself.
        foreach (var record in RuleRecord.Of(cases).OrderByDescending(record => record.RejectedShare ?? -1))
        {
            var (low, high) = record.Interval();
            html.Write($"<tr{(record.RejectedShare >= BadFrom ? " class=bad" : "")}><td class=w>{Text(RuleName(record.Rule))}<br><span class=note>{Text(record.RuleId)}</span><td>{Text(record.Camera)}<td>{(record.Mode == RuleMode.Trial ? "chạy thử" : "chính thức")}");
            html.Write(string.Create(Vi, $"<td class=n>{record.Detected}<td class=n>{record.WithoutUse}<td class=n>{record.Established}<td class=n>{record.Rejected}<td class=n>{record.Unclear}"));
            html.Write(record.Precision is { } precision ? string.Create(Vi, $"<td class=n>{precision * 100:0.0} %<td class=n>{low * 100:0.0}–{high * 100:0.0} %<td class=n>{record.RejectedShare * 100:0.0} %</tr>") : "<td class=n>–<td class=n>–<td class=n>–</tr>");
        }

        html.Write("</table><p class=note>Độ chính xác = đúng / (đúng + sai), theo kết luận đã ghi nhận; khoảng tin cậy Wilson. Trường hợp không rõ không tính vào. Không là chứng cứ: phát hiện chỉ để thống kê (chạy thử, thiếu hoặc hết hạn phê duyệt, đồng hồ lệch, camera bị xê dịch); kết luận của cán bộ về chúng vẫn tính vào độ chính xác. Luật bị bác từ 10 % trở lên được tô đậm, xếp trước: cần xem lại luật hoặc góc camera.</p>");
    }

    // A decision for each rule, and the signatures with them on one page: a page with nothing but names could be put under any other.
    private static void WriteConclusion(TextWriter html, IReadOnlyList<Case> cases)
    {
        html.Write("<section class=end><h2>Kết luận</h2><table>");
        foreach (var record in RuleRecord.Of(cases))
        {
            var isTrial = record.Mode == RuleMode.Trial;
            string[] decisions = [isTrial ? "Cho chạy chính thức" : "Giữ chính thức", isTrial ? "Tiếp tục chạy thử" : "Trở lại chạy thử", "Tắt luật"];
            html.Write($"<tr><td>{Text(RuleName(record.Rule))} <span class=note>{Text(record.RuleId)}</span>, camera {Text(record.Camera)} ({(isTrial ? "chạy thử" : "chính thức")})<td>{string.Concat(decisions.Select(decision => $"<span class=choice><span class=box></span>{decision}</span> "))}</tr>");
        }

        html.Write("</table><div class=signature><div>Cán bộ đánh giá (ký, ghi rõ họ tên)</div><div>Lãnh đạo đơn vị (ký, ghi rõ họ tên)</div></div></section>");
    }

    private static void WriteCase(TextWriter html, int number, Case item, KeptEvidence kept, string? note, TimeZoneInfo zone)
    {
        var view = kept.View;
        var act = view?.Manifest.Act;
        html.Write($"<section class=case><header><span>{number}. {Local(item.Opened.At, zone)}</span><span>{Text(act?.Plate?.Display ?? "không đọc được biển số")}</span></header><div class=pictures>");
        foreach (var (role, caption) in new[] { (EvidenceRole.StillBefore, "Trước"), (EvidenceRole.StillAt, "Lúc xảy ra"), (EvidenceRole.StillAfter, "Sau") }) WritePicture(html, view, role, caption);
        html.Write("</div><div class=below><div>");
        WritePicture(html, view, EvidenceRole.PlateCrop, "Biển số");
        html.Write($"</div><div>{Text(act?.Reason.Vi ?? WhyNone(kept, zone))}<br><span class=note>{Text(item.Opened.Code)} · độ tin cậy {item.Opened.Confidence.ToString("P0", Vi)}");
        if (act is not null)
        {
            html.Write($" ({Text(string.Join(", ", act.Confidence.Parts.Select(part => $"{PartName(part.Name)} {part.Value.ToString("P0", Vi)}")))})");
            if (act.Legal is { } legal) html.Write($"<br>Điểm {Text(legal.Point)} khoản {Text(legal.Clause)} Điều {Text(legal.Article)} Nghị định {Text(legal.Document)}{(legal.AmendedBy is null ? "" : $", sửa đổi bởi {Text(legal.AmendedBy)}")}{(legal.Verified ? "" : " (chưa đối chiếu bản chính thức)")}");
            if (act.Use.Reasons.Count > 0) html.Write($"<br>Chưa dùng làm chứng cứ: {Text(string.Join(" ", act.Use.Reasons.Select(reason => reason.Vi)))}");
        }

        html.Write($"<br>{Text(item.Opened.Violation)}</span></div></div><div class=verdict>");
        foreach (var (verdict, label) in new[] { (CaseVerdict.Established, "Đúng"), (CaseVerdict.Rejected, "Sai"), (CaseVerdict.Unclear, "Không rõ") }) html.Write($"<span class=choice><span class=box>{(item.Verdict == verdict ? "✕" : "")}</span>{label}</span>");
        html.Write(note is null ? "<span>Ghi chú:</span><span class=line></span></div></section>\n" : $"<span>Ghi chú: {Text(note)}</span></div></section>\n");
    }

    private static string WhyNone(KeptEvidence kept, TimeZoneInfo zone) => kept switch
    {
        { DeletedAt: { } at } => $"Gói chứng cứ đã xóa ngày {Day(at, zone)} (xem nhật ký xóa trên thiết bị).",
        { IsUnreadable: true } => "Gói chứng cứ có trên thiết bị nhưng không đọc được.",
        _ => "Không có gói chứng cứ: lúc xảy ra không lưu được ảnh hoặc đoạn phim của trường hợp này.",
    };

    private static void WritePicture(TextWriter html, EvidenceView? view, EvidenceRole role, string caption)
    {
        if (view is null) return; // the words say why
        var small = view.Pictures.FirstOrDefault(picture => picture.Role == role).Bytes is { } bytes ? Thumbnail.Of(bytes, role == EvidenceRole.PlateCrop ? 320 : 560) : null;
        html.Write(small is null
            ? $"<figure><figcaption>{caption}: không có ảnh</figcaption></figure>"
            : $"<figure><img alt=\"{caption}\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(small)}\"><figcaption>{caption}</figcaption></figure>");
    }

    private static List<Case> Spread(List<Case> cases, int most) => cases.Count <= most ? cases : [.. Enumerable.Range(0, most).Select(i => cases[(int)((long)i * cases.Count / most)])];

    private static string Local(DateTimeOffset time, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(time, zone).ToString("dd/MM/yyyy HH:mm:ss", Vi);

    private static string Day(DateTimeOffset time, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(time, zone).ToString("dd/MM/yyyy", Vi);

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string PartName(string part) => part switch { "track" => "bám vết", "geometry" => "vị trí", "signal" => "đèn", "plate" => "biển số", _ => part };

    private static string RuleName(string rule) => rule switch
    {
        "red_light" => "Vượt đèn đỏ", "stop_line" => "Dừng quá vạch", "wrong_way" => "Đi ngược chiều", "forbidden_zone" => "Vào đường cấm", "no_parking" => "Đỗ xe nơi cấm", "no_stopping" => "Dừng xe nơi cấm",
        "lane" => "Sai làn đường", "no_u_turn" => "Quay đầu nơi cấm", "no_turn" => "Rẽ nơi cấm", "sidewalk" => "Đi trên vỉa hè", "speeding" => "Quá tốc độ", "no_helmet" => "Không đội mũ bảo hiểm", "over_persons" => "Chở quá số người",
        _ => rule,
    };
}
