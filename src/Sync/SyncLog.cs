using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync;

/// <summary>All log lines of this project, each with its own number.</summary>
internal static partial class SyncLog
{
    [LoggerMessage(3001, LogLevel.Information, "Outbox {Path} is open: {Rows} events wait, {Bytes} bytes.")]
    public static partial void OutboxOpened(this ILogger logger, string path, long rows, long bytes);

    [LoggerMessage(3002, LogLevel.Error, "Outbox {Path} cannot be written ({Fault}): {Detail} Cameras and counting go on; tried again until it works.")]
    public static partial void OutboxFailed(this ILogger logger, string path, string fault, string detail);

    [LoggerMessage(3003, LogLevel.Information, "Outbox {Path} can be written again.")]
    public static partial void OutboxRecovered(this ILogger logger, string path);

    [LoggerMessage(3004, LogLevel.Error, "Outbox {Path} is damaged; set aside as {Aside}, a new one begun, {Events} events and {States} counter states taken over.")]
    public static partial void OutboxDamaged(this ILogger logger, string path, string aside, long events, long states);

    [LoggerMessage(3005, LogLevel.Warning, "Outbox is at its quota of {MaxRows} events or {MaxBytes} bytes: {Rows} of the least events given up.")]
    public static partial void OutboxShed(this ILogger logger, long maxRows, long maxBytes, long rows);

    [LoggerMessage(3006, LogLevel.Error, "Outbox was closed with {Events} events that no disk would take.")]
    public static partial void OutboxClosedWithLoss(this ILogger logger, int events);

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

    [LoggerMessage(3501, LogLevel.Error, "The archive of counts {Path} cannot be written: {Detail} Counting and delivery go on; tried again until it works.")]
    public static partial void ArchiveFailed(this ILogger logger, string path, string detail);

    [LoggerMessage(3502, LogLevel.Information, "The archive of counts {Path} can be written again.")]
    public static partial void ArchiveRecovered(this ILogger logger, string path);
}
