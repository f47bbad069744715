using System.Globalization;
using System.Text;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Imaging;

/// <summary>
/// The copy of a clip for export. Only pictures that were searched are in it, and so it has few: five a second, each at its own time. A hole
/// of the clip stays as long as it was, with the last picture before it.
/// </summary>
public static class ExportClip
{
    /// <summary>Pictures a second.</summary>
    public const int Fps = 5;

    /// <summary>How long the making may take; a clip has up to 75 pictures, and to search one takes about a fifth of a second of one core.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Makes the copy.</summary>
    /// <param name="clip">The clip; not changed.</param>
    /// <param name="path">The mp4 (H.264, no sound); written beside under another name and moved when whole.</param>
    /// <param name="places">What to hide in a picture. <see cref="Frame.Time"/> counts from the clip's beginning. Called from a thread of the pool, one picture after another.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="FootageException">The clip cannot be decoded, or the copy not be encoded; the message says why.</exception>
    public static async Task MakeAsync(string clip, string path, Func<Frame, ExportPlaces> places, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(places);
        var part = path + ".part";
        try
        {
            await FfmpegRun.RunAsync(
                FfmpegArguments.ForExportClip(Path.GetFullPath(part)),
                async (encoder, end) =>
                {
                    try
                    {
                        await FfmpegRun.RunAsync(FfmpegArguments.ForPictures(Path.GetFullPath(clip), Fps), null, output => Copy(output, encoder, places), Limit, end).ConfigureAwait(false);
                    }
                    catch (EncoderGoneException)
                    {
                        // Its own last words say why.
                    }
                },
                null, Limit, stop).ConfigureAwait(false);
            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static void Copy(Stream decoder, Stream encoder, Func<Frame, ExportPlaces> places)
    {
        var reader = new NutReader(new StreamSource(decoder));
        if (reader.ReadHeader() is not { } video) return;
        using var pool = new FramePool(video.Width, video.Height, 1);
        using var frame = pool.TryRent()!;
        Write(encoder, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"YUV4MPEG2 W{video.Width} H{video.Height} F{Fps}:1 Ip A1:1 C420jpeg\n")));
        long slot = 0;
        for (var isFirst = true; reader.TryReadFrame(out var header); isFirst = false)
        {
            // The picture before stays until this one's time has come.
            var until = (long)Math.Min(Math.Floor(header.Presentation.TotalSeconds * Fps + 1e-3), ClipCutter.Longest.TotalSeconds * Fps);
            for (; !isFirst && slot < until; slot++) WritePicture(encoder, frame);
            if (!reader.TryReadPixels(frame.Pixels)) return;
            frame.Time = new FrameTime(header.Presentation, DateTimeOffset.UnixEpoch + header.Presentation);
            var (hidden, kept) = places(frame);
            EvidencePictures.Hide(frame, hidden, kept);
        }

        WritePicture(encoder, frame);
    }

    private static void WritePicture(Stream encoder, Frame frame)
    {
        Write(encoder, "FRAME\n"u8);
        Write(encoder, frame.Pixels);
    }

    private static void Write(Stream encoder, ReadOnlySpan<byte> bytes)
    {
        try
        {
            encoder.Write(bytes);
        }
        catch (IOException gone)
        {
            throw new EncoderGoneException("The encoder has ended.", gone);
        }
    }

    private sealed class EncoderGoneException(string message, Exception inner) : Exception(message, inner);
}
