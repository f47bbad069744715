using EdgeGateway.Configuration;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Tests.Configuration;

public sealed class ReloadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_changed_camera_is_taken_up_and_the_others_are_untouched(bool hints)
    {
        await using var watch = Watch.Start(hints, ("a.yaml", TestFolder.Camera("a")), ("b.yaml", TestFolder.Camera("b")));
        watch.Folder.Write("cameras/a.yaml", TestFolder.Camera("a", "analyseFps: 5"));
        await watch.Sees<CameraChanged>(change => change is { Old.AnalyseFps: 8, New: { Id: "a", AnalyseFps: 5 } });
        Assert.Single(watch.Changes);
    }

    [Fact]
    public async Task A_bad_change_is_refused_once_and_the_repair_is_taken_up()
    {
        await using var watch = Watch.Start(true, ("a.yaml", TestFolder.Camera("a")));
        watch.Folder.Write("cameras/a.yaml", TestFolder.Camera("a", "analyseFps: 500"));
        await watch.Sees<Refused>(change => change.File == "cameras/a.yaml" && change.Mistakes[0].Place.Line == 3);
        watch.Folder.Write("cameras/b.yaml", TestFolder.Camera("b"));
        await watch.Sees<CameraAdded>(change => change.Camera.Id == "b");
        watch.Folder.Write("cameras/a.yaml", TestFolder.Camera("a", "analyseFps: 6"));
        await watch.Sees<CameraChanged>(change => change is { Old.AnalyseFps: 8, New.AnalyseFps: 6 });
        Assert.Equal([typeof(Refused), typeof(CameraAdded), typeof(Mended), typeof(CameraChanged)], watch.Changes.Select(change => change.GetType()));
    }

    [Fact]
    public async Task A_comment_or_a_moved_line_changes_no_camera()
    {
        await using var watch = Watch.Start(true, ("a.yaml", TestFolder.Camera("a")), ("b.yaml", TestFolder.Camera("b")));
        watch.Folder.Write("cameras/a.yaml", "# a comment\n\n" + TestFolder.Camera("a"));
        watch.Folder.Write("cameras/b.yaml", TestFolder.Camera("b", "enabled: false"));
        await watch.Sees<CameraChanged>(change => change.New.Id == "b");
        Assert.Single(watch.Changes);
    }

    [Fact]
    public async Task A_deleted_file_removes_its_camera_and_a_renamed_one_does_nothing()
    {
        await using var watch = Watch.Start(true, ("a.yaml", TestFolder.Camera("a")), ("b.yaml", TestFolder.Camera("b")));
        File.Move(Path.Combine(watch.Folder.FolderPath, "cameras/a.yaml"), Path.Combine(watch.Folder.FolderPath, "cameras/z.yaml"));
        File.Delete(Path.Combine(watch.Folder.FolderPath, "cameras/b.yaml"));
        await watch.Sees<CameraRemoved>(change => change.Camera.Id == "b");
        Assert.Single(watch.Changes);
    }

    [Fact]
    public async Task A_copy_with_the_same_id_is_refused_even_when_its_name_sorts_first()
    {
        await using var watch = Watch.Start(true, ("m.yaml", TestFolder.Camera("m")));
        watch.Folder.Write("cameras/a-copy.yaml", TestFolder.Camera("m", "analyseFps: 3"));
        await watch.Sees<Refused>(change => change.File == "cameras/a-copy.yaml");
        Assert.Single(watch.Changes);
    }

    [Fact]
    public async Task A_vanished_camera_folder_removes_no_camera()
    {
        await using var watch = Watch.Start(false, ("a.yaml", TestFolder.Camera("a")));
        Directory.Move(Path.Combine(watch.Folder.FolderPath, "cameras"), Path.Combine(watch.Folder.FolderPath, "away"));
        watch.Folder.Write("gateway.yaml", TestFolder.Gateway.Replace("thu-nghiem", "khac", StringComparison.Ordinal));
        Directory.Move(Path.Combine(watch.Folder.FolderPath, "away"), Path.Combine(watch.Folder.FolderPath, "cameras"));
        await watch.Sees<RestartNeeded>(change => change.Gateway.Id == "khac");
        Assert.Single(watch.Changes);
    }

    [Fact]
    public async Task A_touched_file_takes_up_a_changed_secret()
    {
        await using var watch = Watch.Start(true, ("a.yaml", TestFolder.Camera("a")));
        var secret = Path.Combine(watch.Folder.FolderPath, "secret");
        await File.WriteAllTextAsync(secret, "mot");
        watch.Folder.Write("cameras/a.yaml", $"id: a\nsource: {{ url: \"rtsp://u:${{file:{secret}}}@10.0.0.1/main\" }}");
        await watch.Sees<CameraChanged>(change => change.New.Source.Url.Open().Contains("u:mot@", StringComparison.Ordinal));
        await File.WriteAllTextAsync(secret, "hai");
        File.SetLastWriteTimeUtc(Path.Combine(watch.Folder.FolderPath, "cameras/a.yaml"), DateTime.UtcNow.AddSeconds(5));
        await watch.Sees<CameraChanged>(change => change.New.Source.Url.Open().Contains("u:hai@", StringComparison.Ordinal));
    }

    private sealed class Watch : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly List<ConfigChange> _changes = [];
        private Task _reading = Task.CompletedTask;

        public TestFolder Folder { get; } = new();

        public ConfigChange[] Changes
        {
            get
            {
                lock (_changes) return [.. _changes];
            }
        }

        public static Watch Start(bool hints, params (string File, string Text)[] cameras)
        {
            var watch = new Watch();
            foreach (var (file, text) in cameras) watch.Folder.Write($"cameras/{file}", text);
            var watcher = new ConfigWatcher(watch.Folder.Folder, watch.Folder.Load(), TimeProvider.System, NullLogger<ConfigWatcher>.Instance)
            {
                UsesHints = hints,
                PollEvery = hints ? TimeSpan.FromMinutes(1) : TimeSpan.FromMilliseconds(100),
            };
            watch._reading = Task.Run(async () =>
            {
                await foreach (var change in watcher.WatchAsync(watch._stop.Token))
                {
                    lock (watch._changes) watch._changes.Add(change);
                }
            });
            return watch;
        }

        public Task Sees<T>(Func<T, bool> isIt) where T : ConfigChange =>
            Wait.Until($"a {typeof(T).Name} is seen", () => Changes.OfType<T>().Any(isIt), Patience);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _reading;
            Folder.Dispose();
        }
    }
}
