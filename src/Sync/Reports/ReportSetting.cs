using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using Gate = (string Gateway, string Camera, string Line);

namespace EdgeGateway.Sync.Reports;

/// <summary>What a report needs to know beside the counts.</summary>
/// <param name="Site">The site's id.</param>
/// <param name="SiteName">Its name for people.</param>
/// <param name="Zone">Local time.</param>
public sealed record ReportSetting(string Site, string SiteName, TimeZoneInfo Zone)
{
    public HolidayCalendar Holidays { get; init; } = HolidayCalendar.Empty;

    /// <summary>The gateway whose cameras <see cref="CameraNames"/> and <see cref="Calibrations"/> tell of: another one's camera may have the same id. Null: they hold for all.</summary>
    public string? Gateway { get; init; }

    /// <summary>Names of cameras for people, by id; the id where none is given.</summary>
    public IReadOnlyDictionary<string, string> CameraNames { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Counts by hand, for the error of calibrated gates.</summary>
    public IReadOnlyList<StoredCalibration> Calibrations { get; init; } = [];

    /// <summary>A camera's name for people.</summary>
    public string NameOf(string gateway, string camera) => Knows(gateway) && CameraNames.TryGetValue(camera, out var name) ? name : OtherNames.GetValueOrDefault((gateway, camera), camera);

    /// <summary>What other gateways call their cameras: <see cref="ICountSource.Names"/>.</summary>
    public IReadOnlyDictionary<(string Gateway, string Camera), string> OtherNames { get; init; } = new Dictionary<(string, string), string>();

    /// <summary>The count by hand of a counter's people coming in over a line; null where none was made.</summary>
    public StoredCalibration? CalibrationOf(string gateway, string camera, string counter, string line, string word) =>
        Knows(gateway) ? Calibrations.FirstOrDefault(one => one.IsOf(camera, counter, line) && one.Class == word && one.Direction == "in") : null;

    private bool Knows(string gateway) => Gateway is null || Gateway == gateway;

    /// <summary>Counters of no gate of the site, such as a hall's door behind one: who passes there has been counted already.</summary>
    public IReadOnlySet<(string Gateway, string Camera, string Counter)> LeftOut { get; init; } = new HashSet<(string, string, string)>();

    /// <summary>False for a counter that is left out of the site's numbers.</summary>
    public bool IsInReport(CountSeries series) => !LeftOut.Contains((series.Gateway, series.Camera, series.Counter));

    /// <summary>
    /// Lines of the own gateway over which people are counted, by camera, of cameras that are switched off too: a line that is among them no more was
    /// renamed or taken away. Null where they are not known, as while a camera's file holds a mistake: then none is gone.
    /// </summary>
    public IReadOnlySet<(string Camera, string Line)>? OwnLines { get; init; }

    /// <summary>True for a gate of the own gateway that is configured no more.</summary>
    public bool IsFormer(Gate gate) => OwnLines is not null && Gateway == gate.Gateway && !OwnLines.Contains((gate.Camera, gate.Line));

    /// <summary>Local hour at which the number of people present begins at zero.</summary>
    public int ResetHour { get; init; } = 3;

    /// <summary>The two digits with which plates of the site's own province begin.</summary>
    public string HomeCode { get; init; } = PlateOriginOf.NgheAn;
}
