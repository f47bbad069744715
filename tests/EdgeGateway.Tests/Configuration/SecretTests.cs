using System.Text;
using CsCheck;
using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Logging;
using EdgeGateway.Configuration.Yaml;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Tests.Configuration;

public sealed class SecretTests
{
    /// <summary>Found by the hostile files: the words about a missing film named its path with the secret filled in.</summary>
    [Fact]
    public void A_secret_in_the_address_of_a_film_is_not_printed_with_its_path()
    {
        using var folder = new TestFolder().Write("cameras/a.yaml", "id: cong-1\nsource: { url: \"file:///var/phim-${CAM_BINH_MINH}.mp4\" }\n");
        var warning = Assert.Single(folder.Load().Warnings, one => one.Message.Contains("has no picture", StringComparison.Ordinal));
        Assert.DoesNotContain("mat-khau-camera", warning.Message, StringComparison.Ordinal);
        Assert.Contains("file:///var/phim-***.mp4", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_with_special_characters_is_encoded_for_the_url_and_masked_in_both_forms()
    {
        using var folder = new TestFolder().With("CAM", "p@ss/w:rd%").Write("cameras/a.yaml", "id: a\nsource: { url: \"rtsp://u:${CAM}@10.0.0.1/main?token=${CAM}\" }");
        var url = Assert.Single(folder.Load().Cameras).Source.Url;
        Assert.Equal("rtsp://u:p%40ss%2Fw%3Ard%25@10.0.0.1/main?token=p%40ss%2Fw%3Ard%25", url.Open());
        Assert.Equal("rtsp://u:***@10.0.0.1/main?token=***", url.ToString());
        Assert.Equal("10.0.0.1", url.Host);
        Assert.Equal("opening *** as *** or ***", folder.Mask.Apply("opening p@ss/w:rd% as p%40ss%2Fw%3Ard%25 or p%40ss%2fw%3ard%25"));
    }

    [Fact]
    public void Secrets_come_from_the_environment_a_file_and_systemds_credentials()
    {
        using var folder = new TestFolder();
        folder.Write("token", "tu-tep\n").Write("mqtt", "tu-systemd").With("CREDENTIALS_DIRECTORY", folder.FolderPath).With("INFLUX", "tu-moi-truong");
        folder.Write("gateway.yaml", $$"""
            id: a
            site: { id: b, name: c }
            mqtt: { url: "mqtts://h", username: "${INFLUX}", password: "${credential:mqtt}" }
            timeSeries: { url: "https://influx.example.vn", token: "${file:{{folder.FolderPath}}/token}" }
            """);
        var result = folder.Load();
        Assert.Empty(result.Mistakes);
        Assert.Equal(("tu-moi-truong", "tu-systemd", "tu-tep"), (result.Gateway!.Mqtt.Username, result.Gateway.Mqtt.Password!.Open(), result.Gateway.TimeSeries!.Token!.Open()));
        Assert.Equal("***", folder.Mask.Apply("tu-tep"));
    }

    [Theory]
    [InlineData("${mqtt password}", "'${…}' holds neither an environment variable's name (capital letters, digits, '_') nor file:/path nor credential:name")]
    [InlineData("${file:mqtt}", "the path in ${file:…} must begin with '/'")]
    [InlineData("${file:/nowhere/mqtt}", "the secret file /nowhere/mqtt is not there")]
    [InlineData("${credential:../mqtt}", "a credential's name holds letters, digits, '.', '_' and '-' only")]
    [InlineData("${NOT_SET}", "the environment variable NOT_SET is not set; set it in secrets.env, the service's EnvironmentFile")]
    [InlineData("${OPEN", "'${' without a closing '}'; write ${NAME}, ${file:/path} or ${credential:name}")]
    public void A_secret_that_cannot_be_read_says_why(string text, string message)
    {
        using var folder = new TestFolder($"id: a\nsite: {{ id: b, name: c }}\nmqtt: {{ url: \"mqtts://h\", username: u, password: \"{text}\" }}");
        Assert.Equal($"gateway.yaml:3:50: {message}", Assert.Single(folder.Load().Mistakes).ToString());
    }

    [Theory]
    [InlineData("password: [hunter-zwei]")]
    [InlineData("password: hunter-zwei, x, y")]
    [InlineData("password: { hunter-zwei }")]
    [InlineData("password: hunter-zwei, keepAlive: 5")]
    [InlineData("pasword: hunter-zwei")]
    [InlineData("password: ok, hunter-zwei")]
    [InlineData("password: ok, hunter-zwei: x")]
    [InlineData("password, \"hunter-zwei\": x")]
    [InlineData("password, hunter-zwei\": x")]
    [InlineData("password: ok, hunter-zwei, hunter-zwei")]
    [InlineData("url: \"mqtts://u:hunter-zwei@h\"")]
    [InlineData("url: \"hunter-zwei\"")]
    [InlineData("url: \"hunter-zwei://h\"")]
    public void A_bad_value_of_a_key_that_holds_a_secret_is_not_printed(string entry)
    {
        var url = entry.StartsWith("url", StringComparison.Ordinal) ? "" : "url: \"mqtts://h\", ";
        using var folder = new TestFolder($"id: a\nsite: {{ id: b, name: c }}\nmqtt: {{ {url}username: u, {entry} }}");
        var result = folder.Load();
        Assert.NotEmpty(result.Mistakes);
        Assert.DoesNotContain(result.Mistakes.Concat(result.Warnings), mistake => mistake.ToString().Contains("hunter-zwei", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rtsp://viewer:hunter@zw/ei@10.0.0.1/main", "rtsp://viewer:***@10.0.0.1/main", "hunter@zw/ei")]
    [InlineData("rtsp://viewer:hunter/zwei@10.0.0.1/main", "rtsp://viewer:***@10.0.0.1/main", "hunter/zwei")]
    [InlineData("rtsp://viewer:hunter@10.0.0.1/a@b", "rtsp://viewer:***@10.0.0.1/a@b", "hunter")]
    public void A_password_in_clear_is_covered_whole_with_what_is_special_in_an_address(string written, string shown, string password)
    {
        using var folder = new TestFolder().Write("cameras/a.yaml", $"id: a\nsource: {{ url: \"{written}\" }}");
        var result = folder.Load();
        Assert.Equal(shown, result.Cameras[0].Source.Url.ToString());
        Assert.Contains("stands in clear", Assert.Single(result.Warnings).Message, StringComparison.Ordinal);
        Assert.Equal("***", folder.Mask.Apply(password));
    }

    [Fact]
    public void No_damage_to_a_file_throws_or_prints_its_secrets()
    {
        const string Whole = """
            id: a
            site: { id: b, name: "c" }
            mqtt: { url: "mqtts://h", username: u, password: "hunter-zwei" }
            limits: { inferenceThreads: 2, drain: 5s }
            """;
        using var folder = new TestFolder();
        // From memory: that a folder's files come to the same reading is shown by all other tests.
        Gen.Select(Gen.Int[0, Whole.Length - 1], Gen.Int[0, 3], Gen.Char["'\"{}[,:\n\t#&*!|>%- \0"]).List[1, 3].Sample(
            edits =>
            {
                var text = Whole;
                foreach (var (at, length, c) in edits)
                {
                    var start = Math.Min(at, text.Length);
                    text = text[..start] + c + text[Math.Min(text.Length, start + length)..];
                }

                if (!text.Contains("hunter-zwei", StringComparison.Ordinal)) return;
                var mistakes = new MistakeList();
                var secrets = new SecretSource(new SecretMask(), _ => null, isRequired: true, folder.FolderPath);
                if (YamlReader.Read(ConfigFolder.GatewayFile, Encoding.UTF8.GetBytes(text), mistakes) is { } keys) folder.Folder.Understand(keys, secrets, models: null, mistakes);
                Assert.DoesNotContain(mistakes.Mistakes.Concat(mistakes.Warnings), mistake => mistake.Message.Contains("hunter-zwei", StringComparison.Ordinal));
            },
            iter: 3000, threads: 2);
    }

    [Fact]
    public void A_person_with_sudo_has_the_services_secrets_without_systemd()
    {
        using var folder = new TestFolder("id: a\nsite: { id: b, name: c }\nmqtt: { url: \"mqtts://h\", username: u, password: \"${credential:mqtt}\" }");
        Directory.CreateDirectory(Path.Combine(folder.FolderPath, "credentials"));
        folder.Write("credentials/mqtt", "tu-thu-muc\n").Write("secrets.env", "# cameras\nCAM_1=cu\n CAM_1 = 'mat khau=1'\nCAM_BINH_MINH=khac\n");
        folder.Write("cameras/a.yaml", "id: a\nsource: { url: \"rtsp://u:${CAM_1}@10.0.0.1/${CAM_BINH_MINH}\" }");
        var result = folder.Load();
        Assert.Empty(result.Mistakes);
        Assert.Equal("tu-thu-muc", result.Gateway!.Mqtt.Password!.Open());
        Assert.Equal("rtsp://u:mat%20khau%3D1@10.0.0.1/mat-khau-camera", result.Cameras[0].Source.Url.Open()); // the environment comes first
        Assert.Equal("***", folder.Mask.Apply("mat khau=1"));
    }

    [Fact]
    public void Records_that_hold_secrets_print_stars()
    {
        using var folder = new TestFolder("id: a\nsite: { id: b, name: c }\nmqtt: { url: \"mqtts://h\", username: u, password: hunter-zwei }")
            .Write("cameras/a.yaml", "id: a\nsource: { url: \"rtsp://u:hunter-drei@10.0.0.1/main\" }");
        var result = folder.Load();
        var text = $"{result.Gateway} {result.Gateway!.Config} {result.Cameras[0]} {System.Text.Json.JsonSerializer.Serialize(result.Gateway.Config)} {System.Text.Json.JsonSerializer.Serialize(result.Cameras[0].Config)}";
        Assert.DoesNotContain("hunter", text, StringComparison.Ordinal);
        Assert.Equal(2, result.Warnings.Count(warning => warning.Message.Contains("in clear", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_log_covers_secrets_in_messages_and_exceptions_and_in_urls_nobody_registered()
    {
        var mask = new SecretMask();
        mask.Register("bi-mat-1");
        using var text = new StringWriter();
        using var console = new MaskingConsole(text, mask, new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), isJournal: false);
        var logger = console.CreateLogger("EdgeGateway.Vision.Capture.CameraStream");
        logger.LogWarning(new InvalidOperationException("bi-mat-1 refused"), "Opening rtsp://a:b@10.0.0.1/x with bi-mat-1");
        Assert.Equal(
            "2026-01-02T03:04:05.000Z warn  CameraStream: Opening rtsp://a:***@10.0.0.1/x with ***\nSystem.InvalidOperationException: *** refused\n",
            text.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Under_systemd_every_line_carries_its_severity_and_no_time()
    {
        using var text = new StringWriter();
        using var console = new MaskingConsole(text, new SecretMask(), TimeProvider.System, isJournal: true);
        console.CreateLogger("A.B").LogError("one\ntwo");
        Assert.Equal("<3>B: one\n<3>two\n", text.ToString().ReplaceLineEndings("\n"));
    }
}
