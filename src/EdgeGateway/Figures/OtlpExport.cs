using EdgeGateway.Configuration;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace EdgeGateway.Figures;

/// <summary>Pushes the figures of <c>/metrics</c> to an OpenTelemetry collector; only where <c>telemetry:</c> is configured.</summary>
internal static class OtlpExport
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static void Add(MeterProviderBuilder metrics, TelemetryConfig telemetry, GatewayModel model) => metrics
        .ConfigureResource(resource => resource.AddAttributes([new("edgegateway.site", model.Site.Id)]))
        .AddOtlpExporter((exporter, reader) =>
        {
            var isHttp = telemetry.Protocol == "http/protobuf";
            var root = telemetry.Url.Open().TrimEnd('/');
            // Given in code, the exporter takes the address as it stands.
            exporter.Endpoint = new Uri(isHttp && !root.EndsWith("/v1/metrics", StringComparison.Ordinal) ? root + "/v1/metrics" : root);
            exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
            exporter.TimeoutMilliseconds = (int)Patience.TotalMilliseconds;
            if (telemetry.Token is { } token) exporter.Headers = $"Authorization=Bearer {token.Open()}";
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)telemetry.Every.TotalMilliseconds;
        });
}
