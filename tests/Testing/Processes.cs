using System.Globalization;

namespace EdgeGateway.Testing;

/// <summary>The machine's process list, as anyone on it can read it.</summary>
public static class Processes
{
    /// <summary>All processes below one, with their command lines.</summary>
    public static IReadOnlyList<(int Id, string CommandLine)> Below(int parent)
    {
        var all = new List<(int Id, int Parent)>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Stat(id) is { } stat) all.Add((id, stat.Parent));
        }

        var found = new List<(int, string)>();
        var wanted = new Queue<int>([parent]);
        while (wanted.TryDequeue(out var next))
        {
            foreach (var (id, _) in all.Where(p => p.Parent == next))
            {
                found.Add((id, Read($"/proc/{id}/cmdline").Replace('\0', ' ')));
                wanted.Enqueue(id);
            }
        }

        return found;
    }

    /// <summary>True while the process exists and is no zombie.</summary>
    public static bool Runs(int id) => Stat(id) is { State: not 'Z' };

    /// <summary>A process's environment, as its own user can read it.</summary>
    public static string EnvironmentOf(int id) => Read($"/proc/{id}/environ");

    /// <summary>How many files, pipes and sockets a process has open; this one when none is named.</summary>
    public static int OpenHandles(int process = 0) => Directory.GetFileSystemEntries($"/proc/{(process == 0 ? "self" : process.ToString(CultureInfo.InvariantCulture))}/fd").Length;

    private static (int Parent, char State)? Stat(int id)
    {
        var text = Read($"/proc/{id}/stat");
        var end = text.LastIndexOf(')');
        if (end < 0) return null;
        var rest = text[(end + 2)..].Split(' ');
        return (int.Parse(rest[1], CultureInfo.InvariantCulture), rest[0][0]);
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
