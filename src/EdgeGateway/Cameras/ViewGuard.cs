using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tamper;

namespace EdgeGateway.Cameras;

/// <summary>
/// Whether a camera still shows the view that lines and zones were drawn in: compares with the reference on disk, keeps a new one that the
/// watch took by itself, and tells what changed. Once the view was covered, moved or blurred, rules rest until a person has looked
/// (<c>confirm_camera</c>, or a newer <c>snapshot --reference</c>), over restarts too: a file beside the reference says so. On the camera's thread, but for <see cref="Confirm"/>.
/// </summary>
internal sealed class ViewGuard : IDisposable
{
    private readonly string _referencePath;
    private readonly Action<TamperChange> _changed;
    private readonly TamperWatch _watch;
    private TamperState? _unconfirmed;
    private bool _isToTell;
    private Action? _toKeep;
    private long _triedAt;

    /// <param name="referencePath">The reference picture's file.</param>
    /// <param name="changed">Told each change; must not wait.</param>
    public ViewGuard(string referencePath, Action<TamperChange> changed)
    {
        (_referencePath, _changed) = (referencePath, changed);
        _watch = new TamperWatch(TamperReference.Load(referencePath));
        (_unconfirmed, _isToTell) = (ReadMark(), true);
    }

    /// <summary>True when the view was covered, moved or blurred at the last look: what is counted then is doubtful.</summary>
    public bool IsTampered => _watch.IsTampered;

    /// <summary>True when rules must not accuse: nobody has looked since the view was another, or at a start the reference was not compared with yet.</summary>
    public bool RulesRest => _unconfirmed is not null || _watch.IsTampered || _watch is { State: TamperState.Learning, Reference: not null };

    private string MarkPath => _referencePath + ".unconfirmed";

    /// <summary>Where a camera's reference lies.</summary>
    public static string PathOf(string storage, string cameraId) => Path.Combine(storage, "references", $"{cameraId}.reference");

    /// <summary>Looks at a frame, cheaply most of the time.</summary>
    /// <returns>As <see cref="RulesRest"/>.</returns>
    public bool RulesRestAfter(Frame frame)
    {
        if (_isToTell)
        {
            _isToTell = false;
            if (_unconfirmed is { } kind) _changed(Back(new TamperChange(kind, TamperState.Learning, frame.Time, "", "")));
        }

        if (_watch.Look(frame, frame.Time) is { } change) Take(change);
        if (_toKeep is not null && _triedAt != _watch.Checks) Keep();
        return RulesRest;
    }

    /// <summary>The present view is right: the operations centre says so. Any thread; taken up with the next look.</summary>
    public void Confirm() => _watch.Confirm();

    public void Dispose() => _watch.Dispose();

    private void Take(TamperChange change)
    {
        if (change.NewReference is { } reference)
        {
            _unconfirmed = null;
            _toKeep = () =>
            {
                reference.Save(_referencePath);
                File.Delete(MarkPath);
            };
            _changed(change);
        }
        else if (change.State == TamperState.Clear && _unconfirmed is { } kind)
        {
            _changed(Back(change with { State = kind }));
        }
        else
        {
            _unconfirmed = change.State;
            _toKeep = () => File.WriteAllText(MarkPath, change.State.ToString());
            _changed(change);
        }
    }

    // A disk that takes nothing stops no camera: what is to be kept is tried again with the next check, and holds in memory until then.
    private void Keep()
    {
        _triedAt = _watch.Checks;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_referencePath)!);
            _toKeep!();
            _toKeep = null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // told by the disk's own alert
        }
    }

    private static TamperChange Back(TamperChange change) => change with
    {
        ReasonVi = "Khung hình đã trở lại như ảnh mốc; các quy tắc vẫn dừng cho đến khi có người xem lại và gửi confirm_camera.",
        ReasonEn = "The view is again the one of the reference; rules rest until somebody has looked and sends confirm_camera.",
    };

    // A reference that an installer took later says more than the mark.
    private TamperState? ReadMark()
    {
        if (!File.Exists(MarkPath) || (_watch.Reference is { } reference && reference.TakenAt.UtcDateTime > File.GetLastWriteTimeUtc(MarkPath))) return null;
        return Enum.TryParse<TamperState>(File.ReadAllText(MarkPath), out var kind) && kind is TamperState.Covered or TamperState.Moved or TamperState.Blurred ? kind : TamperState.Moved;
    }
}
