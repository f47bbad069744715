using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Polly;
using Polly.CircuitBreaker;

namespace EdgeGateway.Sync.Registration.Remote;

/// <summary>A whole reply.</summary>
internal sealed record ServiceReply(HttpStatusCode Status, string MediaType, byte[] Body);

/// <summary>
/// One service over HTTPS: TLS with the authorities of its options and our certificate, a bound on size and time of a reply, a
/// circuit breaker, the daily quota, and a token that is renewed once when it is refused. Every failure is a
/// <see cref="ServiceFaultException"/>.
/// </summary>
internal sealed class ServiceClient : IDisposable
{
    // A wrong account or key does not mend itself in seconds.
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(24);
    private static readonly TimeSpan Local = TimeSpan.FromHours(7);
    private const int SilentInARow = 3;

    private readonly string _name;
    private readonly ServiceOptions _options;
    private readonly ITokenSource? _tokens;
    private readonly IQuotaBook _quota;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline<ServiceReply> _breaker;
    // By the clock that no time server sets: one that was a month ahead for a minute would rest the service for a month.
    private volatile Pause? _left;
    private volatile Pause? _spared;
    private int _unreachableInARow;

    public ServiceClient(string name, ServiceOptions options, IQuotaBook quota, TimeProvider time, Func<ServiceClient, ITokenSource?> tokens)
    {
        if (options.Url.Scheme != "https" && !options.Url.IsLoopback) throw new ArgumentException($"{options.Url.Host}: registration services are asked over https only.", nameof(options));
        (_name, _options, _quota, _time) = (name, options, quota, time);
        _http = new HttpClient(Handler(options), disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
        _breaker = new ResiliencePipelineBuilder<ServiceReply> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<ServiceReply>
            {
                FailureRatio = options.BreakerShare,
                MinimumThroughput = options.BreakerAtLeast,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = options.BreakerPause,
                // A quota or a refused account is an answer: the service stands.
                ShouldHandle = new PredicateBuilder<ServiceReply>().Handle<ServiceFaultException>(fault => fault.Kind is ServiceFaultKind.Unreachable or ServiceFaultKind.NoAnswer or ServiceFaultKind.Certificate),
            })
            .Build();
        _tokens = tokens(this);
    }

    /// <summary>How long the service is to be left alone: it said so, or failed too often; null when it may be asked.</summary>
    public TimeSpan? Rest
    {
        get
        {
            var (left, spared) = (Remaining(_left), Remaining(_spared));
            return (left > spared ? left : spared) is { Ticks: > 0 } rest ? rest : null;
        }
    }

    /// <summary>Asks; a refused token is renewed once. The judge decides inside the breaker whether a reply is an answer.</summary>
    /// <param name="request">Makes the request anew for each try.</param>
    /// <param name="judge">Throws <see cref="ServiceFaultException"/> for a reply that is none.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<T> AskAsync<T>(Func<HttpRequestMessage> request, Func<ServiceReply, T> judge, CancellationToken stop)
    {
        var now = _time.GetUtcNow();
        if (Remaining(_left) is { Ticks: > 0 } rest) throw new ServiceFaultException(ServiceFaultKind.Quota, $"{_name} is to be left alone until {(now + rest).ToString("u", CultureInfo.InvariantCulture)}.", rest);
        T? answer = default;
        try
        {
            await _breaker.ExecuteAsync(async token =>
            {
                TakeFromQuota(now); // here, so that a question that the breaker keeps back costs none
                var reply = await SendWithTokenAsync(request, token);
                _unreachableInARow = 0; // whatever it says, it is there
                RequireSuccess(reply);
                answer = judge(reply.Reply);
                return reply.Reply;
            }, stop);
        }
        catch (ServiceFaultException refused) when (refused.Kind == ServiceFaultKind.Refused)
        {
            // Each of many waiting questions would try the wrong account anew, until the service locks it.
            _spared = For(RefusedPause);
            throw;
        }
        catch (ServiceFaultException silent) when (silent.Kind == ServiceFaultKind.Unreachable && Interlocked.Increment(ref _unreachableInARow) >= SilentInARow)
        {
            // Where every question waits out its time, too few fail in the breaker's window for it to open: rest for as long as another one would wait.
            _spared = For(_options.Timeout);
            throw;
        }
        catch (BrokenCircuitException broken)
        {
            var pause = broken.RetryAfter ?? _options.BreakerPause;
            _spared = For(pause);
            throw new ServiceFaultException(ServiceFaultKind.Unreachable, $"{_name} failed too often and is spared for a while.", pause, broken);
        }

        return answer!;
    }

    private Pause For(TimeSpan length) => new(_time.GetTimestamp(), length);

    private TimeSpan Remaining(Pause? pause) => pause is null ? TimeSpan.Zero : pause.Length - _time.GetElapsedTime(pause.From);

    private sealed record Pause(long From, TimeSpan Length);

