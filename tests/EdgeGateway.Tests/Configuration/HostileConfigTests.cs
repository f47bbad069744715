using System.Text;
using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Yaml;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.Configuration;

/// <summary>Files made from the very records that they fill, some whole and some damaged: 2,000 of each kind, 200,000 in the long form.</summary>
public sealed class HostileConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"edgegateway-hostile-{Guid.NewGuid():N}")).FullName;
    // A folder is read anew for each, ten milliseconds on a busy machine.
    private const int OneOf = 5;
    private int _right;

    public HostileConfigTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, ConfigFolder.CamerasFolder));
        Directory.CreateDirectory(Path.Combine(_folder, "legal")); // the law has tests of its own
        File.WriteAllText(Path.Combine(_folder, ConfigFolder.GatewayFile), TestFolder.Gateway);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>First check: YAML with keys.</summary>
    [Fact]
    public void No_camera_file_brings_its_reader_down() => Try<CameraConfig>("camera files", "cameras/a.yaml", ContractSamples.Camera);

    /// <summary>First check: YAML with keys.</summary>
    [Fact]
    public void No_gateway_file_brings_its_reader_down() => Try<GatewayConfig>("gateway files", ConfigFolder.GatewayFile, ContractSamples.Gateway);

    private void Try<T>(string what, string file, string sample)
    {
        var path = Path.Combine(_folder, file);
        var line = HostileInput.Run(what, random => Make<T>(random, sample), bytes =>
        {
            File.WriteAllBytes(path, bytes);
            var result = new ConfigFolder(_folder, new SecretMask(), name => name == "CAM" ? "mat-khau-camera" : null).Load(requireSecrets: false);
            Assert.All(result.Mistakes, mistake => Assert.InRange(mistake.Message.Length, 1, 4000));
            Assert.DoesNotContain(result.Mistakes.Concat(result.Warnings), mistake => mistake.Message.Contains("mat-khau-camera", StringComparison.Ordinal));
            if (result.Mistakes.All(mistake => mistake.Place.File != file)) _right++;
            return YamlReader.Read(file, bytes, new MistakeList()) is not null;
        }, oneOf: OneOf);
        TestContext.Current.TestOutputHelper?.WriteLine($"{line}; {(double)_right * OneOf / HostileInput.Count:P1} without a mistake");
    }

    private static byte[] Make<T>(Random random, string sample)
    {
        var text = random.Next(8) == 0 ? sample : new ConfigGrammar(random).File(typeof(T));
        var bytes = Encoding.UTF8.GetBytes(random.Next(4) == 0 ? HostileInput.Damage(random, text) : text);
        if (random.Next(30) == 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }
}
