using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting.Systemd;

namespace EdgeGateway.Health;

/// <summary>A web server that opens no port: <c>http: { listen: "off" }</c>.</summary>
internal sealed class NoServer : IServer
{
    public IFeatureCollection Features { get; } = new FeatureCollection();

    public Task StartAsync<TContext>(Microsoft.AspNetCore.Hosting.Server.IHttpApplication<TContext> application, CancellationToken cancellationToken) where TContext : notnull => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        // nothing is open
    }
}

/// <summary>systemd's notification socket, also where the process does not run under systemd (it is silent then).</summary>
internal static class NotifierRegistration
{
    public static void TryAddNotifier(this IServiceCollection services) => services.TryAddSingleton<ISystemdNotifier, SystemdNotifier>();
}
