using System.Globalization;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;

namespace EdgeGateway.Health;

/// <summary>Tells that owners are waited for: no registration service has answered for some time.</summary>
/// <param name="desk">Null where nobody asks for owners.</param>
/// <param name="alerts">Where it is told.</param>
internal sealed class RegistrationAlert(Func<OwnerDesk?> desk, AlertBook alerts)
{
    public const string Key = "registration";

    // A service that restarts, or spares itself after a few failures, is no news.
    private static readonly TimeSpan AlertAfter = TimeSpan.FromMinutes(10);

    /// <summary>Looks whether answers come. Once a second, by the housekeeping.</summary>
    public void Look(DateTimeOffset now)
    {
        if (desk()?.Away is not { } away)
        {
            alerts.Clear(Key);
            return;
        }

        if (now - away.Since < AlertAfter) return;
        var minutes = string.Create(CultureInfo.InvariantCulture, $"{AlertAfter.TotalMinutes:0}");
        alerts.Raise(Key, AlertKind.Delivery, AlertSeverity.Warning, new TwoLanguages(
            $"Hơn {minutes} phút không tra cứu được chủ xe: nguồn '{away.Source}' không trả lời. Các yêu cầu vẫn chờ và được gửi lại; vi phạm vẫn được gửi bình thường. Xem lý do trong nhật ký (journal).",
            $"Owners have not been found for more than {minutes} minutes: the source '{away.Source}' does not answer. The look-ups wait and are tried again; violations are published as ever. The journal says why."), since: away.Since);
    }
}
