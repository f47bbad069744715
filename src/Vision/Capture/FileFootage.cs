using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// A recorded file as footage: a replay cuts its evidence as a live camera does. Its pictures are copied, not decoded, into a
/// temporary file with the times that <see cref="CameraStream"/> gives the same file, so it needs as much room as the file has.
/// Copied stretches of a ring are footage in the same way. H.264 and H.265 only.
/// </summary>
public sealed class FileFootage : Footage
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // For this user alone: it holds what the file holds.
    private readonly string _folder;
    private readonly List<(FootageFile File, PictureStart Start, long Length)> _all = [];
    private readonly Dictionary<(int File, long Pts), FrameTime> _times = [];
    private int _files;

    private FileFootage(string folder) => _folder = folder;

    /// <summary>Reads a file's pictures.</summary>
    /// <param name="file">Path of a video file.</param>
    /// <param name="start">UTC instant of its first picture, as <see cref="CaptureOptions.Start"/>.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="FootageException">It cannot be read, or holds neither H.264 nor H.265.</exception>
    public static async Task<FileFootage> OpenAsync(string file, DateTimeOffset start, CancellationToken stop)
    {
        var footage = new FileFootage(Directory.CreateTempSubdirectory("edgegateway-").FullName);
        try
        {
            await FfmpegRun.RunAsync(FfmpegArguments.ForRemux(Path.GetFullPath(file)), null, from => footage.Fill(from, (_, pts) => TimeOf(start, pts)), Limit, stop).ConfigureAwait(false);
            return footage;
        }
        catch
        {
            footage.Dispose();
            throw;
        }
    }

    /// <summary>Makes footage of what <see cref="Footage.CopyAsync"/> has written.</summary>
    /// <param name="copies">The streams, each with the times of its pictures, the oldest first.</param>
    /// <param name="folder">A folder of its own to work in; made here, deleted with the footage.</param>
    /// <exception cref="FootageException">One is no such stream.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static FileFootage OfCopies(IReadOnlyList<(Stream Stream, IReadOnlyList<FrameTime> Times)> copies, string folder)
    {
        ArgumentNullException.ThrowIfNull(copies);
        Directory.CreateDirectory(folder);
        var footage = new FileFootage(folder);
        try
        {
            foreach (var (stream, times) in copies) footage.Fill(stream, (index, _) => index < times.Count ? times[index] : throw new InvalidDataException("more pictures than times."));
            return footage;
        }
        catch (Exception fault)
        {
            footage.Dispose();
            if (fault is InvalidDataException) throw new FootageException("The copied pictures are damaged: " + fault.Message, fault);
            throw;
        }
    }

    /// <inheritdoc/>
    public override Task WaitForAsync(FrameTime to, TimeSpan patience, CancellationToken stop) => Task.CompletedTask;

    /// <inheritdoc/>
    internal override Task<FootageWindow> OpenAsync(TimeSpan from, TimeSpan to, TimeSpan? patience, CancellationToken stop)
        => Task.FromResult(FootageFile.Window(_all, (file, start) => _times[(file.Run, start.Pts)], from, to) ?? throw new FootageException("The file holds no picture of that time."));

    protected override void Dispose(bool disposing)
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
        base.Dispose(disposing);
    }

    private static FrameTime TimeOf(DateTimeOffset start, long pts)
    {
        var elapsed = new TimeSpan(pts * 1000 / 9);
        return new FrameTime(elapsed, start + elapsed);
    }

    private void Fill(Stream from, Func<int, long, FrameTime> timeOf)
    {
        var run = _files++;
        var scan = new PictureScan();
        var packet = new byte[PictureScan.PacketBytes];
        var starts = new List<PictureStart>();
        var at = 0L;
        var path = Path.Combine(_folder, $"pictures-{run}.ts");
        using (var to = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 20))
        {
            for (; from.ReadAtLeast(packet, packet.Length, throwOnEndOfStream: false) == packet.Length; at += packet.Length)
            {
                if (scan.TryRead(packet, at, out var picture))
                {
                    _times[(run, picture.Pts)] = timeOf(starts.Count, picture.Pts);
                    starts.Add(picture);
                }

                if (scan.IsForeign) throw new InvalidDataException("Clips of evidence need H.264 or H.265.");
                to.Write(packet);
            }
        }

        if (scan.Head is null) return;
        var whole = new FootageFile(path, run, scan.Head, scan.IsHevc, afterHole: false) { Length = at, IsClosed = true };
        whole.Pictures.AddRange(starts);
        whole.AddTo(_all);
    }
}
