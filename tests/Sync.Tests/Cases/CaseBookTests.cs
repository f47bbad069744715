using System.Diagnostics.Metrics;
using EdgeGateway.Sync.Cases;
using EdgeGateway.Sync.Events;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Cases;

public sealed class CaseBookTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 9, 1, 1, 2, 3, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-cases-").FullName;
    private readonly FakeTimeProvider _time = new(At.AddHours(1));
    private readonly CaseBook _cases;
    private int _request;

    public CaseBookTests() => _cases = new CaseBook(_folder, _time);

    public void Dispose()
    {
        _cases.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("reviewed forwarded owner_found notified confirmed decided paid")]
    [InlineData("reviewed forwarded owner_found notified contested decided cancelled")]
    public void A_case_goes_its_way_to_the_end(string way)
    {
        Open("V1");
        foreach (var state in way.Split(' ').Select(EventWords.Parse<CaseState>))
        {
            Assert.Null(_cases.ClosedAt("V1"));
            Assert.Equal(CaseOutcome.Applied, Update("V1", state, state == CaseState.Cancelled ? CaseVerdict.Withdrawn : null).Outcome);
        }

        Assert.Equal(_time.GetUtcNow(), _cases.ClosedAt("V1"));
        Assert.Equal(7, _cases.Changes("V1").Count);
        Assert.All(_cases.Changes("V1"), change => Assert.Equal("A-204", change.By));
    }

    [Fact]
    public void Only_the_steps_of_the_table_are_allowed()
    {
        foreach (var from in Enum.GetValues<CaseState>())
        {
            foreach (var to in Enum.GetValues<CaseState>())
            {
                var isStep = (from, to) is (CaseState.Detected, CaseState.Reviewed) or (CaseState.Reviewed, CaseState.Forwarded) or (CaseState.Forwarded, CaseState.OwnerFound)
                    or (CaseState.OwnerFound, CaseState.Notified) or (CaseState.Notified, CaseState.Confirmed or CaseState.Contested) or (CaseState.Confirmed or CaseState.Contested, CaseState.Decided)
                    or (CaseState.Decided, CaseState.Paid) || (to == CaseState.Cancelled && from is not (CaseState.Paid or CaseState.Cancelled));
                Assert.Equal(isStep, CaseTransitions.From(from, RuleMode.Live).Contains(to));
            }
        }

        Open("V1");
        var answer = Update("V1", CaseState.Paid);
        Assert.Equal((CaseOutcome.NotAllowed, CaseState.Detected), (answer.Outcome, answer.State));
        Assert.Equal("A case that is DETECTED cannot become PAID; allowed: REVIEWED, CANCELLED.", answer.Message);
        Assert.Empty(_cases.Changes("V1"));
    }

    [Fact]
    public void What_a_rule_on_trial_suspects_is_never_forwarded_and_ends_with_a_verdict()
    {
        _cases.Open(new NewCase("T1", "red_light", "den-do", "nga-tu", RuleMode.Trial, "RED_LIGHT", 0.9, At));
        Assert.Equal(CaseOutcome.Applied, Update("T1", CaseState.Reviewed).Outcome);
        var answer = Update("T1", CaseState.Forwarded);
        Assert.Equal(CaseOutcome.NotAllowed, answer.Outcome);
        Assert.StartsWith("A case that is REVIEWED cannot become FORWARDED; allowed: CANCELLED. Its rule is on trial", answer.Message, StringComparison.Ordinal);
        Assert.Equal(CaseOutcome.Applied, Update("T1", CaseState.Cancelled, CaseVerdict.Established).Outcome);
        Assert.Equal(1, Assert.Single(RuleRecord.Of(_cases.List(At, At.AddDays(1)))).Established);
    }

    [Fact]
    public void The_same_request_again_changes_nothing()
    {
        Open("V1");
        var update = new CaseUpdate("r-1", "V1", CaseState.Reviewed, "A-204", At);
        Assert.Equal(CaseOutcome.Applied, _cases.Update(update).Outcome);
        Assert.Equal(CaseOutcome.Repeated, _cases.Update(update).Outcome);
        Assert.Equal(CaseOutcome.NotAllowed, _cases.Update(update with { To = CaseState.Forwarded }).Outcome);
        Assert.Single(_cases.Changes("V1"));
    }

    [Fact]
    public void Updates_without_case_sender_or_verdict_are_refused()
    {
        Assert.Equal(CaseOutcome.UnknownCase, Update("nobody", CaseState.Reviewed).Outcome);
        Open("V1");
        Assert.Equal(CaseOutcome.Incomplete, _cases.Update(new CaseUpdate("r", "V1", CaseState.Reviewed, " ", At)).Outcome);
        Assert.Equal(CaseOutcome.Incomplete, _cases.Update(new CaseUpdate("", "V1", CaseState.Reviewed, "A", At)).Outcome);
        Assert.Equal(CaseOutcome.Incomplete, _cases.Update(new CaseUpdate("r", "V1", CaseState.Reviewed, "A", At, Note: new string('x', 2001))).Outcome);
        Assert.Contains("with a verdict", Update("V1", CaseState.Cancelled).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cases_survive_a_restart()
    {
        Open("V1");
        Update("V1", CaseState.Reviewed, CaseVerdict.Established);
        using var again = new CaseBook(_folder, _time);
        Assert.Equal((CaseState.Reviewed, CaseVerdict.Established), (again.Find("V1")!.State, again.Find("V1")!.Verdict));
    }

    [Fact]
    public void A_bad_rule_shows_itself_by_its_share_of_rejected_cases()
    {
        for (var i = 0; i < 10; i++)
        {
            Open($"V{i}");
            if (i < 2) Update($"V{i}", CaseState.Cancelled, CaseVerdict.Rejected);
            else if (i < 8) Update($"V{i}", CaseState.Reviewed, CaseVerdict.Established);
            else if (i < 9) Update($"V{i}", CaseState.Cancelled, CaseVerdict.Unclear);
        }

        var record = Assert.Single(RuleRecord.Of(_cases.List(At.AddDays(-1), At.AddDays(1))));
        Assert.Equal((10, 6, 2, 1, 8), (record.Detected, record.Established, record.Rejected, record.Unclear, record.Judged));
        Assert.Equal(0.75, record.Precision);

        using var metrics = new CaseMetrics(_cases, _time);
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, l) => { if (instrument.Name.StartsWith("edgegateway_cases", StringComparison.Ordinal)) l.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => { if (tags.ToArray().Contains(new("camera", "nga-tu"))) seen[instrument.Name] = value; });
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal((0.25, 8, 10), (seen["edgegateway_cases_rejected_ratio"], seen["edgegateway_cases_judged"], seen["edgegateway_cases_detected"]));
    }

    [Theory] // R: binom::binom.confint(x, n, methods = "wilson")
    [InlineData(0, 0, 0, 1)]
    [InlineData(10, 0, 0.7224672, 1)]
    [InlineData(8, 2, 0.4901625, 0.9433178)]
    [InlineData(81, 182, 0.2552816, 0.3661929)]
    public void The_interval_is_Wilsons(int established, int rejected, double low, double high)
    {
        var interval = new RuleRecord("r", "r", "c", RuleMode.Live, established + rejected, established, rejected, 0, 0).Interval();
        Assert.Equal(low, interval.Low, 1e-3);
        Assert.Equal(high, interval.High, 1e-3);
    }

    [Fact]
    public void A_rules_record_tells_how_many_of_its_cases_are_no_evidence()
    {
        _cases.Open(new NewCase("N1", "red_light", "den-do", "nga-tu", RuleMode.Live, "RED_LIGHT", 0.9, At, EvidenceUse.None));
        _cases.Open(new NewCase("N2", "red_light", "den-do", "nga-tu", RuleMode.Live, "RED_LIGHT", 0.9, At, EvidenceUse.Review));
        Open("N3"); // from before this was kept
        var record = Assert.Single(RuleRecord.Of(_cases.List(At, At.AddDays(1))));
        Assert.Equal((3, 1), (record.Detected, record.WithoutUse));
    }

    [Fact]
    public void A_book_from_before_the_use_was_kept_is_taken_on()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "old")).FullName;
        using (var old = new SqliteConnection($"Data Source={Path.Combine(folder, "cases.db")};Pooling=False"))
        {
            old.Open();
            using var command = old.CreateCommand();
            command.CommandText = """
                CREATE TABLE cases(violation TEXT PRIMARY KEY, rule TEXT NOT NULL, rule_id TEXT NOT NULL, camera TEXT NOT NULL, mode TEXT NOT NULL, code TEXT NOT NULL,
                    confidence REAL NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, verdict TEXT, changed INTEGER NOT NULL) WITHOUT ROWID;
                INSERT INTO cases VALUES('O1', 'red_light', 'den-do', 'nga-tu', 'live', 'RED_LIGHT', 0.9, 0, 'detected', NULL, 0);
                """;
            command.ExecuteNonQuery();
        }

        using var book = new CaseBook(folder, TimeProvider.System);
        Assert.Null(book.Find("O1")!.Opened.Use);
        book.Open(new NewCase("N1", "red_light", "den-do", "nga-tu", RuleMode.Live, "RED_LIGHT", 0.9, At, EvidenceUse.None));
        Assert.Equal(EvidenceUse.None, book.Find("N1")!.Opened.Use);
    }

    private void Open(string id) => _cases.Open(new NewCase(id, "red_light", "den-do", "nga-tu", RuleMode.Live, "RED_LIGHT", 0.9, At));

    private CaseAnswer Update(string id, CaseState to, CaseVerdict? verdict = null) => _cases.Update(new CaseUpdate($"r-{++_request}", id, to, "A-204", At, verdict));
}
