using EdgeGateway.Sync;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Mqtt;

namespace EdgeGateway.Sites;

/// <summary>The files of reports, as <c>fetch_evidence</c> asks for them by the id of their event; all other ids go to <paramref name="others"/>.</summary>
/// <param name="delivery">Keeps which file belongs to which event.</param>
/// <param name="others">Evidence of everything else.</param>
internal sealed class ReportFiles(Delivery delivery, IEvidenceFiles others) : IEvidenceFiles
{
    private const string StateKey = "report-files";

    /// <summary>A year of weekly reports and the holidays between.</summary>
    private const int Most = 100;

    /// <summary>Keeps where the file of a report's event lies.</summary>
    public static void Remember(Delivery delivery, string eventId, string path) =>
        delivery.SaveState(StateKey, string.Join('\n', Lines(delivery).Append($"{eventId} {path}").TakeLast(Most)));

    public async Task<IReadOnlyList<EvidenceFile>?> FindAsync(string eventId, CancellationToken cancel)
    {
        var path = Lines(delivery).FirstOrDefault(line => line.StartsWith(eventId + " ", StringComparison.Ordinal))?[(eventId.Length + 1)..];
        return path is not null && File.Exists(path) ? [new EvidenceFile(ReportDesk.PartName, path, "text/html")] : await others.FindAsync(eventId, cancel);
    }

    public Task HandedOverAsync(string eventId, string officer, CancellationToken cancel) => others.HandedOverAsync(eventId, officer, cancel);

    private static string[] Lines(Delivery delivery) => (delivery.LoadState(StateKey) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
