using EdgeGateway.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(GatewaysFirst))]

namespace EdgeGateway.Tests;

/// <summary>
/// Tests of running gateways begin first: they wait for most of their time (half as many again as there are cores run at once, xunit.runner.json), and the short ones fill the gaps at the
/// end. The tests of one class run one after another, so the longest classes come before the others: begun last they would run alone.
/// </summary>
public sealed class GatewaysFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest = ["UnpackedActTests", "ViolationTests", "SiteTests", "CommandTests", "BadCameraTests", "EntryTests", "RunTests", "ReplayTests", "CentreCommandTests", "TwoStreamTests", "EvaluateTests"];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Rank(collection.TestCollectionDisplayName)).ThenBy(collection => collection.TestCollectionDisplayName, StringComparer.Ordinal)];

    private static int Rank(string name) => Array.FindIndex(Longest, one => name.Contains($".EndToEnd.{one} ", StringComparison.Ordinal)) is var at and >= 0 ? at
        : name.Contains(".EndToEnd.", StringComparison.Ordinal) ? Longest.Length
        : Longest.Length + 1;
}

/// <summary>Tests that compare speeds: nothing else runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
