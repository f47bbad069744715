using System.Diagnostics.Metrics;
using EdgeGateway.Health;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Vision.Analytics;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Cameras;

/// <summary>
/// Stolen and sought vehicles: an alert with the very read that settles the plate, or when the vehicle goes unsettled; cleared when it has gone. A doubtful plate is on no list.
/// On the camera's thread.
/// </summary>
internal sealed class ListedPlates(string cameraId, EventOrigin origin, WatchLists lists, AlertBook alerts, TimeProvider time)
{
    private static readonly Meter Meter = new(GatewayMetrics.MeterName);

    private static readonly Histogram<double> Delay = Meter.CreateHistogram<double>(
        "edgegateway.watch_list.alert.delay", unit: "s", description: "From the frame whose read settled a listed plate (or that last showed its vehicle) to the alert on the disk.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5] });

    private readonly HashSet<TrackId> _raised = [];

    public void See(Observation observation)
    {
        switch (observation)
        {
            case PlateSettled settled:
                Look(settled.Track, settled.Plate, settled.At.Utc);
                break;
            // Gone before its plate was settled: what was read of it counts all the same.
            case PassageRead { Plate: { } plate } passage when !_raised.Contains(passage.Track):
                Look(passage.Track, plate, passage.At.Utc);
                break;
        }
    }

    /// <summary>The vehicle has gone.</summary>
    public void Forget(TrackId gone)
    {
        if (_raised.Remove(gone)) alerts.Clear(KeyOf(gone));
    }

    /// <summary>The source has ended: nobody sees the vehicles any more.</summary>
    public void Finish()
    {
        foreach (var track in _raised) alerts.Clear(KeyOf(track));
        _raised.Clear();
    }

    private void Look(TrackId track, PlateReading plate, DateTimeOffset read)
    {
        if (plate.IsDoubtful) return;
        var hits = lists.Look(plate.Text, EventWords.Parse<Sync.Events.PlateColour>(plate.Colour.Name()), read);
        if (hits.Count == 0) return;
        var names = string.Join(", ", hits.Select(hit => hit.Note.Length == 0 ? hit.List : $"{hit.List} ({hit.Note})"));
        _raised.Add(track);
        // The colour is a part of a plate: where a list names it and it was not seen, this may be another vehicle.
        var unsure = hits.All(hit => hit.UnseenColour is not null) ? hits[0].UnseenColour : null;
        var text = unsure is { } colour
            ? new TwoLanguages($"Xe biển số {plate.Display} có thể nằm trong danh sách: {names}. Danh sách ghi biển màu {Vietnamese(colour)}, màu biển chưa đọc được: cần kiểm tra.", $"The vehicle {plate.Display} may be on a list: {names}. The list names a {EventWords.Of(colour)} plate and the colour was not seen: look before you act.")
            : new TwoLanguages($"Xe biển số {plate.Display} có trong danh sách: {names}.", $"The vehicle {plate.Display} is on a list: {names}.");
        var vehicle = new ListedVehicle(plate.Text, EventWords.Parse<Sync.Events.PlateColour>(plate.Colour.Name()), track.Value, [.. hits.Select(hit => hit.List).Distinct(StringComparer.Ordinal)]);
        var written = alerts.RaiseToDiskAsync(KeyOf(track), AlertKind.WatchList, unsure is null ? AlertSeverity.Critical : AlertSeverity.Warning, text, origin, read, vehicle);
        _ = MeasureAsync(read, written);
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

    private static string Vietnamese(Sync.Events.PlateColour colour) => colour switch
    {
        Sync.Events.PlateColour.White => "trắng",
        Sync.Events.PlateColour.Yellow => "vàng",
        Sync.Events.PlateColour.Blue => "xanh",
        Sync.Events.PlateColour.Red => "đỏ",
        _ => "không rõ",
    };

    private string KeyOf(TrackId track) => $"watch-{cameraId}-{track}";
}
