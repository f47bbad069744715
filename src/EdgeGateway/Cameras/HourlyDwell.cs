using EdgeGateway.Sync.Counting;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics;

namespace EdgeGateway.Cameras;

/// <summary>Turns a zone's stays since the camera's start into those since the full hour: a mean over weeks says nothing of now. Used on the camera's thread.</summary>
internal sealed class HourlyDwell
{
    private readonly Dictionary<(string Zone, ObjectClass Class), Hour> _hours = [];

    /// <summary>Stays that ended since the full hour, and their mean time where enough of them ended to tell of no single person.</summary>
    public (int Visits, TimeSpan? Mean) Of(ZoneCounted zone)
    {
        var now = zone.At.Utc.UtcTicks / TimeSpan.TicksPerHour;
        var key = (zone.Zone, zone.Class);
        var known = _hours.GetValueOrDefault(key);
        // A camera that looks anew begins at nothing.
        if (zone.Visits < known.Last) known = known with { Visits = 0, Dwell = TimeSpan.Zero, Last = 0, LastDwell = TimeSpan.Zero };
        if (known.Number != now) known = new Hour(now, known.Last, known.LastDwell, known.Last, known.LastDwell);
        _hours[key] = known = known with { Last = zone.Visits, LastDwell = zone.TotalDwell };
        var visits = zone.Visits - known.Visits;
        return (visits, visits >= ZoneMeter.LeastVisits ? (zone.TotalDwell - known.Dwell) / visits : null);
    }

    // An hour's number since the beginning of time; visits and dwell at its beginning; both as last told.
    private readonly record struct Hour(long Number, int Visits, TimeSpan Dwell, int Last, TimeSpan LastDwell);
}
