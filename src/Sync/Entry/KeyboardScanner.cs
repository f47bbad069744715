using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace EdgeGateway.Sync.Entry;

/// <summary>
/// A scanner that poses as a keyboard (evdev). It is taken for this program alone, so that numbers are typed into no login prompt. Keys are those of
/// a US keyboard: letters with Vietnamese marks do not come through such a scanner; its serial mode is the better one.
/// </summary>
/// <param name="device">E.g. /dev/input/by-id/usb-…-event-kbd.</param>
public sealed class KeyboardScanner(string device) : ICardScanner
{
    // struct input_event of 64-bit Linux: two 8-byte times, type, code, value (linux/input.h).
    private const int EventBytes = 24;
    private const int TypeAt = 16;
    private const ushort KeyEvent = 1;
    private const ushort LeftShift = 42;
    private const ushort RightShift = 54;
    private const nuint GrabRequest = 0x40044590; // EVIOCGRAB

    private const string Plain = "\0\u001b1234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./";
    private const string Shifted = "\0\u001b!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?";
    private const ushort Space = 57;
    private const ushort KeypadEnter = 96;

    public async Task<bool> ReadAsync(Action opened, Action<string> take, CancellationToken cancel)
    {
        await using var stream = new FileStream(device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0, FileOptions.Asynchronous);
        // Where it is no input device (a test's pipe) there is nothing to grab.
        _ = Grab(stream.SafeFileHandle, GrabRequest, 1);
        opened();
        var keys = new Keys(take);
        var buffer = new byte[EventBytes * 64];
        var kept = 0;
        while (await stream.ReadAsync(buffer.AsMemory(kept), cancel) is var count and > 0)
        {
            var length = kept + count;
            var whole = length / EventBytes * EventBytes;
            for (var at = 0; at < whole; at += EventBytes) keys.Press(buffer.AsSpan(at, EventBytes));
            buffer.AsSpan(whole, length - whole).CopyTo(buffer);
            kept = length - whole;
        }

        throw new EndOfStreamException($"{device} was unplugged");
    }

    [DllImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Grab(SafeHandle file, nuint request, int value);

    /// <summary>What has been typed since the last Enter.</summary>
    private sealed class Keys(Action<string> take)
    {
        private readonly ScannerLines _lines = new(take);
        private bool _shift;

        public void Press(ReadOnlySpan<byte> one)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(one[TypeAt..]) != KeyEvent) return;
            var code = BinaryPrimitives.ReadUInt16LittleEndian(one[(TypeAt + 2)..]);
            var value = BinaryPrimitives.ReadInt32LittleEndian(one[(TypeAt + 4)..]);
            if (code is LeftShift or RightShift)
            {
                _shift = value != 0;
                return;
            }

            if (value != 1) return; // a release, or a repeat
            var letter = code switch
            {
                Space => ' ',
                KeypadEnter => '\r',
                _ when code < Plain.Length => (_shift ? Shifted : Plain)[code],
                _ => '\0',
            };
            if (letter != '\0') _lines.Add([(byte)letter]);
        }
    }
}
