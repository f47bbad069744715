using EdgeGateway.Vision.Frames;
using Microsoft.Win32.SafeHandles;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// The files of a ring and their index. One thread writes, in order: <see cref="BeginRun"/>, <see cref="Write"/> again and again,
/// <see cref="EndRun"/>; any thread takes windows. Names count up and are never used twice; the oldest file goes when there are
/// too many files or bytes. A disk that is full or fails costs pictures of the ring and nothing else.
/// </summary>
internal sealed class RingFiles : IDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    private readonly SegmentRing _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<FootageFile> _files = [];
    private readonly List<PictureStart> _begun = [];
    private PictureScan _scan = new();
    private FootageFile? _current;
    private SafeFileHandle? _handle;
    private int _run;
    private long _number;
    private bool _hole;
    private long? _failedAt;
    private long _segmentPts;

    /// <summary>Makes the folder and deletes what an earlier process left: its times are not known any more.</summary>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public RingFiles(SegmentRing options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        Directory.CreateDirectory(options.Folder);
        foreach (var old in Directory.EnumerateFiles(options.Folder, "ring-*.ts")) File.Delete(old);
    }

    /// <summary>What hinders; empty while it works.</summary>
    public (RingState State, string Reason) Trouble { get; private set; } = (RingState.Recording, "");

    /// <summary>Bytes of all files.</summary>
    public long Bytes
    {
        get { lock (_gate) return _files.Sum(f => f.Length); }
    }

    /// <summary>Called for each picture that begins.</summary>
    public Action<PictureStart>? Saw { get; init; }

    /// <summary>A new connection: its times have nothing to do with the last one's.</summary>
    public void BeginRun(int run)
    {
        EndRun();
        (_run, _scan, _hole) = (run, new PictureScan(), false);
    }

    /// <summary>Takes whole packets.</summary>
    /// <exception cref="InvalidDataException">They are no transport stream.</exception>
    public void Write(ReadOnlySpan<byte> packets)
    {
        var from = 0;
        for (var at = 0; at < packets.Length; at += PictureScan.PacketBytes)
        {
            if (!_scan.TryRead(packets.Slice(at, PictureScan.PacketBytes), 0, out var start)) continue;
            Saw?.Invoke(start);
            if (_scan.IsForeign)
            {
                Trouble = (RingState.Unsupported, "Clips of evidence need H.264 or H.265. Set the camera to one of them.");
                continue;
            }

            if (start.IsKey && MayBegin(start))
            {
                Append(packets[from..at]);
                from = at;
                Begin(start);
            }

            if (_current is { } file) _begun.Add(start with { Offset = file.Length + at - from });
        }

        Append(packets[from..]);
    }

    /// <summary>The connection is over: its last picture is whole.</summary>
    public void EndRun() => Close();

    /// <summary>The pictures of a stretch of time, or null; files are opened before they can be deleted.</summary>
    /// <param name="timeOf">The time of a picture of a run.</param>
    /// <param name="from">A key frame at or before this is the first.</param>
    /// <param name="to">The last picture is at or before this.</param>
    public FootageWindow? Window(Func<int, long, FrameTime?> timeOf, TimeSpan from, TimeSpan to)
    {
        lock (_gate)
        {
            var all = new List<(FootageFile, PictureStart, long)>();
            foreach (var file in _files) file.AddTo(all);
            return FootageFile.Window(all, (file, start) => timeOf(file.Run, start.Pts), from, to);
        }
    }

    /// <summary>The newest whole picture, as its run and presentation time.</summary>
    public (int Run, long Pts)? Newest
    {
        get
        {
            lock (_gate)
            {
                for (var i = _files.Count - 1; i >= 0; i--)
                {
                    var whole = _files[i].Pictures.Count - (_files[i].IsClosed ? 0 : 1);
                    if (whole > 0) return (_files[i].Run, _files[i].Pictures[whole - 1].Pts);
                }

                return null;
            }
        }
    }

    /// <summary>Deletes all files: nothing of the street stays behind a camera that is switched off.</summary>
    public void Dispose()
    {
        Close();
        while (_files.Count > 0) DeleteOldest();
    }

    private bool MayBegin(PictureStart start)
    {
        if (_current is null) return true;
        return start.Pts < _segmentPts || start.Pts - _segmentPts >= (long)(_options.Segment.TotalSeconds * PictureScan.Rate) - 1;
    }

    private void Begin(PictureStart start)
    {
        var hadFile = _current is not null;
        Close();
        if (_failedAt is { } failed && _time.GetElapsedTime(failed) < Retry)
        {
            _hole = true;
            return;
        }

        try
        {
            MakeRoom(_options.Count - 1, _options.MaxBytes * 7 / 8);
            if (new DriveInfo(_options.Folder).AvailableFreeSpace < _options.MinFreeBytes)
            {
                Trouble = (RingState.DiskLow, $"The disk of {_options.Folder} has less than {_options.MinFreeBytes >> 20} MiB free; the ring is not written until there is room. Make room, or shorten what is kept.");
                _hole = true;
                return;
            }

            var path = Path.Combine(_options.Folder, $"ring-{_number++:D8}.ts");
            _handle = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete);
            var file = new FootageFile(path, _run, _scan.Head!, _scan.IsHevc, _hole && !hadFile);
            lock (_gate)
            {
                _files.Add(file);
                _current = file;
            }

            (_segmentPts, _hole, _failedAt) = (start.Pts, false, null);
            Trouble = (RingState.Recording, "");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Fail(fault);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_current is not { } file || bytes.IsEmpty) return;
        try
        {
            MakeRoom(_options.Count, _options.MaxBytes - bytes.Length);
            if (_current is null) return;
            // Straight to the system: a reader sees what the index names.
            RandomAccess.Write(_handle!, bytes, file.Length);
            lock (_gate)
            {
                file.Length += bytes.Length;
                file.Pictures.AddRange(_begun);
            }

            _begun.Clear();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Fail(fault);
        }
    }

    private void MakeRoom(int count, long bytes)
    {
        while ((_files.Count > count || Bytes > bytes) && _files.Count > 0)
        {
            // Key frames so far apart that one file alone is too large: what follows waits for the next one.
            if (_files[0] == _current) Cut();
            DeleteOldest();
        }
    }

    private void Fail(Exception fault)
    {
        Trouble = (RingState.DiskFailed, $"The ring in {_options.Folder} cannot be written: {fault.Message} It is tried again every {Retry.TotalSeconds:0} s.");
        _failedAt = _time.GetTimestamp();
        Cut();
    }

    // Ends the file in midst of a picture, which is then not there.
    private void Cut()
    {
        _hole = true;
        Close(whole: false);
    }

    private void Close(bool whole = true)
    {
        lock (_gate)
        {
            if (_current is null) return;
            _current.IsClosed = whole;
            _current = null;
        }

        _begun.Clear();
        _handle?.Dispose();
        _handle = null;
    }

    private void DeleteOldest()
    {
        FootageFile oldest;
        lock (_gate)
        {
            oldest = _files[0];
            _files.RemoveAt(0);
        }

        try
        {
            File.Delete(oldest.Path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Trouble = (RingState.DiskFailed, $"{oldest.Path} cannot be deleted: {fault.Message}");
        }
    }
}
