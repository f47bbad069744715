using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;
using EdgeGateway.Testing;

namespace EdgeGateway.Sync.Tests.Entry;

/// <summary>Scanners on a real terminal line, on a keyboard's event stream, and on standard input.</summary>
public sealed class ScannerTests : IDisposable
{
    private const string Card = "040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0, Phường Mẫu, Nghệ An|01092021";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("scanner-").FullName;
    private readonly ConcurrentQueue<string> _texts = new();
    private readonly ConcurrentQueue<TwoLanguages?> _states = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_serial_scanner_gives_each_text_whole_and_comes_back_after_it_was_unplugged()
    {
        var device = Path.Combine(_folder, "ttyACM0");
        using (var first = new Terminal())
        {
            first.LinkTo(device);
            await using var watch = Watch(new SerialScanner(device, 9600));
            await Wait.Until("it is open", () => _states.Contains(null), Patience);
            var bytes = Encoding.UTF8.GetBytes(Card + "\r\n");
            first.Write(bytes.AsSpan(0, 20)); // in the middle of a letter or not, it comes in pieces
            first.Write(bytes.AsSpan(20));
            await Wait.Until("the card is there", () => _texts.Contains(Card), Patience);

            first.Write("040199012345||NGUY"u8);
            first.Dispose();
            await Wait.Until("the unplugging is told", () => _states.Any(state => state is not null), Patience);
            using var second = new Terminal();
            second.LinkTo(device);
            await Wait.Until("it is open again", () => _states.Count(state => state is null) == 2, Patience);
            second.Write("eid:1\r"u8);
            await Wait.Until("the next code is there, without the torn one before it", () => _texts.Count == 2, Patience);
            Assert.Equal([Card, "eid:1"], _texts);
        }
    }

    [Fact]
    public async Task A_scanner_that_is_not_there_is_told_once()
    {
        var device = Path.Combine(_folder, "ttyACM9");
        await using var watch = Watch(new SerialScanner(device, 9600));
        await Wait.Until("it is told", () => !_states.IsEmpty, Patience);
        Assert.Contains("is not there", _states.First()!.En, StringComparison.Ordinal);
        Assert.StartsWith("không có /", _states.First()!.Vi, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_keyboard_scanner_is_read_key_by_key_with_shift()
    {
        var device = Path.Combine(_folder, "event3");
        using (var make = Process.Start("mkfifo", [device])) await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        await using var watch = Watch(new KeyboardScanner(device));
        await using (var keys = new FileStream(device, FileMode.Open, FileAccess.Write))
        {
            // 0 4 Shift+\ (a bar) A x Enter: codes of linux/input-event-codes.h
            foreach (var (code, value) in ((ushort, int)[])[(11, 1), (11, 0), (5, 1), (42, 1), (43, 1), (42, 0), (54, 1), (30, 1), (54, 0), (45, 1), (45, 2), (28, 1)]) keys.Write(Event(code, value));
            keys.Flush();
            await Wait.Until("the text is there", () => _texts.Contains("04|Ax"), Patience);
        }

        await Wait.Until("the unplugging is told", () => _states.Any(state => state is not null), Patience);
    }

    [Fact]
    public async Task Standard_input_gives_its_lines_and_ends()
    {
        var scanner = new StreamScanner(() => new MemoryStream(Encoding.UTF8.GetBytes($"{Card}\n\r\neid:1")));
        Assert.True(await scanner.ReadAsync(() => { }, _texts.Enqueue, TestContext.Current.CancellationToken));
        Assert.Equal([Card, "eid:1"], _texts);
    }

    [Theory]
    [InlineData("\r")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\t")]
    [InlineData("\u0003")]
    public void A_scanner_may_be_set_to_end_its_texts_with_any_of_these(string end)
    {
        var lines = new ScannerLines(_texts.Enqueue);
        foreach (var text in (string[])[Card, "eid:1"]) lines.Add(Encoding.UTF8.GetBytes(text + end));
        Assert.Equal([Card, "eid:1"], _texts);
    }

    [Fact]
    public void Ten_kilobytes_are_one_text_that_is_too_long_and_the_next_is_whole()
    {
        var lines = new ScannerLines(_texts.Enqueue);
        lines.Add(Encoding.UTF8.GetBytes(new string('x', 10_240) + "\r"));
        lines.Add([0x40, 0xC3, 0x28, (byte)'\r']);
        lines.Add("eid:1\r"u8);
        Assert.Equal(3, _texts.Count);
        Assert.InRange(_texts.First().Length, EdgeGateway.Sync.Identity.CardQr.LongestText + 1, 10_000);
        Assert.Contains('\uFFFD', _texts.ElementAt(1));
        Assert.Equal("eid:1", _texts.Last());
    }

    [Theory]
    [InlineData("-", typeof(StreamScanner))]
    [InlineData("/dev/input/by-id/usb-scanner-event-kbd", typeof(KeyboardScanner))]
    [InlineData("/dev/serial/by-id/usb-scanner", typeof(SerialScanner))]
    public void The_device_s_path_says_what_it_is(string device, Type kind) => Assert.IsType(kind, CardScanners.Of(device, 9600));

    private ScannerWatch Watch(ICardScanner scanner) => new(scanner, _texts.Enqueue, _states.Enqueue, TimeProvider.System);

    private static byte[] Event(ushort code, int value)
    {
        var bytes = new byte[24];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(16), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(18), code);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), value);
        return bytes;
    }


    /// <summary>The far end of a terminal line, as a USB scanner makes one; disposed, the line hangs up.</summary>
    private sealed class Terminal : IDisposable
    {
        private const int ReadWriteNoControl = 2 | 0x100; // O_RDWR | O_NOCTTY
        private readonly FileStream _end;
        private readonly string _line;

        public Terminal()
        {
            var end = posix_openpt(ReadWriteNoControl);
            Assert.True(end >= 0 && grantpt(end) == 0 && unlockpt(end) == 0);
            _line = Marshal.PtrToStringUTF8(ptsname(end))!;
            _end = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(end, ownsHandle: true), FileAccess.ReadWrite, 0);
        }

        public void LinkTo(string path)
        {
            File.Delete(path);
            File.CreateSymbolicLink(path, _line);
        }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            _end.Write(bytes);
            _end.Flush();
        }

        public void Dispose() => _end.Dispose();

        [DllImport("libc")]
        private static extern int posix_openpt(int flags);

        [DllImport("libc")]
        private static extern int grantpt(int file);

        [DllImport("libc")]
        private static extern int unlockpt(int file);

        [DllImport("libc")]
        private static extern nint ptsname(int file);
    }
}
