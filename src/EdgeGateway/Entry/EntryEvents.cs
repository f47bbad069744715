using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Entry;

/// <summary>Publishes what was decided at a camera's gates. Thread-safe.</summary>
/// <param name="events">Stamps and writes.</param>
/// <param name="origin">The camera.</param>
/// <param name="offer">Takes an event; never waits.</param>
internal sealed class EntryEvents(GatewayEvents events, EventOrigin origin, Action<GatewayEvent> offer)
{
    public EventOrigin Origin => origin;

    /// <summary>Why somebody who crossed the gate's line is told as refused.</summary>
    public static string ReasonOf(PassVerdict verdict) => verdict == PassVerdict.Tailgating ? "tailgating" : "passed_without_opening";

    /// <summary>Publishes a decision.</summary>
    /// <param name="access">What was decided.</param>
    /// <param name="at">When.</param>
    /// <param name="picture">Keeps a picture under the event's id; null where there is none.</param>
    /// <param name="send">Sends what was kept, behind the event.</param>
    /// <returns>The event's id.</returns>
    public string Publish(AccessData access, DateTimeOffset at, Func<string, PictureData?>? picture = null, Action<string>? send = null)
    {
        EntryMetrics.Decided(access.Gate, access.Decision, access.Reason);
        if (picture is null)
        {
            var plain = events.Create(origin, at, access);
            offer(plain);
            return plain.Id.ToString();
        }

        var id = events.NextId(origin, at);
        var kept = picture(id.ToString());
        offer(events.Create(origin, at, kept is null ? access : access with { Pictures = [kept] }, id));
        if (kept is not null) send?.Invoke(id.ToString());
        return id.ToString();
    }
}
