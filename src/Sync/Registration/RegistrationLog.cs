using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Registration;

/// <summary>The log lines of this folder, numbers 3100 to 3119. None holds a plate or anything of an owner.</summary>
internal static partial class RegistrationLog
{
    [LoggerMessage(3100, LogLevel.Warning, "Registration source {Source} could not answer request {Request}: {Fault}")]
    public static partial void SourceAway(this ILogger logger, string source, string request, string fault);

    [LoggerMessage(3101, LogLevel.Information, "Owner look-ups: {Waiting} wait from before.")]
    public static partial void DeskOpened(this ILogger logger, long waiting);

    [LoggerMessage(3102, LogLevel.Error, "Owner look-ups met {Detail}; they go on in {Seconds:0} s.")]
    public static partial void DeskFailed(this ILogger logger, string detail, double seconds, Exception exception);

    [LoggerMessage(3103, LogLevel.Warning, "Owner of violation {Violation} was not identified within {Days:0} days; given up.")]
    public static partial void DeskGaveUp(this ILogger logger, string violation, double days);

    [LoggerMessage(3110, LogLevel.Information, "Watch list {File}: {Plates} plates, {Bad} rows left out.")]
    public static partial void WatchListRead(this ILogger logger, string file, int plates, int bad);

    [LoggerMessage(3111, LogLevel.Warning, "Watch list {File}: {Problem}")]
    public static partial void WatchListProblem(this ILogger logger, string file, string problem);
}
