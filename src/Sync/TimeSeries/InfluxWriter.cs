using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.TimeSeries;

/// <summary>How a write ended.</summary>
internal enum WriteOutcome
{
    Taken,

    /// <summary>The server or the way to it is in trouble: again soon.</summary>
    Again,

    /// <summary>Wrong token, no such database: again, slowly. A person must mend it.</summary>
    Refused,

    /// <summary>Larger than the server takes: in two halves.</summary>
    TooLarge,

    /// <summary>The server will never take these lines.</summary>
    Wrong,
}

/// <param name="Outcome">What it means.</param>
/// <param name="Words">For a person; null when taken.</param>
/// <param name="RetryAfter">The pause that the server asks for.</param>
internal sealed record WriteReply(WriteOutcome Outcome, TwoLanguages? Words = null, TimeSpan? RetryAfter = null);

/// <summary>One POST of lines, packed with gzip. Every failure is a <see cref="WriteReply"/>.</summary>
internal sealed class InfluxWriter : IDisposable
{
    private const int LongestReply = 2048;

    private readonly TimeSeriesOptions _options;
    private readonly HttpClient _http;
    private readonly Uri _address;

    /// <exception cref="ArgumentException">The file of authorities cannot be read.</exception>
    public InfluxWriter(TimeSeriesOptions options)
    {
        _options = options;
        var root = options.Url.AbsoluteUri.TrimEnd('/');
        var bucket = Uri.EscapeDataString(options.Bucket);
        _address = new Uri(options.Api == InfluxApi.V1
            ? $"{root}/write?db={bucket}&precision=ms"
            : $"{root}/api/v2/write?org={Uri.EscapeDataString(options.Organisation ?? "")}&bucket={bucket}&precision=ms");
        _http = new HttpClient(OutboundHttp.HandlerOf(options.CaFile, options.Timeout), disposeHandler: true) { Timeout = options.Timeout };
    }

    /// <summary>Sends lines.</summary>
    public async Task<WriteReply> WriteAsync(ReadOnlyMemory<byte> lines, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = Packed(lines.Span) };
        if (_options.Token() is { Length: > 0 } token) request.Headers.Authorization = new AuthenticationHeaderValue("Token", token);
        else if (_options.Username is { } user) request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{_options.Password()}")));
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            return response.IsSuccessStatusCode ? new WriteReply(WriteOutcome.Taken) : Judged(response, await WordsOfAsync(response, stop));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new WriteReply(WriteOutcome.Again, new TwoLanguages($"{_options.Url.Authority} không trả lời trong {_options.Timeout.TotalSeconds:0} giây.", $"{_options.Url.Authority} did not answer within {_options.Timeout.TotalSeconds:0} s."));
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            if (ServerTrust.In(fault) is { } judged) return new WriteReply(WriteOutcome.Refused, judged.Why);
            for (var at = fault; at is not null; at = at.InnerException)
            {
                if (at is AuthenticationException) return new WriteReply(WriteOutcome.Refused, new TwoLanguages($"{_options.Url.Host}: {CauseInVietnamese.Of(at)}.", $"TLS with {_options.Url.Host} failed: {at.Message}"));
            }

            return new WriteReply(WriteOutcome.Again, new TwoLanguages($"{_options.Url.Authority}: {CauseInVietnamese.Of(fault)}.", $"{_options.Url.Authority} cannot be reached: {fault.Message}"));
        }
    }

    public void Dispose() => _http.Dispose();

    private WriteReply Judged(HttpResponseMessage response, string words)
    {
        var said = new TwoLanguages($"{_options.Url.Authority} trả lời mã {(int)response.StatusCode}: “{words}”.", $"{_options.Url.Authority} answers {(int)response.StatusCode}: {words}");
        var pause = response.Headers.RetryAfter is { } header ? header.Delta ?? header.Date - DateTimeOffset.UtcNow : null;
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new WriteReply(WriteOutcome.Refused, new TwoLanguages($"{said.Vi} Kiểm tra 'token', 'username' và 'password'.", $"{said.En} Check 'token', 'username' and 'password'.")),
            HttpStatusCode.NotFound => new WriteReply(WriteOutcome.Refused, new TwoLanguages($"{said.Vi} Kiểm tra 'url', 'api' và 'bucket', và tạo bucket.", $"{said.En} Check 'url', 'api' and 'bucket', and make the bucket.")),
            HttpStatusCode.RequestEntityTooLarge => new WriteReply(WriteOutcome.TooLarge, said),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => new WriteReply(WriteOutcome.Wrong, said),
            HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => new WriteReply(WriteOutcome.Again, said, pause),
            _ => new WriteReply(WriteOutcome.Refused, said),
        };
    }

    private static async Task<string> WordsOfAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var buffer = new byte[LongestReply];
        await using var body = await response.Content.ReadAsStreamAsync(stop);
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop);
        return Encoding.UTF8.GetString(buffer, 0, Math.Min(length, 300)).ReplaceLineEndings(" ").Trim();
    }

    private static ByteArrayContent Packed(ReadOnlySpan<byte> lines)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(lines);
        var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "utf-8");
        content.Headers.ContentEncoding.Add("gzip");
        return content;
    }
}
