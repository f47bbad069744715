using System.Globalization;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Legal;

/// <summary>
/// Takes up changed legal data while the gateway runs: files of <c>legal/</c> are looked at every five seconds and read when they have
/// stood still for one look. Data with a mistake are refused with an alert, and the law that was in force goes on.
/// </summary>
/// <param name="configFolder">The configuration folder.</param>
/// <param name="take">Takes data without a mistake.</param>
/// <param name="alerts">Told of mistakes; null where nobody is.</param>
internal sealed class LegalWatch(string configFolder, Action<LegalCodes> take, AlertBook? alerts)
{
    public const string Key = "legal";

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private DateTimeOffset _at = DateTimeOffset.MinValue;
    private string? _seen;
    private string? _taken;

    /// <summary>Looks for a change; by the housekeeping, while law is in force.</summary>
    public void Look(DateTimeOffset now)
    {
        if (now < _at) return;
        _at = now + Every;
        var seen = Fingerprint(Path.Combine(configFolder, Key));
        var stands = seen == _seen;
        _seen = seen;
        if (!stands || seen == _taken) return;
        _taken = seen;
        try
        {
            take(LegalCodes.Load(configFolder));
            alerts?.Clear(Key);
        }
        catch (InvalidDataException fault)
        {
            alerts?.Raise(Key, AlertKind.Config, AlertSeverity.Warning, new TwoLanguages(
                "Dữ liệu luật trong legal/ đã sửa có lỗi nên không được dùng; dữ liệu trước đó vẫn có hiệu lực cho đến khi khởi động lại. Xem từng lỗi: edgegateway validate",
                $"The changed legal data hold a mistake and are not used; those before stay in force until the next start: {fault.Message}"));
        }
    }

    private static string Fingerprint(string folder)
    {
        try
        {
            return Directory.Exists(folder)
                ? string.Join('\n', new DirectoryInfo(folder).EnumerateFiles("*.yaml").OrderBy(file => file.Name, StringComparer.Ordinal)
                    .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}")))
                : "";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return fault.GetType().Name; // vanished while it was looked at, or closed: the reading itself says so
        }
    }
}
