using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Tests.PublicModels;

/// <summary>A web server on loopback that holds one file, well or badly.</summary>
internal sealed class FileServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FileServer(WebApplication app, byte[] content) => (_app, Content) = (app, content);

    public byte[] Content { get; set; }

    /// <summary>Version of the file that it names; null for none.</summary>
    public string? Version { get; set; } = "\"1\"";

    /// <summary>Whether it knows ranges.</summary>
    public bool KnowsRanges { get; set; } = true;

    /// <summary>Whether it minds If-Range; some servers do not.</summary>
    public bool MindsVersions { get; set; } = true;

    /// <summary>What the next answers do, in turn; then all is well.</summary>
    public ConcurrentQueue<Fault> Faults { get; } = new();

    /// <summary>Range and If-Range of each request.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/model.onnx";

    /// <param name="Status">Answers with this status and no body.</param>
    /// <param name="CutAfter">Breaks the connection after so many bytes of the body.</param>
    /// <param name="SilentAfter">Says nothing more after so many bytes.</param>
    /// <param name="Slow">Sends small pieces with pauses.</param>
    internal sealed record Fault(int? Status = null, int? CutAfter = null, int? SilentAfter = null, bool Slow = false);

    public static async Task<FileServer> StartAsync(byte[] content)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new FileServer(app, content);
        app.MapGet("/model.onnx", server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Asked.Enqueue($"{context.Request.Headers.Range} {context.Request.Headers.IfRange}".Trim());
        var fault = Faults.TryDequeue(out var next) ? next : new Fault();
        if (fault.Status is { } status)
        {
            context.Response.StatusCode = status;
            return;
        }

        var from = FromOf(context.Request);
        if (from >= Content.Length)
        {
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            return;
        }

        if (from > 0)
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = $"bytes {from}-{Content.Length - 1}/{Content.Length}";
        }

        if (Version is not null) context.Response.Headers.ETag = Version;
        context.Response.ContentLength = Content.Length - from;
        await SendAsync(context, Content.AsMemory(from), fault);
    }

    private static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> body, Fault fault)
    {
        var piece = fault.Slow ? body.Length / 8 : 4096;
        for (var at = 0; at < body.Length; at += piece)
        {
            if (at >= fault.CutAfter) context.Abort();
            if (at >= fault.SilentAfter) await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            if (context.RequestAborted.IsCancellationRequested) return;
            await context.Response.Body.WriteAsync(body.Slice(at, Math.Min(piece, body.Length - at)));
            if (fault.Slow) await Task.Delay(30);
        }
    }

    private int FromOf(HttpRequest request)
    {
        var range = request.Headers.Range.ToString();
        if (!KnowsRanges || !range.StartsWith("bytes=", StringComparison.Ordinal)) return 0;
        if (MindsVersions && request.Headers.IfRange.ToString() is { Length: > 0 } version && version != Version) return 0;
        return int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
    }
}
