using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeGateway.RegistrySimulator;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Registration.Remote;

namespace EdgeGateway.Sync.Tests.Registration;

/// <summary>REST and SOAP against the simulator: real HTTPS with client certificates.</summary>
public sealed class ServiceTests : IDisposable
{
    private readonly Registry _registry = new();

    public static TheoryData<string> Services => new("rest", "soap");

    public static TheoryData<string, Fault, string> Faults
    {
        get
        {
            var data = new TheoryData<string, Fault, string>();
            foreach (var service in new[] { "rest", "soap" })
            {
                data.Add(service, Fault.ServerError, "503");
                data.Add(service, Fault.Slow, "no whole reply within");
                data.Add(service, Fault.Truncated, "broke off");
                data.Add(service, Fault.Huge, "more than 1048576 bytes");
                data.Add(service, Fault.HtmlPage, "HTML page");
                data.Add(service, Fault.Unauthorised, "refuses our account");
                data.Add(service, Fault.TooMany, "429");
            }

            data.Add("soap", Fault.ServiceFault, "soap:Server");
            data.Add("soap", Fault.XmlEntities, "entities, which is refused");
            data.Add("rest", Fault.ServiceFault, "not understood");
            data.Add("rest", Fault.XmlEntities, "no whole JSON");
            return data;
        }
    }

    public void Dispose() => _registry.Dispose();

