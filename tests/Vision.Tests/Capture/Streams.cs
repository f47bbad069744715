using EdgeGateway.Testing;
using EdgeGateway.Vision.Capture;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Vision.Tests.Capture;

/// <summary>Opens streams for tests, and keeps what was said and what came.</summary>
internal sealed class Streams : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly List<StreamStatus> _history = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread? _taker;
    private long _frames;

    private Streams(CaptureOptions options, bool take, Action<EdgeGateway.Vision.Frames.Frame>? look)
    {
        Log = new ListLogger();
        Stream = new CameraStream(options, TimeProvider.System, Log);
        Stream.StatusChanged += status =>
        {
            lock (_history) _history.Add(status);
        };
        if (take)
        {
            _taker = new Thread(() =>
            {
                while (Stream.Take(_stop.Token) is { } frame)
                {
                    using (frame)
                    {
                        look?.Invoke(frame);
                        Interlocked.Increment(ref _frames);
                    }
                }
            });
        }

        Stream.Start();
        _taker?.Start();
    }

    public CameraStream Stream { get; }

    public ListLogger Log { get; }

    public long Frames => Interlocked.Read(ref _frames);

    public IReadOnlyList<StreamStatus> History
    {
        get { lock (_history) return [.. _history]; }
    }

    /// <summary>A live stream whose frames a thread takes and gives back.</summary>
    public static Streams Watch(string url, Func<CaptureOptions, CaptureOptions>? with = null, Action<EdgeGateway.Vision.Frames.Frame>? look = null)
        => new(Options(url, with), take: true, look);

    /// <summary>A stream whose frames the test takes itself.</summary>
    public static Streams Open(string url, Func<CaptureOptions, CaptureOptions>? with = null) => new(Options(url, with), take: false, null);

    public async Task<StreamStatus> Until(StreamState state, TimeSpan? limit = null)
    {
        // What was waited for is what is given back: the stream goes on, and may be in another state by now.
        var status = Stream.Status;
        try
        {
            await Wait.Until($"the stream is {state}", () => (status = Stream.Status).State == state, limit ?? Limit);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message} It said: {string.Join(" → ", History.Select(s => $"{s.State} ({s.Reason})"))}\n{Log}", late);
        }

        return status;
    }

    public void Dispose()
    {
        _stop.Cancel();
        Stream.Dispose();
        _taker?.Join();
        _stop.Dispose();
    }

    private static CaptureOptions Options(string url, Func<CaptureOptions, CaptureOptions>? with)
    {
        var options = new CaptureOptions { CameraId = "test", Url = SecretUrl.Parse(url) };
        return with?.Invoke(options) ?? options;
    }
}

/// <summary>Keeps every log line down to Trace.</summary>
internal sealed class ListLogger : ILogger
{
    private readonly List<string> _lines = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines) _lines.Add($"{logLevel}: {formatter(state, exception)} {exception}");
    }

    public override string ToString()
    {
        lock (_lines) return string.Join('\n', _lines);
    }
}
