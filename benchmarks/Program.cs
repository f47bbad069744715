using System.Text;
using BenchmarkDotNet.Running;
using EdgeGateway.Benchmarks;

// Usage: benchmarks report [section...]   writes benchmarks/RESULTS.md (all sections, or the named ones anew)
//        benchmarks clips                  makes the clips beforehand
//        benchmarks micro [--filter X]     BenchmarkDotNet: time and allocation a stage
//        benchmarks fleet GATEWAYS EVENTS_PER_SECOND PHASE_SECONDS   the section fleet in another size, on the console
//        benchmarks scenes seen|mixed|hidden SEED N [ACT...] what the rules get wrong in N simulated scenes from a seed on, and what the tracker made of them
if (args is ["micro", .. var rest])
{
    BenchmarkSwitcher.FromAssembly(typeof(Report).Assembly).Run(rest);
    return 0;
}

if (args is ["clips"])
{
    // Made at the first measurement anyway; made before, they do not disturb it.
    EdgeGateway.Benchmarks.Pipeline.Clips.MakeAll();
    return 0;
}

if (args is ["scenes", "seen" or "mixed" or "hidden", var seed, var count, .. var acts])
{
    return EdgeGateway.Benchmarks.Rules.SceneInquiry.Print(int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture), int.Parse(count, System.Globalization.CultureInfo.InvariantCulture), Enum.Parse<EdgeGateway.Benchmarks.Rules.SceneFaults>(args[1], ignoreCase: true), acts);
}

if (args is ["fleet-centre", var host, var port, var authority, var user])
{
    return await EdgeGateway.Benchmarks.Fleet.FleetCentre.RunAsync(host, int.Parse(port, System.Globalization.CultureInfo.InvariantCulture), authority, user);
}

if (args is ["fleet", var gateways, var rate, var phase])
{
    var culture = System.Globalization.CultureInfo.InvariantCulture;
    return EdgeGateway.Benchmarks.Fleet.FleetSection.Print(int.Parse(gateways, culture), int.Parse(rate, culture), int.Parse(phase, culture));
}

if (args is ["report", .. var sections])
{
    Console.OutputEncoding = Encoding.UTF8;
    return Report.Write(sections);
}

Console.Error.WriteLine("usage: dotnet run -c Release --project benchmarks -- report [section...] | micro [--filter X]");
Console.Error.WriteLine($"sections: {string.Join(", ", Report.Names)}");
return 2;
