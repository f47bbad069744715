using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeGateway.Sync;

/// <summary>Connections to servers that the configuration names: the time series, the bucket of evidence.</summary>
internal static class OutboundHttp
{
    /// <summary>The handler of a connection that follows no redirect, uses no proxy, and trusts the system's authorities or those of a file.</summary>
    /// <exception cref="ArgumentException">The file of authorities cannot be read.</exception>
    internal static SocketsHttpHandler HandlerOf(string? caFile, TimeSpan connectTimeout)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // a redirect would carry the token elsewhere
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = connectTimeout,
        };
        handler.SslOptions.EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        handler.SslOptions.RemoteCertificateValidationCallback = ServerTrust.Callback("caFile", caFile);
        if (caFile is not { } file) return handler;
        try
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(file);
            handler.SslOptions.CertificateChainPolicy = policy;
            return handler;
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            handler.Dispose();
            throw new ArgumentException($"The authorities to trust cannot be read from {file}: {fault.Message}", nameof(caFile), fault);
        }
    }
}
