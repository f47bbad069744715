using System.CommandLine;
using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Logging;
using EdgeGateway.Figures;
using EdgeGateway.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace EdgeGateway.Commands;

/// <summary><c>run</c>: the service, every enabled camera, until SIGTERM.</summary>
internal sealed class RunCommand : ICommandModule
{
    public Command Build()
    {
        var config = CommonOptions.Config();
        var command = new GatewayCommand(
            "run",
            "The service: every enabled camera, until SIGTERM; then it drains for at most 10 s.",
            "edgegateway run --config /etc/edgegateway") { config };
        command.SetAction((parsed, stop) => RunAsync(parsed.GetRequiredValue(config).FullName, stop));
        return command;
    }

    private static async Task<int> RunAsync(string folderPath, CancellationToken stop)
    {
        var folder = LoadedConfig.FolderOf(folderPath);
        var first = folder.Load(requireSecrets: true);
        // A wrong gateway.yaml is the end; a wrong camera file costs that camera and raises an alert.
        if (first.Gateway is not { } model) throw new UsageException(string.Join('\n', first.Mistakes));
        if (folder.ModelsFault is { } noModels) throw new UsageException(noModels);
        StorageOwner.Become(model.Storage.Folder); // a person may have started it by hand
        Gateway.MakeFolder(model.Storage.Folder);
        using var alone = SoleUse.Of(model.Storage.Folder);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new MaskingConsole(SecretMask.Process));
        builder.Logging.SetMinimumLevel(LevelOf(model.Log.Level)).AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // what it logs is thrown as well, and told below in one line
        builder.Services.AddSystemd();
        builder.Services.TryAddNotifier();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => new Gateway(model, services.GetRequiredService<ILoggerFactory>(), services.GetRequiredService<TimeProvider>(), configFolder: folderPath));
        builder.Services.AddSingleton<GatewayMetrics>();
        builder.Services.AddSingleton<Watchdog>();
        builder.Services.AddHostedService(services => new GatewayService(
            services.GetRequiredService<Gateway>(), model, folder, first, services.GetRequiredService<Watchdog>(),
            services.GetRequiredService<ILoggerFactory>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = model.Limits.Drain + TimeSpan.FromSeconds(2));
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("edgegateway", serviceVersion: Gateway.Version, serviceInstanceId: model.Id)).WithMetrics(metrics =>
        {
            metrics.AddMeter(GatewayMetrics.MeterName, Sync.Delivery.MeterName, Sync.Counting.ArchiveWriter.MeterName, Sync.TimeSeries.InfluxSink.MeterName).AddPrometheusExporter();
            if (model.Telemetry is { } telemetry) OtlpExport.Add(metrics, telemetry, model);
        });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            if (model.HttpListen is { } listen) kestrel.Listen(listen);
        });
        if (model.HttpListen is null) builder.Services.AddSingleton<Microsoft.AspNetCore.Hosting.Server.IServer, NoServer>();

        await using var app = builder.Build();
        app.Services.GetRequiredService<GatewayMetrics>();
        MapHealth(app);
        try
        {
            await app.RunAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to end while it was still starting: the host has ended what had begun.
        }
        catch (IOException fault) when (fault.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new IOException($"{model.HttpListen} is taken by another program. Write another port as http.listen in gateway.yaml, or 'off'.", fault);
        }

        return ExitCode.Done;
    }

    private static void MapHealth(WebApplication app)
    {
        var gateway = app.Services.GetRequiredService<Gateway>();
        var watchdog = app.Services.GetRequiredService<Watchdog>();
        // A dead camera must not fail liveness: only a stuck gateway does.
        app.MapGet("/health/live", () => watchdog.Stuck() is { } stuck ? Results.Text(stuck, statusCode: 503) : Results.Text("ok"));
        app.MapGet("/health/ready", () => gateway.Delivery.IsReady ? Results.Text("ok") : Results.Text("the outbox is not open, or its disk takes no events", statusCode: 503));
        app.MapPrometheusScrapingEndpoint("/metrics");
    }

    private static LogLevel LevelOf(LogDetail level) => level switch
    {
        LogDetail.Trace => LogLevel.Trace,
        LogDetail.Debug => LogLevel.Debug,
        LogDetail.Warning => LogLevel.Warning,
        LogDetail.Error => LogLevel.Error,
        _ => LogLevel.Information,
    };
}
