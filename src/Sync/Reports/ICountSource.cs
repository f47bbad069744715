using EdgeGateway.Sync.Counting;
using EdgeGateway.Sync.Sites;

namespace EdgeGateway.Sync.Reports;

/// <summary>Where a report finds its numbers: the archive of this gateway, or several gateways together.</summary>
public interface ICountSource
{
    /// <inheritdoc cref="CountArchive.Hours"/>
    IEnumerable<CountSum> Hours(DateTimeOffset from, DateTimeOffset to, string? site);

    /// <inheritdoc cref="CountArchive.SeriesWithin"/>
    IEnumerable<CountSeries> SeriesWithin(DateTimeOffset from, DateTimeOffset to, string? site);

    /// <inheritdoc cref="CountArchive.Sums"/>
    IEnumerable<CountSum> Sums(TimeSpan length, DateTimeOffset from, DateTimeOffset to, string? site);

    /// <inheritdoc cref="CountArchive.Flows"/>
    IReadOnlyList<LineFlow> Flows(DateTimeOffset from, DateTimeOffset to, string site);

    /// <inheritdoc cref="CountArchive.Origins"/>
    OriginTally Origins(DateTimeOffset from, DateTimeOffset to, string site);

    /// <inheritdoc cref="CountArchive.Zones"/>
    IReadOnlyList<ZoneSum> Zones(DateTimeOffset from, DateTimeOffset to, string site);

    /// <inheritdoc cref="CountArchive.Corrections"/>
    IReadOnlyList<OccupancyCorrection> Corrections(DateTimeOffset from, DateTimeOffset to, string site);

    /// <summary>What other gateways call their cameras, as far as they have told.</summary>
    IReadOnlyDictionary<(string Gateway, string Camera), string> Names { get; }
}
