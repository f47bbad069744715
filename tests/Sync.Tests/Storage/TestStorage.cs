using System.Text;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Tests.Storage;

/// <summary>Keys of tests, and a look at raw bytes as a thief takes it.</summary>
internal static class TestStorage
{
    /// <summary>An invented plate that no other test uses.</summary>
    public const string Planted = "37Z98765";

    public static StorageSeal Seal(byte fill = 7) => StorageSeal.FromText(Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)(fill + i))]));

    /// <summary>Files of a folder in which the text stands, in UTF-8 or UTF-16, whatever the file is.</summary>
    public static IReadOnlyList<string> FilesWith(string folder, string text) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)).Where(path =>
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0 || bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(text)) >= 0;
        }),
    ];

    /// <summary>Overwrites a page in the middle of a file, and its write-ahead log is gone with it.</summary>
    public static void Damage(string path, long at = -1)
    {
        File.Delete(path + "-wal");
        File.Delete(path + "-shm");
        using var file = File.OpenWrite(path);
        file.Position = at >= 0 ? at : file.Length / 2 / 4096 * 4096;
        file.Write(Enumerable.Repeat((byte)0xA5, 4096).ToArray());
    }
}
