using EdgeGateway.Vision.Frames;
using Microsoft.Win32.SafeHandles;

namespace EdgeGateway.Vision.Capture;

/// <summary>Pictures cannot be had: not kept, no longer there, or not to be read. The message says which and what to do.</summary>
public sealed class FootageException : Exception
{
    public FootageException(string message) : base(message)
    {
    }

    public FootageException(string message, Exception inner) : base(message, inner)
    {
    }
}

/// <summary>
/// The original compressed pictures around an instant, from a camera's ring (<see cref="StreamRing"/>) or from a recorded file
/// (<see cref="FileFootage"/>). <see cref="ClipCutter"/> cuts from both alike. Thread-safe.
/// </summary>
public abstract class Footage : IDisposable
{
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// The pictures from the last key frame at or before <paramref name="from"/> to <paramref name="to"/>, with their files held
    /// open. Waits until <paramref name="to"/> has been seen, <paramref name="patience"/> at most (null: the footage's own).
    /// </summary>
    /// <exception cref="FootageException">There is none of it.</exception>
    internal abstract Task<FootageWindow> OpenAsync(TimeSpan from, TimeSpan to, TimeSpan? patience, CancellationToken stop);

    /// <summary>Waits until an instant has been seen, or until no more can come; <paramref name="patience"/> at most.</summary>
    public abstract Task WaitForAsync(FrameTime to, TimeSpan patience, CancellationToken stop);

    /// <summary>
    /// Copies the pictures of a stretch, untouched, as one transport stream from the last key frame at or before <paramref name="from"/>;
    /// <see cref="FileFootage.OfCopies"/> makes it footage again. Copies what is there and waits for nothing.
    /// </summary>
    /// <param name="from">The first instant to be seen.</param>
    /// <param name="to">The last one.</param>
    /// <param name="into">Takes the stream.</param>
    /// <param name="stop">Ends the work.</param>
    /// <returns>The times of its pictures, in the order of the stream: a camera's clock alone does not tell them.</returns>
    /// <exception cref="FootageException">There is none of it.</exception>
    public async Task<IReadOnlyList<FrameTime>> CopyAsync(FrameTime from, FrameTime to, Stream into, CancellationToken stop)
    {
        using var window = await OpenAsync(from.Elapsed, to.Elapsed, TimeSpan.Zero, stop).ConfigureAwait(false);
        await window.WriteAsync(into, 0, window.Pictures.Count - 1, stop).ConfigureAwait(false);
        return [.. window.Pictures.Select(picture => picture.Time)];
    }

    /// <summary>Frees what the footage holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>One coded picture of a window.</summary>
/// <param name="File">Open while the window lives.</param>
/// <param name="Offset">Its first byte in the file.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Pts">Presentation time in 1/90000 s, of its run.</param>
/// <param name="IsKey">True when decoding can begin here.</param>
/// <param name="Run">Which connection it came by.</param>
/// <param name="AfterHole">True when pictures of the same run before it were not kept.</param>
/// <param name="Time">Its time.</param>
internal readonly record struct WindowPicture(SafeFileHandle File, long Offset, long Length, long Pts, bool IsKey, int Run, bool AfterHole, FrameTime Time);

/// <summary>A piece of footage that was asked for: the pictures in the order of their decoding.</summary>
internal sealed class FootageWindow(IReadOnlyList<WindowPicture> pictures, byte[] head, bool hevc, IReadOnlyList<SafeFileHandle> files) : IDisposable
{
    // Room for decoding times before the first presentation time, far from the format's wrap.
    private const long FirstPts = PictureScan.Rate;

    public IReadOnlyList<WindowPicture> Pictures => pictures;

    public bool IsHevc => hevc;

    /// <summary>True where pictures are missing between the first and the last: another connection, a hole, or a pause of more than a second and four usual steps.</summary>
    public bool HasGap()
    {
        var times = pictures.Select(p => p.Time.Elapsed).Order().ToArray();
        var steps = times.Zip(times.Skip(1), (a, b) => b - a).Order().ToArray();
        var usual = steps.Length == 0 ? TimeSpan.Zero : steps[steps.Length / 2];
        var most = usual * 4 > TimeSpan.FromSeconds(1) ? usual * 4 : TimeSpan.FromSeconds(1);
        return (steps.Length > 0 && steps[^1] > most) || pictures.Skip(1).Where((p, i) => p.Run != pictures[i].Run || p.AfterHole).Any();
    }

    /// <summary>The presentation time that a picture has in what <see cref="WriteAsync"/> writes: over all connections it runs as the clock of <see cref="FrameTime.Elapsed"/> does.</summary>
    public long WrittenPts(int index, int from) => pictures[index].Pts + ShiftOf(index, from);

