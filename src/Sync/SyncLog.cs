using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync;

/// <summary>All log lines of this project, each with its own number.</summary>
internal static partial class SyncLog
{
    [LoggerMessage(3001, LogLevel.Information, "Outbox {Path} is open: {Rows} events wait, {Bytes} bytes.")]
    public static partial void OutboxOpened(this ILogger logger, string path, long rows, long bytes);

    [LoggerMessage(3002, LogLevel.Error, "Outbox {Path} cannot be written ({Fault}): {Detail}. Cameras and counting go on; tried again until it works.")]
    public static partial void OutboxFailed(this ILogger logger, string path, string fault, string detail);

    [LoggerMessage(3003, LogLevel.Information, "Outbox {Path} can be written again.")]
    public static partial void OutboxRecovered(this ILogger logger, string path);

    [LoggerMessage(3004, LogLevel.Error, "Outbox {Path} is damaged; set aside as {Aside}, a new one begun, {Events} events and {States} counter states taken over.")]
    public static partial void OutboxDamaged(this ILogger logger, string path, string aside, long events, long states);

    [LoggerMessage(3005, LogLevel.Warning, "Outbox is at its quota ({MaxRows} events, {MaxBytes} bytes, {MaxDays} days): {Rows} of the least events given up.")]
    public static partial void OutboxShed(this ILogger logger, long maxRows, long maxBytes, double maxDays, long rows);

    [LoggerMessage(3006, LogLevel.Error, "Outbox was closed with {Events} events that are not on the disk.")]
    public static partial void OutboxClosedWithLoss(this ILogger logger, int events);

    [LoggerMessage(3007, LogLevel.Error, "The outbox writer met {Detail}; it opens the file anew and goes on.")]
    public static partial void OutboxWriterFailed(this ILogger logger, string detail, Exception exception);

    [LoggerMessage(3008, LogLevel.Error, "A listener to the outbox failed: {Detail}")]
    public static partial void OutboxListenerFailed(this ILogger logger, string detail, Exception exception);

    [LoggerMessage(3009, LogLevel.Warning, "Outbox {Path}: the newest {Kept} damaged files are kept, older ones were deleted: {Files}.")]
    public static partial void OutboxForgotten(this ILogger logger, string path, int kept, string files);

    [LoggerMessage(3018, LogLevel.Error, "The damaged outbox {Aside} could not be read for a day and is not tried any more; what came over is in the new one, the rest is left in it: {Detail}")]
    public static partial void OutboxRescueGivenUp(this ILogger logger, string aside, string detail);

    [LoggerMessage(3010, LogLevel.Warning, "Alerts of the last run that this version does not know are left as they are: {Keys}.")]
    public static partial void UnknownAlertsKept(this ILogger logger, string keys);

    [LoggerMessage(3011, LogLevel.Information, "Connected to broker {Server} as {ClientId}, session {Session}, window {Window}.")]
    public static partial void BrokerConnected(this ILogger logger, string server, string clientId, string session, int window);

    [LoggerMessage(3012, LogLevel.Warning, "Broker {Server}: {State}. {Detail} Next try in {Seconds:0.0} s.")]
    public static partial void BrokerAway(this ILogger logger, string server, string state, string detail, double seconds);

    [LoggerMessage(3013, LogLevel.Warning, "Broker refused event on {Topic} with reason 0x{Reason:x2} ({Word}); kept, tried again in {Seconds:0.0} s.")]
    public static partial void PublishRefused(this ILogger logger, string topic, int reason, string word, double seconds);

    [LoggerMessage(3014, LogLevel.Error, "The outbox pump met {Detail}; goes on.")]
    public static partial void PumpFailed(this ILogger logger, string detail, Exception exception);

    [LoggerMessage(3021, LogLevel.Information, "Embedded broker listens on {Address}:{Port}.")]
    public static partial void EmbeddedBrokerStarted(this ILogger logger, string address, int port);

    [LoggerMessage(3015, LogLevel.Information, "Files of certificates changed and can be read: connecting anew.")]
    public static partial void CertificatesChanged(this ILogger logger);

    [LoggerMessage(3016, LogLevel.Warning, "Files of certificates changed but cannot be used: {Detail} The connection that stands goes on.")]
    public static partial void CertificatesUnusable(this ILogger logger, string detail);

