using System.Collections.Concurrent;
using EdgeGateway.Configuration;
using EdgeGateway.Health;
using EdgeGateway.Remote;
using EdgeGateway.Sync;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Vision.Inference;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Cameras;

/// <summary>
/// The cameras that run, and what the broker is told of those that do not: retained states outlive a crash, so a camera that is off or
/// gone must not be left saying that it streams. Also hears the signal controllers that the running cameras name.
/// </summary>
internal sealed class CameraRoster(CameraSurroundings around, BrokerOptions broker, AlertBook alerts, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>Ids of the cameras whose retained state stands at the broker, kept for the next start; ids hold no blanks.</summary>
    private const string CamerasKey = "cameras";

    private readonly ConcurrentDictionary<string, RunningCamera> _running = new(StringComparer.Ordinal);

    /// <summary>Cameras of which the broker has a state; true where that is off, told in this run.</summary>
    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);

    /// <summary>Cameras that could not be started.</summary>
    private readonly ConcurrentDictionary<string, CameraModel> _failed = new(StringComparer.Ordinal);
    private SignalFeed? _signalFeed;
    private string[] _signalTopics = [];

    /// <summary>The cameras that run, in no order.</summary>
    public IEnumerable<RunningCamera> Running => _running.Values;

    /// <summary>Cameras that are wanted and do not work: not started, or ended by a fault.</summary>
    public IReadOnlyList<CameraModel> Down => [.. _failed.Values, .. from one in _running.Values where one.IsBroken select one.Camera];

    private Delivery Delivery => around.Delivery;

    /// <summary>A camera that runs; null for any other id.</summary>
    public RunningCamera? Find(string id) => _running.GetValueOrDefault(id);

    /// <summary>Starts a camera; one that cannot be started is told as off and raises an alert.</summary>
    public void Start(CameraModel camera)
    {
        _failed.TryRemove(camera.Id, out _);
        around.Site?.Join(camera);
        if (!camera.IsEnabled)
        {
            SayOff(camera.Id);
            ClearAlerts(camera.Id);
            return;
        }

        if (camera.Source.DetectUrl is null) alerts.Clear(RunningCamera.MainAlertKey(camera.Id));

        try
        {
            var running = new RunningCamera(camera, around);
            _running[camera.Id] = running;
            _told[camera.Id] = false;
            running.Start();
            alerts.Clear(StartKey(camera.Id));
        }
        catch (Exception fault)
        {
            // What a person can mend says how; where in the code it showed helps with the rest alone.
            if (fault is ModelException or InvalidDataException or IOException or UnauthorizedAccessException) GatewayLog.CameraCannotStart(logger, camera.Id, fault.Message);
            else GatewayLog.CameraNotStarted(logger, fault, camera.Id);
            Stop(camera.Id);
            _failed[camera.Id] = camera;
            SayOff(camera.Id);
            alerts.Raise(
                StartKey(camera.Id), fault is ModelException ? AlertKind.Model : AlertKind.Camera, AlertSeverity.Critical,
                new TwoLanguages($"Camera {camera.Id} không khởi động được. {CameraStateReporter.BrokenInVietnamese(fault)}", $"Camera {camera.Id} could not be started: {fault.Message}"));
        }
    }

    /// <summary>Ends a camera's work; what the broker is told of it is the caller's.</summary>
    public void Stop(string id)
    {
        _failed.TryRemove(id, out _);
        if (!_running.TryRemove(id, out var camera)) return;
        try
        {
            camera.Dispose();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            GatewayLog.ChangeFailed(logger, fault); // what fails at a camera's end costs neither its next start nor the others' end
        }

        _told[id] = true;
    }

    /// <summary>Ends all of them side by side.</summary>
    public Task StopAllAsync() => Task.WhenAll(_running.Keys.Select(id => Task.Run(() => Stop(id))));

    /// <summary>A camera is no longer configured: it ends, and nothing of it stays behind.</summary>
    public void Remove(string id)
    {
        Stop(id);
        around.Site?.Leave(id);
        SayGone(id);
        ClearAlerts(id);
    }

    private void ClearAlerts(string id)
    {
        foreach (var key in (ReadOnlySpan<string>)[CameraStateReporter.AlertKey(id), CameraStateReporter.BehindKey(id), RunningCamera.MainAlertKey(id), StartKey(id)]) alerts.Clear(key);
    }

    /// <summary>Tells what became of cameras that the last run left at the broker and this one does not know.</summary>
    /// <param name="allRead">False when a file has mistakes: it may be any camera's, so what is not known is off, not gone.</param>
    public void TellOfLastRun(bool allRead)
    {
        foreach (var id in (Delivery.LoadState(CamerasKey) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(id => !_told.ContainsKey(id)))
        {
            if (allRead) SayGone(id);
            else SayOff(id);
        }
    }

    /// <summary>The cameras have changed: they are kept for the next start, and their signal controllers are listened to.</summary>
    public void Changed()
    {
        Delivery.SaveState(CamerasKey, string.Join(' ', _told.Keys.Order(StringComparer.Ordinal)));
        ListenToSignals();
    }

    public async ValueTask DisposeAsync()
    {
        if (_signalFeed is not null) await _signalFeed.DisposeAsync();
    }

    private static string StartKey(string id) => $"start-{id}";

    private void SayOff(string id)
    {
        if (_told.TryGetValue(id, out var isOff) && isOff) return;
        _told[id] = true;
        Delivery.SetRetained(OffState(id));
    }

    /// <summary>A camera that is no longer configured leaves nothing behind at the broker; a disabled one stays there as off.</summary>
    private void SayGone(string id)
    {
        var off = OffState(id);
        if (!_told.TryRemove(id, out var isOff) || !isOff) Delivery.SetRetained(off);
        Delivery.ClearRetained(off.Topic);
    }

    private GatewayEvent OffState(string id)
    {
        var now = time.GetUtcNow();
        return around.Events.CameraState(EventOrigin.Camera(id), now, new CameraStateData(CameraCondition.Off, null, 0, 0, now, null));
    }

    private void ListenToSignals()
    {
        string[] topics = [.. _running.Values.SelectMany(camera => camera.SignalTopics.Values).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (topics.SequenceEqual(_signalTopics, StringComparer.Ordinal)) return;
        var old = _signalFeed;
        _signalTopics = topics;
        _signalFeed = topics.Length == 0 ? null : new SignalFeed(broker, topics, (topic, state, at) =>
        {
            foreach (var camera in _running.Values) camera.TellSignal(topic, state, at);
        }, time, logger);
        if (old is not null) _ = old.DisposeAsync().AsTask();
    }
}
