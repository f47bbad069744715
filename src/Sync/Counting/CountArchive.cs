using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Counting;

/// <summary>What became of rows that were handed to the archive.</summary>
/// <param name="New">Intervals not known before.</param>
/// <param name="Replaced">Intervals that a higher revision replaced.</param>
/// <param name="Stale">Rows that say nothing new: repeated, or older than what is there.</param>
/// <param name="Refused">Rows that cannot be believed.</param>
public readonly record struct ArchiveOutcome(int New, int Replaced, int Stale, int Refused)
{
    public static ArchiveOutcome operator +(ArchiveOutcome a, ArchiveOutcome b) => new(a.New + b.New, a.Replaced + b.Replaced, a.Stale + b.Stale, a.Refused + b.Refused);
}

/// <summary>
/// Every published interval, in one SQLite file (<c>counts.db</c> in the storage folder), with sums by local hour that are kept in the
/// same transaction: a report over years reads hours, not minutes. An interval is known by its series and its beginning; a higher revision replaces it
/// whole, the same or a lower one changes nothing, so rows may come repeated and in any order. WAL with synchronous=FULL: what
/// <see cref="Add(IReadOnlyList{ArchivedCount})"/> returned for survives <c>kill -9</c> and a power cut. Not thread-safe; another instance may read.
/// </summary>
public sealed class CountArchive : Reports.ICountSource, IDisposable
{
    public const string FileName = "counts.db";

