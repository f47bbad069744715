using System.IO.Ports;

namespace EdgeGateway.Sync.Entry;

/// <summary>A scanner on a serial line, USB ones in their "virtual COM" mode included: the mode in which Vietnamese letters arrive whole (UTF-8).</summary>
/// <param name="device">E.g. /dev/ttyACM0, or better its name below /dev/serial/by-id.</param>
/// <param name="baud">Bits a second; USB scanners do not care.</param>
public sealed class SerialScanner(string device, int baud) : ICardScanner
{
    public async Task<bool> ReadAsync(Action opened, Action<string> take, CancellationToken cancel)
    {
        if (!File.Exists(device)) throw new FileNotFoundException($"{device} is not there");
        using var port = new SerialPort(device, baud, Parity.None, 8, StopBits.One);
        try
        {
            port.Open();
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException)
        {
            throw new IOException($"{device} is no serial line: {fault.Message}", fault);
        }

        opened();
        var stream = port.BaseStream;
        var lines = new ScannerLines(take);
        var buffer = new byte[4096];
        try
        {
            while (!cancel.IsCancellationRequested)
            {
                var count = await stream.ReadAsync(buffer, cancel);
                if (count == 0) throw new EndOfStreamException($"{device} was unplugged");
                lines.Add(buffer.AsSpan(0, count));
                Array.Clear(buffer, 0, count);
            }
        }
        catch (Exception fault) when (fault is InvalidOperationException or TimeoutException)
        {
            throw new EndOfStreamException($"{device} was unplugged: {fault.Message}", fault);
        }
        finally
        {
            lines.Drop();
        }

        return false;
    }
}