    /// <summary>Writes pictures as one transport stream.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="from">Index of the first, a key frame.</param>
    /// <param name="last">Index of the last.</param>
    /// <param name="stop">Ends the work.</param>
    public async Task WriteAsync(Stream to, int from, int last, CancellationToken stop)
    {
        await to.WriteAsync(head, stop).ConfigureAwait(false);
        for (var i = from; i <= last; i++)
        {
            var picture = pictures[i];
            var bytes = new byte[picture.Length];
            var read = 0;
            while (read < bytes.Length && await RandomAccess.ReadAsync(picture.File, bytes.AsMemory(read), picture.Offset + read, stop).ConfigureAwait(false) is var more and > 0) read += more;
            if (read < bytes.Length) throw new FootageException("The stored stream is shorter than its index.");
            PictureScan.Shift(bytes.AsSpan(0, PictureScan.PacketBytes), ShiftOf(i, from));
            await to.WriteAsync(bytes, stop).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        foreach (var file in files) file.Dispose();
    }

    private long ShiftOf(int index, int from)
    {
        var start = pictures[from];
        var run = pictures[index].Run;
        if (run == start.Run) return FirstPts - start.Pts;
        var first = index;
        while (first > 0 && pictures[first - 1].Run == run) first--;
        return FirstPts + (pictures[first].Time.Elapsed - start.Time.Elapsed).Ticks * 9 / 1000 - pictures[first].Pts;
    }
}

/// <summary>One file of footage with the index of its pictures.</summary>
internal sealed class FootageFile(string path, int run, byte[] head, bool hevc, bool afterHole)
{
    public string Path => path;

    public int Run => run;

    public byte[] Head => head;

    public bool IsHevc => hevc;

    public bool AfterHole => afterHole;

    public List<PictureStart> Pictures { get; } = [];

    /// <summary>Bytes that are written.</summary>
    public long Length { get; set; }

    /// <summary>True when the last picture is whole.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Adds what of this file is whole to a list.</summary>
    public void AddTo(List<(FootageFile File, PictureStart Start, long Length)> all)
    {
        for (var i = 0; i < Pictures.Count; i++)
        {
            if (i + 1 < Pictures.Count) all.Add((this, Pictures[i], Pictures[i + 1].Offset - Pictures[i].Offset));
            else if (IsClosed) all.Add((this, Pictures[i], Length - Pictures[i].Offset));
        }
    }

    /// <summary>Chooses out of all pictures, in the order of decoding, those of a window, and opens their files.</summary>
    /// <returns>Null when there is none.</returns>
    public static FootageWindow? Window(List<(FootageFile File, PictureStart Start, long Length)> all, Func<FootageFile, PictureStart, FrameTime?> timeOf, TimeSpan from, TimeSpan to)
    {
        var (first, last) = (-1, -1);
        var times = new FrameTime?[all.Count];
        for (var i = 0; i < all.Count; i++)
        {
            if ((times[i] = timeOf(all[i].File, all[i].Start)) is not { } time) continue;
            if (all[i].Start.IsKey && (first < 0 || time.Elapsed <= from)) first = i;
            if (time.Elapsed <= to) last = i;
        }

        if (first < 0 || last < first) return null;
        // Pictures that are shown before one that is already taken are decoded after it.
        var shown = Enumerable.Range(first, last - first + 1).Max(i => times[i]?.Elapsed ?? TimeSpan.MinValue);
        while (last + 1 < all.Count && times[last + 1]?.Elapsed < shown) last++;
        // Pictures that follow a key frame but are shown before it lean on pictures before it: without those they cannot be decoded.
        var (key, leading) = (times[first]!.Value.Elapsed, true);
        var opened = new Dictionary<FootageFile, SafeFileHandle>();
        var pictures = new List<WindowPicture>(last - first + 1);
        try
        {
            for (var i = first; i <= last; i++)
            {
                if (times[i] is not { } time) continue;
                var (file, start, length) = all[i];
                if (!opened.TryGetValue(file, out var handle)) opened[file] = handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                // What follows a break cannot be decoded before its key frame.
                var afterHole = file.AfterHole && start.Offset == file.Pictures[0].Offset;
                if (pictures.Count > 0 && (pictures[^1].Run != file.Run || afterHole) && !start.IsKey) continue;
                if (pictures.Count > 0 && (pictures[^1].Run != file.Run || afterHole)) (key, leading) = (time.Elapsed, true);
                else if (pictures.Count > 0 && start.IsKey) leading = false;
                if (leading && time.Elapsed < key) continue;
                pictures.Add(new WindowPicture(handle, start.Offset, length, start.Pts, start.IsKey, file.Run, afterHole, time));
            }
        }
        catch
        {
            foreach (var handle in opened.Values) handle.Dispose();
            throw;
        }

        return new FootageWindow(pictures, all[first].File.Head, all[first].File.IsHevc, [.. opened.Values]);
    }
}
