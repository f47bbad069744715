using System.Security.Cryptography;

namespace EdgeGateway.Cameras;

/// <summary>
/// The key of the hash that stands in place of a plate's text: made once on this box, readable by its user only. Without it a
/// hash cannot be turned back by trying all plates.
/// </summary>
internal static class PlateKey
{
    /// <summary>Reads the key of a storage folder, or makes one.</summary>
    public static byte[] Of(string folder)
    {
        var path = Path.Combine(folder, "plate-hash.key");
        if (File.Exists(path) && File.ReadAllBytes(path) is { Length: 32 } known) return known;
        var key = RandomNumberGenerator.GetBytes(32);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(key);
        return key;
    }
}
