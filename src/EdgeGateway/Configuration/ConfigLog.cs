using Microsoft.Extensions.Logging;

namespace EdgeGateway.Configuration;

/// <summary>The log lines of this folder; numbers 100 to 119.</summary>
internal static partial class ConfigLog
{
    [LoggerMessage(100, LogLevel.Warning, "The file system gives no hints for {Folder} ({Reason}); it is looked at every {Seconds} s instead.")]
    public static partial void NoHints(ILogger logger, string folder, double seconds, string reason);

    [LoggerMessage(101, LogLevel.Error, "The configuration folder {Folder} cannot be read now: {Reason} What runs goes on; it is looked at again every {Seconds} s.")]
    public static partial void FolderUnread(ILogger logger, string folder, double seconds, string reason);
}
