using EdgeGateway.Configuration;
using EdgeGateway.Vision.Imaging;

namespace EdgeGateway.Commands;

/// <summary>Files that a command is to read: looked at before the work begins.</summary>
internal static class InputFile
{
    /// <summary>Refuses a file that is not there, is a folder, or is closed to this user.</summary>
    /// <exception cref="UsageException">It is; the message says which.</exception>
    public static void Require(string path)
    {
        if (NamedFile.FaultOf(path) is { } fault) throw new UsageException($"{path} {fault}{(Directory.Exists(path) ? "; name a file" : "")}.");
    }

    /// <summary>Reads a picture. A named pipe without a writer holds the thread that opens it for ever: it is left behind at a stop.</summary>
    /// <exception cref="ImageException">It is none.</exception>
    /// <exception cref="OperationCanceledException">It was stopped meanwhile.</exception>
    public static UprightPicture Picture(string path, CancellationToken stop) =>
        Task.Run(() => UprightPicture.Load(path), CancellationToken.None).WaitAsync(stop).GetAwaiter().GetResult();

    /// <summary>One line of standard input: an address with its password. Empty where none comes.</summary>
    /// <exception cref="OperationCanceledException">It was stopped while it waited.</exception>
    public static async Task<string> ConsoleLineAsync(CancellationToken stop) =>
        await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(stop) ?? ""; // the console's own asynchronous read blocks and hears no token
}
