using EdgeGateway.Sync.Storage;

namespace EdgeGateway.Sync.Evidence.Bucket;

/// <summary>A bucket of an S3-compatible store and how evidence goes there.</summary>
public sealed record BucketOptions
{
    /// <summary>Address of the store, e.g. <c>https://s3.example.vn</c>; the bucket stands in the path.</summary>
    public required Uri Endpoint { get; init; }

    public required string Bucket { get; init; }

    /// <summary>The word of the signature's region; most stores of one's own take any.</summary>
    public string Region { get; init; } = "us-east-1";

    public required string AccessKey { get; init; }

    public required string SecretKey { get; init; }

    /// <summary>A PEM file with the authorities to trust instead of the system's; null: the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>What the names of objects begin with: the gateway's id.</summary>
    public required string Prefix { get; init; }

    /// <summary>How long a signed address opens, at most the 7 days that the signature allows.</summary>
    public TimeSpan AddressLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Bytes of a part, held in memory while it is sent. The protocol wants 5 MiB at least of all parts but the last; a file up to this goes in one piece.</summary>
    public int PartBytes { get; init; } = 5 << 20;

    /// <summary>The SQLite file that remembers what is still to be sent.</summary>
    public required string JournalPath { get; init; }

    /// <summary>Opens the files, sealed or not.</summary>
    public StoreGuard Guard { get; init; } = StoreGuard.None;
}

/// <summary>Where an object can be read without a password.</summary>
/// <param name="Uri">The signed address.</param>
/// <param name="Until">When it opens no more.</param>
public sealed record SignedAddress(string Uri, DateTimeOffset Until);
