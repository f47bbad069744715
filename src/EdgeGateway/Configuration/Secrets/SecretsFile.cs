namespace EdgeGateway.Configuration;

/// <summary>
/// Reads the service's EnvironmentFile (<c>secrets.env</c> in the configuration folder) for commands that a person starts
/// with sudo: <c>snapshot --camera</c> needs the camera's password as the service does. Lines <c>NAME=value</c>, quotes optional.
/// </summary>
internal static class SecretsFile
{
    public const string Name = "secrets.env";

    private const int LargestFileBytes = 1 << 20;

    /// <summary>The value of a name; null when the file, the name or the right to read is missing.</summary>
    public static string? Find(string folder, string name, out bool isForbidden)
    {
        isForbidden = false;
        try
        {
            var file = new FileInfo(Path.Combine(folder, Name));
            if (!file.Exists || file.Length > LargestFileBytes) return null;
            string? found = null;
            foreach (var line in File.ReadLines(file.FullName))
            {
                var text = line.Trim();
                if (text.StartsWith('#') || text.StartsWith(';')) continue;
                var equals = text.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0 && text[..equals].TrimEnd() == name) found = Unquote(text[(equals + 1)..].TrimStart()); // the last one wins, as in systemd
            }

            return found;
        }
        catch (UnauthorizedAccessException)
        {
            isForbidden = true;
            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string Unquote(string value) =>
        value.Length >= 2 && value[0] == value[^1] && value[0] is '"' or '\'' ? value[1..^1] : value;
}
