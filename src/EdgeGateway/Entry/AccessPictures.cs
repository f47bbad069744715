using System.Security.Cryptography;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Entry;

/// <summary>
/// Pictures of vehicles that an operator is asked about: the vehicle and a margin, no more of the street than that. They go out at once as
/// parts of evidence, lie here for <c>fetch_evidence</c>, and are deleted like pictures of passages.
/// </summary>
/// <param name="folder">Where they lie; made when absent.</param>
/// <param name="keepFreeBytes">Below this much free space none is kept; decisions go on.</param>
/// <param name="guard">Seals them where there is a key.</param>
/// <param name="send">Sends a file as evidence of an event.</param>
/// <param name="report">Told why one was not kept.</param>
internal sealed class AccessPictures(string folder, long keepFreeBytes, StoreGuard guard, Func<string, EvidenceFile, Task> send, Action<string> report) : Sync.Commands.IEvidenceFiles
{
    /// <summary>The files that are such pictures, sealed or not.</summary>
    public const string Names = "*.jpg*";

    private const string PartName = "vehicle.jpg";
    private const float Margin = 0.15f;

    /// <summary>The folder within a gateway's storage.</summary>
    public static string FolderOf(string storage) => Path.Combine(storage, "access");

    private Sync.Commands.IEvidenceFiles? _others;

    /// <summary>Asks <paramref name="others"/> for events of which nothing lies here.</summary>
    public AccessPictures Before(Sync.Commands.IEvidenceFiles others)
    {
        _others = others;
        return this;
    }

    /// <summary>Keeps the picture of a vehicle for an event that is about to be offered.</summary>
    /// <returns>What the event says of it; null when it could not be kept.</returns>
    public PictureData? Keep(string eventId, Frame frame, in BoxPx box)
    {
        try
        {
            Directory.CreateDirectory(folder);
            if (new DriveInfo(folder).AvailableFreeSpace < keepFreeBytes)
            {
                report($"less than {keepFreeBytes >> 20} MB are free on the disk of {folder}");
                return null;
            }

            var (mx, my) = (Margin * box.Width, Margin * box.Height);
            var around = new BoxPx(box.X - mx, box.Y - my, box.Width + 2 * mx, box.Height + 2 * my);
            var jpeg = StillEncoder.Jpeg(frame, PixelRegion.Around(around, frame.Width, frame.Height));
            guard.Write(guard.NameOf(PathOf(eventId)), file => file.Write(jpeg));
            return new PictureData($"evidence/{eventId}/{PartName}", Convert.ToHexStringLower(SHA256.HashData(jpeg)));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            report(fault.Message);
            return null;
        }
    }

    /// <summary>Sends a kept picture, behind its event.</summary>
    public void Send(string eventId) => _ = Task.Run(async () =>
    {
        try { await send(eventId, FileOf(eventId)); }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or Microsoft.Data.Sqlite.SqliteException or ObjectDisposedException) { report(fault.Message); }
    });

    public async Task<IReadOnlyList<EvidenceFile>?> FindAsync(string eventId, CancellationToken cancel) =>
        Ulid.TryParse(eventId, out _) && StoreGuard.Holds(PathOf(eventId)) ? [FileOf(eventId)] : _others is { } others ? await others.FindAsync(eventId, cancel) : null;

    public Task HandedOverAsync(string eventId, string officer, CancellationToken cancel) => _others?.HandedOverAsync(eventId, officer, cancel) ?? Task.CompletedTask;

    private string PathOf(string eventId) => Path.Combine(folder, eventId + ".jpg");

    private EvidenceFile FileOf(string eventId) => new(PartName, PathOf(eventId), "image/jpeg");
}
