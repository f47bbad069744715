using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Configuration;

/// <summary>What a reading that was asked for has found.</summary>
/// <param name="Changed">Cameras that were added, changed or removed by it.</param>
/// <param name="Mistakes">Every mistake of the folder now, told before or not.</param>
/// <param name="RestartNeeded">gateway.yaml differs from what runs.</param>
public sealed record ReloadOutcome(IReadOnlyList<string> Changed, IReadOnlyList<Mistake> Mistakes, bool RestartNeeded);

/// <summary>
/// Watches a configuration folder: (1) waits for a hint of the file system, or for the next poll where hints do not come
/// (network file systems, swapped links); (2) waits until the editor is quiet; (3) reads the folder when a file differs;
/// (4) says what changed. A bad file is refused and what ran before goes on.
/// </summary>
public sealed class ConfigWatcher
{
    /// <summary>Editors write, rename and touch within this time; a half-written file is not judged.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    /// <summary>An editor that never is quiet does not hold the reload for longer.</summary>
    private const int MostQuietWaits = 10;

    private readonly ConfigFolder _folder;
    private readonly ConfigState _state;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // One hint is enough: the reader looks at the whole folder.
    private readonly Channel<bool> _hints = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentQueue<TaskCompletionSource<ReloadOutcome>> _asked = new();
    private string _fingerprint;
    private string? _unread;

    /// <param name="folder">The folder.</param>
    /// <param name="first">What was read at the start and runs.</param>
    /// <param name="time">The clock of the pauses.</param>
    /// <param name="logger">Gets a line when the file system gives no hints.</param>
    public ConfigWatcher(ConfigFolder folder, ConfigResult first, TimeProvider time, ILogger<ConfigWatcher> logger)
    {
        _folder = folder;
        _state = new ConfigState(first);
        _time = time;
        _logger = logger;
        _fingerprint = ""; // unknown: a change between the first reading and the start of the watch is found by the first look
    }

    /// <summary>How often the folder is looked at without a hint.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>False: polling only.</summary>
    internal bool UsesHints { get; init; } = true;

    /// <summary>Looks soon, without waiting for a hint.</summary>
    public void LookNow() => _hints.Writer.TryWrite(true);

    /// <summary>Reads now, changed or not (the command <c>reload</c>); ends when what changed has been taken up by whoever reads the changes.</summary>
    public Task<ReloadOutcome> ReloadAsync(CancellationToken cancel)
    {
        var asked = new TaskCompletionSource<ReloadOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Enqueue(asked);
        LookNow();
        return asked.Task.WaitAsync(cancel);
    }

    /// <summary>The changes, as they come, until the token stops it.</summary>
    public async IAsyncEnumerable<ConfigChange> WatchAsync([EnumeratorCancellation] CancellationToken stop)
    {
        using var watcher = UsesHints ? TryWatch() : null;
        while (!stop.IsCancellationRequested)
        {
            // Asked before the reading: who asks meanwhile gets the next one.
            var asked = _asked.Count;
            var fingerprint = Fingerprint();
            if (fingerprint is not null && (fingerprint != _fingerprint || asked > 0) && TryLoad() is { } read)
            {
                // A folder that changed or vanished while it was read is read again: half of it must remove no camera.
                if (Fingerprint() == fingerprint)
                {
                    _fingerprint = fingerprint;
                    var changes = _state.TakeUp(read);
                    foreach (var change in changes) yield return change;
                    Answer(asked, OutcomeOf(read, changes));
                }
                else
                {
                    LookNow();
                }
            }

            if (!await WaitAsync(stop)) yield break;
        }
    }

    /// <summary>Null where the folder itself cannot be read now (rights, a copy under way): that removes no camera, and is tried again at the next look.</summary>
    private ConfigResult? TryLoad()
    {
        try
        {
            var read = _folder.Load(requireSecrets: true, _state.SettledFiles);
            _unread = null;
            return read;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (_unread != fault.Message) ConfigLog.FolderUnread(_logger, _folder.FolderPath, PollEvery.TotalSeconds, fault.Message);
            _unread = fault.Message;
            return null;
        }
    }

    private ReloadOutcome OutcomeOf(ConfigResult read, IReadOnlyList<ConfigChange> changes) => new(
        [
            .. changes.Select(change => change switch
            {
                CameraAdded added => added.Camera.Id,
                CameraChanged changed => changed.New.Id,
                CameraRemoved removed => removed.Camera.Id,
                _ => null,
            }).OfType<string>().Distinct(StringComparer.Ordinal),
        ],
        read.Mistakes, _state.RestartNeeded);

    private void Answer(int asked, ReloadOutcome outcome)
    {
        for (; asked > 0 && _asked.TryDequeue(out var one); asked--) one.TrySetResult(outcome);
    }

    private async Task<bool> WaitAsync(CancellationToken stop)
    {
        try
        {
            if (!await HintWithinAsync(PollEvery, stop)) return true;
            for (var i = 0; i < MostQuietWaits && await HintWithinAsync(Quiet, stop); i++)
            {
                // Another hint came while waiting for quiet.
            }

            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<bool> HintWithinAsync(TimeSpan time, CancellationToken stop)
    {
        using var timer = new CancellationTokenSource(time, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
        try
        {
            return await _hints.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }

    private FileSystemWatcher? TryWatch()
    {
        try
        {
            var watcher = new FileSystemWatcher(_folder.FolderPath) { IncludeSubdirectories = true };
            FileSystemEventHandler hint = (_, _) => LookNow();
            watcher.Changed += hint;
            watcher.Created += hint;
            watcher.Deleted += hint;
            watcher.Renamed += (_, _) => LookNow();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            ConfigLog.NoHints(_logger, _folder.FolderPath, PollEvery.TotalSeconds, e.Message);
            return null;
        }
    }

    /// <summary>
    /// Contents and times of all files: a touched file is read again, which takes up a changed secret file.
    /// Null when the camera folder is gone: a folder that is being replaced or unmounted removes no camera.
    /// </summary>
    private string? Fingerprint()
    {
        var cameras = Path.Combine(_folder.FolderPath, ConfigFolder.CamerasFolder);
        var text = new StringBuilder();
        try
        {
            if (!Directory.Exists(cameras) && _state.SettledFiles.Count > 0) return null;
            var files = Directory.Exists(cameras) ? Directory.GetFiles(cameras) : [];
            foreach (var path in files.Append(Path.Combine(_folder.FolderPath, ConfigFolder.GatewayFile)).Order(StringComparer.Ordinal))
            {
                if (!path.EndsWith("ml", StringComparison.Ordinal)) continue;
                text.Append(path).Append('\0');
                if (File.Exists(path)) text.Append(File.GetLastWriteTimeUtc(path).Ticks).Append('\0').Append(new FileInfo(path).Length).Append('\0').Append(Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));
                text.Append('\n');
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!Directory.Exists(cameras) && _state.SettledFiles.Count > 0) return null;
            text.Append(e.GetType().Name); // vanished or locked while being read: the reading itself names the file
        }

        return text.ToString();
    }
}
