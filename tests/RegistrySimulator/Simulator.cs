using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.RegistrySimulator;

/// <summary>
/// The registration services of a province as one real HTTPS server: a platform's token endpoint, the REST service with its login,
/// the SOAP service, with faults injected. Everybody in it is invented.
/// </summary>
public sealed class Simulator : IAsyncDisposable
{
    private const int HugeBytes = 50 << 20;
    private const int MostQuestionBytes = 64 * 1024;

    private readonly SimulatorOptions _options;
    private readonly WebApplication _app;
    private readonly TestAuthority _authority;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<SeenQuestion> _questions = new();
    private readonly Random _random;
    private int _logins;

    private Simulator(SimulatorOptions options, WebApplication app, TestAuthority authority)
    {
        (_options, _app, _authority) = (options, app, authority);
        _random = new Random(options.Seed);
    }

    /// <summary>Every question meets this fault, as long as it stands here.</summary>
    public Fault Fault { get; set; }

    public int Port { get; private set; }

    public Uri RestUrl => new($"https://localhost:{Port}/api");

    public Uri SoapUrl => new($"https://localhost:{Port}/soap");

    public Uri TokenUrl => new($"https://localhost:{Port}/oauth2/token");

    public string CaFile => Path.Combine(_options.Folder, "ca.pem");

    public string CertificateFile => Path.Combine(_options.Folder, "client.pem");

    public string KeyFile => Path.Combine(_options.Folder, "client.key");

    /// <summary>Questions that reached a service, those with a fault included.</summary>
    public IReadOnlyList<SeenQuestion> Questions => [.. _questions];

    /// <summary>Tokens given out.</summary>
    public int Logins => _logins;

