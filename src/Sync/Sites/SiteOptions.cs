using System.Text.Json.Serialization;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Sites;

/// <summary>What a site's live number of people present is made of.</summary>
/// <param name="SiteId">The site.</param>
/// <param name="Name">Its name for people.</param>
public sealed record SiteOptions(string SiteId, string Name)
{
    /// <summary>How many may be present; 0 is a closed site, where one is too many; null when no limit is known.</summary>
    public int? Capacity { get; init; }

    /// <summary>Share of the capacity from which on it is <c>warn</c>.</summary>
    public double WarnAt { get; init; } = 0.8;

    /// <summary>Share of the capacity from which on it is <c>full</c>. Above the capacity it is <c>over</c>.</summary>
    public double FullAt { get; init; } = 0.95;

    /// <summary>A level is left only when the number is this share of the capacity below where the level begins.</summary>
    public double Hysteresis { get; init; } = 0.03;

    /// <summary>Local hour at which the number is set to zero each night, because in − out drifts.</summary>
    public int ResetHour { get; init; } = 3;

    /// <summary>The class that is counted.</summary>
    public ObjectKind Kind { get; init; } = ObjectKind.Person;

    /// <summary>Counters that belong to the sum, by name; all of them when empty.</summary>
    public IReadOnlyCollection<string> Counters { get; init; } = [];

    /// <summary>Local time.</summary>
    public TimeZoneInfo Zone { get; init; } = IntervalGrid.HoChiMinh;
}

/// <summary>A gate: one line of one camera.</summary>
public sealed record GateKey(string Gateway, string Camera, string Line);

/// <summary>Why a site's number of people present was corrected.</summary>
[JsonConverter(typeof(SnakeWords<CorrectionKind>))]
public enum CorrectionKind
{
    /// <summary>The nightly reset.</summary>
    Reset,

    /// <summary>By a person, through <c>set_occupancy</c>.</summary>
    Set,

    /// <summary>More left than were inside: held at zero.</summary>
    Floor,

    /// <summary>The clock stepped back: the number is carried over as it stood.</summary>
    Clock,
}

/// <summary>One correction, for the audit.</summary>
/// <param name="Was">The number before, as counted.</param>
/// <param name="Became">The number after.</param>
/// <param name="Who">Who ordered it; "gateway" for what happens by itself.</param>
public sealed record OccupancyCorrection(DateTimeOffset At, CorrectionKind Kind, int Was, int Became, string Who, string Reason);

/// <summary>How a site stands.</summary>
/// <param name="Present">People present: in − out since the last correction, never below zero.</param>
/// <param name="In">Counted in since the last reset.</param>
/// <param name="Out">Counted out since the last reset.</param>
/// <param name="Drift">By how much the number was corrected since the last reset, by hand or at zero; signed.</param>
/// <param name="Peak">The highest number since the last reset, and when.</param>
/// <param name="InZones">People whom zones see just now.</param>
/// <param name="Since">The last reset.</param>
public sealed record SiteView(int Present, long In, long Out, int Drift, int Peak, DateTimeOffset PeakAt, int InZones, int? Capacity, OccupancyLevel Level, DateTimeOffset Since);

/// <summary>What a change at the site asks to be published.</summary>
/// <param name="Occupancy">For the retained topic of sign boards, and as an event when <paramref name="LevelChanged"/>.</param>
/// <param name="LevelChanged">The level is another than before.</param>
/// <param name="Alert">The alert that must stand now; null when none must.</param>
/// <param name="Corrections">For the audit.</param>
public sealed record SiteUpdate(OccupancyData Occupancy, bool LevelChanged, SiteAlert? Alert, IReadOnlyList<OccupancyCorrection> Corrections);

/// <summary>An alert about how full the site is. Its text changes with the level alone, so it is not raised anew with each visitor.</summary>
public sealed record SiteAlert(AlertSeverity Severity, TwoLanguages Text);
