using System.Globalization;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Reports;
using EdgeGateway.Vision;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Commands;

/// <summary>What of a gateway's configuration and storage the commands on visitors need.</summary>
internal static class VisitorFiles
{
    /// <summary>Names, holidays, lines and calibrations for reports.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="cameras">Its cameras, running or not.</param>
    /// <param name="allRead">False when a camera's file holds a mistake: its lines are not known then, and none may pass for one that is gone.</param>
    /// <param name="configFolder">Holds the list of holidays.</param>
    /// <exception cref="UsageException">The list of holidays or of calibrations cannot be read.</exception>
    public static ReportSetting SettingOf(GatewayModel gateway, IReadOnlyList<CameraModel> cameras, bool allRead, string configFolder) => new(gateway.Site.Id, gateway.Site.Name, gateway.TimeZone)
    {
        Gateway = gateway.Id,
        Holidays = Holidays(gateway, configFolder),
        CameraNames = cameras.ToDictionary(camera => camera.Id, camera => camera.Name, StringComparer.Ordinal),
        Calibrations = Calibrations(gateway.Storage.Folder),
        ResetHour = gateway.Site.ResetHour,
        HomeCode = HomeCode(gateway.Site),
        LeftOut = LeftOut(gateway, cameras),
        OwnLines = allRead ? LinesOf(cameras) : null,
    };

    /// <summary>Counters with <c>inReport: false</c>.</summary>
    public static HashSet<(string Gateway, string Camera, string Counter)> LeftOut(GatewayModel gateway, IReadOnlyList<CameraModel> cameras) =>
        [.. cameras.SelectMany(camera => camera.Counters.Where(counter => !counter.InReport).Select(counter => (gateway.Id, camera.Id, counter.Id)))];

    private static HashSet<(string Camera, string Line)> LinesOf(IReadOnlyList<CameraModel> cameras) =>
        [.. cameras.SelectMany(camera => camera.Counters.Where(counter => counter is { Line: not null, InReport: true } && counter.Classes.Contains(ObjectClass.Person)).Select(counter => (camera.Id, counter.Line!)))];

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
