using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeGateway.Testing;

/// <summary>Private authorities and certificates of servers, good and bad, as PEM files in a folder.</summary>
public sealed class ServerCertificates(string folder) : IDisposable
{
    private readonly Dictionary<string, X509Certificate2> _authorities = new(StringComparer.Ordinal);

    /// <summary>Makes an authority; the file to trust.</summary>
    public string Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = DateTimeOffset.UtcNow;
        var authority = request.CreateSelfSigned(now.AddYears(-2), now.AddYears(2));
        _authorities[name] = authority;
        return Write(name + ".pem", authority.ExportCertificatePem());
    }

    /// <summary>Makes a server's certificate that holds from and to so many days from now.</summary>
    public (string Certificate, string Key) Server(string authority, string dnsName, double fromDays = -30, double toDays = 30)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={dnsName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        var now = DateTimeOffset.UtcNow;
        using var issued = request.Create(_authorities[authority], now.AddDays(fromDays), now.AddDays(toDays), RandomNumberGenerator.GetBytes(12));
        return (Write("server.pem", issued.ExportCertificatePem()), Write("server.key", key.ExportPkcs8PrivateKeyPem()));
    }

    public void Dispose()
    {
        foreach (var authority in _authorities.Values) authority.Dispose();
    }

    private string Write(string name, string pem)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, pem);
        return path;
    }
}
