using EdgeGateway.Health;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Violations;

/// <summary>
/// The hourly look at the evidence that is kept: what is past its time is deleted, and the site is told when the quota cannot be met or
/// nothing can be deleted. Blocks for the disk: not for the tick.
/// </summary>
/// <param name="office">The evidence and its cases; null where there are none.</param>
/// <param name="alerts">Where the alerts are raised and cleared.</param>
/// <param name="logger">For what was deleted.</param>
internal sealed class EvidenceKeeping(Func<EnforcementOffice?> office, AlertBook alerts, ILogger logger)
{
    /// <summary>The alert's key while more lies here than the quota allows.</summary>
    public const string QuotaKey = "evidence-quota";

    /// <summary>The alert's key while what is past its time cannot be deleted.</summary>
    public const string SweepKey = "evidence-sweep";

    /// <summary>Looks once.</summary>
    /// <param name="now">The time by which ages are judged.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">Stopped; the rest is done at the next look.</exception>
    public void Look(DateTimeOffset now, CancellationToken stop)
    {
        if (office() is not { } open)
        {
            alerts.Clear(QuotaKey);
            alerts.Clear(SweepKey);
            return;
        }

        try
        {
            var swept = open.Store.Sweep(now, stop);
            open.Journal?.ForgetAside(now);
            alerts.Clear(SweepKey);
            if (swept.Deleted.Count > 0) GatewayLog.EvidenceDeleted(logger, swept.Deleted.Count, string.Join(", ", swept.Deleted.CountBy(one => one.Why).Select(why => $"{why.Value} {why.Key}")));
            if (swept.OverQuotaBytes == 0)
            {
                alerts.Clear(QuotaKey);
                return;
            }

            var mb = (swept.OverQuotaBytes + (1 << 20) - 1) >> 20;
            alerts.Raise(QuotaKey, AlertKind.Disk, AlertSeverity.Warning, new TwoLanguages(
                $"Chứng cứ vượt hạn mức (evidence.quotaMb) {mb} MB: phần còn lại đang bị giữ theo yêu cầu hoặc chưa được trung tâm xác nhận nên không được xóa.",
                $"The evidence is {mb} MB over its quota (evidence.quotaMb): what is left is on hold or not acknowledged by the operations centre, and is not deleted."));
        }
        catch (Exception fault) when (fault is EvidenceException or SqliteException or IOException or UnauthorizedAccessException)
        {
            GatewayLog.EvidenceNotSwept(logger, fault.Message);
            alerts.Raise(SweepKey, AlertKind.Disk, AlertSeverity.Warning, new TwoLanguages(
                $"Không dọn được chứng cứ hết hạn lưu: {CauseInVietnamese.Of(fault)}.", $"Evidence that is past its time could not be deleted: {fault.Message}"));
        }
    }
}
