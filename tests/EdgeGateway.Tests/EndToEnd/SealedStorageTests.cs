using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>A stolen box: the real program with a storage key, and what a thief finds in its files.</summary>
public sealed class SealedStorageTests : IDisposable
{
    private const string KeyVariable = "EDGEGATEWAY_TEST_STORAGE_KEY";

    private static readonly string Key = Convert.ToBase64String(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());

    private readonly List<Installation> _sites = [];

    public void Dispose() => _sites.ForEach(site => site.Dispose());

    [Fact]
    public async Task Plates_that_the_centre_reads_stand_in_no_file_of_the_box()
    {
        await using var broker = await Mosquitto.StartAsync();
        var site = Site(broker.Port, sealed_: true, mqtt: ", acknowledge: [passage, violation]");
        var clip = await Clips.RenderAsync("traffic-8s.mp4", ["-i", Repository.PathOf("models", "clips", "traffic.mp4"), "-t", "8", "-c", "copy"]);
        site.Camera("duong", Installation.UrlOf(clip), "plates: { enabled: true, passages: text, pictures: true }");
        await using var ioc = await Ioc.ListenAsync(broker);
        await using (var gateway = GatewayProcess.Run(site))
        {
            await ioc.UntilAsync("a plate is read", () => Plates(ioc).Count > 0, gateway);
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        var plates = Plates(ioc);
        Assert.All(plates, plate => Assert.Empty(FilesWith(site.Storage, plate)));
        var pictures = Directory.GetFiles(Path.Combine(site.Storage, "pictures"));
        Assert.NotEmpty(pictures);
        Assert.All(pictures, path => Assert.True(SealedFile.IsSealed(path)));

        // They wait for the centre's acknowledgement in the outbox: with the key they come again, without it nothing starts.
        var wrong = await RunAsync(site, Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)]), "run", "--config", site.Folder);
        Assert.Equal(2, wrong.Code);
        Assert.Contains("Nothing was opened or changed", wrong.Error, StringComparison.Ordinal);
        var out_ = Path.Combine(site.Folder, "clear");
        Assert.Equal(2, (await RunAsync(site, null, "storage", "unseal", pictures[0], "--out", out_, "--officer", "A-204", "--purpose", "HS-118", "--config", site.Folder)).Code);
        var unsealed = await RunAsync(site, Key, "storage", "unseal", pictures[0], "--out", out_, "--officer", "A-204", "--purpose", "HS-118", "--config", site.Folder);
        Assert.True(unsealed.Code == 0, unsealed.Error);
        Assert.Equal([0xFF, 0xD8], File.ReadAllBytes(Assert.Single(Directory.GetFiles(out_)))[..2]);
        Assert.Contains("A-204", await File.ReadAllTextAsync(Path.Combine(site.Storage, "privacy-access.log"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_box_enrols_with_a_request_that_openssl_believes()
    {
        var site = Site(1, sealed_: true);
        var csr = Path.Combine(site.Folder, "box.csr");
        var made = await RunAsync(site, Key, "keys", "enroll", "--challenge", "7F3K-2026", "--config", site.Folder);
        Assert.True(made.Code == 0, made.Error);
        await File.WriteAllTextAsync(csr, made.Output + "\n", TestContext.Current.CancellationToken);
        var checkedByOpenssl = OpenSsl("req", "-verify", "-noout", "-subject", "-in", csr);
        Assert.Contains("verify OK", checkedByOpenssl, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(Installation.Id, checkedByOpenssl, StringComparison.Ordinal);
        Assert.Contains("7F3K-2026", checkedByOpenssl, StringComparison.Ordinal);

        // The key's id that is read out on the telephone is the hash of the key in the request, and the box shows the same.
        var der = Path.Combine(site.Folder, "box.der");
        var pem = Path.Combine(site.Folder, "box.pem");
        await File.WriteAllTextAsync(pem, OpenSsl("req", "-pubkey", "-noout", "-in", csr), TestContext.Current.CancellationToken);
        OpenSsl("pkey", "-pubin", "-in", pem, "-outform", "DER", "-out", der);
        var id = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(der, TestContext.Current.CancellationToken)));
        Assert.Contains(id, made.Error, StringComparison.Ordinal);
        Assert.Contains(id, (await RunAsync(site, Key, "keys", "show", "--config", site.Folder)).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(site, Key, "keys", "enroll", "--challenge", "hai từ", "--config", site.Folder)).Code);
    }

    [Fact]
    public async Task A_required_key_that_is_not_there_is_a_mistake_and_one_that_is_none_too()
    {
        var site = new Installation();
        _sites.Add(site);
        Rewrite(site, $"folder: \"{site.Storage}\"", $"folder: \"{site.Storage}\", encryption: required");
        var missing = await GatewayProcess.RunAsync("validate", "--config", site.Folder);
        Assert.Equal(2, missing.Code);
        Assert.Contains("'encryption: required' wants a 'key'", missing.Output, StringComparison.Ordinal);
        Rewrite(site, "encryption: required", $"encryption: required, key: \"${{{KeyVariable}}}\"");
        var bad = await RunAsync(site, "mat-khau-cua-toi", "validate", "--config", site.Folder);
        Assert.Equal(2, bad.Code);
        Assert.Contains("openssl rand -base64 32", bad.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("mat-khau-cua-toi", bad.Output + bad.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(site, Key, "validate", "--require-secrets", "--config", site.Folder)).Code);
    }

    [Fact]
    public async Task What_root_does_in_the_storage_folder_belongs_to_its_owner()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can act as another user.");
        var site = Site(1, sealed_: true);
        Directory.CreateDirectory(site.Storage);
        // The owner of an installed box's folder is edgegateway; nobody is on every machine. Its path must be open to that user.
        Assert.True(Run("chown", "nobody:nogroup", site.Storage) && Run("chmod", "0755", site.Folder), "chown failed");
        var csv = site.Write("xe.csv", "plate,colour,vehicle,state,valid_from,valid_to,inspection_until,brand,owner_name,owner_id,owner_birth,owner_address,owner_phone,office\n37A12345,white,car,active,,,,,,,,,,\n");
        foreach (string[] command in new[]
        {
            ["keys", "init"], ["keys", "show"], ["keys", "init", "--force"], ["registry", "import", Path.Combine(csv.Folder, "xe.csv")],
            new[] { "registry", "lookup", "37A-123.45", "--colour", "white", "--vehicle", "car", "--officer", "A-204", "--purpose", "HS", "--case", "1" }, ["registry", "log"], ["privacy"],
        })
        {
            var ended = await RunAsync(site, Key, [.. command, "--config", site.Folder]);
            Assert.True(ended.Code == 0, $"{string.Join(' ', command)}: {ended.Error}");
        }

        var left = Said("find", site.Storage, "!", "-user", "nobody");
        Assert.True(left.Length == 0, left);
        Assert.Contains("look-ups.jsonl", Said("find", site.Storage), StringComparison.Ordinal);
        var refused = await RunAsync(site, Key, "storage", "unseal", Path.Combine(site.Storage, "x.zip.sealed"), "--out", "/root/clear", "--officer", "A", "--purpose", "P", "--config", site.Folder);
        Assert.Equal(2, refused.Code);
        Assert.Contains("went on as the user 'nobody'", refused.Error, StringComparison.Ordinal);
    }

    private static List<string> Plates(Ioc ioc) =>
        [.. ioc.Events("passage").Select(heard => heard.Data.GetProperty("plate")).Where(plate => plate.ValueKind == JsonValueKind.Object).Select(plate => plate.GetProperty("text").GetString()!).Distinct()];

    private Installation Site(int port, bool sealed_, string mqtt = "")
    {
        var site = new Installation(port, models: "{ detector: street }", mqtt: mqtt);
        _sites.Add(site);
        if (!sealed_) return site;
        Rewrite(site, $"folder: \"{site.Storage}\"", $"folder: \"{site.Storage}\", encryption: required, key: \"${{{KeyVariable}}}\"");
        site.Environment[KeyVariable] = Key;
        return site;
    }

    private static void Rewrite(Installation site, string old, string now) =>
        site.Write("gateway.yaml", File.ReadAllText(Path.Combine(site.Folder, "gateway.yaml")).Replace(old, now, StringComparison.Ordinal));

    private static async Task<Ended> RunAsync(Installation site, string? key, params string[] arguments)
    {
        var environment = new Dictionary<string, string>(site.Environment, StringComparer.Ordinal);
        if (key is null) environment.Remove(KeyVariable);
        else environment[KeyVariable] = key;
        await using var process = GatewayProcess.Start(arguments, environment);
        var code = await process.EndAsync(TimeSpan.FromSeconds(120));
        return new Ended(code, string.Join('\n', process.Output), string.Join('\n', process.Error));
    }

    private static List<string> FilesWith(string folder, string text) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0)];

    private static string OpenSsl(params string[] arguments) => Said("openssl", arguments);

    private static string Said(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + error.GetAwaiter().GetResult();
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
