using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync;

/// <summary>A server's certificate is not believed; the words say whether it is the name, the authority or the date, with what was expected and what was seen, and what to do.</summary>
public sealed class ServerNotTrustedException(TwoLanguages why) : AuthenticationException(why.En)
{
    /// <summary>The words in both languages.</summary>
    public TwoLanguages Why { get; } = why;
}

/// <summary>
/// Judges the certificates of all servers that this assembly talks to: broker, registration services, bucket, time series, verification. What the platform
/// finds wrong is refused, always; here it only gets its words. All that is wrong is said at once, so that an installer does not mend one thing to meet the next.
/// </summary>
internal static class ServerTrust
{
    private const int MostNames = 6;

    /// <summary>The check of a handler's connections.</summary>
    /// <param name="setting">The setting that names the authorities, for the words.</param>
    /// <param name="caFile">What it names; null where the system's authorities hold.</param>
    public static RemoteCertificateValidationCallback Callback(string setting, string? caFile) =>
        (sender, certificate, chain, errors) => Accept((sender as SslStream)?.TargetHostName ?? "", certificate, chain, errors, setting, caFile);

    /// <summary>True for a certificate in which nothing is wrong.</summary>
    /// <exception cref="ServerNotTrustedException">For any other.</exception>
    public static bool Accept(string expected, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, string setting, string? caFile)
    {
        if (errors == SslPolicyErrors.None) return true;
        List<TwoLanguages> faults = [];
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            faults.Add(new TwoLanguages($"Máy chủ {expected} không đưa ra chứng thư. Kiểm tra địa chỉ và cổng.", $"The server {expected} shows no certificate. Check address and port."));
        else
            faults.AddRange(FaultsOf(expected, certificate as X509Certificate2 ?? X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()), chain, errors, setting, caFile));
        throw new ServerNotTrustedException(new TwoLanguages(string.Join(' ', faults.Select(one => one.Vi)), string.Join(' ', faults.Select(one => one.En))));
    }

    /// <summary>The judgement that made a connection fail; null where it was something else.</summary>
    public static ServerNotTrustedException? In(Exception? fault)
    {
        while (fault is not null and not ServerNotTrustedException) fault = fault.InnerException;
        return fault as ServerNotTrustedException;
    }

    private static IEnumerable<TwoLanguages> FaultsOf(string expected, X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors, string setting, string? caFile)
    {
        var names = NamesOf(certificate);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            yield return new TwoLanguages(
                $"Sai tên: cần chứng thư cho {expected}, máy chủ đưa chứng thư cho {names.Vi}. Ghi một trong các tên đó vào địa chỉ, hoặc cấp lại chứng thư có tên {expected}.",
                $"Wrong name: a certificate for {expected} is expected, the server shows one for {names.En}. Write one of those names into the address, or have a certificate made that names {expected}.");
        }

        var now = DateTimeOffset.Now;
        var isAuthorityUnknown = false;
        var isJudged = false;
        foreach (var (shown, status) in chain?.ChainElements.SelectMany(element => element.ChainElementStatus.Select(one => (element.Certificate, one.Status))) ?? [])
        {
            isAuthorityUnknown |= status is X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain;
            if (status != X509ChainStatusFlags.NotTimeValid) continue;
            isJudged = true;
            var which = shown.Subject == certificate.Subject ? expected : shown.Subject;
            yield return shown.NotAfter < now.LocalDateTime
                ? new TwoLanguages(
                    $"Hết hạn: chứng thư của {which} hết hạn ngày {Day(shown.NotAfter)}, đồng hồ của hộp là {Day(now.DateTime)}. Gia hạn chứng thư; nếu đồng hồ sai thì chỉnh lại.",
                    $"Expired: the certificate of {which} ended on {Day(shown.NotAfter)}, this box's clock says {Day(now.DateTime)}. Have it renewed; set the clock if it is wrong.")
                : new TwoLanguages(
                    $"Chưa có hiệu lực: chứng thư của {which} có hiệu lực từ {Day(shown.NotBefore)}, đồng hồ của hộp là {Day(now.DateTime)}. Đồng hồ có lẽ sai: hãy chỉnh lại.",
                    $"Not valid yet: the certificate of {which} begins on {Day(shown.NotBefore)}, this box's clock says {Day(now.DateTime)}. The clock is probably wrong: set it.");
        }

        var others = chain?.ChainStatus.Where(one => one.Status is not (X509ChainStatusFlags.NoError or X509ChainStatusFlags.NotTimeValid or X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain)).ToList() ?? [];
        isAuthorityUnknown |= chain?.ChainStatus.Any(one => one.Status is X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain) == true;
        if (isAuthorityUnknown)
        {
            var issuer = certificate.Issuer == certificate.Subject ? new TwoLanguages("chính nó", "itself") : new TwoLanguages(certificate.Issuer, certificate.Issuer);
            yield return new TwoLanguages(
                $"Cơ quan cấp chứng thư không được tin cậy: chứng thư của {expected} (cho {names.Vi}) do {issuer.Vi} ký, {(caFile is null ? "hệ điều hành không biết" : $"không có trong {caFile}")}. Đưa chứng thư của cơ quan đó (PEM) vào tệp của {setting}.",
                $"Unknown authority: the certificate of {expected} (for {names.En}) is signed by {issuer.En}, {(caFile is null ? "which this system does not know" : $"which is not in {caFile}")}. Put that authority's certificate (PEM) into the file of {setting}.");
        }

        foreach (var other in others)
            yield return new TwoLanguages($"Chứng thư của {expected}: {other.StatusInformation.Trim()}.", $"The certificate of {expected}: {other.StatusInformation.Trim().TrimEnd('.')}.");
        if (!isJudged && !isAuthorityUnknown && others.Count == 0 && errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            yield return new TwoLanguages($"Chứng thư của {expected} (cho {names.Vi}) không được tin cậy.", $"The certificate of {expected} (for {names.En}) is not trusted.");
    }

    // A common name counts for nothing any more (RFC 9110, 4.3.4), and is named so that an installer knows the certificate again.
    private static TwoLanguages NamesOf(X509Certificate2 certificate)
    {
        string[] names = [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())))];
        if (names.Length == 0) return new TwoLanguages($"không tên nào (chỉ có {certificate.Subject}, không được tính)", $"no name (only {certificate.Subject}, which does not count)");
        var text = string.Join(", ", names.Take(MostNames)) + (names.Length > MostNames ? ", …" : "");
        return new TwoLanguages(text, text);
    }

    private static string Day(DateTime time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
