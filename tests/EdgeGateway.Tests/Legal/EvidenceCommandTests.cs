using EdgeGateway.Commands;
using EdgeGateway.Legal;
using EdgeGateway.Sync.Cases;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Tests.Configuration;
using OpenCvSharp;

namespace EdgeGateway.Tests.Legal;

public sealed class EvidenceCommandTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 9, 1, 1, 2, 3, TimeSpan.Zero);

    private readonly string _storage = Directory.CreateTempSubdirectory("edgegateway-report-").FullName;
    private readonly TestFolder _config;

    public EvidenceCommandTests() => _config = new TestFolder(
        $"id: thu-nghiem\nsite: {{ id: s, name: \"Ngã tư <Bình Minh>\" }}\nmqtt: {{ url: \"mqtts://h\" }}\nstorage: {{ folder: {_storage} }}\nprivacy: {{ controller: Ủy ban phường (mẫu), contact: 0238 000 0000 }}\n");

    public void Dispose()
    {
        _config.Dispose();
        Directory.Delete(_storage, recursive: true);
    }

    [Fact]
    public async Task Evidence_made_here_is_verified_there_with_the_printed_public_key()
    {
        Assert.Equal(0, (await Run("keys", "init", "--config", _config.FolderPath)).Code);
        var again = await Run("keys", "init", "--config", _config.FolderPath);
        Assert.Equal(1, again.Code);
        Assert.Contains("--force", again.Error, StringComparison.Ordinal);
        var pem = Path.Combine(_storage, "public.pem");
        await File.WriteAllTextAsync(pem, (await Run("keys", "show", "--pem", "--config", _config.FolderPath)).Output, TestContext.Current.CancellationToken);
        var package = Keep("01K42N6QC0ZZZZZZZZZZZZZZZZ", "den-do");

        var chain = Path.Combine(_storage, "evidence-chain.log");
        var good = await Run("verify", package, "--key", pem, "--chain", chain);
        Assert.Equal(0, good.Code);
        Assert.Contains("\"ok\":true,\"message\":\"whole, signed by the given key, and in the chain\"", good.Output, StringComparison.Ordinal);

        await Run("keys", "init", "--force", "--config", _config.FolderPath);
        var other = Path.Combine(_storage, "other.pem");
        await File.WriteAllTextAsync(other, (await Run("keys", "show", "--pem", "--config", _config.FolderPath)).Output, TestContext.Current.CancellationToken);
        var wrong = await Run("verify", package, "--key", other);
        Assert.Equal(1, wrong.Code);
        Assert.Contains("\"fault\":\"wrong_key\"", wrong.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await Run("verify", package, "--key", Path.Combine(_storage, "absent.pem"))).Code);
        var secret = Assert.Single(Directory.GetFiles(_storage, "signing-key.pem", SearchOption.AllDirectories));
        var refused = await Run("verify", package, "--key", secret);
        Assert.Equal(2, refused.Code);
        Assert.Contains("holds a private key, which never leaves its box", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_review_sheet_escapes_names_shows_pictures_and_precision_and_is_logged()
    {
        await Run("keys", "init", "--config", _config.FolderPath);
        using (var cases = new CaseBook(_storage, TimeProvider.System))
        {
            for (var i = 0; i < 3; i++)
            {
                var id = $"01K42N6QC0ZZZZZZZZZZZZZZZ{i}";
                Keep(id, "den-do<script>");
                cases.Open(new NewCase(id, "red_light", "den-do<script>", "nga-tu", RuleMode.Trial, "RED_LIGHT", 0.93, At));
                if (i < 2) cases.Update(new CaseUpdate($"r{i}", id, CaseState.Reviewed, "A-204", At, i == 0 ? CaseVerdict.Established : CaseVerdict.Rejected));
            }
        }

        var path = Environment.GetEnvironmentVariable("EDGEGATEWAY_SHEET") ?? Path.Combine(_storage, "phieu.html");
        var (code, _, error) = await Run("report", "rules", "--from", "2026-09-01", "--to", "2026-09-30", "--officer", "A-204", "--out", path, "--config", _config.FolderPath);
        Assert.True(code == 0, error);
        var html = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<Bình Minh>", html, StringComparison.Ordinal);
        Assert.Equal(12, html.Split("data:image/jpeg;base64,").Length - 1);
        Assert.Contains("50,0", html, StringComparison.Ordinal);
        Assert.Contains("người lập: A-204", System.Net.WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        // The decisions and the signatures under them stay on one page.
        var end = html[html.IndexOf("<section class=end>", StringComparison.Ordinal)..];
        Assert.Contains("Cho chạy chính thức", end, StringComparison.Ordinal);
        Assert.Contains("class=signature", end[..end.IndexOf("</section>", StringComparison.Ordinal)], StringComparison.Ordinal);
        Assert.Contains("37A-123.45", html, StringComparison.Ordinal);
        Assert.Contains("A-204", await File.ReadAllTextAsync(AccessLog.PathOf(_storage), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var page = (await Run("privacy", "--config", _config.FolderPath)).Output;
        Assert.Contains("Ủy ban phường (mẫu)", page, StringComparison.Ordinal);
        Assert.Contains("3 gói", page, StringComparison.Ordinal);
        Assert.Contains("Hành vi nghi vấn chưa đóng gói xong (ảnh, biển số): không có.", page, StringComparison.Ordinal);
        Assert.Contains("xuất phieu.html – A-204", page.Replace(Path.GetFileName(path), "phieu.html", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("<Bình Minh>", (await Run("privacy", "--format", "html", "--config", _config.FolderPath)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_review_sheet_tells_evidence_that_never_was_from_deleted_and_unreadable_one()
    {
        await Run("keys", "init", "--config", _config.FolderPath);
        string[] ids = [.. Enumerable.Range(0, 3).Select(i => $"01K42N6QC0ZZZZZZZZZZZZZZZ{i}")];
        using (var cases = new CaseBook(_storage, TimeProvider.System))
        {
            foreach (var id in ids) cases.Open(new NewCase(id, "red_light", "den-do", "nga-tu", RuleMode.Trial, "RED_LIGHT", 0.93, At));
        }

        async Task<string> SheetAsync()
        {
            var path = Path.Combine(_storage, "phieu.html");
            var (code, _, error) = await Run("report", "rules", "--from", "2026-09-01", "--to", "2026-09-30", "--out", path, "--config", _config.FolderPath);
            Assert.True(code == 0, error);
            return System.Net.WebUtility.HtmlDecode(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        }

        var never = await SheetAsync();
        Assert.Equal(3, never.Split("Không có gói chứng cứ").Length - 1);
        Assert.DoesNotContain("đã xóa", never, StringComparison.Ordinal);
        Assert.DoesNotContain("không có ảnh", never, StringComparison.Ordinal);

        Keep(ids[2], "den-do");
        using (var key = GatewaySigningKey.Load(_storage))
        using (var store = EvidenceStore.Open(EvidenceOptions.For(_storage) with { KeepFreeBytes = 0 }, key, new Later()))
        {
            store.Sweep(new Later().GetUtcNow(), TestContext.Current.CancellationToken);
        }

        await File.WriteAllTextAsync(Keep(ids[1], "den-do"), "no package", TestContext.Current.CancellationToken);
        var sheet = await SheetAsync();
        Assert.Single(sheet.Split("Không có gói chứng cứ").Skip(1));
        Assert.Contains("Gói chứng cứ có trên thiết bị nhưng không đọc được.", sheet, StringComparison.Ordinal);
        Assert.Contains("Gói chứng cứ đã xóa ngày", sheet, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--from 2026-9-1")]
    [InlineData("--from 2026-09-02 --to 2026-09-01")]
    [InlineData("--cases 0")]
    public async Task Wrong_dates_and_numbers_are_wrong_usage(string arguments) =>
        Assert.Equal(2, (await Run(["report", "rules", .. arguments.Split(' '), "--out", Path.Combine(_storage, "x.html"), "--config", _config.FolderPath])).Code);

    [Fact]
    public void Last_month_is_the_default()
    {
        var (from, to) = RulesReport.Range(null, null, LegalCodes.VietNam, new DateTimeOffset(2026, 1, 15, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal((new DateTimeOffset(2025, 12, 1, 0, 0, 0, TimeSpan.FromHours(7)), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(7))), (from, to));
    }

    [Fact]
    public void Retention_that_contradicts_itself_is_a_mistake_with_its_place()
    {
        using var folder = new TestFolder("id: a\nsite: { id: s, name: S }\nmqtt: { url: \"mqtts://h\" }\nevidence:\n  retention: { violations: 30d, afterClosed: 60d, trials: 10d }\n");
        Assert.Equal("gateway.yaml:5:46: 'afterClosed' is longer than 'violations', after which nothing is kept without a hold", Assert.Single(folder.Load().Mistakes).ToString());
    }

    private string Keep(string id, string ruleId)
    {
        using var key = GatewaySigningKey.Load(_storage);
        using var store = EvidenceStore.Open(EvidenceOptions.For(_storage) with { KeepFreeBytes = 0 }, key, TimeProvider.System);
        using var picture = new Mat(360, 640, MatType.CV_8UC3, new Scalar(120, 140, 90));
        Cv2.Rectangle(picture, new Rect(240, 120, 160, 120), new Scalar(60, 60, 200), -1);
        Cv2.ImEncode(".jpg", picture, out var jpeg);
        var facts = new EvidenceFacts(
            id, At, "red_light", ruleId, RuleMode.Trial, "RED_LIGHT", LegalCodes.Load(_config.FolderPath).Resolve("RED_LIGHT", ObjectKind.Car, At), new TwoLanguages("Xe <vượt> vạch dừng khi đèn đỏ đã bật 3,2 giây.", "Ran a red light."),
            new UseDecision(EvidenceUse.None, [new TwoLanguages("Luật giám sát đang chạy thử.", "On trial.")]), "Công an phường", "A-204", new EvidenceCamera("nga-tu", "Ngã tư", "12/QĐ-UBND", "KĐ-1", new DateOnly(2027, 1, 1)),
            new Place("Ngã tư", 18.8, 105.7), "out", At, At.AddSeconds(3), new EvidenceClock("ntp", true, TimeSpan.Zero), new ViolationVehicle(ObjectKind.Car, 1),
            new EvidencePlate("37A12345", "37A12345", "37A-123.45", PlateKind.Car, PlateColour.White, 0.9, [0.9]), [], null, null, new EvidenceConfidence(0.93, [new ConfidencePart("signal", 0.99), new ConfidencePart("plate", 0.9)]), "thu-nghiem", "0.1.0", [], []);
        return store.Keep(facts, [.. new[] { EvidenceRole.StillBefore, EvidenceRole.StillAt, EvidenceRole.StillAfter, EvidenceRole.PlateCrop }.Select(role => EvidencePart.FromBytes(role, "image/jpeg", jpeg))]).Path;
    }

    private sealed class Later : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddYears(20);
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
