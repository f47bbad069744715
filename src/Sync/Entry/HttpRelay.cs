using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Entry;

/// <summary>A relay that is switched by web requests.</summary>
public sealed record HttpRelayOptions
{
    /// <summary>Asked to open once; the relay falls back by itself.</summary>
    public required Uri Open { get; init; }

    /// <summary>Asked to keep the gate open; null where the gate never is.</summary>
    public Uri? Hold { get; init; }

    /// <summary>Asked to let go again.</summary>
    public Uri? Release { get; init; }

    public HttpMethod Method { get; init; } = HttpMethod.Get;

    /// <summary>For basic authentication.</summary>
    public string? Username { get; init; }

    /// <summary>Opened at each request.</summary>
    public Func<string?> Password { get; init; } = () => null;

    /// <summary>Longest wait for an answer; a second try follows a first one that got none.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>
/// Opens by a web request. Any answer of 200 to 299 is "done", redirects are not followed. A request whose connection failed is sent once more;
/// one that may have arrived is not, since a second pulse would let a second vehicle in.
/// </summary>
public sealed class HttpRelay : IGateOpener
{
    private readonly HttpRelayOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    /// <param name="options">The relay.</param>
    /// <param name="time">The clock of the wait for an answer.</param>
    public HttpRelay(HttpRelayOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _time) = (options, time);
        // Each request has a connection of its own, and one alone: by itself the client sends a request that was cut off again, up to three times.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, ConnectTimeout = options.Timeout, PooledConnectionLifetime = TimeSpan.Zero, ConnectCallback = ConnectOnceAsync };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public Task OpenAsync(CancellationToken cancel) => AskAsync(_options.Open, cancel);

    public Task HoldAsync(bool open, CancellationToken cancel) =>
        (open ? _options.Hold : _options.Release) is { } url ? AskAsync(url, cancel) : throw new GateFaultException(new TwoLanguages("rơ-le này không có địa chỉ để giữ cổng mở", "this relay has no address for staying open"));

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task AskAsync(Uri url, CancellationToken cancel)
    {
        var wire = new Wire();
        try
        {
            await SendAsync(url, wire, cancel);
        }
        catch (HttpRequestException) when (!wire.IsConnected && !cancel.IsCancellationRequested)
        {
            // Nothing can have arrived.
            try { await SendAsync(url, wire, cancel); }
            catch (HttpRequestException again) { throw FaultOf(url, again, wire); }
        }
        catch (HttpRequestException fault)
        {
            throw FaultOf(url, fault, wire);
        }
    }

    private static async ValueTask<Stream> ConnectOnceAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        context.InitialRequestMessage.Options.TryGetValue(Wire.Key, out var wire);
        if (wire?.IsConnected == true) throw new IOException("a request that may have arrived is not sent again");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            if (wire is not null) wire.IsConnected = true;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static GateFaultException FaultOf(Uri url, HttpRequestException fault, Wire wire) => wire.IsConnected && fault.HttpRequestError != HttpRequestError.SecureConnectionError
        ? FaultOf(url, "ngắt giữa chừng: có thể lệnh đã tới", "broke off: the request may have arrived", fault)
        : FaultOf(url, $"không tới được: {CauseInVietnamese.Of(fault)}", $"cannot be reached: {fault.Message.TrimEnd('.')}", fault);

    private static GateFaultException FaultOf(Uri url, string vi, string en, Exception? inner = null) =>
        new(new TwoLanguages($"rơ-le {url.Host}:{url.Port} {vi}", $"the relay {url.Host}:{url.Port} {en}"), inner);

    private async Task SendAsync(Uri url, Wire wire, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        using var request = new HttpRequestMessage(_options.Method, url);
        request.Options.Set(Wire.Key, wire);
        if (_options.Username is { } user)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{_options.Password()}")));
        try
        {
            // The status is the answer; what a small web page says below it is not waited for.
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (!response.IsSuccessStatusCode) throw FaultOf(url, $"trả lời {(int)response.StatusCode}", $"answers {(int)response.StatusCode}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw FaultOf(url, $"không trả lời trong {_options.Timeout.TotalSeconds:0.#} giây", $"gave no answer within {_options.Timeout.TotalSeconds:0.#} s");
        }
    }

    /// <summary>Whether a connection stood over which the request may have gone.</summary>
    private sealed class Wire
    {
        public static readonly HttpRequestOptionsKey<Wire> Key = new("wire");

        public volatile bool IsConnected;
    }
}
