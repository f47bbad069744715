using System.Globalization;
using System.Security.Cryptography;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Reports;

/// <summary>A report in the folder.</summary>
public sealed record KeptReport(string Path, ReportData Event);

/// <summary>
/// Makes reports that are due and leaves them in the reports folder as HTML, whole or not at all. The same report made again replaces the file.
/// </summary>
/// <param name="folder">Made when absent.</param>
/// <param name="setting">Site, names, holidays.</param>
/// <param name="language">Of the pages.</param>
/// <param name="open">Opens the counts; called for each report, so that no file stays open between Mondays.</param>
public sealed class ReportFolder(string folder, ReportSetting setting, ReportLanguage language, Func<ICountSource> open)
{
    /// <summary>
    /// Makes a report and gives the data of its event; <c>uri</c> is the file's name in the reports folder. Null, and no file, where no counter counted in its range
    /// or in the weeks before: a box that began with a clock in the past owes no reports on the time before it came.
    /// </summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public KeptReport? Make(DueReport due, DateTimeOffset now)
    {
        var first = TimeZoneInfo.ConvertTime(due.Range.From, setting.Zone);
        var last = TimeZoneInfo.ConvertTime(due.Range.To.AddTicks(-1), setting.Zone);
        var days = first.Date == last.Date ? $"{first:yyyy-MM-dd}" : string.Create(CultureInfo.InvariantCulture, $"{first:yyyy-MM-dd}_{last:yyyy-MM-dd}");
        var name = $"{due.Kind.Replace('_', '-')}_{setting.Site}_{days}.html";
        var path = Path.Combine(folder, name);
        var counts = open();
        try
        {
            if (!counts.SeriesWithin(due.Range.From - VisitorReportBuilder.StaysKnown, due.Range.To, setting.Site).Any()) return null;
            Directory.CreateDirectory(folder);
            using var page = new MemoryStream();
            HtmlReport.Write(page, new VisitorReportBuilder(setting with { OtherNames = counts.Names }, counts).Build(due.Range, now), setting.Zone, language);
            var bytes = page.ToArray();
            WholeFile.Write(path, bytes);
            return new KeptReport(path, new ReportData(due.Kind, due.Range.From, due.Range.To, setting.Site, name, Convert.ToHexStringLower(SHA256.HashData(bytes))));
        }
        finally
        {
            (counts as IDisposable)?.Dispose();
        }
    }
}
