using System.IO.Compression;
using System.Text.Json;
using EdgeGateway.Doctor;
using EdgeGateway.Testing;
using EdgeGateway.Tests.Configuration;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary><c>doctor</c> and <c>support-bundle</c> through the real program.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task Doctor_names_what_is_wrong_in_both_languages_and_ends_with_1()
    {
        await using var broker = await Mosquitto.StartAsync();
        using var site = new Installation(broker.Port).Camera("cong", "rtsp://127.0.0.1:1/main");
        Directory.CreateDirectory(site.Storage);
        await File.WriteAllBytesAsync(Path.Combine(site.Storage, "outbox.db"), System.Text.Encoding.ASCII.GetBytes(new string('x', 8192)), TestContext.Current.CancellationToken);
        var ended = await GatewayProcess.RunAsync("doctor", "--config", site.Folder);
        Assert.Equal(1, ended.Code);
        var findings = ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        string LevelOf(string check) => findings.Where(one => one.GetProperty("check").GetString() == check).Select(one => one.GetProperty("level").GetString()!).OrderByDescending(level => level == "wrong").First();
        Assert.Equal("wrong", LevelOf("camera"));
        Assert.Equal("wrong", LevelOf("outbox"));
        Assert.Equal(["ok", "ok", "ok", "ok", "ok"], new[] { "configuration", "models", "ffmpeg", "disk", "broker" }.Select(LevelOf));
        Assert.All(findings, one => Assert.True(one.GetProperty("text").GetProperty("vi").GetString()!.Length > 5 && one.GetProperty("text").GetProperty("en").GetString()!.Length > 5));
        Assert.All(findings.Where(one => one.GetProperty("level").GetString() == "wrong"), one => Assert.True(one.TryGetProperty("advice", out _)));
    }

    [Fact]
    public async Task Doctors_vietnamese_holds_no_english_and_what_programs_say_stands_apart()
    {
        using var site = new Installation(more: "registration: { sources: [], watchLists: [mat-cap.csv] }").Write("cameras/hong.yaml", "id: hong\nsource: { url: \"rtsp://127.0.0.1:1/main\" }\nplace: { direction: in }\n").Camera("cong", "rtsp://127.0.0.1:1/main");
        var ended = await GatewayProcess.RunAsync("doctor", "--config", site.Folder);
        Assert.Equal(1, ended.Code);
        var findings = ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        JsonElement Of(string check, string level) => findings.First(one => one.GetProperty("check").GetString() == check && one.GetProperty("level").GetString() == level);
        string Vi(JsonElement finding) => finding.GetProperty("text").GetProperty("vi").GetString()!;
        Assert.Equal("Cấu hình sai ở tệp cameras/hong.yaml, dòng 3, cột 10.", Vi(Of("configuration", "wrong")));
        Assert.StartsWith("unknown key 'direction' in 'place'", Of("configuration", "wrong").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("Cấu hình cần xem lại ở tệp gateway.yaml, dòng ", Vi(Of("configuration", "warning")), StringComparison.Ordinal);
        Assert.Equal("Camera cong: 127.0.0.1:1 từ chối kết nối. Camera đã bật chưa, RTSP đã bật chưa, cổng có đúng không?", Vi(Of("camera", "wrong")));
        Assert.Equal("Máy chủ MQTT mqtt://127.0.0.1:1: không kết nối được: máy ở đầu kia từ chối kết nối.", Vi(Of("broker", "wrong")));
        Assert.All(findings, one => Assert.DoesNotMatch("(?i)\\b(the|is|cannot|unreachable|refuses)\\b", Vi(one)));
    }

    [Fact]
    public async Task A_key_that_root_can_read_and_the_service_cannot_is_wrong()
    {
        Assert.SkipUnless(System.Environment.UserName == "root", "Only root can act as another user.");
        using var keys = new TestFolder();
        ServerProcess.Run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=hop", "-keyout", Path.Combine(keys.FolderPath, "hop.key"), "-out", Path.Combine(keys.FolderPath, "hop.pem"));
        var (certificate, key) = (Path.Combine(keys.FolderPath, "hop.pem"), Path.Combine(keys.FolderPath, "hop.key"));
        File.SetUnixFileMode(keys.FolderPath, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(certificate, (UnixFileMode)0b110_100_100);
        File.SetUnixFileMode(key, (UnixFileMode)0b110_000_000);
        using var site = new Installation(mqtt: $", certificateFile: {certificate}, keyFile: {key}");
        Directory.CreateDirectory(site.Storage);
        using (var chown = System.Diagnostics.Process.Start("chown", ["nobody:nogroup", site.Storage])) await chown.WaitForExitAsync(TestContext.Current.CancellationToken);
        var ended = await GatewayProcess.RunAsync("doctor", "--no-cameras", "--config", site.Folder);
        Assert.Equal(1, ended.Code);
        var wrong = Assert.Single(ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => line.Contains("\"permissions\"", StringComparison.Ordinal));
        Assert.Contains($"The service may not read {key}.", wrong, StringComparison.Ordinal);
        Assert.Contains($"chmod 640 {key}", wrong, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_support_bundle_holds_no_secret_no_plate_and_no_name()
    {
        string[] planted = ["bi-mat-cua-camera", "bi-mat-mqtt", "Nguyễn Văn Thử", "0912345678", "A-204-thu", "37A-123.45", "37A12345", "001099012345", "thu@example.vn"];
        using var site = new Installation(mqtt: ", username: nguoi-dung-thu, password: \"${MQTT_THU}\"", more: "privacy: { controller: \"Nguyễn Văn Thử\", contact: \"0912345678\" } # thu@example.vn")
            .Camera("cong", "rtsp://viewer:${CAM_THU}@127.0.0.1:1/main", "approval: { decision: \"12/QĐ\", validUntil: 2027-06-30, officer: A-204-thu }");
        await File.WriteAllTextAsync(Path.Combine(site.Folder, "secrets.env"), "CAM_THU=bi-mat-cua-camera\nMQTT_THU=bi-mat-mqtt\n", TestContext.Current.CancellationToken);
        var log = Path.Combine(site.Folder, "service.log");
        await File.WriteAllTextAsync(log, "opened rtsp://viewer:bi-mat-cua-camera@127.0.0.1 with bi-mat-mqtt; 37A-123.45 37A12345 001099012345 0912345678 thu@example.vn\nframe 123 ok\n", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(site.Storage);
        using (var database = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(site.Storage, "outbox.db")};Pooling=False"))
        {
            database.Open();
            using var fill = database.CreateCommand();
            fill.CommandText = "CREATE TABLE outbox(row INTEGER PRIMARY KEY, time INTEGER, json TEXT); INSERT INTO outbox VALUES(1, 1, '37A12345 Nguyễn Văn Thử')";
            fill.ExecuteNonQuery();
        }

        var path = Path.Combine(site.Folder, "support.zip");
        var ended = await GatewayProcess.RunAsync("support-bundle", "--config", site.Folder, "--out", path, "--log", log, "--no-cameras");
        Assert.True(ended.Code == 0, ended.Error);
        await using var zip = await ZipFile.OpenReadAsync(path, TestContext.Current.CancellationToken);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            using var reader = new StreamReader(await entry.OpenAsync(TestContext.Current.CancellationToken));
            texts[entry.FullName] = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(["config/cameras/cong.json", "config/gateway.json", "databases.txt", "doctor.jsonl", "log.txt", "metrics.txt", "versions.json"], texts.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, text) in texts) Assert.All(planted, word => Assert.False(text.Contains(word, StringComparison.OrdinalIgnoreCase), $"{name} holds {word}"));
        Assert.Contains("frame 123 ok", texts["log.txt"], StringComparison.Ordinal);
        Assert.Contains("CREATE TABLE outbox", texts["databases.txt"], StringComparison.Ordinal);
        Assert.Contains("\"analyseFps\"", texts["config/cameras/cong.json"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("37A-123.45")]
    [InlineData("37A12345")]
    [InlineData("29MĐ101353")]
    [InlineData("29-H1 234.56")]
    [InlineData("80-011-NG-01")]
    [InlineData("QK 12-34")]
    [InlineData("0912345678")]
    [InlineData("001099012345")]
    [InlineData("thu.nghiem@example.com.vn")]
    public void What_looks_like_a_person_is_covered(string personal) => Assert.DoesNotContain(personal, Redaction.Of($"seen {personal} today"), StringComparison.Ordinal);
}
