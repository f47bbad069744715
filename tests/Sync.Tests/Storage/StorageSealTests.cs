using System.Text;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Tests.Storage;

public sealed class StorageSealTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-seal-").FullName;
    private readonly StorageSeal _seal = TestStorage.Seal();

    public void Dispose()
    {
        _seal.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void What_was_sealed_opens_with_its_key_and_purpose_only()
    {
        var plain = Encoding.UTF8.GetBytes(TestStorage.Planted);
        var message = _seal.Seal(plain, "event");
        Assert.True(StorageSeal.IsSealed(message));
        Assert.Equal(plain.Length + StorageSeal.Overhead, message.Length);
        using var same = TestStorage.Seal();
        Assert.Equal(plain, same.Open(message, "event"));
        using var other = TestStorage.Seal(8);
        Assert.Throws<StorageSealException>(() => other.Open(message, "event"));
        Assert.Throws<StorageSealException>(() => _seal.Open(message, "state"));
        message[^20] ^= 1;
        Assert.Throws<StorageSealException>(() => _seal.Open(message, "event"));
    }

    [Fact]
    public void The_same_bytes_are_never_sealed_alike()
    {
        var messages = Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(_seal.Seal("x"u8, "event"))).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(1000, messages.Count);
        using var again = TestStorage.Seal();
        Assert.DoesNotContain(Convert.ToHexString(again.Seal("x"u8, "event")), messages);
    }

    [Theory, InlineData(""), InlineData("mat-khau"), InlineData("AAAA"), InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_key_that_is_none_is_refused_without_repeating_it(string text)
    {
        var message = Assert.Throws<FormatException>(() => StorageSeal.FromText(text)).Message;
        Assert.Contains("openssl rand -base64 32", message, StringComparison.Ordinal);
        if (text.Length > 4) Assert.DoesNotContain(text, message, StringComparison.Ordinal);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(65535), InlineData(65536), InlineData(65537), InlineData(131072), InlineData(300_001)]
    public void A_sealed_file_gives_back_its_bytes_from_any_place(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)(i * 31 + (i >> 8))).ToArray();
        var path = Write(bytes);
        Assert.True(SealedFile.IsSealed(path));
        using var file = SealedFile.OpenRead(path, _seal);
        Assert.Equal(length, file.Length);
        var all = new byte[length];
        file.ReadExactly(all);
        Assert.Equal(bytes, all);
        Assert.Equal(-1, file.ReadByte());
        foreach (var at in new[] { 0, length / 3, length - 1 }.Where(at => at >= 0 && at < length))
        {
            file.Position = at;
            Assert.Equal(bytes[at], file.ReadByte());
        }
    }

    [Fact]
    public void A_sealed_file_that_was_cut_lengthened_or_altered_does_not_open()
    {
        const int Chunk = 65536 + 16;
        var path = Write(new byte[200_000]);
        var whole = File.ReadAllBytes(path);
        foreach (var bad in new[] { whole[..^1], whole[..(40 + Chunk)], whole[..(40 + 2 * Chunk)], whole[..40], [.. whole, 0], [.. whole, .. whole[40..]], Swapped(whole, Chunk) })
        {
            File.WriteAllBytes(path, bad);
            Assert.Throws<StorageSealException>(() =>
            {
                using var file = SealedFile.OpenRead(path, _seal);
                file.CopyTo(Stream.Null);
            });
        }

        static byte[] Swapped(byte[] whole, int chunk) => [.. whole[..40], .. whole[(40 + chunk)..(40 + 2 * chunk)], .. whole[40..(40 + chunk)], .. whole[(40 + 2 * chunk)..]];
    }

    [Fact]
    public void A_sealed_file_without_its_key_says_what_to_do()
    {
        var path = Write([1, 2, 3]);
        Assert.Contains("storage key", Assert.Throws<StorageSealException>(() => SealedFile.OpenRead(path, null)).Message, StringComparison.Ordinal);
        using var other = TestStorage.Seal(8);
        Assert.Contains("another key", Assert.Throws<StorageSealException>(() => SealedFile.OpenRead(path, other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_marked_with_one_key_takes_no_other_and_is_left_as_it_is()
    {
        StorageMark.Check(_folder, null);
        StorageMark.Put(_folder, _seal);
        StorageMark.Check(_folder, _seal);
        using var other = TestStorage.Seal(8);
        var before = File.ReadAllBytes(Path.Combine(_folder, StorageMark.FileName));
        Assert.Contains(_seal.Id, Assert.Throws<StorageSealException>(() => StorageMark.Check(_folder, other)).Message, StringComparison.Ordinal);
        Assert.Contains("sudo", Assert.Throws<StorageSealException>(() => StorageMark.Check(_folder, null)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_folder, StorageMark.FileName)));
    }

    private string Write(byte[] bytes)
    {
        var path = Path.Combine(_folder, "sealed");
        File.Delete(path);
        SealedFile.Write(path, _seal, file => file.Write(bytes));
        return path;
    }
}
