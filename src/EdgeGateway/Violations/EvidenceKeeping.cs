using EdgeGateway.Health;
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
/// <param name="waits">True while an event waits for the broker or for the operations centre.</param>
/// <param name="resendsFor">How long an event is sent again; one that is older and waits no more may have been given up.</param>
/// <param name="alerts">Where the alerts are raised and cleared.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For what was deleted.</param>
internal sealed class EvidenceKeeping(Func<EnforcementOffice?> office, Func<string, bool> waits, TimeSpan resendsFor, AlertBook alerts, TimeProvider time, ILogger logger)
{
    /// <summary>The alert's key while more lies here than the quota allows.</summary>
    public const string QuotaKey = "evidence-quota";

    /// <summary>The alert's key while what is past its time cannot be deleted.</summary>
    public const string SweepKey = "evidence-sweep";

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private bool _tookUp;

    /// <summary>Looks once.</summary>
    /// <exception cref="OperationCanceledException">Stopped; the rest is done at the next look.</exception>
    public void Look(CancellationToken stop)
    {
        if (office() is not { } open)
        {
            alerts.Clear(QuotaKey);
            alerts.Clear(SweepKey);
            return;
        }

        try
        {
            if (!_tookUp) TakeUpAcknowledgements(open, stop);
            _tookUp = true;
            var swept = open.Store.Sweep(stop);
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
                $"Không dọn được chứng cứ hết hạn lưu: {fault.Message}", $"Evidence that is past its time could not be deleted: {fault.Message}"));
        }
    }

    /// <summary>
    /// A crash can fall between the commit of an acknowledgement and its mark in the store. An event that was sent (its case is open),
    /// is younger than the time of resending and waits no more has been acknowledged.
    /// </summary>
    private void TakeUpAcknowledgements(EnforcementOffice open, CancellationToken stop)
    {
        foreach (var package in open.Store.List(time.GetUtcNow() - resendsFor, _started))
        {
            stop.ThrowIfCancellationRequested();
            if (package.AcknowledgedAt is null && open.Cases?.Find(package.Event) is not null && !waits(package.Event)) open.Store.Acknowledge(package.Event);
        }
    }
}
