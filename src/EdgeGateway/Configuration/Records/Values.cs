using System.Globalization;

namespace EdgeGateway.Configuration;

/// <summary>Two numbers of a list: a place in the picture, or a direction.</summary>
public readonly record struct PairConfig(double X, double Y);

/// <summary>A picture size, pixels.</summary>
public readonly record struct SizeConfig(int Width, int Height);

/// <summary>In which unit points are given.</summary>
public enum PointUnits
{
    /// <summary>Pixels of the stated frame.</summary>
    Px,

    /// <summary>Parts of the picture's width and height, 0 to 1.</summary>
    Fraction,
}

/// <summary>How an RTSP stream is carried.</summary>
public enum SourceTransport
{
    /// <summary>TCP first, then UDP; what worked is remembered.</summary>
    Auto,
    Tcp,
    Udp,
}

/// <summary>What is published of vehicles that did nothing.</summary>
public enum PassageDetail
{
    None,
    Hash,
    Text,
}

/// <summary>Which crossings of a line a rule looks at.</summary>
public enum LineDirection
{
    In,
    Out,
}

/// <summary>Whether a rule accuses.</summary>
public enum RuleMode
{
    /// <summary>Visible, never forwarded.</summary>
    Trial,
    Live,
}

/// <summary>Where the state of a light comes from.</summary>
public enum SignalSource
{
    /// <summary>Seen by the camera.</summary>
    Picture,

    /// <summary>Told by a controller over MQTT.</summary>
    Mqtt,
}

/// <summary>Further events that a camera publishes.</summary>
public enum PublishedEvent
{
    Crossing,
}

/// <summary>Least severe line that is logged.</summary>
public enum LogDetail
{
    Trace,
    Debug,
    Information,
    Warning,
    Error,
}

/// <summary>A part of the day, local time of the site; it may go over midnight.</summary>
public readonly record struct DayPart(TimeOnly From, TimeOnly To)
{
    public bool Contains(TimeOnly time) => From < To ? time >= From && time < To : time >= From || time < To;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{From:HH\\:mm}-{To:HH\\:mm}");
}

/// <summary>Hours of the day at which something holds: <c>"06:00-08:30, 16:00-18:30"</c>.</summary>
public sealed record DayHours(ValueList<DayPart> Parts)
{
    public bool Contains(TimeOnly time) => Parts.Any(part => part.Contains(time));

    public override string ToString() => string.Join(", ", Parts);

    internal static DayHours? Parse(string text)
    {
        var parts = new List<DayPart>();
        foreach (var piece in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = piece.Split('-', StringSplitOptions.TrimEntries);
            if (ends.Length != 2 || !IsTime(ends[0], out var from) || !IsTime(ends[1] == "24:00" ? "00:00" : ends[1], out var to) || from == to) return null;
            parts.Add(new DayPart(from, to));
        }

        return new DayHours([.. parts]);
    }

    private static bool IsTime(string text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