    [LoggerMessage(3017, LogLevel.Warning, "The broker does not let this gateway read {Topic} (0x{Reason:x2}): no commands will come. Events go on.")]
    public static partial void CommandsNotAllowed(this ILogger logger, string topic, int reason);

    [LoggerMessage(3031, LogLevel.Information, "Command {Name}: {Status} ({Code}).")]
    public static partial void CommandEnded(this ILogger logger, string name, string status, string code);

    [LoggerMessage(3032, LogLevel.Error, "Command {Name} failed: {Detail}")]
    public static partial void CommandFailed(this ILogger logger, string name, string detail, Exception exception);

    [LoggerMessage(3033, LogLevel.Warning, "{Count} commands came too fast and were dropped.")]
    public static partial void CommandsDropped(this ILogger logger, long count);

    [LoggerMessage(3034, LogLevel.Error, "{Path} cannot be written: {Detail} Commands are refused until it works.")]
    public static partial void CommandNotRecorded(this ILogger logger, string path, string detail);

    [LoggerMessage(3041, LogLevel.Warning, "{Rows} delivered events were given up before the operations centre acknowledged them: {Kinds}.")]
    public static partial void ReceiptsGivenUp(this ILogger logger, long rows, string kinds);

    [LoggerMessage(3042, LogLevel.Error, "A listener to acknowledgements failed: {Detail}")]
    public static partial void AcknowledgementListenerFailed(this ILogger logger, string detail, Exception exception);

    [LoggerMessage(3051, LogLevel.Information, "Evidence of {Event} is delivered: {Parts} parts, {Bytes} bytes.")]
    public static partial void EvidenceSent(this ILogger logger, string @event, long parts, long bytes);

    [LoggerMessage(3056, LogLevel.Warning, "The broker refuses the certificate that was just replaced; the former one is in use until the next start. {Detail}")]
    public static partial void FormerCertificate(this ILogger logger, string detail);

    [LoggerMessage(3054, LogLevel.Error, "No evidence can be sent now ({Path}: {Detail}). It waits; tried again until it works.")]
    public static partial void UploadsWait(this ILogger logger, string path, string detail);

    [LoggerMessage(3052, LogLevel.Error, "Evidence of {Event} cannot be sent: {Detail}")]
    public static partial void EvidenceFailed(this ILogger logger, string @event, string detail);

    [LoggerMessage(3508, LogLevel.Error, "A row for the archive of counts {Path} was left out: {Fault}.")]
    public static partial void ArchiveRowFailed(this ILogger logger, string path, string fault);

    [LoggerMessage(3501, LogLevel.Error, "The archive of counts {Path} cannot be written: {Detail} Counting and delivery go on; tried again until it works.")]
    public static partial void ArchiveFailed(this ILogger logger, string path, string detail);

    [LoggerMessage(3502, LogLevel.Information, "The archive of counts {Path} can be written again.")]
    public static partial void ArchiveRecovered(this ILogger logger, string path);

    [LoggerMessage(3509, LogLevel.Warning, "The archive of counts {Path} summed hours of {Former}; the configuration says {Zone}, so all its hours were summed anew.")]
    public static partial void ArchiveSummedAnew(this ILogger logger, string path, string former, string zone);

    [LoggerMessage(3071, LogLevel.Warning, "Time series: {Detail} Points are kept on the disk; next try in {Seconds:0.0} s.")]
    public static partial void SeriesAway(this ILogger logger, string detail, double seconds);

    [LoggerMessage(3077, LogLevel.Warning, "Time series: {File} takes nothing: {Detail}. Points wait in memory, at most {Most}, and are lost at a stop.")]
    public static partial void SeriesNotKept(this ILogger logger, string file, string detail, int most);

    [LoggerMessage(3072, LogLevel.Information, "Time series: {Server} takes points again.")]
    public static partial void SeriesBack(this ILogger logger, string server);

    [LoggerMessage(3073, LogLevel.Error, "Time series: {Points} points are given up, for the server calls them wrong. {Detail}")]
    public static partial void SeriesRefused(this ILogger logger, int points, string detail);

    [LoggerMessage(3074, LogLevel.Warning, "Time series: {Megabytes} MB of points wait, which is the bound; {Points} of the least were given up.")]
    public static partial void SeriesShed(this ILogger logger, long megabytes, long points);

    [LoggerMessage(3075, LogLevel.Error, "Time series: {Path} is damaged; set aside as {Aside}, a new one begun.")]
    public static partial void SeriesDamaged(this ILogger logger, string path, string aside);
}
