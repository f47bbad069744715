namespace EdgeGateway.Configuration;

/// <summary>
/// What runs, file by file, and what each newly read folder changes of it. Knows no clock and no disk.
/// </summary>
internal sealed class ConfigState
{
    private readonly GatewayModel? _runningGateway;
    private readonly Dictionary<string, ValueList<Mistake>> _refused = new(StringComparer.Ordinal);
    private Dictionary<string, CameraModel> _cameras;
    private GatewayModel? _seenGateway;

    public ConfigState(ConfigResult first)
    {
        _runningGateway = _seenGateway = first.Gateway;
        _cameras = first.Files.Where(file => file.Camera is not null).ToDictionary(file => file.File, file => file.Camera!, StringComparer.Ordinal);
        foreach (var file in first.Files.Where(file => file.Camera is null)) _refused[file.File] = [.. file.Mistakes];
    }

    /// <summary>The files whose cameras run.</summary>
    public IReadOnlySet<string> SettledFiles => _cameras.Keys.ToHashSet(StringComparer.Ordinal);

    /// <summary>True while gateway.yaml, as last read without a mistake, differs from what runs.</summary>
    public bool RestartNeeded => _seenGateway is not null && !_seenGateway.Equals(_runningGateway);

    /// <summary>Takes up a newly read folder and says what changed: refusals first, then removed, changed and added cameras.</summary>
    public IReadOnlyList<ConfigChange> TakeUp(ConfigResult result)
    {
        var changes = new List<ConfigChange>();
        JudgeGateway(result, changes);
        foreach (var file in result.Files) Judge(file.File, file.Mistakes, changes);
        foreach (var gone in _refused.Keys.Where(IsGone).ToList()) Judge(gone, [], changes);

        var next = new Dictionary<string, CameraModel>(StringComparer.Ordinal);
        foreach (var file in result.Files)
        {
            if (file.Camera is { } camera) next[file.File] = camera;
            else if (_cameras.TryGetValue(file.File, out var old) && !result.Cameras.Any(other => other.Id == old.Id)) next[file.File] = old;
        }

        Compare(ById(_cameras), ById(next), changes);
        _cameras = next;
        return changes;

        bool IsGone(string file) => file != ConfigFolder.GatewayFile && result.Files.All(f => f.File != file);
    }

    private static Dictionary<string, CameraModel> ById(Dictionary<string, CameraModel> files) => files.Values.ToDictionary(camera => camera.Id, StringComparer.Ordinal);

    private static void Compare(Dictionary<string, CameraModel> old, Dictionary<string, CameraModel> next, List<ConfigChange> changes)
    {
        foreach (var camera in old.Values.Where(camera => !next.ContainsKey(camera.Id))) changes.Add(new CameraRemoved(camera));
        foreach (var camera in next.Values)
        {
            if (!old.TryGetValue(camera.Id, out var before)) changes.Add(new CameraAdded(camera));
            else if (!before.Equals(camera)) changes.Add(new CameraChanged(before, camera));
        }
    }

    private void JudgeGateway(ConfigResult result, List<ConfigChange> changes)
    {
        Judge(ConfigFolder.GatewayFile, [.. result.Mistakes.Where(mistake => mistake.Place.File == ConfigFolder.GatewayFile)], changes);
        if (result.Gateway is not { } gateway || gateway.Equals(_seenGateway)) return;
        var wasOther = RestartNeeded;
        _seenGateway = gateway;
        if (RestartNeeded) changes.Add(new RestartNeeded(gateway));
        else if (wasOther) changes.Add(new RestartNotNeeded());
    }

    // The same mistakes are told once, however often the file is read.
    private void Judge(string file, IReadOnlyList<Mistake> mistakes, List<ConfigChange> changes)
    {
        ValueList<Mistake> found = [.. mistakes];
        if (found.Count == 0)
        {
            if (_refused.Remove(file)) changes.Add(new Mended(file));
        }
        else if (!_refused.TryGetValue(file, out var known) || !known.Equals(found))
        {
            _refused[file] = found;
            changes.Add(new Refused(file, found));
        }
    }
}
