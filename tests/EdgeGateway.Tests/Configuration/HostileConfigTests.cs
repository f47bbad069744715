using System.Text;
using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Yaml;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.Configuration;

/// <summary>
/// Files made from the very records that they fill, some whole and some damaged: 5,000 of each kind, half a million in the long form. They are read
/// from memory; that a folder's files come to the same reading is shown by all other tests of the configuration.
/// </summary>
public sealed class HostileConfigTests : IDisposable
{
    private const string CameraFile = "cameras/a.yaml";

    // Two kinds of files make one number of configurations.
    private const int OneOf = 2;

    private static readonly string[] Gates = ["a", "gate"];

    private readonly string _path = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"edgegateway-hostile-{Guid.NewGuid():N}")).FullName;
    private readonly ConfigFolder _folder;
    private int _right;

    public HostileConfigTests() => _folder = new ConfigFolder(_path, new SecretMask());

    public void Dispose() => Directory.Delete(_path, recursive: true);

    /// <summary>First check: YAML with keys.</summary>
    [Fact]
    public void No_camera_file_brings_its_reader_down() => Try<CameraConfig>("camera files", CameraFile, ContractSamples.Camera,
        (keys, secrets, mistakes) => _folder.Understand(CameraFile, keys, secrets, Gates, models: null, mistakes, []));

    /// <summary>First check: YAML with keys.</summary>
    [Fact]
    public void No_gateway_file_brings_its_reader_down() => Try<GatewayConfig>("gateway files", ConfigFolder.GatewayFile, ContractSamples.Gateway,
        (keys, secrets, mistakes) => _folder.Understand(keys, secrets, models: null, mistakes).Model);

    private void Try<T>(string what, string file, string sample, Func<MapNode, SecretSource, MistakeList, object?> understand)
    {
        var line = HostileInput.Run(what, random => Make<T>(random, sample), bytes =>
        {
            var mistakes = new MistakeList();
            var secrets = new SecretSource(new SecretMask(), name => name == "CAM" ? "mat-khau-camera" : null, isRequired: false, _path);
            var keys = YamlReader.Read(file, bytes, mistakes);
            var model = keys is null ? null : understand(keys, secrets, mistakes);
            var found = mistakes.Mistakes;
            if (keys is null) Assert.NotEmpty(found);
            if (model is not null) _right++;
            Assert.Equal(found.Count == 0, model is not null);
            foreach (var mistake in found.Concat(mistakes.Warnings))
            {
                Assert.InRange(mistake.Message.Length, 1, 4000);
                Assert.DoesNotContain("mat-khau-camera", mistake.Message, StringComparison.Ordinal);
            }

            return keys is not null;
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