    /// <summary>Starts it; it answers when this returns.</summary>
    public static async Task<Simulator> StartAsync(SimulatorOptions options)
    {
        var authority = TestAuthority.Create(options);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, options.Port, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = authority.Server;
            https.ClientCertificateMode = options.AsksClientCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => authority.Signed(certificate);
        })));
        var simulator = new Simulator(options, builder.Build(), authority);
        simulator.Map();
        await simulator._app.StartAsync();
        var address = simulator._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        simulator.Port = new Uri(address).Port;
        return simulator;
    }

    /// <summary>Makes every token given out invalid, as a restart of the service does.</summary>
    public void RevokeTokens() => _tokens.Clear();

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await _app.StopAsync(soon.Token);
        }
        catch (OperationCanceledException)
        {
            // A slow reply was under way.
        }

        await _app.DisposeAsync();
        _authority.Dispose();
    }

    private void Map()
    {
        // A question that is none is its sender's fault, not ours: who tries with curl must not take it for an injected one.
        _app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch (Exception fault) when (fault is JsonException or XmlException or KeyNotFoundException or InvalidOperationException or InvalidDataException && !context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                await context.Response.WriteAsync($"This question is not understood: {fault.Message}\n");
            }
        });
        _app.MapPost("/oauth2/token", GiveTokenAsync);
        _app.MapPost("/api/auth/login", LogInAsync);
        _app.MapGet("/api/tracuu/ttxe/{plate}/{**rest}", AnswerRestAsync);
        _app.MapPost("/soap", AnswerSoapAsync);
    }

    private async Task GiveTokenAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var account = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(_options.User)}:{Uri.EscapeDataString(_options.Secret)}"));
        if (form["grant_type"] != "client_credentials" || context.Request.Headers.Authorization != $"Basic {account}")
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        await WriteAsync(context, "application/json", GoldenReplies.Text("token.json").Replace("{{token}}", NewToken(), StringComparison.Ordinal).Replace("{{life}}", Life(), StringComparison.Ordinal));
    }

    private async Task LogInAsync(HttpContext context)
    {
        using var json = await JsonDocument.ParseAsync(context.Request.Body);
        if (json.RootElement.GetProperty("username").GetString() != _options.User || json.RootElement.GetProperty("password").GetString() != _options.Secret)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        await WriteAsync(context, "application/json", GoldenReplies.Text("login.json").Replace("{{token}}", NewToken(), StringComparison.Ordinal).Replace("{{life}}", Life(), StringComparison.Ordinal));
    }

    private async Task AnswerRestAsync(HttpContext context)
    {
        var plate = (string)context.Request.RouteValues["plate"]!;
        string Header(string name) => Uri.UnescapeDataString(context.Request.Headers[name].ToString());
        Note(context, new SeenQuestion("rest", plate, Header("MaYeuCau"), Header("MaCanBo"), Header("MaDonVi"), Header("MucDich"), Header("MaHoSo"), null));
        if (!HasToken(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (await MeetsFaultAsync(context, "rest")) return;
        await WriteAsync(context, "application/json; charset=utf-8", GoldenReplies.For("rest", plate));
    }

    private async Task AnswerSoapAsync(HttpContext context)
    {
        if (context.Request.ContentLength is null or > MostQuestionBytes)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        XDocument question;
        using (var reader = XmlReader.Create(context.Request.Body, new XmlReaderSettings { Async = true, DtdProcessing = DtdProcessing.Prohibit }))
        {
            question = await XDocument.LoadAsync(reader, LoadOptions.None, context.RequestAborted);
        }

        string Element(string name) => question.Descendants().FirstOrDefault(one => one.Name.LocalName == name)?.Value ?? "";
        var plate = Element("BienSo");
        Note(context, new SeenQuestion("soap", plate, Element("MaYeuCau"), Element("MaCanBo"), Element("MaDonVi"), Element("MucDich"), Element("MaHoSo"), null));
        if (!HasToken(context) && !HasProof(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (await MeetsFaultAsync(context, "soap")) return;
        await WriteAsync(context, "text/xml; charset=utf-8", GoldenReplies.For("soap", plate));
    }

    private void Note(HttpContext context, SeenQuestion question) =>
        _questions.Enqueue(question with { ApiKey = context.Request.Headers.TryGetValue("ApiKey", out var key) ? key.ToString() : null });

    private bool HasToken(HttpContext context) =>
        context.Request.Headers.Authorization.ToString() is { } header && header.StartsWith("Bearer ", StringComparison.Ordinal)
        && _tokens.TryGetValue(header[7..], out var until) && DateTimeOffset.UtcNow < until;

    // base64(user:sha256hex(url + user + timestamp + secret)), as published clients of the population database make it.
    private bool HasProof(HttpContext context)
    {
        var timestamp = context.Request.Headers["Timestamp"].ToString();
        var url = $"https://{context.Request.Host}{context.Request.Path}";
        var proof = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url + _options.User + timestamp + _options.Secret)));
        return context.Request.Headers.Authorization == $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_options.User}:{proof}"))}";
    }

    private async Task<bool> MeetsFaultAsync(HttpContext context, string service)
    {
        var fault = Fault;
        if (fault == Fault.None && _options.FaultShare > 0)
        {
            lock (_random)
            {
                if (_random.NextDouble() < _options.FaultShare) fault = _options.Faults[_random.Next(_options.Faults.Count)];
            }
        }

        var response = context.Response;
        switch (fault)
        {
            case Fault.None:
                return false;
            case Fault.ServerError:
                response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return true;
            case Fault.Slow:
                await Task.Delay(TimeSpan.FromMinutes(2), context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return true;
            case Fault.Truncated:
                var whole = Encoding.UTF8.GetBytes(GoldenReplies.For(service, "37A12345"));
                response.ContentType = service == "rest" ? "application/json" : "text/xml";
                response.ContentLength = whole.Length;
                await response.Body.WriteAsync(whole.AsMemory(0, whole.Length / 2));
                await response.Body.FlushAsync();
                context.Abort();
                return true;
            case Fault.Huge:
                response.ContentType = service == "rest" ? "application/json" : "text/xml";
                var piece = Encoding.ASCII.GetBytes(new string(' ', 64 * 1024));
                for (var sent = 0; sent < HugeBytes && !context.RequestAborted.IsCancellationRequested; sent += piece.Length) await response.Body.WriteAsync(piece, context.RequestAborted);
                return true;
            case Fault.HtmlPage:
                await WriteAsync(context, "text/html; charset=utf-8", GoldenReplies.Text("page.html"));
                return true;
            case Fault.XmlEntities:
                await WriteAsync(context, "text/xml; charset=utf-8", GoldenReplies.Text("soap/entities.xml"));
                return true;
            case Fault.Unauthorised:
                response.StatusCode = StatusCodes.Status401Unauthorized;
                return true;
            case Fault.TooMany:
                response.StatusCode = StatusCodes.Status429TooManyRequests;
                response.Headers.RetryAfter = "60";
                return true;
            default:
                await WriteAsync(context, service == "rest" ? "application/json" : "text/xml; charset=utf-8", GoldenReplies.Text(service == "rest" ? "rest/fault.json" : "soap/fault.xml"));
                return true;
        }
    }

    private string NewToken()
    {
        Interlocked.Increment(ref _logins);
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _tokens[token] = DateTimeOffset.UtcNow + _options.TokenLife;
        return token;
    }

    private string Life() => Math.Max(1, (int)_options.TokenLife.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static async Task WriteAsync(HttpContext context, string type, string text)
    {
        context.Response.ContentType = type;
        await context.Response.WriteAsync(text);
    }
}
