using EdgeGateway.Sync.Evidence.Bucket;
using EdgeGateway.Sync.Mqtt;
using EvidenceFile = EdgeGateway.Sync.Mqtt.EvidenceFile;

namespace EdgeGateway.Sync.Commands;

/// <summary>Where the files of an event's evidence lie.</summary>
public interface IEvidenceFiles
{
    /// <summary>The files of an event; null when there is no evidence under this id.</summary>
    Task<IReadOnlyList<EvidenceFile>?> FindAsync(string eventId, CancellationToken cancel);

    /// <summary>They are about to be handed over.</summary>
    /// <param name="eventId">Whose evidence.</param>
    /// <param name="officer">Who asked for it.</param>
    /// <param name="cancel">Gives up.</param>
    Task HandedOverAsync(string eventId, string officer, CancellationToken cancel);
}

/// <summary>The operations centre asks for evidence: its parts are queued and come below events in rank.</summary>
/// <param name="uploader">Sends over MQTT.</param>
/// <param name="store">Where the files lie.</param>
/// <param name="bucket">Takes the files in place of MQTT; null where there is none.</param>
public sealed class FetchEvidenceHandler(EvidenceUploader uploader, IEvidenceFiles store, EvidenceBucket? bucket = null) : ICommandHandler<FetchEvidenceRequest, FetchEvidenceReply>
{
    public async Task<CommandOutcome<FetchEvidenceReply>> HandleAsync(FetchEvidenceRequest request, CommandContext context, CancellationToken cancel)
    {
        var files = await store.FindAsync(request.Event, cancel);
        if (request.Files is { } wanted) files = files?.Where(file => wanted.Contains(file.Name, StringComparer.Ordinal)).ToArray();
        if (files is null or []) return CommandRefusal.Refused(CommandCode.NotFound, "Không có chứng cứ của sự kiện này (hoặc đã hết hạn lưu).", "There is no such evidence of this event, or its time is over.");
        try
        {
            await store.HandedOverAsync(request.Event, request.Officer, cancel);
            return bucket is null ? await uploader.SendAsync(request.Event, files, cancel) : ToBucket(bucket, request.Event, files);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return CommandRefusal.Failed(CommandCode.Error, "Không đọc được tệp chứng cứ.", "A file of the evidence cannot be read.");
        }
    }

    private FetchEvidenceReply ToBucket(EvidenceBucket bucket, string eventId, IReadOnlyList<EvidenceFile> files)
    {
        foreach (var file in files) bucket.Send(eventId, file);
        var address = bucket.AddressOf(eventId, files[0].Name);
        return new FetchEvidenceReply(eventId, uploader.TopicOf(eventId), files.Sum(file => new FileInfo(file.Path).Length), 0) { Uri = address.Uri, Until = address.Until };
    }
}
