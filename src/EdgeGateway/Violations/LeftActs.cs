using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Sync.Events;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Violations;

/// <summary>Acts that an earlier run left, of cameras that are gone, off or without rules now: no running camera's queue takes them up.</summary>
internal static class LeftActs
{
    /// <summary>Begins to publish them; who gets the queues disposes them.</summary>
    /// <param name="office">The journal.</param>
    /// <param name="around">What cameras share.</param>
    /// <param name="configured">The cameras whose files could be read.</param>
    /// <param name="allRead">False: a camera that is not known may only have a mistake in its file, and its acts wait.</param>
    /// <param name="takesActs">Whether a camera runs and takes up its own.</param>
    public static IReadOnlyList<ViolationQueue> TakeUp(EnforcementOffice office, CameraSurroundings around, IReadOnlyList<CameraModel> configured, bool allRead, Predicate<string> takesActs)
    {
        var logger = around.Loggers.CreateLogger("Camera");
        var queues = new List<ViolationQueue>();
        foreach (var id in office.Journal!.Cameras().Where(id => !takesActs(id)))
        {
            var camera = configured.FirstOrDefault(one => one.Id == id);
            if (camera is null && !allRead) continue;
            // Nothing is drawn over the pictures of a camera without a file.
            camera ??= new CameraModel(new CameraConfig { Id = id, Source = new SourceConfig { Url = new SourceUrl("", "") } });
            var pictures = new ActPictures(camera, around.Models, around.Gateway.Models.Detector, around.Gateway.TimeZone, office.Cutter, office.MakesExportClips, message => GatewayLog.EvidenceIncomplete(logger, id, message));
            queues.Add(new ViolationQueue(new ViolationDesk(camera, office, around.Events, CameraEvents.OriginOf(camera), pictures, office.Outlet!.PublishAsync, logger), office, () => null, logger));
        }

        return queues;
    }
}
