using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Cases;

/// <summary>A case as it is opened: no plate and no person, these are in the evidence only.</summary>
/// <param name="Use">What its evidence may be used for; null of a case from before this was kept.</param>
public sealed record NewCase(string Violation, string Rule, string RuleId, string Camera, RuleMode Mode, string Code, double Confidence, DateTimeOffset At, EvidenceUse? Use = null);

/// <summary>A case and where it stands.</summary>
public sealed record Case(NewCase Opened, CaseState State, CaseVerdict? Verdict, DateTimeOffset ChangedAt);

/// <summary>A change that the operations centre tells: an officer's step, or a citizen's confirmation or payment in the app.</summary>
/// <param name="Request">The sender's id of this change: the same again changes nothing.</param>
/// <param name="By">Who: an officer's number, "citizen", "treasury".</param>
/// <param name="Verdict">Needed with cancelled; may come with reviewed.</param>
/// <param name="Note">In words; no personal data.</param>
public sealed record CaseUpdate(string Request, string Violation, CaseState To, string By, DateTimeOffset At, CaseVerdict? Verdict = null, string? Note = null);

/// <summary>What became of an update.</summary>
public enum CaseOutcome { Applied, Repeated, UnknownCase, NotAllowed, Incomplete }

/// <summary>The answer to an update; the message is for the operations centre's log.</summary>
public sealed record CaseAnswer(CaseOutcome Outcome, string Message, CaseState? State);

/// <summary>One change of a case, as the audit keeps it.</summary>
public sealed record CaseChange(string Violation, CaseState From, CaseState To, CaseVerdict? Verdict, string By, string? Note, string Request, DateTimeOffset At, DateTimeOffset ReceivedAt);

/// <summary>The cases of this gateway's violations in SQLite, with every change and who made it. Thread-safe.</summary>
public sealed class CaseBook : IDisposable
{
    private const string Columns = "violation, rule, rule_id, camera, mode, code, confidence, at, state, verdict, changed, evidence_use";

    private readonly Lock _lock = new();
    private readonly SqliteConnection _database;
    private readonly TimeProvider _time;

    /// <summary>Opens <c>cases.db</c> of a storage folder, creating it when absent.</summary>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public CaseBook(string storage, TimeProvider time, StoreGuard? guard = null)
    {
        _time = time;
        _database = WithUse(SqliteFile.OpenSound(Path.Combine(storage, "cases.db"), """
            CREATE TABLE IF NOT EXISTS cases(
                violation TEXT PRIMARY KEY, rule TEXT NOT NULL, rule_id TEXT NOT NULL, camera TEXT NOT NULL, mode TEXT NOT NULL, code TEXT NOT NULL,
                confidence REAL NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, verdict TEXT, changed INTEGER NOT NULL, evidence_use TEXT) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS cases_by_time ON cases(at);
            CREATE TABLE IF NOT EXISTS changes(
                number INTEGER PRIMARY KEY AUTOINCREMENT, request TEXT NOT NULL UNIQUE, violation TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, verdict TEXT,
                by TEXT NOT NULL, note TEXT, at INTEGER NOT NULL, received INTEGER NOT NULL);
            CREATE INDEX IF NOT EXISTS changes_by_case ON changes(violation, number);
            """, guard ?? StoreGuard.None, time, SqliteFile.Wipe));
    }

    /// <summary>Opens a case when its violation is published; the same again changes nothing.</summary>
    public void Open(NewCase opened)
    {
        lock (_lock)
        {
            Run($"INSERT OR IGNORE INTO cases({Columns}) VALUES($violation, $rule, $ruleId, $camera, $mode, $code, $confidence, $at, 'detected', NULL, $at, $use)",
                ("$violation", opened.Violation), ("$rule", opened.Rule), ("$ruleId", opened.RuleId), ("$camera", opened.Camera), ("$mode", EventWords.Of(opened.Mode)), ("$code", opened.Code),
                ("$confidence", opened.Confidence), ("$at", opened.At.ToUnixTimeMilliseconds()), ("$use", opened.Use is { } use ? EventWords.Of(use) : null));
        }
    }

    /// <summary>Applies an update, or says why not. Nothing is changed unless it is applied.</summary>
    public CaseAnswer Update(CaseUpdate update)
    {
        if (string.IsNullOrWhiteSpace(update.Request) || string.IsNullOrWhiteSpace(update.By) || update is { Request.Length: > 200 } or { By.Length: > 200 } or { Note.Length: > 2000 })
        {
            return new CaseAnswer(CaseOutcome.Incomplete, "An update needs the id of the request and who makes it, at most 200 characters each; a note has at most 2000.", null);
        }

        lock (_lock)
        {
            if (Find(update.Violation) is not { } known) return new CaseAnswer(CaseOutcome.UnknownCase, $"This gateway knows no violation '{update.Violation}'.", null);
            if (Repeats(update) is { } answer) return answer;
            var allowed = CaseTransitions.From(known.State, known.Opened.Mode);
            if (!allowed.Contains(update.To)) return new CaseAnswer(CaseOutcome.NotAllowed, $"A case that is {CaseTransitions.Word(known.State)} cannot become {CaseTransitions.Word(update.To)}; allowed: {(allowed.Count == 0 ? "nothing, it is closed" : string.Join(", ", allowed.Select(CaseTransitions.Word)))}.{(known.Opened.Mode == RuleMode.Trial && update.To == CaseState.Forwarded ? " Its rule is on trial: nothing of it is forwarded; CANCELLED with a verdict says what came of it." : "")}", known.State);
            if (update is { To: CaseState.Cancelled, Verdict: null }) return new CaseAnswer(CaseOutcome.Incomplete, $"A case is cancelled with a verdict: {string.Join(", ", EventWords.All<CaseVerdict>())}.", known.State);
            Write(known, update);
            return new CaseAnswer(CaseOutcome.Applied, $"The case is {EventWords.Of(update.To)}.", update.To);
        }
    }

