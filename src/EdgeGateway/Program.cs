using EdgeGateway.Commands;

QuietLibraries.Hush();
return await CommandLine.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
