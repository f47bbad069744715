using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Registration.Csv;
using EdgeGateway.Sync.Registration.Replica;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Tests.Registration;

public sealed class ReplicaImportTests : IDisposable
{
    private const string Person = "37A-123.45,white,car,active,2023-09-01,,2027-01-31,THỬ NGHIỆM,NGUYỄN THỊ THỬ NGHIỆM,040199012345,1999-07-05,\"Khối 0, Phường Mẫu\",+84 900000001,CA Nghệ An";

    private readonly Registry _registry = new();
    private readonly List<RejectedRow> _rejected = [];

    private string Replica => _registry.PathOf("replica.db");

    public void Dispose() => _registry.Dispose();

    [Fact]
    public async Task An_owner_passes_through_the_box_sealed_and_the_centre_reads_it()
    {
        await ImportAsync($"{Registry.Header}\n{Person}\n", withOwners: true);
        var result = await AskAsync(Registry.Plate("37A12345"));
        Assert.Equal((OwnerStatus.Found, "replica"), (result.Status, result.Source));
        using var owner = JsonDocument.Parse(_registry.Open(result.Sealed!));
        Assert.Equal("NGUYỄN THỊ THỬ NGHIỆM", owner.RootElement.GetProperty("owner").GetProperty("name").GetString());
        Assert.Equal("040199012345", owner.RootElement.GetProperty("owner").GetProperty("id").GetString());
        Assert.Equal("37A12345", owner.RootElement.GetProperty("plate").GetString());
        File.Delete(_registry.PathOf("table.csv"));
        Assert.Empty(_registry.WhereStands("NGUYỄN THỊ THỬ NGHIỆM", "040199012345", "900000001"));
    }

    [Fact]
    public async Task An_owner_with_quotes_and_backslashes_is_read_as_written()
    {
        await ImportAsync($"{Registry.Header}\n37A-123.45,white,car,active,2023-09-01,,,\"X \"\"5\"\"\",\"\"\"BÀ\"\" \\ TƯ\\\",040199012345,,,,\n", withOwners: true);
        using var owner = JsonDocument.Parse(_registry.Open((await AskAsync(Registry.Plate("37A12345"))).Sealed!));
        Assert.Equal(
            """{"owner":{"name":"\"BÀ\" \\ TƯ\\","id":"040199012345"},"plate":"37A12345","colour":"white","vehicle":"car","validFrom":"2023-09-01","brand":"X \"5\""}""",
            owner.RootElement.GetRawText());
    }

    [Fact]
    public async Task A_replica_of_an_earlier_release_answers_until_the_next_import()
    {
        var ownerKey = new byte[137];
        using (var old = SqliteFile.Open(Replica, """
            CREATE TABLE vehicle(
                line INTEGER PRIMARY KEY, plate TEXT NOT NULL, colour INTEGER NOT NULL, vehicle INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
                valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL, brand TEXT, owner BLOB, key INTEGER NOT NULL, tag INTEGER NOT NULL);
            CREATE TABLE owner_key(id INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
            INSERT INTO vehicle VALUES(2, '37A12345', 0, 2, 0, -9223372036854775808, 9223372036854775807, 'X', x'010203', 1, 7);
            """))
        {
            SqliteFile.Execute(old, "INSERT INTO owner_key VALUES(1, $key)", ("$key", ownerKey));
        }

        var found = await AskAsync(Registry.Plate("37A12345"));
        Assert.Equal(OwnerStatus.Found, found.Status);
        Assert.Equal([.. "EGR1"u8, .. ownerKey, 1, 2, 3], Convert.FromBase64String(found.Sealed!));
    }

    [Fact]
    public async Task Without_being_told_to_no_owner_is_taken_along()
    {
        await ImportAsync($"{Registry.Header}\n{Person}\n");
        var result = await AskAsync(Registry.Plate("37A12345"));
        Assert.Equal((OwnerStatus.Found, null), (result.Status, result.Sealed));
        Assert.True(new FileInfo(Replica).Length > 0);
    }

