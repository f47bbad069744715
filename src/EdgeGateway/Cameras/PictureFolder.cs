using System.Globalization;
using System.Security.Cryptography;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Cameras;

/// <summary>Keeps the pictures of passages, cut from the very frame that was read, under names that sort by time.</summary>
/// <param name="folder">Where they lie; made when absent.</param>
/// <param name="keepFreeBytes">Below this much free space no picture is kept; events go on.</param>
/// <param name="guard">Seals them where there is a key; the event names the picture without the ending of a sealed file.</param>
/// <param name="report">Told when a picture cannot be written; events go on without it.</param>
internal sealed class PictureFolder(string folder, long keepFreeBytes, StoreGuard guard, Action<string> report)
{
    /// <summary>The files that are pictures of passages, sealed or not.</summary>
    public const string Names = "*_plate.jpg*";

    /// <summary>Deletes the pictures of a folder written before an instant and says how many; what cannot be deleted stays until the next time.</summary>
    public static int Sweep(string folder, DateTimeOffset before, string names, CancellationToken stop = default)
    {
        var gone = 0;
        if (!Directory.Exists(folder)) return gone;
        foreach (var file in Directory.EnumerateFiles(folder, names))
        {
            if (stop.IsCancellationRequested) break;
            try
            {
                if (File.GetLastWriteTimeUtc(file) >= before.UtcDateTime) continue;
                File.Delete(file);
                gone++;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // the folder's owner sees it grow; events are not concerned
            }
        }

        return gone;
    }

    /// <summary>A plate's picture as JPEG.</summary>
    internal static byte[] Encode(PlatePicture picture)
    {
        using var pool = new FramePool(picture.Width, picture.Height, 1);
        using var piece = pool.TryRent()!;
        picture.Pixels.Span.CopyTo(piece.Pixels);
        return StillEncoder.Jpeg(piece);
    }

    /// <summary>Writes the passage's pictures and says where they lie.</summary>
    public IReadOnlyList<PictureData> Keep(string cameraId, PassageRead passage)
    {
        if (passage.Picture is not { } picture) return [];
        var stamp = picture.TakenAt.Utc.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture);
        var name = $"{stamp}_{cameraId}_{passage.Track}_plate.jpg";
        try
        {
            var jpeg = Encode(picture);
            Directory.CreateDirectory(folder);
            if (new DriveInfo(folder).AvailableFreeSpace < keepFreeBytes)
            {
                report($"The picture {name} was not kept: less than {keepFreeBytes >> 20} MB are free on the disk of {folder}.");
                return [];
            }

            var path = guard.NameOf(Path.Combine(folder, name));
            File.Delete(path);
            guard.Write(path, file => file.Write(jpeg));
            return [new PictureData(name, Convert.ToHexStringLower(SHA256.HashData(jpeg)))];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            report($"The picture {name} could not be written to {folder}: {fault.Message}");
            return [];
        }
    }
}
