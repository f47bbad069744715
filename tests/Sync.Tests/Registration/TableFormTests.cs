using System.Text;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Registration.Csv;
using EdgeGateway.Sync.Registration.Replica;

namespace EdgeGateway.Sync.Tests.Registration;

/// <summary>Tables as other programs write them: delimiters, encodings, words, times.</summary>
public sealed class TableFormTests : IDisposable
{
    private readonly Registry _registry = new();
    private readonly List<RejectedRow> _rejected = [];
    private readonly List<double> _shares = [];

    public void Dispose() => _registry.Dispose();

    [Theory]
    [InlineData(';', true)]
    [InlineData(',', true)]
    [InlineData('\t', false)]
    [InlineData('\t', true)]
    public async Task The_header_tells_the_delimiter_with_quotes_or_without(char delimiter, bool isQuoted)
    {
        string Line(string commas) => string.Join(delimiter, commas.Split(',').Select(cell => isQuoted ? $"\"{cell}\"" : cell));
        var result = await ImportAsync($"\r\n{Line(Registry.Header)}\r\n{Line("37A-123.45,trắng,xe con,active,01/09/2023,,,X,,,,,,")}\r\n", Encoding.Unicode);
        Assert.Equal((1, 0), (result.Rows, result.Rejected));
        Assert.Equal(OwnerStatus.Found, await AskAsync("37A12345"));
    }

    [Fact]
    public async Task A_mark_in_the_file_stands_above_an_encoding_that_somebody_names()
    {
        var result = await ImportAsync($"{Registry.Header}\n37A-123.45,trắng,mô tô,,,\n", new UTF8Encoding(true), named: "windows-1258");
        Assert.Equal((1, 0), (result.Rows, result.Rejected));
    }

    [Fact]
    public async Task A_column_that_stands_twice_is_refused_and_named()
    {
        var refused = await Assert.ThrowsAsync<CsvRefusedException>(() => ImportAsync("plate,colour,vehicle,owner_name,owner_name\n37A-123.45,white,car,A,B\n"));
        Assert.Contains("owner_name stands twice", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_without_a_zone_is_Viet_Nams_whatever_the_machines_is()
    {
        // Half an hour before midnight in Viet Nam is half past four in the afternoon, UTC.
        foreach (var time in new[] { "2025-05-31T23:30:00", "2025-05-31 23:30:00.000", "2025-05-31T16:30:00Z", "2025-05-31T16:30:00.000Z", "2025-05-31T18:30:00+02:00", "2025-05-31T23:30" })
        {
            await ImportAsync($"{Registry.Header}\n37A-123.45,white,car,active,{time},\n");
            var begins = new DateTimeOffset(2025, 5, 31, 16, 30, 0, TimeSpan.Zero);
            Assert.Equal((OwnerStatus.NotFound, OwnerStatus.Found), (await AskAsync("37A12345", begins.AddSeconds(-1)), await AskAsync("37A12345", begins)));
        }
    }

    [Theory]
    [InlineData("05/06/2024 12:00:00 AM")] // June or May: nobody can tell
    [InlineData("Wed, 05 Jun 2024 00:00:00 GMT")]
    [InlineData("5 June 2024 08:00:00 +07:00")]
    [InlineData("2024-06-05T25:00:00+07:00")]
    [InlineData("0001-01-01T00:00:00Z")]
    public async Task A_time_in_an_order_of_its_own_is_rejected_and_not_guessed_at(string time)
    {
        await ImportAsync($"{Registry.Header}\n37A-123.45,white,car,,,\n37A-222.22,white,car,active,{(time.Contains(',', StringComparison.Ordinal) ? $"\"{time}\"" : time)},\n");
        var row = Assert.Single(_rejected);
        Assert.Equal(3, row.Line);
        Assert.StartsWith("valid_from: a date", row.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_is_understood_in_capitals_and_with_its_tones_apart()
    {
        var result = await ImportAsync($"{Registry.Header}\n37A-123.45,white,car,Đang lưu hành,,\n37A-222.22,white,car,{"THU HỒI".Normalize(NormalizationForm.FormD)},,\n37A-333.33,white,car,đã bán,,\n");
        Assert.Equal((2, 1), (result.Rows, result.Rejected));
        Assert.Equal((OwnerStatus.Found, OwnerStatus.Ambiguous), (await AskAsync("37A12345"), await AskAsync("37A22222")));
        Assert.Equal("state: active, suspended or revoked", Assert.Single(_rejected).Reason);
    }

    [Fact]
    public async Task Progress_is_the_files_whatever_its_encoding()
    {
        await ImportAsync($"{Registry.Header}\n{string.Concat(Enumerable.Range(10_000, 200).Select(i => $"37A{i},white,car,,,\n"))}", Encoding.Unicode);
        Assert.Equal(1, _shares[^2], 0.01); // the last is told after everything, whatever was read
    }

    [Fact]
    public async Task A_second_owner_behind_many_former_ones_is_not_overlooked()
    {
        string Row(int year, string to, string owner) => $"37A-123.45,white,car,active,{year}-01-01,{to},,,{owner},,,,,\n";
        var former = string.Concat(Enumerable.Range(1950, 60).Select(year => Row(year, $"{year}-12-31", $"NGƯỜI {year}")));
        await ImportAsync($"{Registry.Header}\n{Row(2020, "", "MỘT")}{former}{Row(2021, "", "HAI")}");
        Assert.Equal(OwnerStatus.Ambiguous, await AskAsync("37A12345"));
        await ImportAsync($"{Registry.Header}\n{string.Concat(Enumerable.Range(0, 1001).Select(i => Row(2020, "", $"NGƯỜI {i}")))}");
        Assert.Equal(OwnerStatus.Pending, await AskAsync("37A12345"));
    }

    [Fact]
    public async Task One_cell_is_one_cell()
    {
        await ImportAsync($"{Registry.Header}\n37A-123.45,white,car,,,\nalone\n");
        Assert.StartsWith("1 cell, the header has 14", Assert.Single(_rejected).Reason, StringComparison.Ordinal);
    }

    private Task<ImportResult> ImportAsync(string text, Encoding? encoding = null, string? named = null)
    {
        var options = new ImportOptions { Replica = _registry.PathOf("replica.db"), Encoding = named, RowsPerCommit = 100 };
        return ReplicaImport.RunAsync(_registry.Write("table.csv", text, encoding), options, _rejected.Add, (_, share) => _shares.Add(share), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private async Task<OwnerStatus> AskAsync(string plate, DateTimeOffset? at = null)
    {
        using var replica = new LocalReplica(_registry.PathOf("replica.db"), TimeProvider.System);
        return (await _registry.AskAsync(Registry.Ask(Registry.Plate(plate), at), replica)).Status;
    }
}
