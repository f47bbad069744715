using System.Diagnostics.Metrics;
using EdgeGateway.Health;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Cameras;

/// <summary>
/// Stolen and sought vehicles: an alert with the very read that settles the plate, cleared when the vehicle has gone. A doubtful plate is on no list.
/// On the camera's thread.
/// </summary>
internal sealed class ListedPlates(string cameraId, EventOrigin origin, WatchLists lists, AlertBook alerts, TimeProvider time)
{
    private static readonly Meter Meter = new(GatewayMetrics.MeterName);

    private static readonly Histogram<double> Delay = Meter.CreateHistogram<double>(
        "edgegateway.watch_list.alert.delay", unit: "s", description: "From the frame whose read settled a listed plate to the alert on the disk.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5] });

    private readonly HashSet<TrackId> _raised = [];

    public void See(PlateSettled settled)
    {
        var plate = settled.Plate;
        if (plate.IsDoubtful) return;
        var hits = lists.Look(plate.Text, EventWords.Parse<Sync.Events.PlateColour>(plate.Colour.Name()), settled.At.Utc);
        if (hits.Count == 0) return;
        var names = string.Join(", ", hits.Select(hit => hit.Note.Length == 0 ? hit.List : $"{hit.List} ({hit.Note})"));
        _raised.Add(settled.Track);
        var written = alerts.RaiseToDiskAsync(KeyOf(settled.Track), AlertKind.WatchList, AlertSeverity.Critical, new TwoLanguages(
            $"Xe biển số {plate.Display} có trong danh sách: {names}.", $"The vehicle {plate.Display} is on a list: {names}."), origin, settled.At.Utc);
        _ = MeasureAsync(settled.At.Utc, written);
    }

    /// <summary>The vehicle has gone.</summary>
    public void Forget(TrackId gone)
    {
        if (_raised.Remove(gone)) alerts.Clear(KeyOf(gone));
    }

    private async Task MeasureAsync(DateTimeOffset read, Task written)
    {
        try
        {
            await written.ConfigureAwait(false);
            Delay.Record((time.GetUtcNow() - read).TotalSeconds, new KeyValuePair<string, object?>("camera", cameraId));
        }
        catch (EventShedException)
        {
            // Counted by the queue that gave it up.
        }
    }

    private string KeyOf(TrackId track) => $"watch-{cameraId}-{track}";
}