    /// <summary>Sends once, without token, quota and breaker: for the token endpoints themselves.</summary>
    public async Task<(ServiceReply Reply, TimeSpan? RetryAfter)> SendAsync(HttpRequestMessage request, CancellationToken stop)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(_options.Timeout);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, late.Token);
            var body = await ReadBoundedAsync(response.Content, late.Token);
            return (new ServiceReply(response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", body), RetryAfterOf(response.Headers.RetryAfter));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new ServiceFaultException(ServiceFaultKind.Unreachable, $"{_name} gave no whole reply within {_options.Timeout.TotalSeconds:0.#} s.");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or AuthenticationException)
        {
            throw Judged(fault);
        }
    }

    public void Dispose()
    {
        (_tokens as IDisposable)?.Dispose();
        _http.Dispose();
    }

    private void TakeFromQuota(DateTimeOffset now)
    {
        var day = DateOnly.FromDateTime(now.ToOffset(Local).Date);
        if (_options.DailyQuota is not { } most || _quota.TryTake(_name, day, most)) return;
        var untilMidnight = new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), Local) - now;
        _left = For(untilMidnight);
        throw new ServiceFaultException(ServiceFaultKind.Quota, $"{_name}: the day's {most} questions are used up.", untilMidnight);
    }

    private async Task<(ServiceReply Reply, TimeSpan? RetryAfter)> SendWithTokenAsync(Func<HttpRequestMessage> request, CancellationToken stop)
    {
        string? refused = null;
        while (true)
        {
            using var message = request();
            if (_options.ApiKey() is { Length: > 0 } key) message.Headers.TryAddWithoutValidation("ApiKey", key);
            if (_options.RoadClient is { } client) message.Headers.TryAddWithoutValidation("X-Road-Client", client);
            var token = _tokens is null ? null : await _tokens.GetAsync(refused, stop);
            if (token is not null) message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var reply = await SendAsync(message, stop);
            if (reply.Reply.Status != HttpStatusCode.Unauthorized || token is null || refused is not null) return reply;
            refused = token;
        }
    }

    private void RequireSuccess((ServiceReply Reply, TimeSpan? RetryAfter) got)
    {
        switch (got.Reply.Status)
        {
            case HttpStatusCode.TooManyRequests:
                var pause = got.RetryAfter ?? TimeSpan.FromMinutes(1);
                _left = For(pause);
                throw new ServiceFaultException(ServiceFaultKind.Quota, $"{_name} takes no more questions for {pause.TotalSeconds:0} s (429).", pause);
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                throw new ServiceFaultException(ServiceFaultKind.Refused, $"{_name} refuses our account, token or key ({(int)got.Reply.Status}).", RefusedPause);
            case >= HttpStatusCode.InternalServerError:
                throw new ServiceFaultException(ServiceFaultKind.NoAnswer, $"{_name} answers with an error ({(int)got.Reply.Status}).", got.RetryAfter);
        }
    }

    private async Task<byte[]> ReadBoundedAsync(HttpContent content, CancellationToken stop)
    {
        if (content.Headers.ContentLength > _options.MostReplyBytes) throw TooLong();
        await using var stream = await content.ReadAsStreamAsync(stop);
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            var length = 0;
            while (true)
            {
                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
                    buffer = larger;
                }

                var read = await stream.ReadAsync(buffer.AsMemory(length), stop);
                if (read == 0) return buffer.AsSpan(0, length).ToArray();
                length += read;
                if (length > _options.MostReplyBytes) throw TooLong();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true); // it held an owner
        }
    }

    private ServiceFaultException TooLong() => new(ServiceFaultKind.NoAnswer, $"{_name} sends more than {_options.MostReplyBytes} bytes; refused.");

    private TimeSpan? RetryAfterOf(RetryConditionHeaderValue? header)
    {
        var pause = header?.Delta ?? (header?.Date is { } date ? date - _time.GetUtcNow() : null);
        return pause is not { } wanted ? null : wanted < TimeSpan.Zero ? TimeSpan.Zero : wanted > LongestRetryAfter ? LongestRetryAfter : wanted;
    }

    private ServiceFaultException Judged(Exception fault)
    {
        if (ServerTrust.In(fault) is { } judged) return new(ServiceFaultKind.Certificate, $"{_name}: {judged.Message}", null, fault);
        for (var at = fault; at is not null; at = at.InnerException)
        {
            if (at is AuthenticationException) return new(ServiceFaultKind.Certificate, $"TLS with {_options.Url.Host} failed: {at.Message} The service's certificate is not at fault; where it asks for one, look at 'certificateFile' and 'keyFile'.", null, fault);
        }

        while (fault.InnerException is { } inner) fault = inner;
        return new(ServiceFaultKind.Unreachable, $"{_name} cannot be reached or broke off: {fault.Message}", null, fault);
    }

    private static SocketsHttpHandler Handler(ServiceOptions options)
    {
        var tls = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck, // a private network reaches no list of revocations
            RemoteCertificateValidationCallback = ServerTrust.Callback("caFile", options.CaFile),
        };
        try
        {
            if (options.CaFile is { } file)
            {
                var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                policy.CustomTrustStore.ImportFromPemFile(file);
                tls.CertificateChainPolicy = policy;
            }

            if (options.CertificateFile is { } certificate)
            {
                using var read = X509Certificate2.CreateFromPemFile(certificate, options.KeyFile);
                // Through PKCS#12, so that every platform can use the key for TLS.
                tls.ClientCertificates = [X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null)];
            }
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"The certificates for {options.Url.Host} cannot be read: {fault.Message}", nameof(options), fault);
        }

        return new SocketsHttpHandler
        {
            SslOptions = tls,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None, // so that the bound on bytes holds
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 64,
            ConnectTimeout = options.Timeout,
        };
    }
}

/// <summary>Counts the questions of a day, over restarts.</summary>
public interface IQuotaBook
{
    /// <summary>Takes one of the day's questions; false when they are used up.</summary>
    bool TryTake(string source, DateOnly day, int most);
}