    [Theory]
    [MemberData(nameof(Services))]
    public async Task An_owner_is_found_and_the_service_learns_who_asks(string kind)
    {
        await using var service = await _registry.ServiceAsync();
        var result = await AskAsync(service, kind, Registry.Plate("37A-123.45"));
        Assert.Equal((OwnerStatus.Found, kind), (result.Status, result.Source));
        using var text = JsonDocument.Parse(_registry.Open(result.Sealed!));
        Assert.Equal("NGUYỄN THỊ THỬ NGHIỆM", text.RootElement.GetProperty("owner").GetProperty("name").GetString());
        Assert.Equal("040199012345", text.RootElement.GetProperty("owner").GetProperty("id").GetString());
        Assert.Equal(Registry.Officer.Violation, text.RootElement.GetProperty("violation").GetString());
        Assert.Equal(new SeenQuestion(kind, "37A12345", "bien-cua-lo-01-yeu-cau-1", "A-204", "CA-PHUONG", "Vượt đèn đỏ", "HS-118", null), Assert.Single(service.Questions));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task An_empty_collection_is_not_found_and_two_owners_are_ambiguous(string kind)
    {
        await using var service = await _registry.ServiceAsync();
        Assert.Equal((OwnerStatus.NotFound, LookUpReason.Unknown), Brief(await AskAsync(service, kind, Registry.Plate("37A12340"))));
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.TwoOwners), Brief(await AskAsync(service, kind, Registry.Plate("37A12349"))));
        Assert.Equal((OwnerStatus.Mismatch, LookUpReason.OtherVehicle), Brief(await AskAsync(service, kind, Registry.Plate("37A12345", vehicle: ObjectKind.Motorcycle))));
        Assert.Equal((OwnerStatus.Mismatch, LookUpReason.OtherColour), Brief(await AskAsync(service, kind, Registry.Plate("37A12345", PlateColour.Yellow))));
        Assert.Equal((OwnerStatus.NotFound, LookUpReason.Unknown), Brief(await AskAsync(service, kind, Registry.Plate("37A12345"), new DateTimeOffset(2023, 8, 31, 0, 0, 0, TimeSpan.Zero))));
    }

    [Fact]
    public async Task Soap_replies_are_read_under_whichever_namespace_they_come()
    {
        await using var service = await _registry.ServiceAsync();
        var result = await AskAsync(service, "soap", Registry.Plate("37C45678", PlateColour.Yellow, ObjectKind.Truck));
        Assert.Equal(OwnerStatus.Found, result.Status);
        Assert.Contains("CÔNG TY MẪU GIẢ LẬP", _registry.Open(result.Sealed!), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Whatever_a_service_does_instead_of_answering_the_look_up_waits(string kind, Fault fault, string told)
    {
        await using var service = await _registry.ServiceAsync();
        service.Fault = fault;
        var watch = Stopwatch.StartNew();
        var result = await AskAsync(service, kind, Registry.Plate("37A12345"), timeout: fault == Fault.Slow ? TimeSpan.FromMilliseconds(400) : null);
        Assert.Equal((OwnerStatus.Pending, LookUpReason.SourceAway), Brief(result));
        Assert.Contains(_registry.Log.Lines, line => line.Contains(told, StringComparison.Ordinal));
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), "a bound on time holds"); // the slow one would answer after two minutes
        Assert.Empty(_registry.WhereStands("NGUYỄN THỊ THỬ NGHIỆM", "040199012345"));
        if (fault == Fault.TooMany) Assert.InRange(result.RetryAfter!.Value.TotalSeconds, 50, 60);
    }

    [Theory]
    [InlineData("rest", CertificateKind.OtherName)]
    [InlineData("rest", CertificateKind.Expired)]
    [InlineData("soap", CertificateKind.OtherName)]
    [InlineData("soap", CertificateKind.Expired)]
    public async Task A_certificate_that_is_expired_or_for_another_name_is_not_trusted(string kind, CertificateKind certificate)
    {
        await using var service = await _registry.ServiceAsync(options => options with { Certificate = certificate });
        Assert.Equal(OwnerStatus.Pending, (await AskAsync(service, kind, Registry.Plate("37A12345"))).Status);
        Assert.Contains(_registry.Log.Lines, line => line.Contains(certificate == CertificateKind.Expired ? "Expired: the certificate of localhost" : "Wrong name: a certificate for localhost is expected", StringComparison.Ordinal));
        Assert.Empty(service.Questions);
    }

    [Fact]
    public async Task An_unknown_authority_and_a_missing_client_certificate_end_the_connection()
    {
        await using var service = await _registry.ServiceAsync();
        using var untrusting = _registry.Rest(service, options => options with { CaFile = null });
        using var unknown = _registry.Rest(service, options => options with { CertificateFile = null, KeyFile = null });
        Assert.Contains("Unknown authority", (await untrusting.LookUpAsync(Query(), default)).Fault, StringComparison.Ordinal);
        Assert.NotNull((await unknown.LookUpAsync(Query(), default)).Fault);
        Assert.Empty(service.Questions);
    }

    [Fact]
    public void Plain_http_leads_nowhere_but_to_this_machine() =>
        Assert.Throws<ArgumentException>(() => new RestRegistry(new ServiceOptions { Url = new Uri("http://10.0.0.1/api") }, _registry.Seal, _registry.Desk, TimeProvider.System));

    [Fact]
    public async Task A_refused_token_is_renewed_once_and_a_good_one_is_kept()
    {
        await using var service = await _registry.ServiceAsync();
        using var rest = _registry.Rest(service);
        for (var i = 0; i < 3; i++) Assert.NotNull((await rest.LookUpAsync(Query(), default)).Rows);
        Assert.Equal(1, service.Logins);
        service.RevokeTokens();
        Assert.NotNull((await rest.LookUpAsync(Query(), default)).Rows);
        Assert.Equal(2, service.Logins);
    }

    [Fact]
    public async Task A_token_is_renewed_before_it_ends()
    {
        await using var service = await _registry.ServiceAsync();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        using var rest = new RestRegistry(Registry.Options(service, service.RestUrl), _registry.Seal, _registry.Desk, time);
        Assert.NotNull((await rest.LookUpAsync(Query(), default)).Rows);
        time.Advance(TimeSpan.FromMinutes(4.9));
        Assert.NotNull((await rest.LookUpAsync(Query(), default)).Rows);
        Assert.Equal(2, service.Logins);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_provincial_platform_gives_one_token_and_each_service_has_its_key(string kind)
    {
        await using var service = await _registry.ServiceAsync();
        var platform = new PlatformOptions { TokenUrl = service.TokenUrl, ClientId = "hop-thu-nghiem", ClientSecret = () => "mat-khau-gia-lap", Scope = "default" };
        ServiceOptions With(ServiceOptions options) => options with { Platform = platform, Username = null, ApiKey = () => "khoa-dich-vu" };
        using var rest = _registry.Rest(service, With);
        using var soap = _registry.Soap(service, With);
        Assert.NotNull((await (kind == "rest" ? (IRegistrySource)rest : soap).LookUpAsync(Query(), default)).Rows);
        Assert.Equal("khoa-dich-vu", Assert.Single(service.Questions).ApiKey);
        Assert.Equal(1, service.Logins);
    }

    [Fact]
    public async Task A_wrong_account_is_told_and_tried_slowly()
    {
        await using var service = await _registry.ServiceAsync();
        using var rest = _registry.Rest(service, options => options with { Password = () => "sai" });
        var answer = await rest.LookUpAsync(Query(), default);
        Assert.Contains("refuses our account", answer.Fault, StringComparison.Ordinal);
        Assert.True(answer.RetryAfter >= TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task A_service_that_takes_no_more_questions_is_left_alone()
    {
        await using var service = await _registry.ServiceAsync();
        using var rest = _registry.Rest(service);
        service.Fault = Fault.TooMany;
        await rest.LookUpAsync(Query(), default);
        service.Fault = Fault.None;
        var answer = await rest.LookUpAsync(Query(), default);
        Assert.InRange(answer.RetryAfter!.Value.TotalSeconds, 50, 60);
        Assert.Single(service.Questions);
    }

    [Fact]
    public async Task What_is_not_asked_of_a_service_that_rests_does_not_stand_in_the_log_as_asked()
    {
        await using var service = await _registry.ServiceAsync();
        using var lookUp = _registry.LookUp(_registry.Rest(service));
        service.Fault = Fault.TooMany;
        for (var i = 0; i < 3; i++)
        {
            var result = await lookUp.LookUpAsync(Registry.Ask(Registry.Plate("37A12345")), TestContext.Current.CancellationToken);
            Assert.Equal((OwnerStatus.Pending, "rest"), (result.Status, result.Source));
            Assert.InRange(result.RetryAfter!.Value.TotalSeconds, 50, 60);
        }

        Assert.Single(service.Questions);
        Assert.Single(File.ReadAllLines(_registry.LookUpLogFile), line => line.Contains("\"asked\"", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Where_the_colour_was_not_seen_no_service_is_asked(string kind)
    {
        await using var service = await _registry.ServiceAsync();
        var result = await AskAsync(service, kind, Registry.Plate("37A-123.45", PlateColour.Unknown));
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.IncompleteKey, null), (result.Status, result.Reason, result.Sealed));
        Assert.Empty(service.Questions);
    }

    [Fact]
    public async Task The_days_questions_are_counted_over_restarts()
    {
        await using var service = await _registry.ServiceAsync();
        for (var i = 0; i < 3; i++)
        {
            using var rest = _registry.Rest(service, options => options with { DailyQuota = 2 });
            var answer = await rest.LookUpAsync(Query(), default);
            Assert.Equal(i < 2, answer.Rows is not null);
            if (i == 2) Assert.InRange(answer.RetryAfter!.Value.TotalHours, 0, 24);
            _registry.ReopenDesk();
        }

        Assert.Equal(2, service.Questions.Count);
    }

    [Fact]
    public async Task A_service_that_keeps_failing_is_spared_by_the_breaker()
    {
        await using var service = await _registry.ServiceAsync();
        using var soap = _registry.Soap(service, options => options with { BreakerAtLeast = 4, BreakerPause = TimeSpan.FromMinutes(1) });
        service.Fault = Fault.ServerError;
        for (var i = 0; i < 10; i++) Assert.Null((await soap.LookUpAsync(Query(), default)).Rows);
        Assert.Equal(4, service.Questions.Count);
        Assert.Contains("spared", (await soap.LookUpAsync(Query(), default)).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sources_are_asked_in_their_order_until_one_decides()
    {
        await using var service = await _registry.ServiceAsync();
        using var lookUp = _registry.LookUp(_registry.Soap(service), _registry.Rest(service));
        Assert.Equal("soap", (await lookUp.LookUpAsync(Registry.Ask(Registry.Plate("37A12345")), default)).Source);
        Assert.Equal(["soap"], service.Questions.Select(question => question.Service));
        // Not known to the first: the second is asked, and "not found" is the last word only when all could be asked.
        Assert.Equal(OwnerStatus.NotFound, (await lookUp.LookUpAsync(Registry.Ask(Registry.Plate("37A12340")), default)).Status);
        Assert.Equal(["soap", "soap", "rest"], service.Questions.Select(question => question.Service));
    }

    [Fact]
    public async Task Curl_talks_to_the_simulator_as_well()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed.");
        await using var service = await _registry.ServiceAsync();
        string[] tls = ["-s", "--cacert", service.CaFile, "--cert", service.CertificateFile, "--key", service.KeyFile];
        using var token = JsonDocument.Parse(await CurlAsync([.. tls, "-u", "hop-thu-nghiem:mat-khau-gia-lap", "-d", "grant_type=client_credentials", service.TokenUrl.AbsoluteUri]));
        var bearer = $"Authorization: Bearer {token.RootElement.GetProperty("access_token").GetString()}";
        var rest = await CurlAsync([.. tls, "-H", bearer, $"{service.RestUrl}/tracuu/ttxe/37A12345/white/car"]);
        Assert.Equal(await GoldenAsync("rest/37A12345.json"), rest);
        var question = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><q:TraCuuThongTinPhuongTien xmlns:q="http://dancuquocgia.bca"><q:BienSo>37A12345</q:BienSo></q:TraCuuThongTinPhuongTien></e:Body></e:Envelope>""";
        var soap = await CurlAsync([.. tls, "-H", bearer, "-H", "Content-Type: text/xml", "-H", "SOAPAction: \"\"", "--data-binary", question, service.SoapUrl.AbsoluteUri]);
        Assert.Equal(await GoldenAsync("soap/37A12345.xml"), soap);
        foreach (var (address, none) in new[] { ($"{service.RestUrl}/auth/login", "x"), ($"{service.RestUrl}/auth/login", "{}"), (service.SoapUrl.AbsoluteUri, "<e") })
            Assert.EndsWith("400", await CurlAsync([.. tls, "-H", bearer, "-w", "%{http_code}", "--data-binary", none, address]), StringComparison.Ordinal);
    }

    private static (OwnerStatus, LookUpReason) Brief(LookUpResult result) => (result.Status, result.Reason);

    internal static RegistryQuery Query() => new("37A12345", PlateColour.White, ObjectKind.Car, Registry.Seen, Registry.Officer, "yeu-cau-1");

    private static Task<string> GoldenAsync(string name) => File.ReadAllTextAsync(Testing.Repository.PathOf("tests", "RegistrySimulator", "golden", name));

    private static async Task<string> CurlAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/curl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"curl ended with {process.ExitCode}"));
        return text;
    }

    private async Task<LookUpResult> AskAsync(Simulator service, string kind, PlateFacts plate, DateTimeOffset? at = null, TimeSpan? timeout = null)
    {
        ServiceOptions With(ServiceOptions options) => options with { Timeout = timeout ?? options.Timeout };
        IRegistrySource source = kind == "rest" ? _registry.Rest(service, With) : _registry.Soap(service, With);
        return await _registry.AskAsync(Registry.Ask(plate, at), source);
    }
}
