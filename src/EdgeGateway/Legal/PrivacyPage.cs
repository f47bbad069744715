using System.Globalization;
using System.Net;
using System.Text;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Registration;

namespace EdgeGateway.Legal;

/// <summary>One kind of personal data on the box.</summary>
internal sealed record PrivacyRow(string What, string HowMuch, string HowLong);

/// <summary>The page of <c>privacy</c>: which personal data lie here, for how long, who read them, and what the signs say.</summary>
internal sealed class PrivacyPage
{
    private const int NewestLines = 20;

    private static readonly CultureInfo Vi = CultureInfo.GetCultureInfo("vi-VN");

    private readonly GatewayModel _gateway;

    private PrivacyPage(GatewayModel gateway) => _gateway = gateway;

    public required IReadOnlyList<PrivacyRow> Rows { get; init; }

    public required IReadOnlyList<string> Access { get; init; }

    /// <summary>The newest look-ups of owners. Beside the reading by people, not among it: they come by the minute where rules have an officer behind them.</summary>
    public required IReadOnlyList<string> Asked { get; init; }

    public required IReadOnlyList<string> Deletions { get; init; }

    /// <summary>What is on hold now: which violation, why, by whom, until when.</summary>
    public required IReadOnlyList<string> Holds { get; init; }

    public required (string Vi, string En) Sign { get; init; }

