using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Health;

/// <summary>
/// Tells of databases that were damaged and begun anew. Most are opened before alerts can be raised: what is told until <see cref="Start"/> waits. The alert
/// stands for a day after the last time, over starts. Thread-safe.
/// </summary>
internal sealed class DatabaseAlerts(ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly List<DamagedDatabase> _waiting = [];
    private AlertBook? _alerts;

    public void Tell(DamagedDatabase damage)
    {
        GatewayLog.DatabaseDamaged(logger, damage.Path, damage.Aside, damage.Rows);
        if (damage.GivenUp is { } detail) GatewayLog.RescueGivenUp(logger, damage.Aside, detail);
        lock (_gate)
        {
            if (_alerts is null) _waiting.Add(damage);
            else Raise(_alerts, damage);
        }
    }

    /// <summary>Older damaged files were deleted, so that a card that goes on damaging does not fill itself with them.</summary>
    public void TellGone(IReadOnlyList<string> names) => GatewayLog.DamagedFilesDeleted(logger, string.Join(", ", names));

    /// <summary>From here on alerts can be raised.</summary>
    /// <param name="alerts">Has taken over what the last run left raised.</param>
    /// <param name="folder">The storage folder: a kill right after a database was set aside takes the alert with it, and the file that lies there tells.</param>
    /// <param name="now">The time by which its name is young.</param>
    public void Start(AlertBook alerts, string folder, DateTimeOffset now)
    {
        lock (_gate)
        {
            _alerts = alerts;
            foreach (var damage in _waiting) Raise(alerts, damage);
            _waiting.Clear();
            foreach (var (name, aside) in StoreGuard.SetAsideSince(folder, now - AlertBook.Day))
            {
                if (alerts.StandsOn($"database-{name}", AlertBook.Day) || (name == "outbox.db" && alerts.StandsOn("outbox-damaged", AlertBook.Day))) continue;
                alerts.Raise($"database-{name}", AlertKind.Database, AlertSeverity.Critical, new TwoLanguages(
                    $"Cơ sở dữ liệu {name} bị hỏng trước lần khởi động này: đã cất riêng thành {aside} và mở tệp mới. Giữ tệp hỏng để kiểm tra; ổ đĩa có thể sắp hỏng.",
                    $"The database {name} was damaged before this start: it was set aside as {aside}, and a new one was begun. Keep the damaged file; the disk may be failing."), standsFor: AlertBook.Day);
            }
        }
    }

    private static void Raise(AlertBook alerts, DamagedDatabase damage)
    {
        var (name, isGivenUp) = (Path.GetFileName(damage.Path), damage.GivenUp is not null);
        alerts.Raise($"database-{name}", AlertKind.Database, AlertSeverity.Critical, new TwoLanguages(
            $"Cơ sở dữ liệu {name} bị hỏng: đã cất riêng thành {damage.Aside}, lấy lại được {damage.Rows} dòng và mở tệp mới. {(isGivenUp ? "Sau một ngày thử vẫn không đọc được phần còn lại, và không thử nữa. " : "")}Giữ tệp hỏng để kiểm tra; ổ đĩa có thể sắp hỏng.",
            $"The database {name} was damaged: it was set aside as {damage.Aside}, {damage.Rows} rows could be read and were taken over, and a new one was begun. {(isGivenUp ? "The rest could not be read for a day and is not tried any more. " : "")}Keep the damaged file; the disk may be failing."), standsFor: AlertBook.Day);
    }
}
