using System.Security.Cryptography;
using EdgeGateway.Commands;
using EdgeGateway.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Tests.Configuration;

/// <summary><c>mqtt.commandKeys</c> and <c>mqtt.upload</c>.</summary>
public sealed class CommandsConfigTests
{
    [Fact]
    public void Files_that_are_no_command_keys_are_named_with_their_places()
    {
        using var folder = new TestFolder();
        using var right = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var wide = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        folder.Write("ioc.pem", right.ExportSubjectPublicKeyInfoPem()).Write("private.pem", right.ExportPkcs8PrivateKeyPem()).Write("wide.pem", wide.ExportSubjectPublicKeyInfoPem())
            .Write("rsa.pem", rsa.ExportSubjectPublicKeyInfoPem()).Write("text.pem", "hunter-zwei").Write("large.pem", new string('x', 70_000))
            .Write("two.pem", $"{right.ExportSubjectPublicKeyInfoPem()}\n{right.ExportSubjectPublicKeyInfoPem()}");
        string[] names = ["ioc.pem", "absent.pem", "cameras", "private.pem", "wide.pem", "rsa.pem", "text.pem", "large.pem", "two.pem", "ioc.pem"];
        folder.Write("gateway.yaml", $"id: a\nsite: {{ id: b, name: c }}\nmqtt:\n  url: \"mqtts://h\"\n  commandKeys:\n  - ioc.pem\n{string.Concat(names.Select(name => $"  - {folder.FolderPath}/{name}\n"))}");
        var path = folder.FolderPath;
        Assert.Equal(
            [
                "gateway.yaml:6:5: the path of the command key 'ioc.pem' must begin with '/': the service has no folder of its own to start from",
                $"gateway.yaml:8:5: the command key {path}/absent.pem is not there",
                $"gateway.yaml:9:5: the command key {path}/cameras may not be read by this user, or is a folder",
                $"gateway.yaml:10:5: the command key {path}/private.pem is a private key, which belongs to the operations centre alone; its public half is wanted here (openssl ec -in KEY -pubout)",
                $"gateway.yaml:11:5: the command key {path}/wide.pem is not on the curve P-256 (prime256v1)",
                $"gateway.yaml:12:5: the command key {path}/rsa.pem is no PEM text with one public key (-----BEGIN PUBLIC KEY-----, ECDSA)",
                $"gateway.yaml:13:5: the command key {path}/text.pem is no PEM text with one public key (-----BEGIN PUBLIC KEY-----, ECDSA)",
                $"gateway.yaml:14:5: the command key {path}/large.pem has 68 kB; a key has at most 64 kB",
                $"gateway.yaml:15:5: the command key {path}/two.pem is no PEM text with one public key (-----BEGIN PUBLIC KEY-----, ECDSA)",
                $"gateway.yaml:16:5: the command key '{path}/ioc.pem' stands twice",
            ],
            folder.Load().Mistakes.Select(mistake => mistake.ToString()));
    }

    [Fact]
    public void A_key_that_is_gone_when_the_gateway_starts_is_wrong_usage_and_no_crash()
    {
        using var folder = new TestFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        folder.Write("ioc.pem", key.ExportSubjectPublicKeyInfoPem());
        folder.Write("gateway.yaml", $"id: a\nsite: {{ id: b, name: c }}\nmqtt: {{ url: \"mqtts://h\", commandKeys: [{folder.FolderPath}/ioc.pem] }}\nstorage: {{ folder: {folder.FolderPath}/storage }}");
        var result = folder.Load();
        Assert.Empty(result.Mistakes);
        File.Delete(Path.Combine(folder.FolderPath, "ioc.pem"));
        Assert.Equal(
            $"gateway.yaml, mqtt.commandKeys: the command key {folder.FolderPath}/ioc.pem is not there.",
            Assert.Throws<UsageException>(() => new Gateway(result.Gateway!, NullLoggerFactory.Instance, TimeProvider.System)).Message);
    }

    [Theory]
    [InlineData("{ fromHour: 6, toHour: 6, kbitPerSecond: 128 }", "gateway.yaml:4:94: the span from 6 to 6 holds no hour; the whole day is fromHour: 0, toHour: 24")]
    [InlineData("{ fromHour: 24, toHour: 6, kbitPerSecond: 128 }", "gateway.yaml:4:83: 'fromHour' is 24, allowed is 0 to 23")]
    [InlineData("{ fromHour: 20, toHour: 8, kbitPerSecond: 128 }, { fromHour: 23, toHour: 7, kbitPerSecond: 64 }", "gateway.yaml:4:120: the span from 23 to 7 never counts: the spans above it hold all of its hours, and the first that fits counts")]
    [InlineData("{ fromHour: 0, toHour: 24, kbitPerSecond: 128 }, { fromHour: 1, toHour: 2, kbitPerSecond: 64 }", "gateway.yaml:4:120: the span from 1 to 2 never counts: the spans above it hold all of its hours, and the first that fits counts")]
    public void A_span_of_the_upload_that_means_nothing_is_a_mistake(string spans, string mistake)
    {
        using var folder = new TestFolder($"id: a\nsite: {{ id: b, name: c }}\n\nmqtt: {{ url: \"mqtts://a-host-with-a-longer-name.example.vn\", upload: [{spans}] }}");
        Assert.Equal(mistake, Assert.Single(folder.Load().Mistakes).ToString());
    }

    [Fact]
    public void Spans_may_go_over_midnight_and_overlap_and_a_day_without_upload_is_told()
    {
        using var folder = new TestFolder("id: a\nsite: { id: b, name: c }\nmqtt: { url: \"mqtts://h\", upload: [{ fromHour: 22, toHour: 0, kbitPerSecond: 9 }, { fromHour: 20, toHour: 6, kbitPerSecond: 8 }, { fromHour: 5, toHour: 24, kbitPerSecond: 7 }] }");
        var result = folder.Load();
        Assert.Empty(result.Mistakes);
        Assert.Empty(result.Warnings);

        folder.Write("gateway.yaml", "id: a\nsite: { id: b, name: c }\nmqtt: { url: \"mqtts://h\", upload: [{ fromHour: 22, toHour: 6, kbitPerSecond: 0 }, { fromHour: 6, toHour: 22, kbitPerSecond: 0 }] }");
        Assert.Equal("gateway.yaml:3:35: no evidence is sent at any hour: every hour has kbitPerSecond 0", Assert.Single(folder.Load().Warnings).ToString());
    }
}
