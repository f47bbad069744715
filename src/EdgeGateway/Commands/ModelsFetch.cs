using System.CommandLine;
using EdgeGateway.Cameras;
using EdgeGateway.PublicModels;

namespace EdgeGateway.Commands;

/// <summary><c>models fetch NAME</c>: a public model, fetched, checked and registered beside our own.</summary>
internal static class ModelsFetch
{
    public static Command Build()
    {
        var name = new Argument<string>("NAME") { Description = "A public model: yolox-nano, yolox-tiny, yolox-s." };
        var hash = new Option<string?>("--sha256") { Description = "The SHA-256 that the file must have; needed for a model whose list entry has none.", HelpName = "HASH" };
        var list = new Option<FileInfo?>("--list") { Description = "Another list of public models than the packaged one, for a mirror.", HelpName = "FILE" };
        var folder = CommonOptions.Models();
        var command = new GatewayCommand(
            "fetch",
            "Fetch a public model over HTTPS, check it and register it. An interrupted fetch goes on where it stopped. The packaged models stay the default.",
            "edgegateway models fetch yolox-tiny --models /var/lib/edgegateway/models") { name, hash, list, folder };
        command.SetAction((parsed, stop) => RunAsync(
            parsed.GetValue(name)!, parsed.GetValue(hash), parsed.GetValue(list)?.FullName ?? PublicModelList.DefaultFile,
            parsed.GetValue(folder)?.FullName ?? SharedModels.DefaultFolder, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, stop));
        return command;
    }

    private static async Task<int> RunAsync(string name, string? hash, string list, string folder, TextWriter output, TextWriter error, CancellationToken stop)
    {
        try
        {
            var known = PublicModelList.Load(list).Models;
            var model = known.FirstOrDefault(one => one.Name == name)
                ?? throw new UsageException($"No public model is called '{name}'. There are: {string.Join(", ", known.Select(one => one.Name))}.");
            var wanted = HashFor(model, hash?.ToLowerInvariant());
            using var progress = new ProgressLine($"fetch {name}");
            using var http = NewClient();
            var download = new ModelDownload(http, TimeProvider.System, DownloadPatience.Default) { Progress = (done, whole) => progress.Show(done, whole, "bytes") };
            var fetched = await new ModelFetch(download, folder).FetchAsync(model, wanted, stop);
            JsonLines.Write(output, json =>
            {
                json.WriteString("name", name);
                json.WriteString("state", fetched.Outcome);
                json.WriteString("file", fetched.Path);
                json.WriteNumber("bytes", fetched.Bytes);
                json.WriteString("sha256", fetched.Sha256);
            });
            return ExitCode.Done;
        }
        catch (FetchException fault)
        {
            await error.WriteLineAsync(fault.Message);
            return ExitCode.Failed;
        }
    }

    /// <summary>A client that lets no server send it from https to http, and waits as long as bytes come.</summary>
    internal static HttpClient NewClient() => new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(20), MaxAutomaticRedirections = 5 }) { Timeout = Timeout.InfiniteTimeSpan };

    private static string HashFor(PublicModel model, string? given)
    {
        if (given is not null && !PublicModelList.IsHash(given)) throw new UsageException("--sha256 must be 64 hexadecimal digits.");
        if (model.Sha256 is { } pinned && given is not null && given != pinned) throw new UsageException($"--sha256 {given} differs from the pinned {pinned} of '{model.Name}'. Leave the option out.");
        return model.Sha256 ?? given ?? throw new UsageException($"No hash of '{model.Name}' is known to this program. Ask its publisher for it and name it with --sha256 HASH.");
    }
}