    /// <summary>Looks at the box.</summary>
    public static PrivacyPage Of(GatewayModel gateway, IReadOnlyList<CameraModel> cameras)
    {
        var options = EvidenceOptionsOf.Gateway(gateway);
        var now = TimeProvider.System.GetUtcNow();
        var packages = EvidenceStore.ReadIndex(options, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        var totals = EvidenceStore.TotalsOf(packages, now);
        var (pictures, pictureBytes) = Measure(Path.Combine(gateway.Storage.Folder, "pictures"));
        var (stopped, stoppedBytes) = Measure(Entry.AccessPictures.FolderOf(gateway.Storage.Folder));
        var passages = cameras.Where(camera => camera.Config.Plates.Enabled).Select(camera => $"{camera.Id}: {camera.Config.Plates.Passages.ToString().ToLowerInvariant()}").ToList();
        return new PrivacyPage(gateway)
        {
            Rows =
            [
                Row(totals, EvidenceKind.Violation, "Chứng cứ vi phạm nghi vấn (ảnh, clip, biển số)", $"đến {Days(options.AfterClosed)} sau khi đóng hồ sơ, tối đa {Days(options.Violations)}"),
                Row(totals, EvidenceKind.Trial, "Chứng cứ của luật chạy thử", Days(options.Trials)),
                new("Ảnh biển số xe qua lại", $"{pictures.ToString("N0", Vi)} ảnh, {Megabytes(pictureBytes)}", "theo cấu hình plates.pictures"),
                new("Ảnh xe dừng ở cổng kiểm soát", $"{stopped.ToString("N0", Vi)} ảnh, {Megabytes(stoppedBytes)}", "xóa như ảnh biển số xe qua lại"),
                new("Sự kiện ra vào cổng (biển số; số căn cước chỉ ở dạng băm có khóa)", "nằm trong hàng đợi gửi", "đến khi trung tâm đã nhận"),
                new("Biển số xe không vi phạm", passages.Count == 0 ? "không đọc" : string.Join("; ", passages), "chỉ trong hàng đợi gửi; hash: không đọc ngược được"),
                new("Sự kiện chờ gửi (có thể có biển số)", Megabytes(Length(Path.Combine(gateway.Storage.Folder, "outbox.db"))), "đến khi trung tâm đã nhận"),
                .. RowsOfRegistration(gateway),
                new("Đoạn phim gần nhất của camera có luật giám sát (để cắt chứng cứ)", Megabytes(Measure(Path.Combine(gateway.Storage.Folder, "ring")).Bytes), "ghi đè sau khoảng một phút rưỡi"),
                new("Hành vi nghi vấn chưa đóng gói xong (ảnh, biển số)", Acts(gateway.Storage.Folder), "đến khi đóng gói, thường vài giây; mục hỏng: 30 ngày"),
                new("Hồ sơ vi phạm (mã vi phạm, trạng thái, người xử lý)", Megabytes(Length(Path.Combine(gateway.Storage.Folder, "cases.db"))), "đến khi gỡ thiết bị; không có biển số"),
                new("Khuôn mặt, số căn cước, chủ xe", "không lưu dạng đọc được", "–"),
            ],
            Access = [.. Newest(AccessLog.PathOf(gateway.Storage.Folder), gateway.TimeZone).Select(one => one.Line)],
            Asked = [.. LookUps(gateway).OrderByDescending(one => one.At).Select(one => one.Line)],
            Deletions = [.. Newest(options.DeletionLogPath, gateway.TimeZone).Select(one => one.Line)],
            Holds = [.. packages.Where(package => package.IsHeld(now)).OrderBy(package => package.At).Select(package => HoldLine(package, gateway.TimeZone))],
            Sign = SignOf(gateway),
        };
    }

    public string ToText()
    {
        var text = new StringBuilder().AppendLine(Title).AppendLine(new string('=', Title.Length)).AppendLine();
        text.AppendLine("Dữ liệu cá nhân trên thiết bị / Personal data on this box");
        foreach (var row in Rows) text.AppendLine(Vi, $"  - {row.What}: {row.HowMuch}. Lưu: {row.HowLong}.");
        Lines("Đang giữ theo yêu cầu / On legal hold", Holds);
        Lines("Ai đã xem, xuất (mới nhất) / Who read or exported", Access);
        Lines("Tra cứu chủ xe, nhân danh cán bộ nào (mới nhất) / Owners looked up, for which officer", Asked);
        Lines("Đã xóa, giữ lại (mới nhất) / Deleted, held", Deletions);
        text.AppendLine().AppendLine("Nội dung biển báo / Sign text").AppendLine().AppendLine(Sign.Vi).AppendLine().AppendLine(Sign.En);
        return text.ToString();

        void Lines(string title, IReadOnlyList<string> lines)
        {
            text.AppendLine().AppendLine(title);
            foreach (var line in lines.DefaultIfEmpty("không có / none")) text.AppendLine(Vi, $"  - {line}");
        }
    }

    public string ToHtml()
    {
        var html = new StringBuilder(Page.Head(Title)).Append(Vi, $"<h1>{Text(Title)}</h1><h2>Dữ liệu cá nhân trên thiết bị</h2><table><tr><th>Loại dữ liệu<th>Hiện có<th>Thời gian lưu</tr>");
        foreach (var row in Rows) html.Append(Vi, $"<tr><td>{Text(row.What)}<td>{Text(row.HowMuch)}<td>{Text(row.HowLong)}</tr>");
        html.Append("</table>");
        Lines("Đang giữ theo yêu cầu", Holds);
        Lines("Ai đã xem, xuất (mới nhất trước)", Access);
        Lines("Tra cứu chủ xe, nhân danh cán bộ nào (mới nhất trước)", Asked);
        Lines("Đã xóa, giữ lại (mới nhất trước)", Deletions);
        html.Append(Vi, $"<h2>Nội dung biển báo</h2><div class=sign>{Text(Sign.Vi).Replace("\n", "<br>", StringComparison.Ordinal)}</div><div class=sign lang=en>{Text(Sign.En).Replace("\n", "<br>", StringComparison.Ordinal)}</div>");
        return html.Append("</html>\n").ToString();

        void Lines(string title, IReadOnlyList<string> lines)
        {
            html.Append(Vi, $"<h2>{title}</h2><ul>");
            foreach (var line in lines.DefaultIfEmpty("không có")) html.Append(Vi, $"<li>{Text(line)}");
            html.Append("</ul>");
        }
    }

    private string Title => $"Dữ liệu cá nhân – {_gateway.Site.Name} ({_gateway.Id})";

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static PrivacyRow Row(IReadOnlyList<EvidenceTotals> totals, EvidenceKind kind, string what, string howLong)
    {
        var total = totals.FirstOrDefault(item => item.Kind == kind);
        var held = total is { Held: > 0 } ? $", {total.Held.ToString("N0", Vi)} đang bị giữ theo yêu cầu" : "";
        return new PrivacyRow(what, total is null ? "không có" : $"{total.Packages.ToString("N0", Vi)} gói, {Megabytes(total.Bytes)}{held}", howLong);
    }

    private static string HoldLine(StoredEvidence package, TimeZoneInfo zone)
    {
        var hold = package.Hold!;
        var until = hold.Until is { } end ? $"đến {TimeZoneInfo.ConvertTime(end, zone).ToString("dd/MM/yyyy HH:mm", Vi)}" : "đến khi có lệnh thôi giữ";
        return $"{package.Event} (vi phạm ngày {TimeZoneInfo.ConvertTime(package.At, zone).ToString("dd/MM/yyyy", Vi)}): {hold.Reason}{(hold.By.Length == 0 ? "" : $" – {hold.By}")}, {until}";
    }

    private static string Acts(string storage) => ActJournal.Measure(storage) switch
    {
        null => $"không đọc được ({Megabytes(Length(Path.Combine(storage, ActJournal.FileName)))})",
        (0, _) => "không có",
        var (acts, bytes) => $"{acts.ToString("N0", Vi)} hành vi, {Megabytes(bytes)}",
    };

    private static string Days(TimeSpan time) => string.Create(Vi, $"{time.TotalDays:0.#} ngày");

    private static string Megabytes(long bytes) => string.Create(Vi, $"{bytes / 1048576.0:N1} MB");

    private static IEnumerable<PrivacyRow> RowsOfRegistration(GatewayModel gateway)
    {
        // The commands `registry import` and `lookup` need no part in gateway.yaml, and leave the same behind.
        if (gateway.Registration is null && !File.Exists(RegistrationOf.ReplicaFile(gateway)) && !File.Exists(RegistrationOf.LookUpLogFile(gateway))) yield break;
        yield return new("Bản sao đăng ký xe (biển số, màu, loại xe; chủ xe chỉ ở dạng niêm phong cho trung tâm)", Megabytes(Length(RegistrationOf.ReplicaFile(gateway))), "đến lần nhập sau");
        yield return new("Yêu cầu tra cứu đang chờ (biển số)", Megabytes(Length(RegistrationOf.DeskFile(gateway))), "đến khi tra cứu xong hoặc hết hạn");
        yield return new("Nhật ký tra cứu (biển số, cán bộ, mục đích)", Megabytes(Length(RegistrationOf.LookUpLogFile(gateway))), "không tự xóa: luật yêu cầu tra cứu phải để lại dấu vết");
        foreach (var list in gateway.Registration?.WatchLists ?? []) yield return new($"Danh sách theo dõi {Path.GetFileName(list)} (biển số)", Megabytes(Length(list)), "do đơn vị quản lý tệp");
    }

    /// <summary>The newest look-ups of owners: when, which plate, who, for what.</summary>
    private static IEnumerable<(DateTimeOffset At, string Line)> LookUps(GatewayModel gateway)
    {
        return LookUpLog.NewestAsked(RegistrationOf.LookUpLogFile(gateway), NewestLines)
            .Select(one => (one.At, $"{TimeZoneInfo.ConvertTime(one.At, gateway.TimeZone).ToString("dd/MM/yyyy HH:mm", Vi)} tra cứu {one.Plate} – {one.Officer}: {one.Purpose}"));
    }

    private static (long Files, long Bytes) Measure(string folder)
    {
        if (!Directory.Exists(folder)) return (0, 0);
        var files = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).ToList();
        return (files.Count, files.Sum(file => file.Length));
    }

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    private static List<(DateTimeOffset At, string Line)> Newest(string path, TimeZoneInfo zone)
    {
        if (!File.Exists(path)) return [];
        var newest = new Queue<ChainEntry>();
        foreach (var (_, entry) in ChainedLog.Read(path))
        {
            if (entry is null) continue;
            newest.Enqueue(entry);
            if (newest.Count > NewestLines) newest.Dequeue();
        }

        return [.. newest.Reverse().Select(entry => (entry.Time, $"{TimeZoneInfo.ConvertTime(entry.Time, zone).ToString("dd/MM/yyyy HH:mm", Vi)} {Word(entry.Kind)} {entry.Subject}{(entry.By is null ? "" : $" – {entry.By}")}{(entry.Note is null ? "" : $": {entry.Note}")}"))];
    }

    private static string Word(string kind) => kind switch
    {
        "view" => "xem", "export" => "xuất", "send" => "gửi", "look_up" => "tra cứu", "delete" => "xóa", "hold" => "giữ lại", "release" => "thôi giữ",
        _ => kind,
    };

    private static (string Vi, string En) SignOf(GatewayModel gateway)
    {
        if (gateway.Privacy is not { } privacy) return ("(Chưa khai báo: ghi privacy.controller và privacy.contact trong gateway.yaml.)", "(Not stated: write privacy.controller and privacy.contact in gateway.yaml.)");
        return (
            $"KHU VỰC CÓ CAMERA GIÁM SÁT – {gateway.Site.Name}\nĐơn vị chịu trách nhiệm: {privacy.Controller}\nMục đích: {privacy.PurposeVi}\nLiên hệ: {privacy.Contact}",
            $"CAMERAS IN OPERATION – {gateway.Site.Name}\nResponsible: {privacy.Controller}\nPurpose: {privacy.PurposeEn}\nContact: {privacy.Contact}");
    }
}