    [Fact]
    public async Task Each_bad_row_is_named_with_its_line_and_the_others_are_there()
    {
        string[] rows =
        [
            "37A-123.45,white,car,,,",
            "13?12345,white,car,,,",
            "37B-111.11,green,car,,,",
            "37B-111.11,white,boat,,,",
            "=HYPERLINK(\"x\"),white,car,,,",
            "37B-111.11,white,car,scrapped,,",
            "37B-111.11,white,car,active,31.02.2024,",
            "37B-111.11,white,car,active,2024-02-30,",
            "37B-111.11,white,car,active,2024-05-01,2024-04-01",
            "37B-111.11,white,car,active,,,,+cmd|' /C calc'!A0",
            $"37B-111.11,white,car,active,,,,{new string('x', 500)}",
            "\"37B-111.11\"x,white,car",
            "37C-111.11,vàng,ô tô tải,,,",
        ];
        var result = await ImportAsync($"{Registry.Header}\n{string.Join('\n', rows)}\n");
        Assert.Equal((2, 11), (result.Rows, result.Rejected));
        Assert.Equal([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], _rejected.Select(row => row.Line));
        Assert.Contains("plate", _rejected[0].Reason, StringComparison.Ordinal);
        Assert.Contains("formula", _rejected[3].Reason, StringComparison.Ordinal);
        Assert.Contains("formula", _rejected[8].Reason, StringComparison.Ordinal);
        Assert.Equal(OwnerStatus.Found, (await AskAsync(Registry.Plate("37C11111", PlateColour.Yellow, ObjectKind.Truck))).Status);
    }

    [Fact]
    public async Task A_row_that_was_cut_off_is_named_and_never_passes_for_a_vehicle_in_use()
    {
        string[] rows =
        [
            "37A-111.11,white,car,,,",
            "37A-222.22,white,car,withdrawn,2023-01-01",
            "37A-333.33,white,car",
            "37A-444.44,white,car,active,2023-01-01,2024-01-01,2027-01-31,THỬ NGHIỆM",
            "37A-555.55,white,car,active,,,,,NGUYỄN THỊ THỬ NGHIỆM,0401990",
            "37A-666.66,white,car,active,,,,,NGUYỄN THỊ THỬ NGHIỆM,040199012345,,,",
        ];
        var result = await ImportAsync($"{Registry.Header}\n{string.Join('\n', rows)}\n", withOwners: true);
        Assert.Equal((3, 3), (result.Rows, result.Rejected));
        Assert.Equal(
            [
                (3, "5 cells, the header has 14: the row ends before valid_to; write its empty cells too"),
                (4, "3 cells, the header has 14: the row ends before valid_to; write its empty cells too"),
                (6, "10 cells, the header has 14: the row ends amid the owner's cells; write the empty ones too"),
            ],
            _rejected.Select(row => (row.Line, row.Reason)));
        Assert.Equal(OwnerStatus.Found, (await AskAsync(Registry.Plate("37A66666"))).Status);
    }

    [Fact]
    public async Task A_field_of_a_million_characters_costs_its_own_row()
    {
        var million = new string('x', 1_000_000);
        var result = await ImportAsync($"{Registry.Header}\n37A-111.11,white,car,active,,,,{million}\n37A-222.22,white,car,active,,,,\"{million}\"\n37A-333.33,white,car,,,\n37A-444.44,white,car,active,,,,\"open\n37A-555.55,white,car,,,\n");
        Assert.Equal((2, 3), (result.Rows, result.Rejected));
        Assert.Equal([2, 3, 5], _rejected.Select(row => row.Line));
        Assert.Equal(OwnerStatus.Found, (await AskAsync(Registry.Plate("37A33333"))).Status);
        Assert.Equal(OwnerStatus.Found, (await AskAsync(Registry.Plate("37A55555"))).Status);
    }

    [Theory]
    [InlineData("utf-8-mark")]
    [InlineData("utf-16")]
    [InlineData("utf-16-big")]
    [InlineData("utf-16-unmarked")]
    [InlineData("semicolons")]
    public async Task Tables_of_common_programs_are_read(string kind)
    {
        var text = $"{Registry.Header}\r\n37A-123.45,trắng,xe con,active,01/09/2023,,,Ô TÔ\r\n";
        Encoding encoding = kind switch
        {
            "utf-8-mark" => new UTF8Encoding(true),
            "utf-16" => Encoding.Unicode,
            "utf-16-big" => Encoding.BigEndianUnicode,
            "utf-16-unmarked" => new UnicodeEncoding(false, byteOrderMark: false),
            _ => new UTF8Encoding(false),
        };
        var result = await ImportAsync(kind == "semicolons" ? text.Replace(',', ';') : text, encoding: encoding);
        Assert.Equal((1, 0), (result.Rows, result.Rejected));
        Assert.Equal(OwnerStatus.Found, (await AskAsync(Registry.Plate("37A12345"))).Status);
    }