    /// <summary>Characters of a camera's name; a longer one is not taken.</summary>
    public const int LongestName = 128;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS series(
            id INTEGER PRIMARY KEY, gateway TEXT NOT NULL, site TEXT NOT NULL, camera TEXT NOT NULL, counter TEXT NOT NULL, line TEXT NOT NULL, class TEXT NOT NULL,
            UNIQUE(gateway, site, camera, counter, line, class));
        CREATE TABLE IF NOT EXISTS intervals(
            series INTEGER NOT NULL, begin INTEGER NOT NULL, ends INTEGER NOT NULL, came INTEGER NOT NULL, went INTEGER NOT NULL, coverage INTEGER NOT NULL,
            method INTEGER NOT NULL, revision INTEGER NOT NULL, raw_in INTEGER, raw_out INTEGER,
            PRIMARY KEY(series, begin)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS hours(
            series INTEGER NOT NULL, hour INTEGER NOT NULL, coarse INTEGER NOT NULL, came INTEGER NOT NULL, went INTEGER NOT NULL, raw_in INTEGER NOT NULL, raw_out INTEGER NOT NULL,
            watched_ms INTEGER NOT NULL, intervals INTEGER NOT NULL, calibrated INTEGER NOT NULL, density INTEGER NOT NULL,
            PRIMARY KEY(series, hour, coarse)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS flows(
            day INTEGER NOT NULL, site TEXT NOT NULL, gateway TEXT NOT NULL, camera TEXT NOT NULL, entry_line TEXT NOT NULL, line TEXT NOT NULL, class TEXT NOT NULL,
            passed INTEGER NOT NULL, dwell_ms INTEGER NOT NULL,
            PRIMARY KEY(day, site, gateway, camera, entry_line, line, class)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS origins(
            day INTEGER NOT NULL, site TEXT NOT NULL, gateway TEXT NOT NULL, camera TEXT NOT NULL, home INTEGER NOT NULL, other INTEGER NOT NULL, unread INTEGER NOT NULL,
            PRIMARY KEY(day, site, gateway, camera)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS zones(
            hour INTEGER NOT NULL, site TEXT NOT NULL, gateway TEXT NOT NULL, camera TEXT NOT NULL, zone TEXT NOT NULL, class TEXT NOT NULL,
            present_s INTEGER NOT NULL, watched_s INTEGER NOT NULL, most INTEGER NOT NULL, visits INTEGER NOT NULL, dwell_ms INTEGER NOT NULL,
            PRIMARY KEY(hour, site, gateway, camera, zone, class)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS corrections(
            row INTEGER PRIMARY KEY, site TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, was INTEGER NOT NULL, became INTEGER NOT NULL, who TEXT NOT NULL, reason TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS names(gateway TEXT NOT NULL, camera TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(gateway, camera)) WITHOUT ROWID;
        """;

    private readonly SqliteConnection _connection;
    private readonly TimeZoneInfo _zone;
    private readonly Dictionary<CountSeries, long> _ids = [];
    private readonly Dictionary<long, CountSeries> _series = [];
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _hour;

    private CountArchive(SqliteConnection connection, TimeZoneInfo zone)
    {
        (_connection, _zone) = (connection, zone);
        _find = Prepare("SELECT ends, came, went, coverage, method, revision, raw_in, raw_out FROM intervals WHERE series = $series AND begin = $begin", "$series", "$begin");
        _put = Prepare(
            "INSERT OR REPLACE INTO intervals(series, begin, ends, came, went, coverage, method, revision, raw_in, raw_out) VALUES($series, $begin, $ends, $in, $out, $coverage, $method, $revision, $rawIn, $rawOut)",
            "$series", "$begin", "$ends", "$in", "$out", "$coverage", "$method", "$revision", "$rawIn", "$rawOut");
        _hour = Prepare("""
            INSERT INTO hours(series, hour, coarse, came, went, raw_in, raw_out, watched_ms, intervals, calibrated, density)
            VALUES($series, $hour, $coarse, $in, $out, $rawIn, $rawOut, $watched, $intervals, $calibrated, $density)
            ON CONFLICT(series, hour, coarse) DO UPDATE SET came = came + excluded.came, went = went + excluded.went,
                raw_in = raw_in + excluded.raw_in, raw_out = raw_out + excluded.raw_out, watched_ms = watched_ms + excluded.watched_ms,
                intervals = intervals + excluded.intervals, calibrated = calibrated + excluded.calibrated, density = density + excluded.density
            """, "$series", "$hour", "$coarse", "$in", "$out", "$rawIn", "$rawOut", "$watched", "$intervals", "$calibrated", "$density");
        LoadSeries();
    }

    /// <summary>Opens or creates the archive of a storage folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="zone">Local time of hours and days. It is fixed with the file: hours of another zone are no hours of this one. The service sums anew where it differs.</param>
    /// <param name="durable">False for a temporary archive that is made anew after a crash.</param>
    /// <param name="guard">The service's, for the one that writes: a damaged file is then set aside and begun anew. Null for those who read.</param>
    /// <param name="time">The clock of the name under which it is set aside.</param>
    /// <exception cref="SqliteException">The file cannot be opened or is damaged.</exception>
    /// <exception cref="InvalidDataException">The file was made with another time zone, and it is not the service that opens it.</exception>
    public static CountArchive Open(string path, TimeZoneInfo zone, bool durable = true, StoreGuard? guard = null, TimeProvider? time = null)
    {
        var connection = SqliteFile.OpenSound(
            path, Schema, guard ?? StoreGuard.None, time ?? TimeProvider.System, $"{(durable ? "" : "PRAGMA synchronous = OFF; ")}PRAGMA journal_size_limit = 16777216;");
        try
        {
            using var meta = connection.CreateCommand();
            meta.CommandText = "INSERT OR IGNORE INTO meta(key, value) VALUES('zone', $zone); SELECT value FROM meta WHERE key = 'zone'";
            meta.Parameters.AddWithValue("$zone", zone.Id);
            var made = meta.ExecuteScalar() as string;
            var isOther = made is not null && made != zone.Id;
            if (isOther && guard?.IsOwner != true)
                throw new InvalidDataException($"{path} sums hours of {made}, and the configuration says {zone.Id}. The service sums it anew when it runs with this configuration; else move the file away to begin anew in the new zone.");
            var archive = new CountArchive(connection, zone);
            if (isOther) archive.SumAnew(made!);
            return archive;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The zone of the hours that were summed anew when the file was opened; null where they were of this one already.</summary>
    public string? FormerZone { get; private set; }

    /// <summary>
    /// Intervals are moments and belong to no zone: their hours are summed anew in this one, all of them or none. Ways and plates, kept by local day, stay with the moment at which
    /// their day began. Two years of minutes take half a minute.
    /// </summary>
    private void SumAnew(string former) => Together(() =>
    {
        SqliteFile.Execute(_connection, "DELETE FROM hours");
        foreach (var row in Intervals(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1))) AddToHour(_ids[row.Series], row, 1);
        using var meta = Command("UPDATE meta SET value = $zone WHERE key = 'zone'");
        Name(meta, ("$zone", _zone.Id));
        meta.ExecuteNonQuery();
        return FormerZone = former;
    });

    /// <summary>Adds rows in one transaction.</summary>
    /// <exception cref="SqliteException">The disk does not take them; nothing was changed.</exception>
    public ArchiveOutcome Add(IReadOnlyList<ArchivedCount> rows) => Together(() =>
    {
        var outcome = default(ArchiveOutcome);
        foreach (var row in rows) outcome += Add(row);
        return outcome;
    });

    /// <summary>Does several things in one transaction; all of them are kept or none.</summary>
    internal T Together<T>(Func<T> work)
    {
        SqliteFile.Execute(_connection, "BEGIN IMMEDIATE");
        try
        {
            var result = work();
            SqliteFile.Execute(_connection, "COMMIT");
            return result;
        }
        catch
        {
            try { SqliteFile.Execute(_connection, "ROLLBACK"); }
            catch (SqliteException) { /* a failed COMMIT may have ended it already */ }
            _ids.Clear();
            _series.Clear();
            LoadSeries();
            throw;
        }
    }

    /// <summary>Adds one row; within <see cref="Together"/>.</summary>
    internal ArchiveOutcome Add(ArchivedCount row)
    {
        if (row.Fault() is not null) return new(0, 0, 0, 1);
        var series = IdOf(row.Series);
        var known = Find(series, row.Series, row.From);
        // The same revision twice is a repeat, unless it reaches further: after a crash a revision that was never stored is made again.
        if (known is not null && (row.Revision < known.Revision || (row.Revision == known.Revision && row.To <= known.To))) return new(0, 0, 1, 0);
        if (known is not null) AddToHour(series, known, -1);
        AddToHour(series, row, 1);
        Fill(_put, series, row.From.ToUnixTimeSeconds(), row.To.ToUnixTimeMilliseconds(), row.In, row.Out, (int)Math.Round(row.Coverage * 1000), (int)row.Method, row.Revision, row.RawIn, row.RawOut);
        _put.ExecuteNonQuery();
        return known is null ? new(1, 0, 0, 0) : new(0, 1, 0, 0);
    }

    /// <summary>Notes that tracks went from one line to another on a local day; the same line twice is a turn-back. Within <see cref="Together"/>.</summary>
    /// <param name="passed">1, or -1 for a way that was told and turned out to be none.</param>
    internal void AddFlow(string site, string gateway, string camera, CrossingData crossing, int passed = 1)
    {
        if (crossing.EntryLine is null) return;
        using var command = Command("""
            INSERT INTO flows(day, site, gateway, camera, entry_line, line, class, passed, dwell_ms) VALUES($day, $site, $gateway, $camera, $entry, $line, $class, MAX(0, $passed), MAX(0, $dwell))
            ON CONFLICT(day, site, gateway, camera, entry_line, line, class) DO UPDATE SET passed = MAX(0, passed + $passed), dwell_ms = MAX(0, dwell_ms + $dwell)
            """);
        Name(command, ("$passed", passed), ("$day", DayOf(crossing.At).ToUnixTimeSeconds()), ("$site", site), ("$gateway", gateway), ("$camera", camera), ("$entry", crossing.EntryLine), ("$line", crossing.Line),
            ("$class", EventWords.Of(crossing.Kind)), ("$dwell", passed * (long)(crossing.Dwell ?? TimeSpan.Zero).TotalMilliseconds));
        command.ExecuteNonQuery();
    }

    /// <summary>Adds a part of an hour of a zone. Within <see cref="Together"/>.</summary>
    internal void AddZone(string site, string gateway, string camera, ZoneStretch stretch)
    {
        using var command = Command("""
            INSERT INTO zones(hour, site, gateway, camera, zone, class, present_s, watched_s, most, visits, dwell_ms)
            VALUES($hour, $site, $gateway, $camera, $zone, $class, $present, $watched, $most, $visits, $dwell)
            ON CONFLICT(hour, site, gateway, camera, zone, class) DO UPDATE SET present_s = present_s + excluded.present_s, watched_s = watched_s + excluded.watched_s,
                most = MAX(most, excluded.most), visits = visits + excluded.visits, dwell_ms = dwell_ms + excluded.dwell_ms
            """);
        Name(command, ("$hour", stretch.Hour.ToUnixTimeSeconds()), ("$site", site), ("$gateway", gateway), ("$camera", camera), ("$zone", stretch.Zone), ("$class", stretch.Class),
            ("$present", stretch.PresentSeconds), ("$watched", stretch.WatchedSeconds), ("$most", stretch.Most), ("$visits", stretch.Visits), ("$dwell", (long)stretch.Dwell.TotalMilliseconds));
        command.ExecuteNonQuery();
    }

    /// <summary>Notes a vehicle by where its plate was issued, and nothing else of it. Within <see cref="Together"/>.</summary>
    internal void AddOrigin(string site, string gateway, string camera, DateTimeOffset at, PlateOrigin origin)
    {
        using var command = Command("""
            INSERT INTO origins(day, site, gateway, camera, home, other, unread) VALUES($day, $site, $gateway, $camera, $home, $other, $unread)
            ON CONFLICT(day, site, gateway, camera) DO UPDATE SET home = home + excluded.home, other = other + excluded.other, unread = unread + excluded.unread
            """);
        Name(command, ("$day", DayOf(at).ToUnixTimeSeconds()), ("$site", site), ("$gateway", gateway), ("$camera", camera),
            ("$home", origin == PlateOrigin.Home ? 1 : 0), ("$other", origin == PlateOrigin.Other ? 1 : 0), ("$unread", origin == PlateOrigin.Unread ? 1 : 0));
        command.ExecuteNonQuery();
    }

    /// <summary>Keeps a correction of a site's number of people present. Within <see cref="Together"/>.</summary>
    internal void AddCorrection(string site, Sites.OccupancyCorrection correction)
    {
        using var command = Command("INSERT INTO corrections(site, at, kind, was, became, who, reason) VALUES($site, $at, $kind, $was, $became, $who, $reason)");
        Name(command, ("$site", site), ("$at", correction.At.ToUnixTimeMilliseconds()), ("$kind", EventWords.Of(correction.Kind)), ("$was", correction.Was), ("$became", correction.Became), ("$who", correction.Who), ("$reason", correction.Reason));
        command.ExecuteNonQuery();
    }

    /// <summary>Keeps what another gateway calls its camera. Within <see cref="Together"/>.</summary>
    internal void AddName(string gateway, string camera, string name)
    {
        using var command = Command("INSERT OR REPLACE INTO names(gateway, camera, name) VALUES($gateway, $camera, $name)");
        Name(command, ("$gateway", gateway), ("$camera", camera), ("$name", name));
        command.ExecuteNonQuery();
    }

    public IReadOnlyDictionary<(string Gateway, string Camera), string> Names
    {
        get
        {
            using var command = Command("SELECT gateway, camera, name FROM names");
            using var reader = command.ExecuteReader();
            var names = new Dictionary<(string, string), string>();
            while (reader.Read()) names[(reader.GetString(0), reader.GetString(1))] = reader.GetString(2);
            return names;
        }
    }

    /// <summary>True for a name that a report can print.</summary>
    public static bool IsName([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? name) => !string.IsNullOrWhiteSpace(name) && name.Length <= LongestName;

    /// <summary>All series, in the order of their first row.</summary>
    public IReadOnlyCollection<CountSeries> Series => _series.Values;

    /// <summary>Local time of hours and days.</summary>
    public TimeZoneInfo Zone => _zone;

    /// <summary>Intervals that begin within [from, to), by series and time.</summary>
    /// <param name="site">Only this site's; all when null.</param>
    /// <param name="gateways">Only these gateways'; all when null.</param>
    public IEnumerable<ArchivedCount> Intervals(DateTimeOffset from, DateTimeOffset to, string? site = null, IReadOnlySet<string>? gateways = null)
    {
        foreach (var (id, series) in _series.Where(one => (site is null || one.Value.Site == site) && gateways?.Contains(one.Value.Gateway) != false).ToList())
        {
            using var command = Command("SELECT begin, ends, came, went, coverage, method, revision, raw_in, raw_out FROM intervals WHERE series = $series AND begin >= $from AND begin < $to ORDER BY begin");
            Name(command, ("$series", id), ("$from", Ceiling(from)), ("$to", Ceiling(to)));
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                yield return new ArchivedCount(
                    series, DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(0)), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)), reader.GetInt32(2), reader.GetInt32(3),
                    reader.GetInt32(4) / 1000.0, (CountMethod)reader.GetInt32(5), reader.GetInt32(6), NullableInt(reader, 7), NullableInt(reader, 8));
            }
        }
    }

    /// <summary>
    /// Sums by local hour of the intervals that begin within [from, to). Hours in which nothing was published are absent: they are gaps.
    /// Read from the sums kept by hour; where an end of the range does not lie on an hour, from the intervals themselves.
    /// </summary>
    public IEnumerable<CountSum> Hours(DateTimeOffset from, DateTimeOffset to, string? site = null)
    {
        return HourOf(from) == from && HourOf(to) == to ? KeptHours(from, to, site) : Sums(TimeSpan.FromHours(1), from, to, site);
    }

    /// <summary>Series of which anything was published within the local hours that begin within [from, to).</summary>
    public IEnumerable<CountSeries> SeriesWithin(DateTimeOffset from, DateTimeOffset to, string? site = null)
    {
        foreach (var (id, series) in _series.Where(one => site is null || one.Value.Site == site).ToList())
        {
            using var command = Command("SELECT 1 FROM hours WHERE series = $series AND hour >= $from AND hour < $to AND intervals > 0 LIMIT 1");
            Name(command, ("$series", id), ("$from", from.ToUnixTimeSeconds()), ("$to", to.ToUnixTimeSeconds()));
            if (command.ExecuteScalar() is not null) yield return series;
        }
    }

    /// <summary>Sums of 1, 15 or 60 minutes or a day, aligned to local time, of the intervals that begin within [from, to). Stretches in which nothing was published are absent.</summary>
    /// <param name="length">Divides a day evenly. A longer interval is summed whole where it begins.</param>
    public IEnumerable<CountSum> Sums(TimeSpan length, DateTimeOffset from, DateTimeOffset to, string? site = null)
    {
        if (!IntervalGrid.IsAllowed(length)) throw new ArgumentException($"Sums of {length} do not divide a day.", nameof(length));
        var fromKept = (length == TimeSpan.FromHours(1) || length == TimeSpan.FromDays(1)) && HourOf(from) == from && HourOf(to) == to;
        CountSum? open = null;
        foreach (var piece in fromKept ? KeptHours(from, to, site) : Intervals(from, to, site).Select(SumOf))
        {
            var begin = IntervalGrid.Begin(piece.From, length, _zone);
            // A day holds every interval whole; an hour does not hold one that is longer.
            var isCoarse = fromKept ? piece.IsCoarse && length < TimeSpan.FromDays(1) : piece.From + piece.Length > begin + length;
            if (open is not null && open.Series == piece.Series && open.From == begin)
            {
                open = open with
                {
                    In = open.In + piece.In, Out = open.Out + piece.Out, RawIn = open.RawIn + piece.RawIn, RawOut = open.RawOut + piece.RawOut, WatchedSeconds = open.WatchedSeconds + piece.WatchedSeconds,
                    Intervals = open.Intervals + piece.Intervals, Calibrated = open.Calibrated + piece.Calibrated, Density = open.Density + piece.Density, IsCoarse = open.IsCoarse || isCoarse,
                };
                continue;
            }

            if (open is not null) yield return open;
            open = piece with { From = begin, Length = length, IsCoarse = isCoarse };
        }

        if (open is not null) yield return open;
    }

    /// <summary>From line to line on the same camera, over the local days of which a part lies within [from, to): they are kept by day.</summary>
    public IReadOnlyList<LineFlow> Flows(DateTimeOffset from, DateTimeOffset to, string site) => Read(
        "SELECT gateway, camera, entry_line, line, class, SUM(passed), SUM(dwell_ms) FROM flows WHERE day >= $from AND day < $to AND site = $site GROUP BY gateway, camera, entry_line, line, class ORDER BY 6 DESC",
        DayOf(from), to, site,
        row => new LineFlow(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetInt64(5), TimeSpan.FromMilliseconds(row.GetInt64(6) / Math.Max(1, row.GetInt64(5)))));

    /// <summary>Vehicles by where their plates were issued, over the local days of which a part lies within [from, to).</summary>
    public OriginTally Origins(DateTimeOffset from, DateTimeOffset to, string site) => Read(
        "SELECT COALESCE(SUM(home), 0), COALESCE(SUM(other), 0), COALESCE(SUM(unread), 0) FROM origins WHERE day >= $from AND day < $to AND site = $site",
        DayOf(from), to, site, row => new OriginTally(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)))[0];

    /// <summary>Zones over local hours that begin within [from, to). SQLite takes the bare column of an aggregate from the row of its MAX: the hour of the most.</summary>
    public IReadOnlyList<ZoneSum> Zones(DateTimeOffset from, DateTimeOffset to, string site) => Read(
        "SELECT gateway, camera, zone, class, SUM(present_s), SUM(watched_s), MAX(most), hour, SUM(visits), SUM(dwell_ms) FROM zones WHERE hour >= $from AND hour < $to AND site = $site GROUP BY gateway, camera, zone, class ORDER BY gateway, camera, zone, class",
        from, to, site,
        row => new ZoneSum(
            row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4) / (double)Math.Max(1, row.GetInt64(5)), row.GetInt32(6), DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(7)), row.GetInt64(8),
            row.GetInt64(8) < ZoneMeter.LeastVisits ? null : TimeSpan.FromMilliseconds(row.GetInt64(9) / row.GetInt64(8)), row.GetInt64(5)));

    /// <summary>Corrections of the number of people present within [from, to).</summary>
    public IReadOnlyList<Sites.OccupancyCorrection> Corrections(DateTimeOffset from, DateTimeOffset to, string site) => Read(
        "SELECT at, kind, was, became, who, reason FROM corrections WHERE at >= $from * 1000 AND at < $to * 1000 AND site = $site ORDER BY row",
        from, to, site,
        row => new Sites.OccupancyCorrection(DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(0)), EventWords.Parse<Sites.CorrectionKind>(row.GetString(1)), row.GetInt32(2), row.GetInt32(3), row.GetString(4), row.GetString(5)));

    public void Dispose()
    {
        foreach (var command in new[] { _find, _put, _hour }) command.Dispose();
        _connection.Dispose();
    }

    private IEnumerable<CountSum> KeptHours(DateTimeOffset from, DateTimeOffset to, string? site)
    {
        foreach (var (id, series) in _series.Where(one => site is null || one.Value.Site == site).ToList())
        {
            using var command = Command("SELECT hour, coarse, came, went, raw_in, raw_out, watched_ms, intervals, calibrated, density FROM hours WHERE series = $series AND hour >= $from AND hour < $to AND intervals > 0 ORDER BY hour, coarse");
            Name(command, ("$series", id), ("$from", from.ToUnixTimeSeconds()), ("$to", to.ToUnixTimeSeconds()));
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                yield return new CountSum(
                    series, DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(0)), TimeSpan.FromHours(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5),
                    reader.GetInt64(6) / 1000.0, reader.GetInt32(7), reader.GetInt32(8), reader.GetInt32(9), reader.GetInt32(1) != 0);
            }
        }
    }

    private static CountSum SumOf(ArchivedCount row) => new(
        row.Series, row.From, row.To - row.From, row.In, row.Out, row.RawIn ?? row.In, row.RawOut ?? row.Out, row.Coverage * (row.To - row.From).TotalSeconds,
        1, row.Method == CountMethod.Calibrated ? 1 : 0, row.Method == CountMethod.Density ? 1 : 0, IsCoarse: false);

    private DateTimeOffset HourOf(DateTimeOffset at) => IntervalGrid.Begin(at, TimeSpan.FromHours(1), _zone);

    private DateTimeOffset DayOf(DateTimeOffset at) => IntervalGrid.Begin(at, TimeSpan.FromDays(1), _zone);

    private ArchivedCount? Find(long series, CountSeries name, DateTimeOffset from)
    {
        Fill(_find, series, from.ToUnixTimeSeconds());
        using var reader = _find.ExecuteReader();
        if (!reader.Read()) return null;
        return new ArchivedCount(
            name, from, DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0)), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3) / 1000.0,
            (CountMethod)reader.GetInt32(4), reader.GetInt32(5), NullableInt(reader, 6), NullableInt(reader, 7));
    }

    private void AddToHour(long series, ArchivedCount row, int sign)
    {
        var hour = HourOf(row.From);
        var watchedMs = (long)(Math.Round(row.Coverage, 3) * (row.To - row.From).TotalMilliseconds);
        Fill(_hour, series, hour.ToUnixTimeSeconds(), row.To > hour.AddHours(1) ? 1 : 0, sign * (long)row.In, sign * (long)row.Out, sign * (long)(row.RawIn ?? row.In), sign * (long)(row.RawOut ?? row.Out),
            sign * watchedMs, sign, row.Method == CountMethod.Calibrated ? sign : 0, row.Method == CountMethod.Density ? sign : 0);
        _hour.ExecuteNonQuery();
    }

    private long IdOf(CountSeries series)
    {
        if (_ids.TryGetValue(series, out var known)) return known;
        using var command = Command("INSERT INTO series(gateway, site, camera, counter, line, class) VALUES($gateway, $site, $camera, $counter, $line, $class) RETURNING id");
        Name(command, ("$gateway", series.Gateway), ("$site", series.Site), ("$camera", series.Camera), ("$counter", series.Counter), ("$line", series.Line), ("$class", series.Class));
        var id = (long)command.ExecuteScalar()!;
        (_ids[series], _series[id]) = (id, series);
        return id;
    }

    private void LoadSeries()
    {
        using var command = Command("SELECT id, gateway, site, camera, counter, line, class FROM series ORDER BY id");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var series = new CountSeries(reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6));
            (_ids[series], _series[reader.GetInt64(0)]) = (reader.GetInt64(0), series);
        }
    }

    private List<T> Read<T>(string query, DateTimeOffset from, DateTimeOffset to, string site, Func<SqliteDataReader, T> each)
    {
        using var command = Command(query);
        Name(command, ("$from", Ceiling(from)), ("$to", Ceiling(to)), ("$site", site));
        using var reader = command.ExecuteReader();
        var found = new List<T>();
        while (reader.Read()) found.Add(each(reader));
        return found;
    }

    /// <summary>Rows begin on whole seconds: a bound within a second lies before the next one.</summary>
    private static long Ceiling(DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond;

    private static int? NullableInt(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt32(column);

    private static void Fill(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
    }

    private static void Name(SqliteCommand command, params ReadOnlySpan<(string Name, object Value)> values)
    {
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
    }

    private SqliteCommand Prepare(string text, params ReadOnlySpan<string> names) => SqliteFile.Prepare(_connection, text, names);

    private SqliteCommand Command(string text) => SqliteFile.Command(_connection, text);
}
