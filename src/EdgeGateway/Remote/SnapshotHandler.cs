using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Demo;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Violations;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Imaging;

namespace EdgeGateway.Remote;

/// <summary>
/// <c>snapshot</c>: the next picture that a camera's pipeline looks at, as a part of evidence under an id of its own. It shows how a camera
/// stands, not who goes by: heads of people and plates are made unreadable, as in copies of evidence for export. Who asked is in the access
/// log before the picture leaves; the file goes once it is sent, after a day at the latest.
/// </summary>
/// <param name="camera">A camera that runs; null when none of this id does.</param>
/// <param name="models">Find people and plates.</param>
/// <param name="defaultModel">The detector for cameras that name none.</param>
/// <param name="uploader">Sends the picture.</param>
/// <param name="storage">The storage folder.</param>
/// <param name="time">The clock.</param>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim holds a handle only when its AvailableWaitHandle is asked for.")]
internal sealed class SnapshotHandler(Func<string, RunningCamera?> camera, SharedModels models, string? defaultModel, EvidenceUploader uploader, string storage, TimeProvider time)
    : ICommandHandler<SnapshotRequest, SnapshotReply>
{
    /// <summary>The name under which the picture is sent.</summary>
    public const string PartName = "snapshot.jpg";

    /// <summary>Larger pictures are packed harder; the camera with the largest pictures gets through a slow line too.</summary>
    private const int MostBytes = 2 << 20;

    private static readonly TimeSpan NextPicture = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan KeptAtMost = TimeSpan.FromDays(1);
    private static readonly int[] Qualities = [88, 75, 60, 40];

    // One at a time: on a small box two would take the cameras' turns.
    private readonly SemaphoreSlim _one = new(1);

    public async Task<CommandOutcome<SnapshotReply>> HandleAsync(SnapshotRequest request, CommandContext context, CancellationToken cancel)
    {
        if (camera(request.Camera) is not { } running) return CommandRefusal.Refused(CommandCode.NotFound, "Không có camera này hoặc camera đang tắt.", "No such camera runs.");
        await _one.WaitAsync(cancel);
        try
        {
            byte[] still;
            DateTimeOffset at;
            using (var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel))
            {
                patience.CancelAfter(NextPicture);
                using var frame = await running.NextFrameAsync(patience.Token);
                at = frame.Time.Utc;
                still = StillEncoder.Jpeg(frame, 95);
            }

            var (picture, width, height) = await Task.Run(() => Draw(still, running.Camera, request.Annotated), cancel);
            if (picture.Length > MostBytes) return CommandRefusal.Failed(CommandCode.TooLarge, "Ảnh quá lớn để gửi.", $"The picture takes more than {MostBytes >> 20} MB even when packed hard.");
            return await SendAsync(request, picture, width, height, at, cancel);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return CommandRefusal.Failed(CommandCode.Timeout, $"Camera không có hình: {running.State.Condition}.", $"The camera gives no picture now. {running.State.Reason}");
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The broker has the picture.</summary>
    public void Sent(string eventId)
    {
        try { File.Delete(PathOf(eventId)); }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException) { /* the sweep tries again */ }
    }

    /// <summary>Deletes pictures that were never sent.</summary>
    public static void Sweep(string storage, DateTimeOffset now, CancellationToken stop) => PictureFolder.Sweep(FolderOf(storage), now - KeptAtMost, "*.jpg", stop);

    private static string FolderOf(string storage) => Path.Combine(storage, "snapshots");

    private string PathOf(string eventId) => Path.Combine(FolderOf(storage), $"{eventId}.jpg");

    private (byte[] Jpeg, int Width, int Height) Draw(byte[] still, CameraModel model, bool annotated)
    {
        var covered = EvidencePictures.ForExport(still, Hidden(still, model), []);
        using var frame = EvidencePictures.ToFrame(covered);
        if (!annotated) return (Fitting(covered, quality => StillEncoder.Jpeg(frame, quality)), frame.Width, frame.Height);
        using var annotator = new Annotator(frame);
        annotator.Grid();
        SceneDrawing.DrawGeometry(annotator, model);
        return (Fitting([], annotator.Jpeg), frame.Width, frame.Height);
    }

    private static byte[] Fitting(byte[] first, Func<int, byte[]> encode)
    {
        if (first.Length is > 0 and <= MostBytes) return first;
        foreach (var quality in Qualities)
        {
            first = encode(quality);
            if (first.Length <= MostBytes) break;
        }

        return first;
    }

    private IReadOnlyList<BoxPx> Hidden(byte[] still, CameraModel model)
    {
        using var frame = EvidencePictures.ToFrame(still);
        using var search = new BystanderSearch(models, model.Config.Model ?? defaultModel, "snapshot");
        return search.In(frame).Hidden;
    }

    private async Task<CommandOutcome<SnapshotReply>> SendAsync(SnapshotRequest request, byte[] picture, int width, int height, DateTimeOffset at, CancellationToken cancel)
    {
        var id = Ulid.NewUlid(time.GetUtcNow()).ToString();
        Directory.CreateDirectory(FolderOf(storage));
        await File.WriteAllBytesAsync(PathOf(id), picture, cancel);
        // Before anything leaves: what cannot be logged does not happen.
        await Task.Run(() => new AccessLog(storage).Append(time.GetUtcNow(), AccessAct.Send, id, request.Officer, $"snapshot {request.Camera}"), cancel);
        var sending = await uploader.SendAsync(id, [new Sync.Mqtt.EvidenceFile(PartName, PathOf(id), "image/jpeg")], cancel);
        return new SnapshotReply(request.Camera, at, width, height, sending.Topic, Convert.ToHexStringLower(SHA256.HashData(picture)));
    }
}