    /// <summary>A case; null when there is none.</summary>
    public Case? Find(string violation)
    {
        lock (_lock)
        {
            using var command = SqliteFile.Command(_database, $"SELECT {Columns} FROM cases WHERE violation = $violation", ("$violation", violation));
            return ReadAll(command).FirstOrDefault();
        }
    }

    /// <summary>When a case was paid or cancelled; null while it is open or unknown.</summary>
    public DateTimeOffset? ClosedAt(string violation) => Find(violation) is { } known && CaseTransitions.IsClosed(known.State) ? known.ChangedAt : null;

    /// <summary>The cases of acts within a time, by rule, then by time.</summary>
    public IReadOnlyList<Case> List(DateTimeOffset from, DateTimeOffset to)
    {
        lock (_lock)
        {
            using var command = SqliteFile.Command(_database, $"SELECT {Columns} FROM cases WHERE at >= $from AND at < $to ORDER BY rule, rule_id, camera, at", ("$from", from.ToUnixTimeMilliseconds()), ("$to", to.ToUnixTimeMilliseconds()));
            return ReadAll(command);
        }
    }

    /// <summary>What was changed in a case, by whom, in order.</summary>
    public IReadOnlyList<CaseChange> Changes(string violation)
    {
        lock (_lock)
        {
            using var command = SqliteFile.Command(_database, "SELECT violation, before, after, verdict, by, note, request, at, received FROM changes WHERE violation = $violation ORDER BY number", ("$violation", violation));
            using var reader = command.ExecuteReader();
            var changes = new List<CaseChange>();
            while (reader.Read())
            {
                changes.Add(new CaseChange(reader.GetString(0), EventWords.Parse<CaseState>(reader.GetString(1)), EventWords.Parse<CaseState>(reader.GetString(2)), VerdictOf(reader, 3), reader.GetString(4),
                    reader.IsDBNull(5) ? null : reader.GetString(5), reader.GetString(6), Moment(reader.GetInt64(7)), Moment(reader.GetInt64(8))));
            }

            return changes;
        }
    }

    public void Dispose() => _database.Dispose();

    // What the evidence may be used for came after the first files.
    private static SqliteConnection WithUse(SqliteConnection database)
    {
        if (SqliteFile.Number(database, "SELECT COUNT(*) FROM pragma_table_info('cases') WHERE name = 'evidence_use'") == 0) SqliteFile.Execute(database, "ALTER TABLE cases ADD COLUMN evidence_use TEXT");
        return database;
    }

    private CaseAnswer? Repeats(CaseUpdate update)
    {
        using var command = SqliteFile.Command(_database, "SELECT violation, after FROM changes WHERE request = $request", ("$request", update.Request));
        using var reader = command.ExecuteReader();
        if (!reader.Read()) return null;
        return reader.GetString(0) == update.Violation && reader.GetString(1) == EventWords.Of(update.To)
            ? new CaseAnswer(CaseOutcome.Repeated, "This request was applied before.", update.To)
            : new CaseAnswer(CaseOutcome.NotAllowed, "The id of this request was used for another change; give each change its own.", null);
    }

    private void Write(Case known, CaseUpdate update)
    {
        using var transaction = _database.BeginTransaction();
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        Run("INSERT INTO changes(request, violation, before, after, verdict, by, note, at, received) VALUES($request, $violation, $before, $after, $verdict, $by, $note, $at, $received)",
            ("$request", update.Request), ("$violation", update.Violation), ("$before", EventWords.Of(known.State)), ("$after", EventWords.Of(update.To)), ("$verdict", Word(update.Verdict)), ("$by", update.By),
            ("$note", update.Note), ("$at", update.At.ToUnixTimeMilliseconds()), ("$received", now));
        Run("UPDATE cases SET state = $state, verdict = COALESCE($verdict, verdict), changed = $now WHERE violation = $violation",
            ("$state", EventWords.Of(update.To)), ("$verdict", Word(update.Verdict)), ("$now", now), ("$violation", update.Violation));
        transaction.Commit();
    }

    private static List<Case> ReadAll(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        var cases = new List<Case>();
        while (reader.Read())
        {
            var opened = new NewCase(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), EventWords.Parse<RuleMode>(reader.GetString(4)), reader.GetString(5), reader.GetDouble(6), Moment(reader.GetInt64(7)),
                reader.IsDBNull(11) ? null : EventWords.Parse<EvidenceUse>(reader.GetString(11)));
            cases.Add(new Case(opened, EventWords.Parse<CaseState>(reader.GetString(8)), VerdictOf(reader, 9), Moment(reader.GetInt64(10))));
        }

        return cases;
    }

    private static CaseVerdict? VerdictOf(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : EventWords.Parse<CaseVerdict>(reader.GetString(column));

    private static string? Word(CaseVerdict? verdict) => verdict is { } given ? EventWords.Of(given) : null;

    private static DateTimeOffset Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private void Run(string text, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = SqliteFile.Command(_database, text, values);
        command.ExecuteNonQuery();
    }
}
