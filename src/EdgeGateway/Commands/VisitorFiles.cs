using System.Globalization;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Reports;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Commands;

/// <summary>What of a gateway's configuration and storage the commands on visitors need.</summary>
internal static class VisitorFiles
{
    /// <summary>Names, holidays and calibrations for reports.</summary>
    /// <exception cref="UsageException">The list of holidays or of calibrations cannot be read.</exception>
    public static ReportSetting SettingOf(GatewayModel gateway, IReadOnlyList<CameraModel> cameras, string configFolder) => new(gateway.Site.Id, gateway.Site.Name, gateway.TimeZone)
    {
        Gateway = gateway.Id,
        Holidays = Holidays(gateway, configFolder),
        CameraNames = cameras.ToDictionary(camera => camera.Id, camera => camera.Name, StringComparer.Ordinal),
        Calibrations = Calibrations(gateway.Storage.Folder),
        ResetHour = gateway.Site.ResetHour,
        HomeCode = HomeCode(gateway.Site),
        LeftOut = LeftOut(gateway, cameras),
    };

    /// <summary>Counters with <c>inReport: false</c>.</summary>
    public static HashSet<(string Gateway, string Camera, string Counter)> LeftOut(GatewayModel gateway, IReadOnlyList<CameraModel> cameras) =>
        [.. cameras.SelectMany(camera => camera.Counters.Where(counter => !counter.InReport).Select(counter => (gateway.Id, camera.Id, counter.Id)))];

    /// <summary>The two digits with which plates of the own province begin.</summary>
    public static string HomeCode(SiteConfig site) => site.HomePlateCode?.ToString(CultureInfo.InvariantCulture) ?? PlateOriginOf.NgheAn;

    /// <summary>The archive of the storage folder, to read; null when nothing was counted yet.</summary>
    /// <exception cref="UsageException">It cannot be opened.</exception>
    public static CountArchive? Archive(GatewayModel gateway)
    {
        var path = Path.Combine(gateway.Storage.Folder, CountArchive.FileName);
        if (!File.Exists(path)) return null;
        try { return CountArchive.Open(path, gateway.TimeZone); }
        catch (Exception fault) when (fault is SqliteException or InvalidDataException) { throw new UsageException($"The archive of counts {path} cannot be read: {fault.Message}"); }
    }

    private static HolidayCalendar Holidays(GatewayModel gateway, string configFolder)
    {
        if (gateway.Site.Holidays is not { } holidays) return HolidayCalendar.Empty;
        try { return HolidayCalendar.Open(Path.Combine(configFolder, holidays), TablesConfig.ByOurs(gateway.Tables.Holidays)); }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException) { throw new UsageException($"site.holidays: {fault.Message}"); }
    }

    private static List<StoredCalibration> Calibrations(string storage)
    {
        try { return CalibrationBook.Open(storage).Entries; }
        catch (InvalidDataException fault) { throw new UsageException(fault.Message); }
    }
}
