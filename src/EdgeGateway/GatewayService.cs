using EdgeGateway.Configuration;
using EdgeGateway.Health;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeGateway;

/// <summary>The gateway as a service of the host: starts, takes up changed files, feeds the watchdog, drains.</summary>
internal sealed class GatewayService(Gateway gateway, GatewayModel model, ConfigFolder folder, ConfigResult first, Watchdog watchdog, ILoggerFactory loggers, TimeProvider time)
    : IHostedService, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConfigWatcher _watcher = new(folder, first, time, loggers.CreateLogger<ConfigWatcher>());
    private readonly ILogger _logger = loggers.CreateLogger("Gateway");
    private Task _watching = Task.CompletedTask;
    private Task _feeding = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        gateway.Reload = _watcher.ReloadAsync; // a command to reload may have waited at the broker
        gateway.Start(first.Files);
        _watching = Task.Run(WatchAsync, CancellationToken.None);
        _feeding = Task.Run(() => watchdog.FeedAsync(_stop.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        try
        {
            await Task.WhenAll(_watching, _feeding);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            GatewayLog.ChangeFailed(_logger, fault); // whatever befell the watch, the last intervals are published
        }

        await gateway.StopAsync(model.Limits.Drain);
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        await foreach (var change in _watcher.WatchAsync(_stop.Token))
        {
            try
            {
                gateway.Apply(change);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                GatewayLog.ChangeFailed(_logger, fault); // one change that fails must not end the taking up of the next
            }
        }
    }
}
