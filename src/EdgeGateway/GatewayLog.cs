using Microsoft.Extensions.Logging;

namespace EdgeGateway;

/// <summary>What the gateway itself logs.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(130, LogLevel.Warning, "Camera {Camera}: evidence is incomplete. {Reason}")]
    public static partial void EvidenceIncomplete(ILogger logger, string camera, string reason);

    [LoggerMessage(131, LogLevel.Error, "Rules publish nothing: {Reason}")]
    public static partial void NoEnforcement(ILogger logger, string reason);

    [LoggerMessage(133, LogLevel.Error, "Owners cannot be looked up yet: {Reason}")]
    public static partial void NoLookUps(ILogger logger, string reason);

    [LoggerMessage(200, LogLevel.Information, "Gateway {Gateway} {Version} started with {Cameras} cameras")]
    public static partial void Started(ILogger logger, string gateway, string version, int cameras);

    [LoggerMessage(201, LogLevel.Information, "Gateway {Gateway} stopped")]
    public static partial void Stopped(ILogger logger, string gateway);

    [LoggerMessage(202, LogLevel.Information, "Camera {Camera} {What}")]
    public static partial void CameraChanged(ILogger logger, string camera, string what);

    [LoggerMessage(203, LogLevel.Warning, "{File} holds mistakes and is not used; {What}: {Mistakes}")]
    public static partial void ConfigRefused(ILogger logger, string file, string what, string mistakes);

    [LoggerMessage(204, LogLevel.Warning, "{Message}")]
    public static partial void PictureNotKept(ILogger logger, string message);

    [LoggerMessage(214, LogLevel.Information, "{Count} pictures of passages older than {Days} days were deleted")]
    public static partial void PicturesDeleted(ILogger logger, int count, double days);

    [LoggerMessage(215, LogLevel.Information, "{Count} packages of evidence were deleted ({Reasons}); evidence-deletions.log names them")]
    public static partial void EvidenceDeleted(ILogger logger, int count, string reasons);

    [LoggerMessage(216, LogLevel.Error, "Evidence that is past its time could not be deleted; it is tried again in an hour. {Reason}")]
    public static partial void EvidenceNotSwept(ILogger logger, string reason);

    [LoggerMessage(217, LogLevel.Error, "The hourly look at the evidence failed once and goes on")]
    public static partial void EvidenceLookFailed(ILogger logger, Exception fault);

    [LoggerMessage(218, LogLevel.Error, "The database {Path} was damaged. It was set aside as {Aside}; {Rows} rows were taken over into a new one")]
    public static partial void DatabaseDamaged(ILogger logger, string path, string aside, long rows);

    [LoggerMessage(221, LogLevel.Error, "{Aside} could not be read for a day and is not tried any more; what is missing is left in it: {Detail}")]
    public static partial void RescueGivenUp(ILogger logger, string aside, string detail);

    [LoggerMessage(220, LogLevel.Warning, "The newest damaged files of each database are kept, older ones were deleted: {Files}")]
    public static partial void DamagedFilesDeleted(ILogger logger, string files);

    [LoggerMessage(205, LogLevel.Error, "Camera {Camera} could not be started; the others go on")]
    public static partial void CameraNotStarted(ILogger logger, Exception fault, string camera);

    [LoggerMessage(236, LogLevel.Error, "Camera {Camera} could not be started; the others go on. {Reason}")]
    public static partial void CameraCannotStart(ILogger logger, string camera, string reason);

    [LoggerMessage(206, LogLevel.Error, "The gateway's second-by-second housekeeping failed once and goes on")]
    public static partial void TickFailed(ILogger logger, Exception fault);

    [LoggerMessage(207, LogLevel.Warning, "gateway.yaml changed; it is taken up at the next start")]
    public static partial void GatewayFileChanged(ILogger logger);

    [LoggerMessage(208, LogLevel.Error, "A change of the configuration could not be taken up; the gateway goes on")]
    public static partial void ChangeFailed(ILogger logger, Exception fault);

    [LoggerMessage(219, LogLevel.Critical, "The watchdog is not fed: {What}. systemd starts the service anew.")]
    public static partial void Stuck(ILogger logger, string what);

    [LoggerMessage(230, LogLevel.Information, "The report {Path} was made")]
    public static partial void ReportMade(ILogger logger, string path);

    [LoggerMessage(231, LogLevel.Warning, "A report on visitors could not be made and is tried again: {Reason}")]
    public static partial void ReportNotMade(ILogger logger, string reason);

    [LoggerMessage(232, LogLevel.Information, "The other gateways of the site: {State} {Detail}")]
    public static partial void OtherGatewaysLink(ILogger logger, Sync.Mqtt.LinkState state, string detail);

    [LoggerMessage(233, LogLevel.Warning, "A message on {Topic} could not be added to the site's sum")]
    public static partial void OtherGatewayNotTaken(ILogger logger, Exception fault, string topic);
}
