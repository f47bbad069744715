using System.Globalization;
using System.Text;
using EdgeGateway.Sync.Identity;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Configuration.Logging;

/// <summary>
/// Writes log lines to standard error, every known secret and every citizen's number covered. Under systemd an entry goes to the journal
/// with its values as fields (<see cref="JournalSocket"/>), or, where its socket does not take it, as a line that begins with its severity (<c>&lt;4&gt;</c>); elsewhere
/// with UTC time and level. A flood of one kind of line is
/// thinned out (<see cref="LogLimiter"/>), except at the levels Trace and Debug, which a person asked for.
/// </summary>
public sealed class MaskingConsole : ILoggerProvider
{
    private readonly TextWriter _out;
    private readonly SecretMask _mask;
    private readonly TimeProvider _time;
    private readonly bool _isJournal;
    private readonly JournalSocket? _journal;
    private readonly LogLimiter _limiter;
    private readonly Lock _gate = new();

    /// <param name="mask">Covers the secrets.</param>
    public MaskingConsole(SecretMask mask) : this(Console.Error, mask, TimeProvider.System, Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 },
        JournalSocket.OfService(Environment.GetEnvironmentVariable("JOURNAL_STREAM")))
    {
    }

    internal MaskingConsole(TextWriter output, SecretMask mask, TimeProvider time, bool isJournal, JournalSocket? journal = null)
    {
        _out = output;
        _mask = mask;
        _time = time;
        _isJournal = isJournal;
        _journal = journal;
        _limiter = new LogLimiter(time);
    }

    public ILogger CreateLogger(string categoryName) => new CategoryLogger(this, Shorten(categoryName));

    public void Dispose()
    {
        // Standard error is not ours to close.
        _journal?.Dispose();
    }

    private void Write(LogLevel level, string category, int number, string message, IReadOnlyList<KeyValuePair<string, object?>>? values, Exception? exception)
    {
        long leftOut = 0;
        if (level > LogLevel.Debug && !_limiter.Passes(category, number, level, out leftOut)) return;
        if (_journal is not null && _journal.TrySend(EntryOf(level, category, number, leftOut > 0 ? $"{message} ({leftOut} lines like this were left out before)" : message, values, exception))) return;
        var line = new StringBuilder();
        var prefix = _isJournal ? $"<{Severity(level)}>" : "";
        if (!_isJournal) line.Append(_time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", CultureInfo.InvariantCulture)).Append(Word(level)).Append(' ');
        line.Append(category).Append(": ").Append(message);
        if (leftOut > 0) line.Append(CultureInfo.InvariantCulture, $" ({leftOut} lines like this were left out before)");
        if (exception is not null) line.Append('\n').Append(exception);
        var text = Masked(line.ToString());
        lock (_gate)
        {
            // Each line of a longer text carries the prefix: the journal reads line by line.
            foreach (var part in text.Split('\n')) _out.WriteLine(prefix + part.TrimEnd('\r'));
        }
    }

    private IEnumerable<(string Field, string Value)> EntryOf(LogLevel level, string category, int number, string message, IReadOnlyList<KeyValuePair<string, object?>>? values, Exception? exception)
    {
        yield return ("MESSAGE", Masked(exception is null ? $"{category}: {message}" : $"{category}: {message}\n{exception}"));
        yield return ("PRIORITY", Severity(level).ToString(CultureInfo.InvariantCulture));
        yield return ("SYSLOG_IDENTIFIER", "edgegateway");
        yield return ("LOGGER", category);
        if (number != 0) yield return ("MESSAGE_ID", JournalSocket.MessageId(category, number));
        if (exception is not null) yield return ("EXCEPTION", exception.GetType().FullName!);
        foreach (var (name, value) in values ?? [])
        {
            if (value is not null && JournalSocket.FieldOf(name) is { } field) yield return (field, Masked(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
        }
    }

    private string Masked(string text) => IdentityMask.Apply(_mask.Apply(text));

    private static string Shorten(string category) => category[(category.LastIndexOf('.') + 1)..];

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    // The severities of syslog (RFC 5424), which sd-daemon(3) takes as a prefix.
    private static int Severity(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => 7,
        LogLevel.Information => 6,
        LogLevel.Warning => 4,
        LogLevel.Error => 3,
        _ => 2,
    };

    private sealed class CategoryLogger(MaskingConsole owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) owner.Write(logLevel, category, eventId.Id, formatter(state, exception), state as IReadOnlyList<KeyValuePair<string, object?>>, exception);
        }
    }
}
