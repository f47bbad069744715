using EdgeGateway.Commands;
using EdgeGateway.Configuration;
using EdgeGateway.Health;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Reports;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sites;

/// <summary>
/// Makes the reports that are due: weekly, on holidays, and those missed while the box was off. Asked each second, it looks when a quarter of
/// an hour has begun (reports are due on full hours of local time) and its last intervals are in, on a task of its own: two years of counts take
/// seconds. What cannot be made is told by an alert and tried again a minute later.
/// </summary>
internal sealed class ReportDesk(GatewayModel model, string configFolder, SiteDesk site, GatewayEvents events, Delivery delivery, AlertBook alerts, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The name under which a report's file is sent.</summary>
    public const string PartName = "visitors.html";

    private const string AlertKey = "reports";
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(1);
    private const long QuarterTicks = 15 * TimeSpan.TicksPerMinute;

    private readonly CancellationTokenSource _stop = new();
    private readonly ReportTimes _times = new() { WeeklyHour = model.Site.Reports.WeeklyHour, HolidayHour = model.Site.Reports.HolidayHour };
    private readonly string _archive = Path.Combine(model.Storage.Folder, CountArchive.FileName);
    private long _quarter = -1;
    private long _lookedAt;
    private volatile bool _failed;
    private Task _making = Task.CompletedTask;

    /// <summary>The reports folder.</summary>
    public static string FolderOf(GatewayModel model) => model.Site.Reports.Folder ?? Path.Combine(model.Storage.Folder, "reports");

    /// <summary>Begins to make what is due, where it may be.</summary>
    public void Tick()
    {
        if (!model.Site.Reports.Enabled || !_making.IsCompleted) return;
        var quarter = (time.GetUtcNow() - _times.Settle).UtcTicks / QuarterTicks;
        if (quarter == _quarter && !(_failed && time.GetElapsedTime(_lookedAt) >= AgainAfter)) return;
        (_quarter, _lookedAt, _failed) = (quarter, time.GetTimestamp(), false);
        _making = Task.Run(MakeAsync);
    }

    /// <summary>Lets the report under way end, for two seconds; what is not told stays due.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_making, Task.Delay(TimeSpan.FromSeconds(2)));
        if (_making.IsCompleted) _stop.Dispose();
    }

    private async Task MakeAsync()
    {
        try
        {
            var allRead = new ConfigFolder(configFolder, SecretMask.Process).Load(requireSecrets: false).Files.All(file => file.Camera is not null);
            var setting = VisitorFiles.SettingOf(model, site.Cameras, allRead, configFolder);
            var reports = model.Site.Reports;
            var schedule = new ReportSchedule(model.Site.Id, _times, model.TimeZone, setting.Holidays, new DeliveryStateStore(delivery), time);
            var due = schedule.Due();
            if (due.Count > 0)
            {
                await site.Archive.FlushAsync(_stop.Token);
                var folder = new ReportFolder(FolderOf(model), setting, reports.Language == "en" ? ReportLanguage.En : ReportLanguage.Vi, () => CountArchive.Open(_archive, model.TimeZone));
                foreach (var report in due)
                {
                    _stop.Token.ThrowIfCancellationRequested();
                    await MakeAsync(report, folder, schedule);
                }
            }

            alerts.Clear(AlertKey);
        }
        catch (OperationCanceledException)
        {
            // stopped: due at the next start
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _failed = true;
            GatewayLog.ReportNotMade(logger, fault.Message);
            alerts.Raise(AlertKey, fault is UsageException ? AlertKind.Config : fault is SqliteException ? AlertKind.Database : AlertKind.Disk, AlertSeverity.Warning, new TwoLanguages(
                $"Không lập được báo cáo khách đến: {CauseInVietnamese.Of(fault)}.", $"The report on visitors could not be made: {fault.Message}"));
        }
    }

    private async Task MakeAsync(DueReport report, ReportFolder folder, ReportSchedule schedule)
    {
        var now = time.GetUtcNow();
        if (!File.Exists(_archive) || folder.Make(report, now) is not { } kept)
        {
            schedule.Done(report); // nothing was ever counted here: there is nothing to report
            return;
        }

        var item = events.Create(EventOrigin.Site(model.Site.Id), now, kept.Event);
        // From here to the end without a stop: what is on its way to the broker and not written down as done would be made and told once more.
        await delivery.Queue.AppendAsync(item);
        schedule.Done(report);
        ReportFiles.Remember(delivery, item.Id.ToString(), kept.Path);
        GatewayLog.ReportMade(logger, kept.Path);
        // Told and written down; a file that cannot be pushed now can still be fetched.
        if (delivery.Evidence is { } evidence) await evidence.OfferAsync(item.Id.ToString(), [new EvidenceFile(PartName, kept.Path, "text/html")], CancellationToken.None);
    }
}
