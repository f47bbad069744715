using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using EdgeGateway.Configuration;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Commands;

/// <summary>The program's command line: a table of commands, help with examples, and the exit codes 0, 1 and 2.</summary>
internal static class CommandLine
{
    /// <summary>Commands stop by themselves, most of them at once; `run` drains for at most 10 s. After this time the program ends without them.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(13);

    /// <summary>Every command, in the order of the help text.</summary>
    private static readonly ICommandModule[] Modules =
    [
        new RunCommand(),
        new DemoCommand(),
        new ReplayCommand(),
        new WatchCommand(),
        new ProbeCommand(),
        new SnapshotCommand(),
        new DetectCommand(),
        new PlatesCommand(),
        new TrackCommand(),
        new BenchCommand(),
        new ReportCommand(),
        new ExportCommand(),
        new CalibrateCommand(),
        new ValidateCommand(),
        new ModelsCommand(),
        new RegistryCommand(),
        new KeysCommand(),
        new StorageCommand(),
        new MigrateCommand(),
        new VerifyCommand(),
        new PrivacyCommand(),
        new DoctorCommand(),
        new SupportBundleCommand(),
    ];

    /// <summary>Parses and runs one command line.</summary>
    /// <returns>0 done, 1 the work failed, 2 wrong usage or configuration.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken stop)
    {
        var parsed = Build().Parse(arguments);
        if (parsed.Action is ParseErrorAction) return await RefuseAsync(parsed, error);

        try
        {
            StrictWords.RefuseUnknownOptions(parsed);
            // The parser's own handler would hear nothing while a command computes, so signals are heard here and the command runs on another thread.
            using var signals = new StopSignals(stop);
            var console = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output, Error = error };
            var work = Task.Run(() => parsed.InvokeAsync(console, signals.Token), CancellationToken.None);
            if (await Task.WhenAny(work, signals.OverdueAsync(LongestStop)) == work) return await work;
            await error.WriteLineAsync("Stopped before the end.");
            return ExitCode.Failed;
        }
        catch (UsageException e)
        {
            await error.WriteLineAsync(SecretMask.Process.Apply(e.Message));
            await TellUserAsync(error);
            return ExitCode.WrongUsage;
        }
        catch (InvalidOperationException e) when (StrictWords.Plain(e.Message) is var plain && plain != e.Message)
        {
            // A value in a list of files is read only when it is asked for.
            await error.WriteLineAsync(SecretMask.Process.Apply(plain));
            return ExitCode.WrongUsage;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("Stopped before the end.");
            return ExitCode.Failed;
        }
        catch (Exception e)
        {
            await error.WriteLineAsync(SecretMask.Process.Apply(WordsOf(e)));
            await TellUserAsync(error);
            if (Environment.GetEnvironmentVariable("EDGEGATEWAY_TRACE") is { Length: > 0 }) await error.WriteLineAsync(SecretMask.Process.Apply(e.ToString()));
            return ExitCode.Failed;
        }
    }

    /// <summary>The root command with every module.</summary>
    public static RootCommand Build()
    {
        var root = new RootCommand("EdgeGateway: cameras in, counts, plates and events out.");
        foreach (var module in Modules.Select(module => module.Build())) root.Add(module);
        StrictWords.ReadNumbersStrictly(root);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((HelpAction)help.Action!);
        return root;
    }

    // Our own faults say what to do; the system's name the file; of all else nobody but us can make sense.
    internal static string WordsOf(Exception fault) => fault switch
    {
        SqliteException => $"A database of the storage folder cannot be used: {fault.Message} See: edgegateway doctor",
        ArgumentException { ParamName: { } name, Source: { } source } when source.StartsWith(nameof(EdgeGateway), StringComparison.Ordinal) => fault.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal),
        IOException or UnauthorizedAccessException or InvalidDataException => fault.Message,
        _ when fault.GetType().Namespace?.StartsWith(nameof(EdgeGateway), StringComparison.Ordinal) == true => fault.Message,
        _ => $"Something failed that this program did not expect: {fault.Message} Please send what 'edgegateway support-bundle' packs; EDGEGATEWAY_TRACE=1 before the command shows where it failed.",
    };

    // What was wrong and the nearest word go to standard error; a mistyped argument may be a URL with its password.
    private static async Task<int> RefuseAsync(ParseResult parsed, TextWriter error)
    {
        foreach (var line in StrictWords.Mistakes(parsed)) await error.WriteLineAsync(StrictWords.Plain(SecretMask.Process.Apply(line)));
        await error.WriteLineAsync($"See: {Usage(parsed)} --help");
        return ExitCode.WrongUsage;
    }

    // A person who typed sudo wonders why root may not read or write a file.
    private static Task TellUserAsync(TextWriter error) => StorageOwner.Acting is { } user
        ? error.WriteLineAsync($"(The command went on as the user '{user}', to whom the storage folder belongs: files that it reads or writes must be open to that user; /tmp is.)")
        : Task.CompletedTask;

    private static string Usage(ParseResult parsed)
    {
        var words = new Stack<string>();
        for (var at = parsed.CommandResult; at is not null; at = at.Parent as CommandResult) words.Push(at.Command.Name);
        return string.Join(' ', words);
    }

    /// <summary>The usual help, then the command's example.</summary>
    private sealed class HelpWithExample(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            help.Invoke(parseResult);
            if (parseResult.CommandResult.Command is not GatewayCommand { Example: var example }) return ExitCode.Done;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Example:");
            foreach (var line in example.Split('\n')) output.WriteLine($"  {line}");
            output.WriteLine();
            return ExitCode.Done;
        }
    }
}
