using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Registration.Replica;

namespace EdgeGateway.Sync.Tests.Registration;

public sealed class LookUpLogTests : IDisposable
{
    private readonly Registry _registry = new();

    public void Dispose() => _registry.Dispose();

    [Theory]
    [InlineData("", "P", "C", "officer")]
    [InlineData("O", " ", "C", "purpose")]
    [InlineData("O", "P", "", "case")]
    [InlineData("O\nX", "P", "C", "one line")]
    public async Task A_look_up_without_officer_purpose_or_case_is_refused_and_asks_nobody(string officer, string purpose, string caseId, string told)
    {
        var audit = new AuditIdentity(officer, "CA-PHUONG", purpose, caseId, null);
        var refused = await Assert.ThrowsAsync<LookUpRefusedException>(() => _registry.AskAsync(Registry.Ask(Registry.Plate("37A12345"), audit: audit)));
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_registry.LookUpLogFile));
    }

    [Fact]
    public async Task Every_look_up_stands_in_the_log_with_who_why_and_what_came_of_it()
    {
        using var nowhere = new LocalReplica(_registry.PathOf("nowhere.db"), TimeProvider.System);
        await _registry.AskAsync(Registry.Ask(Registry.Plate("37A12345")), nowhere);
        var lines = await File.ReadAllLinesAsync(_registry.LookUpLogFile, TestContext.Current.CancellationToken);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.Contains("\"officer\":\"A-204\",\"unit\":\"CA-PHUONG\",\"purpose\":\"Vượt đèn đỏ\",\"case\":\"HS-118\"", line, StringComparison.Ordinal));
        Assert.Contains("\"step\":\"asked\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"source\":\"replica\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"status\":\"pending\",\"reason\":\"source_away\"", lines[1], StringComparison.Ordinal);
        Assert.Null(LookUpLog.Verify(_registry.LookUpLogFile));
    }

    [Fact]
    public async Task A_line_that_is_changed_taken_out_or_moved_is_named()
    {
        var log = new LookUpLog(_registry.LookUpLogFile, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => log.AskedAsync(Registry.Ask(Registry.Plate("37A12345")), "rest")));
        var good = await File.ReadAllLinesAsync(_registry.LookUpLogFile, TestContext.Current.CancellationToken);
        Assert.Null(LookUpLog.Verify(_registry.LookUpLogFile));

        Assert.Contains("line 5 was changed", Verify([.. good.Select((line, i) => i == 4 ? line.Replace("A-204", "A-205", StringComparison.Ordinal) : line)]), StringComparison.Ordinal);
        Assert.Contains("line 5 does not follow", Verify([.. good.Where((_, i) => i != 4)]), StringComparison.Ordinal);
        Assert.Contains("line 3 does not follow", Verify([good[0], good[1], good[3], good[2], .. good[4..]]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_line_left_by_a_power_cut_stays_and_the_chain_goes_on()
    {
        var log = new LookUpLog(_registry.LookUpLogFile, TimeProvider.System);
        await log.AskedAsync(Registry.Ask(Registry.Plate("37A12345")), "rest");
        await File.AppendAllTextAsync(_registry.LookUpLogFile, "{\"time\":\"2026-11", TestContext.Current.CancellationToken);
        await log.AskedAsync(Registry.Ask(Registry.Plate("37A12346")), "rest");
        await log.AskedAsync(Registry.Ask(Registry.Plate("37A12347")), "rest");
        Assert.Null(LookUpLog.Verify(_registry.LookUpLogFile));
        Assert.Equal(4, File.ReadAllLines(_registry.LookUpLogFile).Length);
    }

    [Fact]
    public async Task A_text_of_any_length_leaves_the_chain_whole()
    {
        for (var i = 0; i < 2; i++) await _registry.AskAsync(Registry.Ask(Registry.Plate(new string('9', 100_000))));
        Assert.Null(LookUpLog.Verify(_registry.LookUpLogFile));
        Assert.Equal(2, File.ReadAllLines(_registry.LookUpLogFile).Length);
    }

    [Fact]
    public async Task Several_programs_may_append_to_one_chain()
    {
        var logs = Enumerable.Range(0, 4).Select(_ => new LookUpLog(_registry.LookUpLogFile, TimeProvider.System)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 80).Select(i => Task.Run(() => logs[i % 4].AskedAsync(Registry.Ask(Registry.Plate("37A12345")), "rest"))));
        Assert.Null(LookUpLog.Verify(_registry.LookUpLogFile));
        Assert.Equal(80, File.ReadAllLines(_registry.LookUpLogFile).Length);
    }

    [Fact]
    public async Task Who_reads_the_log_page_by_page_holds_no_look_up_up()
    {
        var log = new LookUpLog(_registry.LookUpLogFile, TimeProvider.System);
        for (var i = 0; i < 3; i++) await log.AskedAsync(Registry.Ask(Registry.Plate("37A12345")), "rest");
        using var pages = LookUpLog.Opened(_registry.LookUpLogFile, null).GetEnumerator();
        Assert.True(pages.MoveNext());
        await log.AskedAsync(Registry.Ask(Registry.Plate("37A12346")), "rest").WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Null(LookUpLog.Verify(_registry.LookUpLogFile));
        while (pages.MoveNext()) Assert.StartsWith("{", pages.Current, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_log_cannot_be_written_nothing_is_asked()
    {
        Directory.CreateDirectory(_registry.LookUpLogFile);
        var asked = new CountingSource();
        await Assert.ThrowsAnyAsync<IOException>(() => _registry.AskAsync(Registry.Ask(Registry.Plate("37A12345")), asked));
        Assert.Equal(0, asked.Count);
    }

    [Fact]
    public async Task A_source_that_knows_nothing_is_not_asked_again_while_another_is_away()
    {
        using var nowhere = new LocalReplica(_registry.PathOf("nowhere.db"), TimeProvider.System);
        var (ignorant, request) = (new CountingSource(), Registry.Ask(Registry.Plate("37A12345")));
        for (var i = 0; i < 3; i++) Assert.Equal(OwnerStatus.Pending, (await _registry.AskAsync(request, ignorant, nowhere)).Status);
        Assert.Equal(1, ignorant.Count);
    }

    [Theory]
    [InlineData(false, false, OwnerStatus.Ambiguous)]
    [InlineData(false, true, OwnerStatus.Found)]
    [InlineData(true, false, OwnerStatus.Found)]
    public async Task Who_owns_a_vehicle_now_is_not_named_for_an_act_of_then(bool asksForTheTime, bool saysSince, OwnerStatus expected)
    {
        var row = new RegistryRow(PlateColour.White, ObjectKind.Car, saysSince ? Registry.Seen.AddYears(-1) : null, null, false, "one", () => "sealed");
        var answer = await _registry.AskAsync(Registry.Ask(Registry.Plate("37A12345")), new CountingSource { Rows = [row], AsksForTheTime = asksForTheTime });
        Assert.Equal((expected, expected == OwnerStatus.Found ? "sealed" : null), (answer.Status, answer.Sealed));
    }

    private string? Verify(string[] lines)
    {
        var path = _registry.PathOf("changed.jsonl");
        File.WriteAllLines(path, lines);
        return LookUpLog.Verify(path);
    }

    private sealed class CountingSource : IRegistrySource
    {
        public int Count { get; private set; }

        public IReadOnlyList<RegistryRow> Rows { get; init; } = [];

        public bool AsksForTheTime { get; init; } = true;

        public string Name => "counting";

        public Task<SourceAnswer> LookUpAsync(RegistryQuery query, CancellationToken stop)
        {
            Count++;
            return Task.FromResult(SourceAnswer.Of(Rows));
        }
    }
}
