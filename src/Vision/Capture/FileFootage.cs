using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// A recorded file as footage: a replay cuts its evidence as a live camera does. Its pictures are copied, not decoded, into a
/// temporary file with the times that <see cref="CameraStream"/> gives the same file, so it needs as much room as the file has.
/// H.264 and H.265 only.
/// </summary>
public sealed class FileFootage : Footage
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // For this user alone: it holds what the file holds.
    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-").FullName;
    private readonly List<(FootageFile File, PictureStart Start, long Length)> _all = [];
    private readonly DateTimeOffset _start;

    private FileFootage(DateTimeOffset start) => _start = start;

    /// <summary>Reads a file's pictures.</summary>
    /// <param name="file">Path of a video file.</param>
    /// <param name="start">UTC instant of its first picture, as <see cref="CaptureOptions.Start"/>.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="FootageException">It cannot be read, or holds neither H.264 nor H.265.</exception>
    public static async Task<FileFootage> OpenAsync(string file, DateTimeOffset start, CancellationToken stop)
    {
        var footage = new FileFootage(start);
        try
        {
            await FfmpegRun.RunAsync(FfmpegArguments.ForRemux(Path.GetFullPath(file)), null, footage.Fill, Limit, stop).ConfigureAwait(false);
            return footage;
        }
        catch
        {
            footage.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    internal override Task<FootageWindow> OpenAsync(TimeSpan from, TimeSpan to, CancellationToken stop)
        => Task.FromResult(FootageFile.Window(_all, (_, start) => TimeOf(start.Pts), from, to) ?? throw new FootageException("The file holds no picture of that time."));

    protected override void Dispose(bool disposing)
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
        base.Dispose(disposing);
    }

    private FrameTime? TimeOf(long pts)
    {
        var elapsed = new TimeSpan(pts * 1000 / 9);
        return new FrameTime(elapsed, _start + elapsed);
    }

    private void Fill(Stream from)
    {
        var scan = new PictureScan();
        var packet = new byte[PictureScan.PacketBytes];
        var starts = new List<PictureStart>();
        var at = 0L;
        var path = Path.Combine(_folder, "pictures.ts");
        using (var to = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 20))
        {
            for (; from.ReadAtLeast(packet, packet.Length, throwOnEndOfStream: false) == packet.Length; at += packet.Length)
            {
                if (scan.TryRead(packet, at, out var start)) starts.Add(start);
                if (scan.IsForeign) throw new InvalidDataException("Clips of evidence need H.264 or H.265.");
                to.Write(packet);
            }
        }

        if (scan.Head is null) return;
        var whole = new FootageFile(path, 1, scan.Head, scan.IsHevc, afterHole: false) { Length = at, IsClosed = true };
        whole.Pictures.AddRange(starts);
        whole.AddTo(_all);
    }
}
