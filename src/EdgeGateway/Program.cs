using EdgeGateway;
using EdgeGateway.Commands;

NoTelemetry.Ask();
return await CommandLine.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
