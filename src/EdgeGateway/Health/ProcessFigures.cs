using System.Globalization;

namespace EdgeGateway.Health;

/// <summary>CPU time and memory of this process and its children, as the kernel accounts them.</summary>
/// <param name="OwnCpu">User and system time of this process.</param>
/// <param name="ChildrenCpu">User and system time of its running children and of those that ended.</param>
/// <param name="OwnRssBytes">Resident memory of this process.</param>
/// <param name="ChildrenRssBytes">Resident memory of its children together.</param>
/// <param name="Children">How many children run.</param>
internal sealed record ProcessFigures(TimeSpan OwnCpu, TimeSpan ChildrenCpu, long OwnRssBytes, long ChildrenRssBytes, int Children)
{
    // Clock ticks of /proc (USER_HZ) are 100 a second on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Reads /proc now.</summary>
    public static ProcessFigures Now()
    {
        var own = ReadStat("self") ?? throw new InvalidOperationException("/proc/self/stat cannot be read.");
        var children = TimeSpan.FromSeconds((own.EndedChildrenTicks) / TicksPerSecond);
        long rss = 0;
        var count = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            var name = Path.GetFileName(folder);
            if (!char.IsAsciiDigit(name[0]) || ReadStat(name) is not { } stat || stat.Parent != Environment.ProcessId) continue;
            children += TimeSpan.FromSeconds(stat.CpuTicks / TicksPerSecond);
            rss += stat.RssPages * Environment.SystemPageSize;
            count++;
        }

        return new ProcessFigures(TimeSpan.FromSeconds(own.CpuTicks / TicksPerSecond), children, own.RssPages * Environment.SystemPageSize, rss, count);
    }

    private static Stat? ReadStat(string pid)
    {
        try
        {
            // The command's name stands in brackets and may hold blanks; fields are counted behind it (proc(5)).
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            long Field(int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
            return new Stat((int)Field(4), Field(14) + Field(15), Field(16) + Field(17), Field(24));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null; // it ended meanwhile
        }
    }

    private readonly record struct Stat(int Parent, long CpuTicks, long EndedChildrenTicks, long RssPages);
}
