using System.Globalization;
using System.Runtime.InteropServices;

namespace EdgeGateway;

/// <summary>
/// What a command writes into the storage folder as root the service could not write any more. So a command that root starts goes on as the folder's owner: it
/// has read configuration and secrets by then, and needs root for nothing else. A folder that belongs to root is left alone.
/// </summary>
internal static partial class StorageOwner
{
    private const int StatxBytes = 256;

    /// <summary>The user as which this command goes on; null when it did not change.</summary>
    public static string? Acting { get; private set; }

    /// <summary>For the rest of the process: its user and group become the folder's, and no further group is left.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public static void Become(string folder)
    {
        if (Other(folder) is not var (user, group)) return;
        // Groups first: a user who is no longer root could not give them up.
        Refuse(SetGroups(1, [group]) != 0 || SetGroup(group) != 0 || SetUser(user) != 0, folder);
        Acting = NameOf(user);
    }

    /// <summary>For the length of one piece of work, in commands that read films and pictures as root.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public static void As(string folder, Action work)
    {
        if (Other(folder) is not var (user, group))
        {
            work();
            return;
        }

        Refuse(SetEffectiveGroup(group) != 0 || SetEffectiveUser(user) != 0, folder);
        try
        {
            work();
        }
        finally
        {
            Refuse(SetEffectiveUser(0) != 0 || SetEffectiveGroup(0) != 0, folder);
        }
    }

    /// <summary>Gives a file or folder the owner and group of another, where this is root.</summary>
    public static void Match(string from, string path)
    {
        if (OperatingSystem.IsLinux() && EffectiveUser() == 0 && OwnerOf(from) is var (user, group) && ChangeOwner(path, user, group) != 0)
            throw new IOException($"{path} could not be given the owner of {from}.");
    }

    /// <summary>The owner's user and group, where this is root and the folder another's: the numbers under which the service reads its files.</summary>
    public static (uint User, uint Group)? Other(string folder) =>
        // A folder that is not there yet is made by systemd for the service at the first start.
        OperatingSystem.IsLinux() && EffectiveUser() == 0 && OwnerOf(folder) is { User: not 0 } owner ? owner : null;

    private static (uint User, uint Group)? OwnerOf(string path)
    {
        const int AtCurrentFolder = -100;
        const uint BasicStats = 0x7ff;
        var status = new byte[StatxBytes];
        return Statx(AtCurrentFolder, path, 0, BasicStats, status) == 0 ? (BitConverter.ToUInt32(status, 20), BitConverter.ToUInt32(status, 24)) : null;
    }

    private static void Refuse(bool failed, string folder)
    {
        if (failed) throw new IOException($"This command could not go on as the owner of {folder}; run it as that user: sudo -u edgegateway edgegateway …");
    }

    private static string NameOf(uint user)
    {
        var number = user.ToString(CultureInfo.InvariantCulture);
        return File.ReadLines("/etc/passwd").Select(line => line.Split(':')).FirstOrDefault(parts => parts.Length > 2 && parts[2] == number)?[0] ?? number;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    // glibc applies these to all threads of the process.
    [LibraryImport("libc", EntryPoint = "setgroups", SetLastError = true)]
    private static partial int SetGroups(nuint count, [In] uint[] groups);

    [LibraryImport("libc", EntryPoint = "setgid", SetLastError = true)]
    private static partial int SetGroup(uint group);

    [LibraryImport("libc", EntryPoint = "setuid", SetLastError = true)]
    private static partial int SetUser(uint user);

    [LibraryImport("libc", EntryPoint = "setegid", SetLastError = true)]
    private static partial int SetEffectiveGroup(uint group);

    [LibraryImport("libc", EntryPoint = "seteuid", SetLastError = true)]
    private static partial int SetEffectiveUser(uint user);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);

    // struct statx is the same on every architecture: stx_uid at 20, stx_gid at 24 (linux/stat.h).
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] status);
}
