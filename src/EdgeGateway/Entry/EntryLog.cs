using Microsoft.Extensions.Logging;

namespace EdgeGateway.Entry;

/// <summary>What gates log: no plate, no number, no name.</summary>
internal static partial class EntryLog
{
    [LoggerMessage(260, LogLevel.Warning, "Gate {Gate} does not open: {Reason}")]
    public static partial void OpenerFailed(this ILogger logger, string gate, string reason);

    [LoggerMessage(261, LogLevel.Information, "Gate {Gate} opens again")]
    public static partial void OpenerWorks(this ILogger logger, string gate);

    [LoggerMessage(262, LogLevel.Warning, "Rule {Rule}: its scanner does not work: {Reason}")]
    public static partial void ScannerFailed(this ILogger logger, string rule, string reason);

    [LoggerMessage(263, LogLevel.Information, "Rule {Rule}: its scanner is open")]
    public static partial void ScannerWorks(this ILogger logger, string rule);

    [LoggerMessage(264, LogLevel.Warning, "The picture of a vehicle at a gate was not kept or not sent: {Reason}")]
    public static partial void NoPicture(this ILogger logger, string reason);

    [LoggerMessage(265, LogLevel.Error, "Rule {Rule}: a shown code could not be judged; the person has to show it again. Should it happen often, send the maker what 'edgegateway support-bundle' packs")]
    public static partial void CardFailed(this ILogger logger, string rule);

    [LoggerMessage(267, LogLevel.Debug, "Rule {Rule}: the kind of fault behind it is {Fault}")]
    public static partial void CardFailedBy(this ILogger logger, string rule, string fault);

    [LoggerMessage(266, LogLevel.Warning, "Rule {Rule}: codes are shown faster than they are judged; {Dropped} were left out so far")]
    public static partial void CardsDropped(this ILogger logger, string rule, long dropped);
}
