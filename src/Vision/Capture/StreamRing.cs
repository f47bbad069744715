using System.Net.Sockets;
using EdgeGateway.Vision.Frames;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// The last minutes of a camera's compressed stream, untouched, for clips and stills of evidence. The camera's own ffmpeg child
/// sends a second output, without decoding, to a socket; a thread a connection reads it, finds the pictures, and writes the
/// files. What fails here costs the ring, never the pictures. Sound is never taken.
/// </summary>
public sealed class StreamRing : Footage
{
    // A thirtieth over 2 s: cameras that are set to 2 s are not always exact.
    private const long FarApart = (long)(2.07 * PictureScan.Rate);
    private const int KeptIntervals = 3;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly string _cameraId;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RingTimes _times;
    private readonly RingFiles? _files;
    private readonly string _socketFolder;
    private readonly Queue<long> _intervals = new(KeptIntervals);
    private long? _lastKey;
    private int _run;
    private RingStatus _status = new(RingState.Idle, "", KeyFramesFarApart: false, TimeSpan.Zero);

    internal StreamRing(string cameraId, SegmentRing options, TimeProvider time, ILogger logger)
    {
        if (options.Count < 2 || options.Segment < TimeSpan.FromSeconds(0.5)) throw new ArgumentException("A ring has at least 2 files of at least 0.5 s.", nameof(options));
        (_cameraId, _time, _logger) = (cameraId, time, logger);
        // Times of 30 frames a second for as long as the ring reaches, key frames far apart included; 32 bytes each.
        _times = new RingTimes((int)Math.Clamp(options.Segment.TotalSeconds * (options.Count + 2) * 30, 1024, 32_768));
        // In a folder for this user alone, with a path that is short enough for a socket's name.
        _socketFolder = "";
        try
        {
            _socketFolder = Directory.CreateTempSubdirectory("edgegateway-").FullName;
            _files = new RingFiles(options, time) { Saw = Saw };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Change(_status with { State = RingState.DiskFailed, Reason = $"The ring's folder {options.Folder} cannot be used: {fault.Message}" });
        }
    }

    /// <summary>Raised at each change, on the thread that reads the ring; a handler must not wait.</summary>
    public event Action<RingStatus>? Changed;

    /// <summary>What the ring is doing.</summary>
    public RingStatus Status => Volatile.Read(ref _status);

    /// <summary>Bytes of the ring's files now.</summary>
    public long Bytes => _files?.Bytes ?? 0;

    /// <summary>How long a cut waits for pictures that have not come yet.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Opens a socket for a new connection's stream; null where the folder cannot be used. Dispose it when the child has ended.</summary>
    internal Run? BeginRun()
    {
        if (_files is null) return null;
        try
        {
            return new Run(this, ++_run);
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            Change(_status with { State = RingState.DiskFailed, Reason = $"No socket for the ring: {fault.Message}" });
            return null;
        }
    }

    /// <summary>Keeps a frame's times. Called per frame on the reader thread: no allocation.</summary>
    internal void Note(TimeSpan presentation, FrameTime time) => _times.Note(_run, presentation, time);

    /// <inheritdoc/>
    internal override async Task<FootageWindow> OpenAsync(TimeSpan from, TimeSpan to, TimeSpan? patience, CancellationToken stop)
    {
        if (_files is null) throw new FootageException(Status.Reason);
        await WaitForAsync(to, patience ?? Patience, stop).ConfigureAwait(false);
        return _files.Window(_times.TimeOf, from, to)
            ?? throw new FootageException(Status.State == RingState.Recording ? "The ring holds no picture of that time: it is too long ago, or the camera gave none." : "The ring holds no picture of that time. " + Status.Reason);
    }

    /// <inheritdoc/>
    public override Task WaitForAsync(FrameTime to, TimeSpan patience, CancellationToken stop) => WaitForAsync(to.Elapsed, patience, stop);

    private async Task WaitForAsync(TimeSpan to, TimeSpan patience, CancellationToken stop)
    {
        if (_files is null) return;
        var began = _time.GetTimestamp();
        while (!Reaches(to) && _time.GetElapsedTime(began) < patience) await Task.Delay(Look, _time, stop).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        _files?.Dispose();
        try
        {
            if (_socketFolder.Length > 0) Directory.Delete(_socketFolder, recursive: true);
        }
        catch (IOException)
        {
            // A temporary folder that stays does no harm.
        }

        Change(_status with { State = RingState.Idle, Reason = "" });
        base.Dispose(disposing);
    }

