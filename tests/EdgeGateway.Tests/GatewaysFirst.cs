using EdgeGateway.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(GatewaysFirst))]

namespace EdgeGateway.Tests;

/// <summary>
/// Tests of running gateways begin first: they wait for most of their time (twice as many as there are cores run at once, xunit.runner.json), and the short ones fill the gaps at the end.
/// </summary>
public sealed class GatewaysFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(collection => collection.TestCollectionDisplayName.Contains(".EndToEnd.", StringComparison.Ordinal)).ThenBy(collection => collection.TestCollectionDisplayName, StringComparer.Ordinal)];
}

/// <summary>Tests that compare speeds: nothing else runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
