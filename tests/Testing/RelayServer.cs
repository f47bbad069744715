using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace EdgeGateway.Testing;

/// <summary>A real small web server as a relay's: notes each request, answers as told, or answers a body as a verification service does.</summary>
public sealed class RelayServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public RelayServer(int? port = null)
    {
        var chosen = port ?? Mosquitto.FreePort();
        Url = new Uri($"http://127.0.0.1:{chosen}/");
        _listener.Prefixes.Add(Url.ToString());
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public Uri Url { get; }

    public int Status { get; set; } = 200;

    /// <summary>Takes requests and never answers.</summary>
    public bool IsSilent { get; set; }

    /// <summary>What is answered to a body; null for an empty answer.</summary>
    public Func<string, string>? Answer { get; set; }

    /// <summary>Method, path with query, and account of each request.</summary>
    public ConcurrentQueue<string> Heard { get; } = new();

    /// <summary>The bodies that came.</summary>
    public ConcurrentQueue<string> Bodies { get; } = new();

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
                var body = await reader.ReadToEndAsync();
                if (body.Length > 0) Bodies.Enqueue(body);
                var account = context.Request.Headers["Authorization"] is { } basic && basic.StartsWith("Basic ", StringComparison.Ordinal) ? " " + Encoding.UTF8.GetString(Convert.FromBase64String(basic[6..])) : "";
                Heard.Enqueue($"{context.Request.HttpMethod} {context.Request.Url!.PathAndQuery}{account}");
                if (IsSilent) continue;
                context.Response.StatusCode = Status;
                if (Answer is { } answer)
                {
                    context.Response.ContentType = "application/json";
                    await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer(body)));
                }

                context.Response.Close();
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                if (!_listener.IsListening) return;
            }
        }
    }
}
