using EdgeGateway.Configuration;
using EdgeGateway.Sync.Evidence;

namespace EdgeGateway.Legal;

/// <summary>The evidence store's options from the configuration.</summary>
internal static class EvidenceOptionsOf
{
    public static EvidenceOptions Gateway(GatewayModel gateway) => new(
        gateway.Storage.Folder,
        (long)gateway.Evidence.QuotaMb << 20,
        (long)gateway.Storage.KeepFreeMb << 20,
        gateway.Evidence.Retention.Violations,
        gateway.Evidence.Retention.AfterClosed,
        gateway.Evidence.Retention.Trials);
}
