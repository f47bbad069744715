using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Tamper;

namespace EdgeGateway.Cameras;

/// <summary>
/// Whether a camera still shows the view that lines and zones were drawn in: compares with the reference on disk, keeps a new one that the
/// watch took by itself, and tells what changed. On the camera's thread, but for <see cref="Confirm"/>.
/// </summary>
/// <param name="referencePath">The reference picture's file.</param>
/// <param name="changed">Told each change; must not wait.</param>
internal sealed class ViewGuard(string referencePath, Action<TamperChange> changed) : IDisposable
{
    private readonly TamperWatch _watch = new(TamperReference.Load(referencePath));

    /// <summary>True when the view was covered, moved or blurred at the last look.</summary>
    public bool IsTampered => _watch.IsTampered;

    /// <summary>Where a camera's reference lies.</summary>
    public static string PathOf(string storage, string cameraId) => Path.Combine(storage, "references", $"{cameraId}.reference");

    /// <summary>Looks at a frame, cheaply most of the time.</summary>
    /// <exception cref="IOException">A new reference could not be kept.</exception>
    public bool IsTamperedAfter(Frame frame)
    {
        if (_watch.Look(frame, frame.Time) is { } change)
        {
            if (change.NewReference is { } reference)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(referencePath)!);
                reference.Save(referencePath);
            }

            changed(change);
        }

        return _watch.IsTampered;
    }

    /// <summary>The present view is right: the operations centre says so. Any thread; taken up with the next look.</summary>
    public void Confirm() => _watch.Confirm();

    public void Dispose() => _watch.Dispose();
}
