using EdgeGateway.Sync.Events;

namespace EdgeGateway.Violations;

/// <summary>What the site is told of acts whose journal has trouble.</summary>
internal static class ActAlerts
{
    /// <summary>Raises the alert of a key, or clears it where there are no words.</summary>
    public static void Tell(AlertBook alerts, string key, AlertKind kind, TwoLanguages? text)
    {
        // A journal that cannot be written is told of until it can be; what was lost or set aside is over by the time that it is told.
        if (text is null) alerts.Clear(key);
        else alerts.Raise(key, kind, AlertSeverity.Critical, text, standsFor: key == ActRecorder.DiskKey ? null : AlertBook.Day);
    }
}
