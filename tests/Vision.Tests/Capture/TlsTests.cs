using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Vision.Tests.Capture;

public sealed class TlsTests
{
    [Fact]
    public async Task Rtsps_streams_when_the_authority_or_the_certificate_itself_is_trusted()
    {
        var (authority, certificate, key) = Certificates(IPAddress.Loopback);
        await using var server = await RtspServer.StartAsync("--tls", certificate, key, "--user", "u", "--password", "p", "cam=" + await Clips.MovingAsync());
        using var byAuthority = Streams.Watch(server.Url("cam", "u:p", "rtsps"), o => o with { CaFile = authority });
        using var byPin = Streams.Watch(server.Url("cam", "u:p", "rtsps"), o => o with { CaFile = certificate, Transport = Transport.Udp });
        using var wrongPassword = Streams.Watch(server.Url("cam", "u:q", "rtsps"), o => o with { CaFile = authority });
        await byAuthority.Until(StreamState.Streaming);
        Assert.Equal("tcp", (await byPin.Until(StreamState.Streaming)).TransportUsed);
        Assert.Contains("password", (await wrongPassword.Until(StreamState.Unauthorised)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rtsps_is_refused_when_the_certificate_is_unknown_or_names_another_host()
    {
        var (authority, certificate, key) = Certificates(IPAddress.Parse("10.9.8.7"));
        var (stranger, _, _) = Certificates(IPAddress.Loopback);
        await using var server = await RtspServer.StartAsync("--tls", certificate, key, "cam=" + await Clips.MovingAsync());
        using var system = Streams.Watch(server.Url("cam", scheme: "rtsps"));
        using var other = Streams.Watch(server.Url("cam", scheme: "rtsps"), o => o with { CaFile = stranger });
        using var misnamed = Streams.Watch(server.Url("cam", scheme: "rtsps"), o => o with { CaFile = authority });
        foreach (var camera in (Streams[])[system, other, misnamed])
        {
            Assert.Contains("caFile", (await camera.Until(StreamState.Unauthorised)).Reason, StringComparison.Ordinal);
            Assert.Equal(0, camera.Frames);
        }

        Assert.Contains("another host", misnamed.Stream.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rtsps_to_a_server_without_tls_says_so()
    {
        await using var server = await RtspServer.StartAsync("cam=" + await Clips.MovingAsync());
        using var camera = Streams.Watch(server.Url("cam", scheme: "rtsps"));
        Assert.Contains("TLS", (await camera.Until(StreamState.Unreachable)).Reason, StringComparison.OrdinalIgnoreCase);
    }

    private static (string Authority, string Certificate, string Key) Certificates(IPAddress address)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority " + Guid.NewGuid(), authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = new CertificateRequest("CN=camera", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address);
        leaf.CertificateExtensions.Add(names.Build());
        using var certificate = leaf.Create(authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(29), Guid.NewGuid().ToByteArray());
        return (Save("ca.pem", authority.ExportCertificatePem()), Save("camera.pem", certificate.ExportCertificatePem()), Save("camera.key", key.ExportPkcs8PrivateKeyPem()));

        static string Save(string name, string pem)
        {
            var path = Clips.NewPath(name);
            File.WriteAllText(path, pem);
            return path;
        }
    }
}
