using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>
/// Notices that the files of authority, certificate or key were replaced, so that a rotation needs no restart. It looks
/// rather than listens: renamed folders and swapped links, as systemd and certificate agents use them, escape a watcher.
/// A change counts once it stood still for one look and can be loaded; a half-written pair never costs the connection.
/// </summary>
internal sealed class CertificateWatch(BrokerOptions options, TimeProvider time, ILogger logger)
{
    private readonly string[] _files = [.. new[] { options.CaFile, options.CertificateFile, options.KeyFile }.OfType<string>()];

    /// <summary>Ends when the files are others than at the call and good, or with the token.</summary>
    public async Task ChangedAsync(CancellationToken cancel)
    {
        if (_files.Length == 0 || !options.Address.Tls) await Task.Delay(Timeout.Infinite, cancel);
        var taken = Look();
        var before = taken;
        string? told = null;
        using var timer = new PeriodicTimer(options.LookAtFiles, time);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            var now = Look();
            var stoodStill = now == before;
            before = now;
            // With a mistake they are looked at again and again: rights that are mended change neither time nor length.
            if ((now == taken && told is null) || !stoodStill) continue;
            if (Mistake() is not { } mistake)
            {
                logger.CertificatesChanged();
                return;
            }

            if (mistake != told) logger.CertificatesUnusable(told = mistake);
            taken = now;
        }
    }

    /// <summary>Loads what a connection would load; the fault in words, or null.</summary>
    private string? Mistake()
    {
        try
        {
            if (options.CertificateFile is { } file)
            {
                using var certificate = CertificateFiles.Own(file, options.KeyFile);
                var now = time.GetUtcNow().UtcDateTime;
                if (certificate.NotAfter.ToUniversalTime() < now) return $"{file} has expired.";
                if (certificate.NotBefore.ToUniversalTime() > now) return $"{file} is not valid before {certificate.NotBefore.ToUniversalTime():u}.";
            }

            if (options.CaFile is { } authority) CertificateFiles.Authorities(authority);
            return null;
        }
        catch (CertificateFileException fault)
        {
            return fault.Message;
        }
    }

    private string Look() => string.Join('|', _files.Select(file =>
    {
        var info = new FileInfo(file);
        try
        {
            if (info.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) info = target;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "absent"; // between the deletion and the copy
        }

        return info.Exists ? $"{info.FullName} {info.LastWriteTimeUtc.Ticks} {info.Length}" : "absent";
    }));
}
