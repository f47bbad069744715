using System.Globalization;

namespace EdgeGateway.Vision.Imaging;

/// <summary>What a traffic light showed, as evidence draws it.</summary>
public enum EvidenceLamp
{
    Unknown,
    Red,
    Yellow,
    Green,
}

/// <summary>What an overlay copy shows in the picture; places in pixels of the picture.</summary>
public sealed record EvidenceMarks
{
    /// <summary>The accused vehicle at this instant; null where it was not seen.</summary>
    public BoxPx? Vehicle { get; init; }

    /// <summary>What it is.</summary>
    public ObjectClass Class { get; init; } = ObjectClass.Other;

    /// <summary>Its label: plate or number of the track; empty for none.</summary>
    public string Label { get; init; } = "";

    /// <summary>Where its wheels were, oldest first, up to this instant.</summary>
    public IReadOnlyList<PointPx> Path { get; init; } = [];

    /// <summary>The lines that the rule watches.</summary>
    public IReadOnlyList<DirectedLine> Lines { get; init; } = [];

    /// <summary>The zones that the rule watches.</summary>
    public IReadOnlyList<Zone> Zones { get; init; } = [];

    /// <summary>The lamps that were looked at; null for none.</summary>
    public Zone? Light { get; init; }

    /// <summary>What the light showed at this instant; null where the rule has no light.</summary>
    public EvidenceLamp? Lamp { get; init; }
}

/// <summary>What the band below an overlay copy says.</summary>
public sealed record EvidenceCaption
{
    /// <summary>The act in words, e.g. "Không chấp hành hiệu lệnh của đèn tín hiệu giao thông".</summary>
    public required string Act { get; init; }

    /// <summary>Which of the stills it is, e.g. "Trước vi phạm", "Thời điểm vi phạm", "Sau vi phạm".</summary>
    public string Moment { get; init; } = "";

    /// <summary>What was measured, e.g. "Đèn đỏ đã 12,4 giây"; empty for none.</summary>
    public string Value { get; init; } = "";

    /// <summary>The plate as it is shown to people; empty where none was read.</summary>
    public string Plate { get; init; } = "";

    /// <summary>Where.</summary>
    public required string Place { get; init; }

    /// <summary>The camera's and the gateway's ids.</summary>
    public required string Device { get; init; }

    /// <summary>When the picture was taken, UTC.</summary>
    public required DateTimeOffset Utc { get; init; }

    /// <summary>How the time is shown; Việt Nam's is UTC+07:00 all year.</summary>
    public TimeSpan Offset { get; init; } = TimeSpan.FromHours(7);

    /// <summary>The local time as the picture bears it, to the nearest millisecond: the manifest beside it rounds the same way, so both name one instant.</summary>
    public string LocalTime
    {
        get
        {
            var ticks = Utc.UtcTicks + (TimeSpan.TicksPerMillisecond / 2);
            var nearest = new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
            return nearest.ToOffset(Offset).ToString("dd/MM/yyyy HH:mm:ss,fff", CultureInfo.InvariantCulture);
        }
    }

    /// <summary>False where the box's clock was not known to be right: the band says so.</summary>
    public bool ClockIsSynchronised { get; init; } = true;

    /// <summary>True for a rule on trial or without an approval: the band says that nothing is established.</summary>
    public bool IsTrial { get; init; }
}
