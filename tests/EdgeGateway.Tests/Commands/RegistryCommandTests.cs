using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeGateway.Commands;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Testing;
using EdgeGateway.Tests.Configuration;
using EdgeGateway.Tests.EndToEnd;

namespace EdgeGateway.Tests.Commands;

public sealed class RegistryCommandTests : IDisposable
{
    private const string Header = "plate,colour,vehicle,state,valid_from,valid_to,inspection_until,brand,owner_name,owner_id,owner_birth,owner_address,owner_phone,office";

    private readonly TestFolder _folder;

    public RegistryCommandTests()
    {
        using var centre = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        _folder = new TestFolder();
        _folder.Write("ioc.pem", centre.ExportSubjectPublicKeyInfoPem());
        _folder.Write("gateway.yaml", $"""
            {TestFolder.Gateway}
            storage: {"{"} folder: "{_folder.FolderPath}/store" {"}"}
            registration: {"{"} iocKeyFile: "{_folder.FolderPath}/ioc.pem", replica: {"{"} owners: true {"}"} {"}"}
            """);
    }

    private string LookUpLogFile => Path.Combine(_folder.FolderPath, "store", "registration", "look-ups.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_table_is_imported_and_a_vehicle_looked_up_by_an_officer()
    {
        var (code, output, _) = await ImportAsync("37A-123.45,white,car,active,2023-09-01,2025-05-31,,,NGUYỄN THỊ THỬ NGHIỆM,040199012345,,,,\n13,white,car,,,\n37A-123.45,white,car,active,2025-06-01,,,,TRẦN VĂN MẪU,001090000001,,,,\n");
        Assert.Equal(0, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("""{"line":3,"rejected":"plate: no plate has this text"}""", lines[0]);
        Assert.Contains("\"rows\":2,\"rejected\":1,\"doubtful\":0", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("NGUYỄN", output, StringComparison.Ordinal);

        using var found = JsonDocument.Parse((await LookUpAsync("37A-123.45", "white", "car")).Output);
        Assert.Equal(("found", "replica"), (Text(found, "status"), Text(found, "source")));
        Assert.NotNull(Text(found, "sealed"));
        using var mismatch = JsonDocument.Parse((await LookUpAsync("37A12345", "yellow", "car")).Output);
        Assert.Equal(("mismatch", null), (Text(mismatch, "status"), Text(mismatch, "sealed")));
        using var military = JsonDocument.Parse((await LookUpAsync("TM-12-34", "red", "truck")).Output);
        Assert.Equal("not_attempted", Text(military, "status"));
        using var before = JsonDocument.Parse((await LookUpAsync("37A12345", "white", "car", "--at", "2020-01-01T00:00:00Z")).Output);
        Assert.Equal("not_found", Text(before, "status"));
        Assert.Null(LookUpLog.Verify(LookUpLogFile));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_privacy_page_shows_look_ups_beside_the_other_accesses_configured_or_not(bool isConfigured)
    {
        if (!isConfigured) _folder.Write("gateway.yaml", $"{TestFolder.Gateway}\nstorage: {{ folder: \"{_folder.FolderPath}/store\" }}\n");
        await ImportAsync("37A-123.45,white,car,,,\n");
        var storage = Path.Combine(_folder.FolderPath, "store");
        new AccessLog(storage).Append(DateTimeOffset.UtcNow.AddHours(-1), AccessAct.Export, "phieu.html", "A-1", "report rules");
        await LookUpAsync("37A12345", "white", "car");
        new AccessLog(storage).Append(DateTimeOffset.UtcNow.AddHours(1), AccessAct.Export, "phieu-sau.html", "A-1", "report rules");
        var page = (await RunAsync("privacy", "--config", _folder.FolderPath)).Output;
        Assert.Contains("Bản sao đăng ký xe", page, StringComparison.Ordinal);
        int[] places = [page.IndexOf("phieu-sau.html", StringComparison.Ordinal), page.IndexOf("phieu.html", StringComparison.Ordinal), page.IndexOf("tra cứu 37A12345", StringComparison.Ordinal)];
        Assert.All(places, place => Assert.True(place > 0, page));
        Assert.Equal(places.Order(), places);
    }

    [Theory]
    [InlineData("--purpose p --case c", "officer")]
    [InlineData("--officer o --case c", "purpose")]
    [InlineData("--officer o --purpose p", "case")]
    public async Task A_look_up_without_officer_purpose_or_case_ends_with_two(string given, string missing)
    {
        await ImportAsync("37A-123.45,white,car,,,\n");
        string[] line = ["registry", "lookup", "37A12345", "--colour", "white", "--vehicle", "car", .. given.Split(' '), "--config", _folder.FolderPath];
        var (code, output, error) = await RunAsync(line);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(missing, error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync([.. line, $"--{missing}", " "])).Code);
        Assert.False(File.Exists(LookUpLogFile));
    }

    [Theory]
    [InlineData("37A12345", "green", "car", "green")]
    [InlineData("37A12345", "white", "boat", "boat")]
    public async Task A_colour_or_vehicle_that_does_not_exist_is_told_with_those_that_do(string plate, string colour, string vehicle, string told)
    {
        var (code, _, error) = await LookUpAsync(plate, colour, vehicle);
        Assert.Equal(2, code);
        Assert.Contains($"'{told}'", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("05/06/2024")]
    [InlineData("2024-06-05")]
    [InlineData("2024-06-05T08:00:00")]
    public async Task A_time_that_may_mean_two_days_or_any_zone_is_not_guessed_at(string time)
    {
        var (code, _, error) = await LookUpAsync("37A12345", "white", "car", "--at", time);
        Assert.Equal(2, code);
        Assert.Contains($"--at '{time}' is no time", error, StringComparison.Ordinal);
        Assert.False(File.Exists(LookUpLogFile));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("37A-1")]
    [InlineData("xin chào")]
    [InlineData("37A-123.45-678.90")]
    public async Task What_no_plate_can_say_is_not_looked_up(string text)
    {
        var (code, output, error) = await LookUpAsync(text, "white", "car");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains($"'{text}' is no plate", error, StringComparison.Ordinal);
        Assert.False(File.Exists(LookUpLogFile));
    }

    [Theory]
    [InlineData("37A-12?.45")]
    [InlineData("37A-1I3.45")]
    public async Task A_plate_with_a_doubtful_character_or_a_slip_stays_an_open_question(string text)
    {
        var (code, output, _) = await LookUpAsync(text, "white", "car");
        Assert.Equal(0, code);
        Assert.Contains("\"status\":\"ambiguous\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_replica_the_look_up_waits_and_says_how_to_make_one()
    {
        var (code, output, _) = await LookUpAsync("37A12345", "white", "car");
        Assert.Equal(1, code);
        Assert.Contains("\"status\":\"pending\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_contracts_gateway_file_is_enough_to_import_and_look_up()
    {
        _folder.Write("gateway.yaml", $"{ContractSamples.Gateway}\nstorage: {"{"} folder: \"{_folder.FolderPath}/store\" {"}"}");
        Assert.Equal(0, (await ImportAsync("37A-123.45,white,car,active,,,,,NGUYỄN THỊ THỬ NGHIỆM,,,,\n")).Code);
        using var found = JsonDocument.Parse((await LookUpAsync("37A12345", "white", "car")).Output);
        Assert.Equal(("found", null), (Text(found, "status"), Text(found, "sealed")));
    }

    [Fact]
    public async Task A_table_in_an_old_encoding_ends_with_two_and_says_which_line()
    {
        var path = Path.Combine(_folder.FolderPath, "table.csv");
        await File.WriteAllBytesAsync(path, [.. System.Text.Encoding.ASCII.GetBytes(Header + "\n37A-123.45,white,car,active,,,,H"), 0xD4, (byte)'N', (byte)'\n']);
        var (code, _, error) = await RunAsync("registry", "import", path, "--config", _folder.FolderPath);
        Assert.Equal(2, code);
        Assert.Contains("table.csv:2", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_killed_in_the_middle_goes_on_where_it_was()
    {
        const int Rows = 600_000;
        var path = Path.Combine(_folder.FolderPath, "table.csv");
        await File.WriteAllLinesAsync(path, [Header, .. Enumerable.Range(0, Rows).Select(i => string.Create(CultureInfo.InvariantCulture, $"{29 + (i / 99_999)}A{(i % 99_999) + 1:00000},white,car,active,2023-01-01,,,,NGƯỜI {i},{i:000000000000},,,"))]);
        await using (var first = GatewayProcess.Start(["registry", "import", path, "--config", _folder.FolderPath]))
        {
            await Wait.Until($"the first rows are committed; it said {first.Said}", () => first.Error.Any(line => line.Contains("rows", StringComparison.Ordinal)) || first.HasExited, TimeSpan.FromSeconds(60));
            await first.KillAsync();
        }

        Assert.False(File.Exists(Path.Combine(_folder.FolderPath, "store", "registration", "replica.db")), "it was killed in the middle");
        var second = await GatewayProcess.RunAsync("registry", "import", path, "--config", _folder.FolderPath);
        Assert.Equal(0, second.Code);
        using var result = JsonDocument.Parse(second.Output);
        Assert.Equal(Rows, result.RootElement.GetProperty("rows").GetInt32());
        Assert.True(result.RootElement.GetProperty("resumedAtLine").GetInt32() > 20_000);
        using var found = JsonDocument.Parse((await LookUpAsync("29A00001", "white", "car")).Output);
        Assert.Equal("found", Text(found, "status"));
    }

    [Theory]
    [InlineData("registration: { iocKeyFile: /k, sources: [rest] }", "rest: {")]
    [InlineData("registration: { sources: [replicca] }", "replica")]
    [InlineData("registration: { sources: [replica, replica] }", "twice")]
    [InlineData("registration: { replica: { owners: true } }", "iocKeyFile")]
    [InlineData("registration: { iocKeyFile: /k, sources: [rest], rest: { url: \"http://10.0.0.1/api\" } }", "https://")]
    [InlineData("registration: { iocKeyFile: /k, sources: [rest], rest: { url: \"https://h/api\", username: u } }", "belong together")]
    [InlineData("registration: { iocKeyFile: /k, sources: [rest], rest: { url: \"https://h/api\", path: \"tracuu\" } }", "{plate}")]
    [InlineData("registration: { replica: { columns: [\"plat=bien_so\"] } }", "'plat=bien_so'")]
    [InlineData("registration: { certanty: { mean: 0.99 } }", "unknown key 'certanty' in 'registration'; did you mean 'certainty'?")]
    [InlineData("registration: { certainty: { meen: 0.99 } }", "unknown key 'meen' in 'certainty'; did you mean 'mean'?")]
    [InlineData("registration: { certainty: { mean: 0.899 } }", "'mean' is 0.899, allowed is 0.9 to 1")]
    [InlineData("registration: { certainty: { least: 0.79 } }", "'least' is 0.79, allowed is 0.8 to 1")]
    [InlineData("registration: { certainty: { least: 97 } }", "'least' is 97, allowed is 0.8 to 1")]
    public void What_is_wrong_with_the_registration_part_is_told_with_its_place(string part, string told)
    {
        using var folder = new TestFolder($"{TestFolder.Gateway}\n{part}");
        var mistake = Assert.Single(folder.Load().Mistakes);
        Assert.StartsWith("gateway.yaml:4:", mistake.ToString(), StringComparison.Ordinal);
        Assert.Contains(told, mistake.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_floor_of_certainty_is_the_configured_one_to_its_bounds_and_what_is_not_said_is_the_default()
    {
        using var folder = new TestFolder($"{TestFolder.Gateway}\nregistration: {{ certainty: {{ mean: 0.9, least: 1 }} }}");
        Assert.Equal(new ReadFloor(0.9, 1), RegistrationOf.Floor(Sound(folder).Registration));
        using var half = new TestFolder($"{TestFolder.Gateway}\nregistration: {{ certainty: {{ least: 0.8 }} }}");
        Assert.Equal(ReadFloor.Default with { Least = 0.8 }, RegistrationOf.Floor(Sound(half).Registration));
        using var silent = new TestFolder($"{TestFolder.Gateway}\nregistration: {{ sources: [replica] }}");
        Assert.Equal(ReadFloor.Default, RegistrationOf.Floor(Sound(silent).Registration));

        static GatewayModel Sound(TestFolder folder)
        {
            var result = folder.Load();
            Assert.Empty(result.Mistakes);
            return result.Gateway!;
        }
    }

    [Fact]
    public void A_whole_registration_part_is_right()
    {
        using var folder = new TestFolder($$"""
            {{TestFolder.Gateway}}
            registration:
              sources: [replica, rest, soap]
              iocKeyFile: /etc/edgegateway/ioc-public.pem
              vehicleAgreement: wheels
              platform: { tokenUrl: "https://lgsp.example.vn/oauth2/token", clientId: box, clientSecret: "${LGSP}", scope: default }
              rest: { url: "https://lgsp.example.vn/vehicles/v1", apiKey: "${LGSP}", dailyQuota: 500 }
              soap: { url: "https://lgsp.example.vn/soap", apiKey: "${LGSP}", serviceCode: A, integrationCode: "037" }
              watchLists: [/var/lib/edgegateway/watch/stolen.csv]
            """).With("LGSP", "khoa-bi-mat");
        Assert.Empty(folder.Load().Mistakes);
    }

    private static string? Text(JsonDocument json, string name) => json.RootElement.GetProperty(name).GetString();

    private Task<(int Code, string Output, string Error)> ImportAsync(string rows)
    {
        _folder.Write("table.csv", $"{Header}\n{rows}");
        return RunAsync("registry", "import", Path.Combine(_folder.FolderPath, "table.csv"), "--config", _folder.FolderPath);
    }

    private Task<(int Code, string Output, string Error)> LookUpAsync(string plate, string colour, string vehicle, params string[] more) =>
        RunAsync(["registry", "lookup", plate, "--colour", colour, "--vehicle", vehicle, "--officer", "A-204", "--purpose", "Vượt đèn đỏ", "--case", "HS-118", "--config", _folder.FolderPath, .. more]);

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
