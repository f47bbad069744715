namespace EdgeGateway.Sync.Evidence;

/// <summary>What somebody did with personal data.</summary>
public enum AccessAct { View, Export, Send, LookUp }

/// <summary>
/// Who read or exported which personal data, when and why: append-only, each line chained to the one before, kept when the data are gone.
/// The service and commands write the same file, so each line opens it anew.
/// </summary>
public sealed class AccessLog(string storage)
{
    /// <summary>Another process holds the file for the time of one line.</summary>
    private const int MostTries = 100;

    public static string PathOf(string storage) => Path.Combine(storage, "privacy-access.log");

    /// <summary>Adds a line; it is on the disk when this returns.</summary>
    /// <param name="by">A person or a system with a name: an officer's number, "ioc".</param>
    /// <param name="subject">Event id, file or report; never a plate or a name.</param>
    /// <exception cref="ArgumentException">Nobody, nothing or no purpose is named.</exception>
    /// <exception cref="EvidenceException">The disk does not take it: what was to be logged must then not happen.</exception>
    public void Append(DateTimeOffset at, AccessAct act, string subject, string by, string purpose)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(subject);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        ArgumentException.ThrowIfNullOrWhiteSpace(purpose);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var log = ChainedLog.Open(PathOf(storage));
                log.Append(at, Events.EventWords.Of(act), subject, by: by, note: purpose);
                return;
            }
            catch (EvidenceException fault) when (fault.Fault == EvidenceFault.Unwritable && attempt < MostTries)
            {
                Thread.Sleep(10);
            }
        }
    }
}
