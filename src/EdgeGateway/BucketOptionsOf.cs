using EdgeGateway.Configuration;
using EdgeGateway.Sync.Evidence.Bucket;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway;

/// <summary>The bucket of evidence from the configuration.</summary>
internal static class BucketOptionsOf
{
    /// <summary>Null where evidence goes another way.</summary>
    public static BucketOptions? Gateway(GatewayModel gateway, StoreGuard guard) => gateway.Evidence is not { Mode: "bucket", Bucket: { } bucket } ? null : new BucketOptions
    {
        Endpoint = new Uri(bucket.Url.Open()),
        Bucket = bucket.Name,
        Region = bucket.Region,
        AccessKey = bucket.AccessKey.Open(),
        SecretKey = bucket.SecretKey.Open(),
        CaFile = bucket.CaFile,
        Prefix = gateway.Id,
        AddressLifetime = bucket.AddressLifetime,
        JournalPath = Path.Combine(gateway.Storage.Folder, "evidence-bucket.db"),
        Guard = guard,
    };

    /// <summary>The radio's caps by hour.</summary>
    public static IReadOnlyList<UploadHours> UploadHoursOf(GatewayModel gateway) => [.. gateway.Mqtt.Upload.Select(hours => new UploadHours(hours.FromHour, hours.ToHour, hours.KbitPerSecond))];
}
