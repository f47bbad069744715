namespace EdgeGateway.Sync.Counting;

/// <summary>What was seen of a zone within one local hour, or a part of it. Sums only: no stay of one person is in it.</summary>
/// <param name="Hour">The local hour it belongs to, as its beginning in UTC.</param>
/// <param name="PresentSeconds">People present, summed over the watched seconds.</param>
/// <param name="WatchedSeconds">Seconds that were watched.</param>
/// <param name="Most">The most who were present in one of them.</param>
/// <param name="Visits">Stays that ended.</param>
/// <param name="Dwell">Time of those stays together.</param>
public sealed record ZoneStretch(string Zone, string Class, DateTimeOffset Hour, long PresentSeconds, int WatchedSeconds, int Most, int Visits, TimeSpan Dwell);

/// <summary>Sums of a zone over a report's time.</summary>
/// <param name="Mean">People present on average while it was watched.</param>
/// <param name="Most">The most who were present at once.</param>
/// <param name="MostIn">The local hour in which that was.</param>
/// <param name="Visits">Stays that ended.</param>
/// <param name="MeanDwell">Their mean time; null where fewer than <see cref="ZoneMeter.LeastVisits"/> ended, because a mean of few tells of one.</param>
/// <param name="WatchedSeconds">Seconds in which the zone was watched.</param>
public sealed record ZoneSum(string Gateway, string Camera, string Zone, string Class, double Mean, int Most, DateTimeOffset MostIn, long Visits, TimeSpan? MeanDwell, double WatchedSeconds);

/// <summary>
/// Sums how many stand in a camera's zones and for how long, by local hour. In the order of a second's work: 1. <see cref="Take"/> for each
/// change that the camera saw; 2. <see cref="Watch"/> for each watched second; 3. <see cref="Drain"/> hands out what has come together since
/// the last time, to be added to the archive. What a crash takes is what was not drained, people and watched seconds alike.
/// Not thread-safe.
/// </summary>
/// <param name="zone">Local time.</param>
public sealed class ZoneMeter(TimeZoneInfo zone)
{
    /// <summary>A mean dwell of fewer stays than this is told to nobody.</summary>
    public const int LeastVisits = 5;

    private readonly SortedDictionary<(string Zone, string Class), Watched> _zones = [];
    private readonly List<ZoneStretch> _full = [];

    /// <summary>Nobody is known to be in this zone yet: from now on its watched seconds count, with nobody in them.</summary>
    public void Expect(string zoneId, string className) => _zones.TryAdd((zoneId, className), new Watched());

    /// <summary>The camera saw another number. Zones that nobody expects are left out.</summary>
    /// <param name="zoneId">The zone.</param>
    /// <param name="className">The class word.</param>
    /// <param name="present">How many are in it.</param>
    /// <param name="visits">Stays that ended since the camera began to look.</param>
    /// <param name="dwell">Time of those stays together.</param>
    /// <param name="at">When.</param>
    public void Take(string zoneId, string className, int present, int visits, TimeSpan dwell, DateTimeOffset at)
    {
        if (!_zones.TryGetValue((zoneId, className), out var sums)) return;
        Turn(zoneId, className, sums, at);
        // A camera that looks anew begins at nothing.
        var anew = visits < sums.VisitsTold;
        sums.Visits += visits - (anew ? 0 : sums.VisitsTold);
        sums.Dwell += dwell - (anew ? TimeSpan.Zero : sums.DwellTold);
        (sums.VisitsTold, sums.DwellTold, sums.Present) = (visits, dwell, present);
    }

    /// <summary>The camera was watched in the second that begins at <paramref name="second"/>.</summary>
    public void Watch(DateTimeOffset second)
    {
        foreach (var ((zoneId, className), sums) in _zones)
        {
            Turn(zoneId, className, sums, second);
            sums.WatchedSeconds++;
            sums.PresentSeconds += sums.Present;
            sums.Most = Math.Max(sums.Most, sums.Present);
        }
    }

    /// <summary>Adds what came together since the last time to <paramref name="into"/>.</summary>
    public void Drain(List<ZoneStretch> into)
    {
        foreach (var ((zoneId, className), sums) in _zones) Close(zoneId, className, sums);
        into.AddRange(_full);
        _full.Clear();
    }

    private void Turn(string zoneId, string className, Watched sums, DateTimeOffset at)
    {
        var hour = IntervalGrid.Begin(at, TimeSpan.FromHours(1), zone);
        if (sums.Hour == hour) return;
        Close(zoneId, className, sums);
        sums.Hour = hour;
    }

    private void Close(string zoneId, string className, Watched sums)
    {
        if (sums.WatchedSeconds > 0 || sums.Visits > 0) _full.Add(new ZoneStretch(zoneId, className, sums.Hour, sums.PresentSeconds, sums.WatchedSeconds, sums.Most, sums.Visits, sums.Dwell));
        (sums.PresentSeconds, sums.WatchedSeconds, sums.Most, sums.Visits, sums.Dwell) = (0, 0, 0, 0, TimeSpan.Zero);
    }

    private sealed class Watched
    {
        public DateTimeOffset Hour;
        public int Present;
        public int VisitsTold;
        public TimeSpan DwellTold;
        public long PresentSeconds;
        public int WatchedSeconds;
        public int Most;
        public int Visits;
        public TimeSpan Dwell;
    }
}
