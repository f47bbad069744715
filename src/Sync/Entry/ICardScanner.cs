using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Entry;

/// <summary>A scanner that gives the text of each code it reads.</summary>
public interface ICardScanner
{
    /// <summary>Opens it and hands on what it reads until it ends or fails.</summary>
    /// <param name="opened">Called once it is open.</param>
    /// <param name="take">Takes one text, in memory only.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>True when it has ended for good (standard input); false when it may come back.</returns>
    /// <exception cref="IOException">It is not there, or was unplugged.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    Task<bool> ReadAsync(Action opened, Action<string> take, CancellationToken cancel);
}

/// <summary>A scanner is not there, was unplugged or is none.</summary>
public sealed class ScannerFaultException(TwoLanguages told, Exception? inner = null) : IOException(told.En, inner), IToldInBoth
{
    public TwoLanguages Told { get; } = told;
}

/// <summary>Chooses by the path, as configuration writes it.</summary>
public static class CardScanners
{
    /// <summary>The word for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>A scanner: <c>-</c>, <c>/dev/input/…</c> (a keyboard), or any other device (serial).</summary>
    public static ICardScanner Of(string device, int baud) => device switch
    {
        StandardInput => new StreamScanner(Console.OpenStandardInput),
        _ when device.StartsWith("/dev/input/", StringComparison.Ordinal) => new KeyboardScanner(device),
        _ => new SerialScanner(device, baud),
    };
}

/// <summary>Texts line by line from a stream: standard input.</summary>
public sealed class StreamScanner(Func<Stream> open) : ICardScanner
{
    public async Task<bool> ReadAsync(Action opened, Action<string> take, CancellationToken cancel)
    {
        await using var stream = open();
        opened();
        var lines = new ScannerLines(take);
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, cancel) is var count and > 0) lines.Add(buffer.AsSpan(0, count));
        lines.End();
        return true;
    }
}
