using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;

namespace EdgeGateway.Vision.Capture;

/// <summary>A clip of evidence: the camera's own pictures, not encoded again.</summary>
/// <param name="Path">The mp4.</param>
/// <param name="First">The true instant of its first picture, which the mp4 shows at 0.</param>
/// <param name="Last">The instant of its last picture.</param>
/// <param name="Pictures">How many pictures it holds.</param>
/// <param name="HasGap">True where pictures are missing in its midst (a lost connection, a full disk); the gap is as long in the clip as it was.</param>
/// <param name="StartsLate">True when its first picture is later than was asked for.</param>
/// <param name="EndsEarly">True when its last picture is more than a second earlier than was asked for.</param>
public sealed record CutClip(string Path, FrameTime First, FrameTime Last, int Pictures, bool HasGap, bool StartsLate, bool EndsEarly);

/// <summary>An untouched picture of the original stream at full resolution, as JPEG of quality 95.</summary>
/// <param name="Time">When it was taken.</param>
/// <param name="Asked">The instant that was asked for.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Jpeg">The picture.</param>
public sealed record Still(FrameTime Time, FrameTime Asked, int Width, int Height, byte[] Jpeg);

/// <summary>
/// Cuts clips and stills out of a camera's footage. Cuts of one cutter wait for one another, so that a burst of violations
/// takes one core at most from the cameras. Never called on a camera's thread: a cut takes from a tenth of a second to some seconds.
/// </summary>
public sealed class ClipCutter : IDisposable
{
    /// <summary>The quality of stills, 1 to 100: no loss that an eye can see.</summary>
    public const int StillQuality = 95;

    /// <summary>The longest clip.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    // A picture that is further from the asked instant is another moment.
    private static readonly TimeSpan Nearest = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>
    /// The stretch of a clip for an act: 3 s before its first moment to 2 s after its last, and of an act longer than that the
    /// 15 s that end 2 s after it. Always 5 to 15 s.
    /// </summary>
    public static (FrameTime From, FrameTime To) StretchOf(FrameTime first, FrameTime last)
    {
        var to = Moved(last, TimeSpan.FromSeconds(2));
        var from = Moved(first, TimeSpan.FromSeconds(-3));
        if (to.Elapsed - from.Elapsed > TimeSpan.FromSeconds(15)) from = Moved(to, TimeSpan.FromSeconds(-15));
        return (from, to);
    }

    /// <summary>Makes an mp4 from the last key frame at or before <paramref name="from"/> to the last picture at or before <paramref name="to"/>.</summary>
    /// <param name="footage">The camera's ring or a file.</param>
    /// <param name="from">The first instant to be seen.</param>
    /// <param name="to">The last one; may lie a little ahead, then this waits for it.</param>
    /// <param name="path">The mp4; written beside under another name and moved when whole.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="ArgumentException"><paramref name="to"/> is before <paramref name="from"/>, or more than <see cref="Longest"/> later.</exception>
    /// <exception cref="FootageException">There are no such pictures, or ffmpeg failed; the message says why.</exception>
    public async Task<CutClip> CutAsync(Footage footage, FrameTime from, FrameTime to, string path, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(footage);
        if (to.Elapsed < from.Elapsed || to.Elapsed - from.Elapsed > Longest) throw new ArgumentException($"A clip lasts from 0 to {Longest.TotalSeconds:0} s.", nameof(to));
        // The waiting for pictures to come takes no core.
        using var window = await footage.OpenAsync(from.Elapsed, to.Elapsed, patience: null, stop).ConfigureAwait(false);
        var (pictures, part) = (window.Pictures, path + ".part");
        await _turn.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            await FfmpegRun.RunAsync(
                FfmpegArguments.ForClip(Path.GetFullPath(part), pictures[0].Time.Utc, window.IsHevc),
                (input, end) => window.WriteAsync(input, 0, pictures.Count - 1, end), null, Limit, stop).ConfigureAwait(false);
            File.Move(part, path, overwrite: true);
        }
        finally
        {
            _turn.Release();
            File.Delete(part);
        }

        var last = pictures.MaxBy(p => p.Time.Elapsed).Time;
        return new CutClip(
            path, pictures[0].Time, last, pictures.Count, window.HasGap(),
            StartsLate: pictures[0].Time.Elapsed > from.Elapsed, EndsEarly: to.Elapsed - last.Elapsed > TimeSpan.FromSeconds(1));
    }

    /// <summary>
    /// The pictures of these instants, each decoded from the original stream: of an instant between two pictures the nearer
    /// one. An instant without a picture within half a second is left out.
    /// </summary>
    /// <exception cref="FootageException">There is none of these pictures, or they cannot be decoded.</exception>
    public async Task<IReadOnlyList<Still>> StillsAtAsync(Footage footage, IReadOnlyList<FrameTime> times, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(footage);
        var stills = new List<Still>(times.Count);
        FootageException? missing = null;
        foreach (var time in times)
        {
            try
            {
                if (await StillAtAsync(footage, time, stop).ConfigureAwait(false) is { } still) stills.Add(still);
            }
            catch (FootageException fault)
            {
                missing = fault; // the others may be there
            }
        }

        return stills.Count == 0 && missing is not null ? throw missing : stills;
    }

    public void Dispose() => _turn.Dispose();

    private async Task<Still?> StillAtAsync(Footage footage, FrameTime time, CancellationToken stop)
    {
        using var window = await footage.OpenAsync(time.Elapsed - Nearest, time.Elapsed + Nearest, patience: null, stop).ConfigureAwait(false);
        await _turn.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            return await StillAsync(window, time, stop).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static async Task<Still?> StillAsync(FootageWindow window, FrameTime time, CancellationToken stop)
    {
        var pictures = window.Pictures;
        var wanted = 0;
        for (var i = 1; i < pictures.Count; i++)
        {
            if (Away(i) < Away(wanted)) wanted = i;
        }

        if (Away(wanted) > Nearest) return null;
        var from = wanted;
        // Of an open group of pictures the leading ones need the group before.
        while (from > 0 && (!pictures[from].IsKey || pictures[from].Time.Elapsed > pictures[wanted].Time.Elapsed)) from--;
        byte[]? jpeg = null;
        var (width, height) = (0, 0);
        await FfmpegRun.RunAsync(
            FfmpegArguments.ForStills([window.WrittenPts(wanted, from)]),
            (input, end) => window.WriteAsync(input, from, wanted, end),
            output =>
            {
                var reader = new NutReader(new StreamSource(output));
                if (reader.ReadHeader() is not { } video || !reader.TryReadFrame(out _)) return;
                using var pool = new FramePool(video.Width, video.Height, 1);
                using var frame = pool.TryRent()!;
                if (!reader.TryReadPixels(frame.Pixels)) return;
                (width, height, jpeg) = (video.Width, video.Height, StillEncoder.Jpeg(frame, StillQuality));
            },
            Limit, stop).ConfigureAwait(false);
        return jpeg is null ? throw new FootageException("The picture of that time cannot be decoded: its data are damaged.") : new Still(pictures[wanted].Time, time, width, height, jpeg);

        TimeSpan Away(int index) => (pictures[index].Time.Elapsed - time.Elapsed).Duration();
    }

    private static FrameTime Moved(FrameTime time, TimeSpan by) => new(time.Elapsed + by, time.Utc + by);
}