    // Also true when a later connection has begun: then nothing of that time comes any more.
    private bool Reaches(TimeSpan to) => _files!.Newest is { } newest && _times.TimeOf(newest.Run, newest.Pts) is { } time && time.Elapsed >= to;

    private void Saw(PictureStart picture)
    {
        if (picture.IsKey && _lastKey is { } last && picture.Pts > last)
        {
            if (_intervals.Count == KeptIntervals) _intervals.Dequeue();
            _intervals.Enqueue(picture.Pts - last);
        }

        if (picture.IsKey) _lastKey = picture.Pts;
        var longest = _intervals.Count == 0 ? 0 : _intervals.Max();
        if (_lastKey is { } key && picture.Pts - key > Math.Max(longest, FarApart)) longest = picture.Pts - key;
        var far = longest > FarApart;
        // While a key frame is overdue the figure grows with every picture: told once, and again when it came.
        if (far == _status.KeyFramesFarApart && !picture.IsKey) return;
        Change(_status with { KeyFramesFarApart = far, KeyFrameInterval = new TimeSpan(longest * 1000 / 9) });
    }

    private void Received(ReadOnlySpan<byte> packets)
    {
        _files!.Write(packets);
        var (state, reason) = _files.Trouble;
        if (_status.State != state || !string.Equals(_status.Reason, reason, StringComparison.Ordinal)) Change(_status with { State = state, Reason = reason });
    }

    private void Change(RingStatus fresh)
    {
        var old = _status;
        if (old == fresh) return;
        Volatile.Write(ref _status, fresh);
        if (old.State != fresh.State) CaptureLog.RingChanged(_logger, _cameraId, fresh.State, fresh.Reason);
        // A figure alone is no news.
        if (old with { KeyFrameInterval = fresh.KeyFrameInterval } != fresh) Changed?.Invoke(fresh);
    }

    /// <summary>One connection's way into the ring: a socket and the thread that empties it.</summary>
    internal sealed class Run : IDisposable
    {
        private const int ChunkPackets = 348;
        private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
        private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

        private readonly StreamRing _ring;
        private readonly Socket _listener;
        private readonly Thread _thread;
        private volatile bool _ended;

        public Run(StreamRing ring, int number)
        {
            _ring = ring;
            Socket = Path.Combine(ring._socketFolder, $"{number}.sock");
            _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                _listener.Bind(new UnixDomainSocketEndPoint(Socket));
                _listener.Listen(1);
            }
            catch
            {
                _listener.Dispose();
                throw;
            }

            ring._files!.BeginRun(number);
            ring._intervals.Clear();
            ring._lastKey = null;
            _thread = new Thread(Receive) { Name = "ring:" + ring._cameraId, IsBackground = true };
            _thread.Start();
        }

        /// <summary>Where ffmpeg sends the stream.</summary>
        public string Socket { get; }

        /// <summary>Waits until what the child has sent is written.</summary>
        public void Dispose()
        {
            _ended = true;
            if (!_thread.Join(Rest)) _listener.Dispose();
            _thread.Join();
            _listener.Dispose();
            File.Delete(Socket);
        }

        private void Receive()
        {
            try
            {
                while (!_listener.Poll(Poll, SelectMode.SelectRead))
                {
                    if (_ended) return;
                }

                using var stream = _listener.Accept();
                stream.ReceiveTimeout = (int)Poll.TotalMilliseconds;
                var buffer = new byte[ChunkPackets * PictureScan.PacketBytes];
                var filled = 0;
                while (Read(stream, buffer.AsSpan(filled)) is var read and > 0)
                {
                    filled += read;
                    var whole = filled - filled % PictureScan.PacketBytes;
                    _ring.Received(buffer.AsSpan(0, whole));
                    buffer.AsSpan(whole, filled - whole).CopyTo(buffer);
                    filled -= whole;
                }
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException or InvalidDataException)
            {
                _ring.Change(_ring._status with { State = RingState.Unsupported, Reason = "The compressed stream cannot be kept: " + fault.Message });
            }
            finally
            {
                _ring._files!.EndRun();
            }
        }

        // 0 at the end of the child, or when it is over and sends no more.
        private int Read(Socket stream, Span<byte> to)
        {
            while (true)
            {
                var read = stream.Receive(to, SocketFlags.None, out var fault);
                if (fault == SocketError.Success) return read;
                if (fault is SocketError.ConnectionReset || _ended) return 0;
                if (fault is not (SocketError.TimedOut or SocketError.WouldBlock)) throw new SocketException((int)fault);
            }
        }
    }
}
