using System.Text;
using BenchmarkDotNet.Running;
using EdgeGateway.Benchmarks;

// Usage: benchmarks report [section...]   writes benchmarks/RESULTS.md (all sections, or the named ones anew)
//        benchmarks micro [--filter X]     BenchmarkDotNet: time and allocation a stage
if (args is ["micro", .. var rest])
{
    BenchmarkSwitcher.FromAssembly(typeof(Report).Assembly).Run(rest);
    return 0;
}

if (args is ["report", .. var sections])
{
    Console.OutputEncoding = Encoding.UTF8;
    return Report.Write(sections);
}

Console.Error.WriteLine("usage: dotnet run -c Release --project benchmarks -- report [section...] | micro [--filter X]");
Console.Error.WriteLine($"sections: {string.Join(", ", Report.Names)}");
return 2;
