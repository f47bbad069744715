using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeGateway.Sync.Identity;
using EdgeGateway.Sync.Registration.Remote;

namespace EdgeGateway.Sync.Entry;

/// <summary>
/// A verification service behind one POST: <c>{"token","gate"}</c> is answered by <c>{"status":"valid|expired|refused","number","birthDate"}</c>, the last two
/// only where the service tells them. This is our own border: what an official service speaks is put into this form by its adapter or a proxy.
/// </summary>
public sealed partial class HttpTokenVerifier : ITokenVerifier, IDisposable
{
    private readonly ServiceOptions _options;
    private readonly ServiceClient _client;

    /// <exception cref="ArgumentException">The address is not https (http to this machine only), or a certificate's file cannot be read.</exception>
    public HttpTokenVerifier(ServiceOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _client = new ServiceClient("The verification service", options with { DailyQuota = null, MostReplyBytes = 64 << 10 }, new NoQuota(), time, _ => null);
    }

    public async Task<TokenAnswer> VerifyAsync(OpaqueToken token, string gate, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(token);
        try
        {
            return await _client.AskAsync(() => Request(token, gate), Read, cancel);
        }
        catch (ServiceFaultException fault)
        {
            return new TokenAnswer(TokenStatus.Unreachable, Why: fault.Message);
        }
    }

    public void Dispose() => _client.Dispose();

    private HttpRequestMessage Request(OpaqueToken token, string gate) => new(HttpMethod.Post, _options.Url)
    {
        Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new Question(token.Text, gate), VerifierJson.Default.Question)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
    };

    private static TokenAnswer Read(ServiceReply reply)
    {
        if (reply.Status == HttpStatusCode.NotFound) return new TokenAnswer(TokenStatus.Refused);
        if (reply.Status != HttpStatusCode.OK) throw NotUnderstood();
        try
        {
            var answer = JsonSerializer.Deserialize(reply.Body, VerifierJson.Default.Answer) ?? throw NotUnderstood();
            var status = answer.Status switch { "valid" => TokenStatus.Valid, "expired" => TokenStatus.Expired, "refused" => TokenStatus.Refused, _ => throw NotUnderstood() };
            CitizenNumber? number = answer.Number is { } digits ? CitizenNumber.TryParse(digits, out var known) ? known : throw NotUnderstood() : null;
            DateOnly? birth = answer.BirthDate is { } day ? DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : throw NotUnderstood() : null;
            return new TokenAnswer(status, number, birth);
        }
        catch (JsonException)
        {
            throw NotUnderstood(); // its text could hold a number
        }
    }

    private static ServiceFaultException NotUnderstood() => new(ServiceFaultKind.NoAnswer, "The verification service answers what is not understood.");

    private sealed class NoQuota : IQuotaBook
    {
        public bool TryTake(string source, DateOnly day, int most) => true;
    }

    internal sealed record Question(string Token, string Gate);

    internal sealed record Answer(string? Status, string? Number, string? BirthDate);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Question))]
    [JsonSerializable(typeof(Answer))]
    private sealed partial class VerifierJson : JsonSerializerContext;
}
