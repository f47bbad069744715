using EdgeGateway.Health;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Cameras;

/// <summary>
/// Stolen and sought vehicles: an alert with the very read that settles the plate, cleared when the vehicle has gone. A doubtful plate is on no list.
/// On the camera's thread.
/// </summary>
internal sealed class ListedPlates(string cameraId, EventOrigin origin, WatchLists lists, AlertBook alerts)
{
    private readonly HashSet<TrackId> _raised = [];

    public void See(PlateSettled settled)
    {
        var plate = settled.Plate;
        if (plate.IsDoubtful) return;
        var hits = lists.Look(plate.Text, EventWords.Parse<Sync.Events.PlateColour>(plate.Colour.Name()), settled.At.Utc);
        if (hits.Count == 0) return;
        var names = string.Join(", ", hits.Select(hit => hit.Note.Length == 0 ? hit.List : $"{hit.List} ({hit.Note})"));
        _raised.Add(settled.Track);
        alerts.Raise(KeyOf(settled.Track), AlertKind.WatchList, AlertSeverity.Critical, new TwoLanguages(
            $"Xe biển số {plate.Display} có trong danh sách: {names}.", $"The vehicle {plate.Display} is on a list: {names}."), origin, settled.At.Utc);
    }

    /// <summary>The vehicle has gone.</summary>
    public void Forget(TrackId gone)
    {
        if (_raised.Remove(gone)) alerts.Clear(KeyOf(gone));
    }

    private string KeyOf(TrackId track) => $"watch-{cameraId}-{track}";
}
