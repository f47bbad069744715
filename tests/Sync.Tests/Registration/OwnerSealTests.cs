using System.Security.Cryptography;
using EdgeGateway.Sync.Registration;

namespace EdgeGateway.Sync.Tests.Registration;

public sealed class OwnerSealTests : IDisposable
{
    private readonly Registry _registry = new();

    public void Dispose() => _registry.Dispose();

    [Fact]
    public void The_centre_opens_an_envelope_with_the_documented_format_alone()
    {
        var text = "{\"owner\":{\"name\":\"NGUYỄN THỊ THỬ NGHIỆM\"}}";
        Assert.Equal(text, _registry.Open(Convert.ToBase64String(_registry.Seal.Seal(System.Text.Encoding.UTF8.GetBytes(text)))));
    }

    [Fact]
    public void The_same_text_is_sealed_differently_each_time_and_shows_nothing()
    {
        var first = _registry.Seal.Seal("TRẦN VĂN MẪU"u8);
        var second = _registry.Seal.Seal("TRẦN VĂN MẪU"u8);
        Assert.Equal("EGS1"u8, first.AsSpan(0, 4));
        Assert.Equal(first[4..12], second[4..12]);
        Assert.NotEqual(first[12..], second[12..]);
        Assert.Equal(-1, first.AsSpan().IndexOf("MẪU"u8));
    }

    [Fact]
    public void Only_a_P256_public_key_is_taken()
    {
        using var rsa = RSA.Create(2048);
        using var other = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP384);
        using var centre = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        foreach (var pem in new[] { "", "no key", rsa.ExportSubjectPublicKeyInfoPem(), other.ExportSubjectPublicKeyInfoPem(), centre.ExportPkcs8PrivateKeyPem(), centre.ExportECPrivateKeyPem() })
        {
            Assert.Contains("P-256 public key", Assert.Throws<CryptographicException>(() => OwnerSeal.FromPem(pem)).Message, StringComparison.Ordinal);
        }
    }
}
