using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace EdgeGateway.Sync.Registration.Remote;

/// <summary>Gives the token that a service wants.</summary>
internal interface ITokenSource
{
    /// <summary>A token that still holds.</summary>
    /// <param name="refused">The token that was just refused; another one is fetched then.</param>
    /// <param name="stop">Cancels.</param>
    Task<string> GetAsync(string? refused, CancellationToken stop);
}

/// <summary>Fetches a token, keeps it until shortly before its end, and fetches once for all who wait.</summary>
internal abstract class TokenSource(TimeProvider time) : ITokenSource, IDisposable
{
    // Without a stated life a token is taken for five minutes; a 401 renews it anyway.
    private static readonly TimeSpan UnstatedLife = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private string? _token;
    private DateTimeOffset _until;

    public async Task<string> GetAsync(string? refused, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            if (_token is { } known && known != refused && time.GetUtcNow() < _until) return known;
            using var request = Request();
            var (reply, _) = await SendAsync(request, stop);
            if (reply.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest)
                throw new ServiceFaultException(ServiceFaultKind.Refused, $"The token endpoint refuses our account ({(int)reply.Status}).", TimeSpan.FromMinutes(10));
            if (reply.Status != HttpStatusCode.OK) throw new ServiceFaultException(ServiceFaultKind.NoAnswer, $"The token endpoint answers with {(int)reply.Status}.");
            var (token, life) = Read(reply.Body);
            (_token, _until) = (token, time.GetUtcNow() + (life ?? UnstatedLife) * 0.9);
            return token;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    protected abstract HttpRequestMessage Request();

    protected abstract Task<(ServiceReply Reply, TimeSpan? RetryAfter)> SendAsync(HttpRequestMessage request, CancellationToken stop);

    private (string Token, TimeSpan? Life) Read(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            foreach (var name in new[] { "access_token", "token", "accessToken", "jwt" })
            {
                if (!root.TryGetProperty(name, out var value) || value.GetString() is not { Length: > 0 and < 16_384 } token || token.Any(c => c is < '!' or > '~')) continue;
                return (token, LifeOf(root) ?? LifeOf(token));
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // No JSON, or not of the expected shape: told below, without a word of the reply.
        }

        throw new ServiceFaultException(ServiceFaultKind.NoAnswer, "The token endpoint's reply holds no token.");
    }

    private static TimeSpan? LifeOf(JsonElement root)
    {
        foreach (var name in new[] { "expires_in", "expiresIn" })
        {
            if (root.TryGetProperty(name, out var life) && life.ValueKind == JsonValueKind.Number && life.TryGetInt32(out var seconds) && seconds > 0) return TimeSpan.FromSeconds(seconds);
        }

        return null;
    }

    // The "exp" of a JWT. It is only a hint when to renew: what the token says is the service's to check.
    private TimeSpan? LifeOf(string token)
    {
        try
        {
            if (token.Split('.') is not [_, var claims, _]) return null;
            using var json = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(claims));
            return json.RootElement.TryGetProperty("exp", out var end) && end.TryGetInt64(out var seconds) && DateTimeOffset.FromUnixTimeSeconds(seconds) - time.GetUtcNow() is var life && life > TimeSpan.Zero ? life : null;
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}

/// <summary>The login of a REST service: user and password for a token.</summary>
internal sealed class LoginTokens(ServiceOptions options, ServiceClient client, TimeProvider time) : TokenSource(time)
{
    protected override HttpRequestMessage Request()
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string?>(StringComparer.Ordinal) { ["username"] = options.Username, ["password"] = options.Password() }, LoginJson.Default.DictionaryStringString);
        return new HttpRequestMessage(HttpMethod.Post, ServiceUrl.Of(options.Url, "auth/login"))
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
    }

    protected override Task<(ServiceReply Reply, TimeSpan? RetryAfter)> SendAsync(HttpRequestMessage request, CancellationToken stop) => client.SendAsync(request, stop);
}

/// <summary>The platform's token: OAuth2 client credentials (RFC 6749, 4.4), id and secret by HTTP Basic.</summary>
internal sealed class PlatformTokens(PlatformOptions options, ServiceClient client, TimeProvider time) : TokenSource(time)
{
    protected override HttpRequestMessage Request()
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal) { ["grant_type"] = "client_credentials" };
        if (options.Scope is { } scope) form["scope"] = scope;
        var request = new HttpRequestMessage(HttpMethod.Post, options.TokenUrl) { Content = new FormUrlEncodedContent(form) };
        var account = $"{Uri.EscapeDataString(options.ClientId)}:{Uri.EscapeDataString(options.ClientSecret() ?? "")}";
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(account)));
        return request;
    }

    protected override Task<(ServiceReply Reply, TimeSpan? RetryAfter)> SendAsync(HttpRequestMessage request, CancellationToken stop) => client.SendAsync(request, stop);
}

/// <summary>Source-generated JSON of the login.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(Dictionary<string, string?>))]
internal sealed partial class LoginJson : System.Text.Json.Serialization.JsonSerializerContext;

/// <summary>Addresses below a service's URL.</summary>
internal static class ServiceUrl
{
    public static Uri Of(Uri service, string path) => new($"{service.AbsoluteUri.TrimEnd('/')}/{path}");
}
