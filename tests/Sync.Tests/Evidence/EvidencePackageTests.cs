using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;

namespace EdgeGateway.Sync.Tests.Evidence;

public sealed class EvidencePackageTests : IDisposable
{
    private readonly string _folder = TestEvidence.Folder();
    private readonly GatewaySigningKey _key;
    private readonly EvidencePublicKey _public;
    private readonly EvidenceStore _store;

    public EvidencePackageTests()
    {
        _key = GatewaySigningKey.Init(_folder);
        _public = EvidencePublicKey.FromPem(_key.PublicPem);
        _store = EvidenceStore.Open(TestEvidence.Options(_folder), _key, TimeProvider.System);
    }

    public void Dispose()
    {
        _store.Dispose();
        _key.Dispose();
        _public.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_package_passes_on_another_machine_with_the_public_key_and_the_chain()
    {
        var kept = Keep();
        var result = Verify(kept.Path, withChain: true);
        Assert.True(result.Ok, result.Message);
        Assert.Equal((kept.Event, kept.Sha256, 1L), (result.Event, result.Sha256, result.Sequence));
        Assert.EndsWith($"20260901T010203.456Z_nga-tu-binh-minh_{kept.Event}.zip", kept.Path, StringComparison.Ordinal);
        Assert.Equal($"evidence/{kept.Event}/package.zip", kept.Uri);
    }

    [Fact]
    public void The_manifest_holds_what_the_decree_asks_for()
    {
        using var zip = ZipFile.OpenRead(Keep().Path);
        using var reader = new StreamReader(zip.GetEntry("manifest.json")!.Open());
        var text = reader.ReadToEnd();
        foreach (var part in new[]
        {
            "\"unit\": \"Công an phường (mẫu)\"", "\"deviceUser\": \"A-204\"", "\"decision\": \"12/QĐ-UBND\"", "\"certificate\": \"KĐ-2026-118\"", "\"lat\": 18.8206", "\"direction\": \"out\"",
            "\"from\": \"2026-09-01T01:02:03.456Z\"", "\"offset\": 0.012", "\"raw\": \"37A 123.45\"", "\"normalised\": \"37A12345\"", "\"colour\": \"white\"", "\"state\": \"red\"", "\"amendedBy\": \"238/2026/NĐ-CP\"",
            "\"verified\": false", "\"total\": 0.912", "\"role\": \"still_before\"", "\"missing\": []", "\"speed\": null",
        }) Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_act_has_the_same_hash_and_another_key_does_not_change_it()
    {
        var other = TestEvidence.Folder();
        try
        {
            using var key = GatewaySigningKey.Ephemeral();
            using var store = EvidenceStore.Open(TestEvidence.Options(other), key, TimeProvider.System);
            Assert.Equal(Keep().Sha256, store.Keep(TestEvidence.Facts(), TestEvidence.Parts()).Sha256);
        }
        finally
        {
            Directory.Delete(other, recursive: true);
        }
    }

    [Fact]
    public void Openssl_confirms_the_signature()
    {
        var kept = Keep();
        using (var zip = ZipFile.OpenRead(kept.Path))
        {
            foreach (var name in new[] { "manifest.json", "manifest.sig" }) zip.GetEntry(name)!.ExtractToFile(Path.Combine(_folder, name));
        }

        File.WriteAllText(Path.Combine(_folder, "public.pem"), _key.PublicPem);
        using var process = Process.Start(new ProcessStartInfo("openssl", ["dgst", "-sha256", "-verify", "public.pem", "-signature", "manifest.sig", "manifest.json"]) { WorkingDirectory = _folder, RedirectStandardOutput = true, UseShellExecute = false })!;
        Assert.Contains("Verified OK", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_altered_file_is_named()
    {
        var result = Verify(Repack(Keep().Path, (name, bytes) => name.Contains("still-after", StringComparison.Ordinal) ? [.. bytes, 1] : bytes));
        Assert.Equal(VerificationFault.AlteredFile, result.Fault);
        Assert.EndsWith("_still-after.jpg", result.File, StringComparison.Ordinal);
        Assert.Contains("_still-after.jpg' was altered", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_flipped_within_the_archive_is_found()
    {
        var path = Keep().Path;
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().IndexOf("picture StillAt"u8)] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.EndsWith("_still-at.jpg", Verify(path).File, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_and_an_added_file_are_named()
    {
        var path = Keep().Path;
        var missing = Verify(Repack(path, (name, bytes) => name.EndsWith("_clip.mp4", StringComparison.Ordinal) ? null : bytes));
        Assert.Equal(VerificationFault.MissingFile, missing.Fault);
        Assert.EndsWith("_clip.mp4", missing.File, StringComparison.Ordinal);
        Assert.Equal((VerificationFault.ExtraFile, "them.jpg"), Pair(Verify(Repack(path, (_, bytes) => bytes, ("them.jpg", [1])))));
    }

    [Fact]
    public void An_altered_manifest_does_not_fit_its_signature()
    {
        var result = Verify(Repack(Keep().Path, (name, bytes) => name == "manifest.json" ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("37A12345", "37A12346", StringComparison.Ordinal)) : bytes));
        Assert.Equal((VerificationFault.BadSignature, "manifest.json"), Pair(result));
    }

    [Fact]
    public void Reordered_and_compressed_again_is_the_same_evidence()
    {
        var path = Keep().Path;
        var again = Path.Combine(_folder, "again.zip");
        using (var from = ZipFile.OpenRead(path))
        using (var to = ZipFile.Open(again, ZipArchiveMode.Create))
        {
            foreach (var entry in from.Entries.Reverse())
            {
                using var source = entry.Open();
                using var target = to.CreateEntry(entry.FullName, CompressionLevel.SmallestSize).Open();
                source.CopyTo(target);
            }
        }

        var result = Verify(again, withChain: true);
        Assert.True(result.Ok, result.Message);
    }

    [Fact]
    public void Signed_again_with_another_key_is_a_wrong_key_even_under_the_right_keys_name()
    {
        var path = Keep().Path;
        using var stranger = GatewaySigningKey.Ephemeral();
        var signed = Repack(path, (name, bytes) => name switch
        {
            "manifest.sig" => stranger.SignData(Content(path, "manifest.json")),
            "manifest.key" => Encoding.ASCII.GetBytes(stranger.Id),
            _ => bytes,
        });
        Assert.Equal(VerificationFault.WrongKey, Verify(signed).Fault);
        var posing = Repack(path, (name, bytes) => name == "manifest.sig" ? stranger.SignData(Content(path, "manifest.json")) : bytes);
        Assert.Equal(VerificationFault.BadSignature, Verify(posing).Fault);
    }

    [Fact]
    public void Altered_and_signed_again_with_the_gateways_own_key_does_not_fit_the_chain()
    {
        var path = Keep().Path;
        var manifest = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Content(path, "manifest.json")).Replace("A-204", "A-205", StringComparison.Ordinal));
        var forged = Repack(path, (name, bytes) => name switch { "manifest.json" => manifest, "manifest.sig" => _key.SignData(manifest), _ => bytes });
        Assert.True(Verify(forged).Ok);
        Assert.Equal(VerificationFault.NotInChain, Verify(forged, withChain: true).Fault);
    }

    [Fact]
    public void A_cut_chain_a_gap_and_a_changed_line_are_named()
    {
        var packages = Enumerable.Range(1, 4).Select(i => Keep(i)).ToArray();
        var lines = File.ReadAllLines(Path.Combine(_folder, "evidence-chain.log"));
        var cut = Against(packages[3], lines[..3]);
        Assert.Equal(VerificationFault.NotInChain, cut.Fault);
        Assert.Contains("the chain ends at number 3, the package is number 4", cut.Message, StringComparison.Ordinal);
        Assert.Contains("gap in the chain: number 3 follows number 1", Against(packages[0], [lines[0], lines[2], lines[3]]).Message, StringComparison.Ordinal);
        Assert.Contains("line 2 (number 2) was changed", Against(packages[0], [lines[0], lines[1].Replace("01:02:03", "01:02:04", StringComparison.Ordinal), lines[2]]).Message, StringComparison.Ordinal);
        Assert.Contains("line 2 is no line of a chain", Against(packages[0], [lines[0], lines[1] + " ", lines[2]]).Message, StringComparison.Ordinal);

        using var stranger = GatewaySigningKey.Ephemeral();
        var entry = ChainEntry.Parse(lines[3])! with { Subject = TestEvidence.Event(9) };
        entry = entry with { Hash = entry.ComputeHash() };
        entry = entry with { Signature = Convert.ToBase64String(stranger.SignHash(Convert.FromHexString(entry.Hash))) };
        Assert.Contains("line 4 (number 4) has a wrong signature", Against(packages[0], [.. lines[..3], entry.ToLine()]).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\r\n", "")]
    [InlineData("\n", "\ufeff")]
    public void A_chain_that_a_program_rewrote_as_text_is_told_from_an_altered_one(string end, string mark)
    {
        var package = Keep();
        var path = Path.Combine(_folder, "mailed.log");
        File.WriteAllText(path, mark + string.Join(end, File.ReadAllLines(Path.Combine(_folder, "evidence-chain.log"))) + end);
        Assert.Contains("fetch it again byte for byte", EvidenceVerifier.Verify(package.Path, [_public], VerifiedChain.Read(path, [_public])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_altered_name_of_the_key_is_told_from_another_key()
    {
        var result = Verify(Repack(Keep().Path, (name, bytes) => name == "manifest.key" ? [(byte)'x', .. bytes[1..]] : bytes));
        Assert.Equal((VerificationFault.AlteredFile, "manifest.key"), Pair(result));
    }

    [Fact]
    public void An_altered_signature_is_told_from_an_altered_manifest_where_the_chain_can_tell()
    {
        var changed = Repack(Keep().Path, (name, bytes) => name == "manifest.sig" ? [.. bytes[..^1], (byte)(bytes[^1] ^ 1)] : bytes);
        Assert.Equal((VerificationFault.BadSignature, "manifest.sig"), Pair(Verify(changed, withChain: true)));
        Assert.Contains("'manifest.json' or its signature 'manifest.sig' was altered", Verify(changed).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(100_000, 0)]
    [InlineData(0, 22)]
    public void Bytes_before_an_archive_and_an_end_within_its_comment_are_named(int before, int comment)
    {
        var bytes = File.ReadAllBytes(Keep().Path);
        byte[] fake = comment == 0 ? [] : [.. "PK\x05\x06"u8, .. new byte[comment - 4]];
        bytes[^2] = (byte)comment;
        var path = Path.Combine(_folder, "longer.zip");
        File.WriteAllBytes(path, [.. new byte[before], .. bytes, .. fake]);
        var result = Verify(path);
        Assert.Equal(VerificationFault.Unreadable, result.Fault);
        Assert.Contains("not where its end says", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_archives_are_refused_and_bounded()
    {
        var path = Keep().Path;
        foreach (var name in new[] { "../../etc/passwd", "/etc/passwd", "a/b.jpg", "c:\\x.jpg", "", "\u202egpj.jpg" })
        {
            if (name.Length > 0) Assert.Equal(VerificationFault.Unreadable, Verify(Repack(path, (_, bytes) => bytes, (name, [1]))).Fault);
        }

        Assert.Equal(VerificationFault.Unreadable, Verify(Repack(path, (_, bytes) => bytes, ("manifest.json", [1]))).Fault);
        var many = Repack(path, (_, bytes) => bytes, [.. Enumerable.Range(0, 3000).Select(i => ($"f{i}.jpg", Array.Empty<byte>()))]);
        Assert.Contains("a package has at most", Verify(many).Message, StringComparison.Ordinal);

        // A bomb in the place of a still unpacks no further than the still's signed size.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var bomb = Repack(path, (name, bytes) => name.Contains("still-at", StringComparison.Ordinal) ? new byte[64 << 20] : bytes);
        Assert.Equal(VerificationFault.AlteredFile, Verify(bomb).Fault);
        var largeManifest = Repack(path, (name, bytes) => name == "manifest.json" ? new byte[8 << 20] : bytes);
        Assert.Equal(VerificationFault.MissingFile, Verify(largeManifest).Fault);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1L << 30);

        var noise = Path.Combine(_folder, "noise.zip");
        File.WriteAllBytes(noise, RandomNumberGenerator.GetBytes(4000));
        Assert.Contains("no ZIP archive", Verify(noise).Message, StringComparison.Ordinal);
        Assert.Equal(VerificationFault.Unreadable, Verify(Path.Combine(_folder, "absent.zip")).Fault);
        for (var length = 0; length < 4000; length += 397)
        {
            File.WriteAllBytes(noise, File.ReadAllBytes(path)[..length]);
            Assert.False(Verify(noise).Ok);
        }
    }

    [Theory]
    [InlineData("../x", "nga-tu")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAV", "../../etc")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAV", "a/b")]
    public void Names_that_could_leave_the_folder_are_refused(string eventId, string camera)
    {
        var facts = TestEvidence.Facts();
        var fault = Assert.Throws<EvidenceException>(() => _store.Keep(facts with { Event = eventId, Camera = facts.Camera with { Id = camera } }, TestEvidence.Parts()));
        Assert.Equal(EvidenceFault.BadName, fault.Fault);
    }

    [Fact]
    public void An_empty_doubled_or_unreadable_part_leaves_nothing_behind()
    {
        foreach (var parts in new EvidencePart[][]
        {
            [], [TestEvidence.Still(EvidenceRole.StillAt), TestEvidence.Still(EvidenceRole.StillAt)],
            [EvidencePart.FromBytes(EvidenceRole.Clip, "video/mp4", Array.Empty<byte>())], [EvidencePart.FromBytes(EvidenceRole.Clip, "text/html", new byte[] { 1 })],
            [TestEvidence.Still(EvidenceRole.StillAt), EvidencePart.FromFile(EvidenceRole.Clip, "video/mp4", Path.Combine(_folder, "absent.mp4"))],
        }) Assert.Equal(EvidenceFault.BadPart, Assert.Throws<EvidenceException>(() => _store.Keep(TestEvidence.Facts(), parts)).Fault);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "evidence")));
        Assert.Equal(0, new FileInfo(Path.Combine(_folder, "evidence-chain.log")).Length);
    }

    [Fact]
    public void A_speed_without_a_certificate_does_not_enter_the_manifest()
    {
        var kept = _store.Keep(TestEvidence.Facts() with { Speed = new EvidenceSpeed(83.4, 60, "") }, TestEvidence.Parts());
        Assert.DoesNotContain("83.4", Encoding.UTF8.GetString(Content(kept.Path, "manifest.json")), StringComparison.Ordinal);
    }

    private StoredEvidence Keep(int number = 1) => _store.Keep(TestEvidence.Facts(number), TestEvidence.Parts());

    private VerificationResult Verify(string path, bool withChain = false) =>
        EvidenceVerifier.Verify(path, [_public], withChain ? VerifiedChain.Read(Path.Combine(_folder, "evidence-chain.log"), [_public]) : null);

    private VerificationResult Against(StoredEvidence package, string[] lines)
    {
        var path = Path.Combine(_folder, "other-chain.log");
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        return EvidenceVerifier.Verify(package.Path, [_public], VerifiedChain.Read(path, [_public]));
    }

    private static (VerificationFault?, string?) Pair(VerificationResult result) => (result.Fault, result.File);

    private static byte[] Content(string path, string name)
    {
        using var zip = ZipFile.OpenRead(path);
        using var content = zip.GetEntry(name)!.Open();
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }

    private string Repack(string path, Func<string, byte[], byte[]?> change, params (string Name, byte[] Bytes)[] more)
    {
        var target = Path.Combine(_folder, $"changed-{Guid.NewGuid():N}.zip");
        using var from = ZipFile.OpenRead(path);
        using var to = ZipFile.Open(target, ZipArchiveMode.Create);
        foreach (var name in from.Entries.Select(entry => entry.FullName))
        {
            if (change(name, Content(path, name)) is { } bytes) Put(name, bytes);
        }

        foreach (var (name, bytes) in more) Put(name, bytes);
        return target;

        void Put(string name, byte[] bytes)
        {
            using var content = to.CreateEntry(name).Open();
            content.Write(bytes);
        }
    }
}
