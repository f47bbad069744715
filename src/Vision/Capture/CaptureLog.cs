using Microsoft.Extensions.Logging;

namespace EdgeGateway.Vision.Capture;

/// <summary>Every log line of capture. No line holds an address with its secrets.</summary>
internal static partial class CaptureLog
{
    [LoggerMessage(EventId = 1100, Level = LogLevel.Information, Message = "Camera {Camera}: {State}. {Reason}")]
    public static partial void StateChanged(ILogger logger, string camera, StreamState state, string reason);

    [LoggerMessage(EventId = 1101, Level = LogLevel.Debug, Message = "Camera {Camera}: ffmpeg {ProcessId} started over {Transport} for {Url}.")]
    public static partial void Started(ILogger logger, string camera, int processId, string transport, SecretUrl url);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Debug, Message = "Camera {Camera}: ffmpeg ended (exit code {ExitCode}) after {Frames} frames. It said: {LastLines}")]
    public static partial void Ended(ILogger logger, string camera, int? exitCode, long frames, string lastLines);

    [LoggerMessage(EventId = 1103, Level = LogLevel.Error, Message = "Camera {Camera}: an attempt failed in an unforeseen way.")]
    public static partial void Unforeseen(ILogger logger, string camera, Exception failure);

    [LoggerMessage(EventId = 1104, Level = LogLevel.Information, Message = "Camera {Camera}: ring {State}. {Reason}")]
    public static partial void RingChanged(ILogger logger, string camera, RingState state, string reason);
}