    [Fact]
    public async Task Windows_1258_is_refused_with_its_line_and_read_when_named()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var old = Encoding.GetEncoding(1258);
        var text = $"{Registry.Header}\n37A-123.45,white,car,active,,,,X\n37A-123.46,white,car,active,,,,HÔNÐA\n";
        var refused = await Assert.ThrowsAsync<CsvRefusedException>(() => ImportAsync(text, encoding: old));
        Assert.Contains("table.csv:3", refused.Message, StringComparison.Ordinal);
        Assert.Contains("windows-1258", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await ImportAsync(text, encoding: old, named: "windows-1258")).Rows);
    }

    [Fact]
    public async Task The_same_row_twice_is_one_and_two_owners_at_one_time_are_ambiguous()
    {
        var other = Person.Replace("NGUYỄN THỊ THỬ NGHIỆM", "TRẦN VĂN MẪU", StringComparison.Ordinal).Replace("37A-123.45", "37A-999.99", StringComparison.Ordinal);
        var second = other.Replace("TRẦN VĂN MẪU", "LÊ VĂN GIẢ LẬP", StringComparison.Ordinal);
        var result = await ImportAsync($"{Registry.Header}\n{Person}\n{Person}\n{other}\n{second}\n", withOwners: true);
        Assert.Equal((3, 1, 1), (result.Rows, result.Rejected, result.Doubtful));
        Assert.Equal([(3, false), (5, true)], _rejected.Select(row => (row.Line, row.Kept)));
        Assert.Equal(OwnerStatus.Found, (await AskAsync(Registry.Plate("37A12345"))).Status);
        var twice = await AskAsync(Registry.Plate("37A99999"));
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.TwoOwners, null), (twice.Status, twice.Reason, twice.Sealed));
    }

    [Fact]
    public async Task A_row_in_use_beside_the_same_one_withdrawn_names_nobody()
    {
        var withdrawn = Person.Replace(",active,", ",revoked,", StringComparison.Ordinal);
        Assert.NotEqual(Person, withdrawn);
        var result = await ImportAsync($"{Registry.Header}\n{Person}\n{withdrawn}\n", withOwners: true);
        Assert.Equal((2, 0, 1), (result.Rows, result.Rejected, result.Doubtful));
        var asked = await AskAsync(Registry.Plate("37A12345"));
        Assert.Equal((OwnerStatus.Ambiguous, null), (asked.Status, asked.Sealed));
    }

    [Fact]
    public async Task A_day_is_whole_and_the_next_owner_begins_the_day_after()
    {
        await ImportAsync($"{Registry.Header}\n37A-123.45,white,car,active,2023-01-01,2025-05-31\n37A-123.45,yellow,car,active,2025-06-01,\n");
        var lastSecond = new DateTimeOffset(2025, 5, 31, 23, 59, 59, TimeSpan.FromHours(7));
        Assert.Equal(OwnerStatus.Found, (await AskAsync(Registry.Plate("37A12345"), lastSecond)).Status);
        Assert.Equal((OwnerStatus.Mismatch, LookUpReason.OtherColour), Brief(await AskAsync(Registry.Plate("37A12345"), lastSecond.AddSeconds(1))));
        Assert.Equal((OwnerStatus.NotFound, LookUpReason.Unknown), Brief(await AskAsync(Registry.Plate("37A12345"), lastSecond.AddYears(-5))));
    }

    [Fact]
    public async Task An_import_that_was_cut_off_goes_on_and_gives_what_an_unbroken_one_gives()
    {
        var rows = string.Concat(Enumerable.Range(1, 5000).Select(i => $"37A-{i / 100:000}.{i % 100:00},white,car,active,2023-01-01,,,,NGƯỜI {i},04019900{i:0000},,,,\n"));
        var table = _registry.Write("table.csv", $"{Registry.Header}\n37A-1,white,car\n{rows}");
        var options = new ImportOptions { Replica = Replica, Seal = _registry.Seal, RowsPerCommit = 700 };
        var commits = 0;
        await Assert.ThrowsAsync<InvalidOperationException>(() => ReplicaImport.RunAsync(table, options, _rejected.Add, (_, _) =>
        {
            if (++commits == 3) throw new InvalidOperationException("cut off");
        }, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Replica));
        var result = await ReplicaImport.RunAsync(table, options, _rejected.Add, (_, _) => { }, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal((5000, 1, 0), (result.Rows, result.Rejected, result.Doubtful));
        Assert.Equal(2 + (3 * 700), result.ResumedAt);
        foreach (var (plate, name) in new[] { ("37A00013", "NGƯỜI 13"), ("37A04987", "NGƯỜI 4987") })
        {
            var found = await AskAsync(Registry.Plate(plate));
            Assert.Contains(name, _registry.Open(found.Sealed!), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_import_that_was_cut_off_begins_anew_when_the_key_or_the_names_of_columns_have_changed()
    {
        var rows = string.Concat(Enumerable.Range(1, 300).Select(i => $"37A-{i:000}.00,white,blue,car,NGƯỜI {i}\n"));
        var table = _registry.Write("table.csv", "plate,mau_cu,mau_moi,vehicle,owner_name\n" + rows);
        var old = new ImportOptions { Replica = Replica, Seal = _registry.Seal, RowsPerCommit = 100, Columns = new Dictionary<string, string> { ["colour"] = "mau_cu" } };
        using var other = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        ImportOptions[] changed = [old with { Columns = new Dictionary<string, string> { ["colour"] = "mau_moi" } }, old with { Seal = OwnerSeal.FromPem(other.ExportSubjectPublicKeyInfoPem()) }];
        foreach (var now in changed)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => ReplicaImport.RunAsync(
                table, old, _rejected.Add, (_, _) => throw new InvalidOperationException("cut off"), TimeProvider.System, TestContext.Current.CancellationToken));
            Assert.Null((await ReplicaImport.RunAsync(table, now, _rejected.Add, (_, _) => { }, TimeProvider.System, TestContext.Current.CancellationToken)).ResumedAt);
        }
    }

    [Fact]
    public async Task A_new_table_takes_the_old_ones_place_while_look_ups_go_on()
    {
        await ImportAsync($"{Registry.Header}\n37A-123.45,white,car,,,\n");
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Registry.Seen);
        using var source = new LocalReplica(Replica, time);
        Assert.Single(source.LookUp("37A12345").Rows!);
        await ImportAsync($"{Registry.Header}\n37A-543.21,white,car,,,\n");
        Assert.Single(source.LookUp("37A12345").Rows!);
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Empty(source.LookUp("37A12345").Rows!);
        Assert.Single(source.LookUp("37A54321").Rows!);
    }

    [Fact]
    public async Task A_table_of_other_columns_is_refused_or_mapped()
    {
        const string Text = "bien_so,mau,loai\n37A-123.45,white,car\n";
        var refused = await Assert.ThrowsAsync<CsvRefusedException>(() => ImportAsync(Text));
        Assert.Contains("plate", refused.Message, StringComparison.Ordinal);
        var options = new ImportOptions { Replica = Replica, Columns = new Dictionary<string, string> { ["plate"] = "bien_so", ["colour"] = "mau", ["vehicle"] = "loai" } };
        Assert.Equal(1, (await ReplicaImport.RunAsync(_registry.PathOf("table.csv"), options, _rejected.Add, (_, _) => { }, TimeProvider.System, TestContext.Current.CancellationToken)).Rows);
        await Assert.ThrowsAsync<CsvRefusedException>(() => ImportAsync(""));
    }

    [Fact]
    public async Task A_replica_that_is_absent_or_damaged_is_away_and_says_what_to_do()
    {
        using var absent = new LocalReplica(_registry.PathOf("nowhere.db"), TimeProvider.System);
        Assert.Contains("registry import", absent.LookUp("37A12345").Fault, StringComparison.Ordinal);
        _registry.Write("broken.db", "this is no database, it only lies here for long enough to look like one");
        using var broken = new LocalReplica(_registry.PathOf("broken.db"), TimeProvider.System);
        Assert.Contains("Import it anew", broken.LookUp("37A12345").Fault, StringComparison.Ordinal);
        Assert.Equal(OwnerStatus.Pending, (await _registry.AskAsync(Registry.Ask(Registry.Plate("37A12345")), broken)).Status);
    }

    private static (OwnerStatus, LookUpReason) Brief(LookUpResult result) => (result.Status, result.Reason);

    private async Task<LookUpResult> AskAsync(PlateFacts plate, DateTimeOffset? at = null)
    {
        using var source = new LocalReplica(Replica, TimeProvider.System);
        return await _registry.AskAsync(Registry.Ask(plate, at), source);
    }

    private Task<ImportResult> ImportAsync(string text, bool withOwners = false, Encoding? encoding = null, string? named = null) => ReplicaImport.RunAsync(
        _registry.Write("table.csv", text, encoding),
        new ImportOptions { Replica = Replica, Seal = withOwners ? _registry.Seal : null, Encoding = named },
        _rejected.Add, (_, _) => { }, TimeProvider.System, TestContext.Current.CancellationToken);
}
