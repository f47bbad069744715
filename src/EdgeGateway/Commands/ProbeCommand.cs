using System.CommandLine;
using EdgeGateway.Configuration;
using EdgeGateway.Vision.Capture;

namespace EdgeGateway.Commands;

/// <summary><c>probe</c>: what a stream is, and which transport worked.</summary>
internal sealed class ProbeCommand : ICommandModule
{
    private const double LongestKeyFrameIntervalS = 2;

    public Command Build()
    {
        var url = new Argument<string?>("URL") { Description = "rtsp://, rtsps:// or a file; '-' reads it from standard input, so that no password stands on a command line.", Arity = ArgumentArity.ZeroOrOne };
        var camera = CommonOptions.Camera();
        var config = CommonOptions.Config();
        var caFile = new Option<string?>("--ca-file") { Description = "PEM file of the authority to trust (rtsps).", HelpName = "FILE" };
        var command = new GatewayCommand(
            "probe",
            "Codec, size, frames a second, bitrate, key-frame interval, time to the first frame, and the transport that worked.",
            "edgegateway probe --camera cong-binh-minh\necho 'rtsp://viewer:secret@10.20.0.11/main' | edgegateway probe -") { url, camera, config, caFile };
        command.SetAction((parsed, stop) => RunAsync(
            parsed.GetValue(url), parsed.GetValue(camera), parsed.GetRequiredValue(config).FullName, parsed.GetValue(caFile),
            parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, stop));
        return command;
    }

    /// <summary>What is told of a stream whose key frames are too far apart for evidence; null for others. A camera set to 2 s may be a picture late.</summary>
    internal static string? KeyFrameWarning(StreamProbeResult found) => found.LongestKeyFrameGapS > LongestKeyFrameIntervalS + 0.07
        ? $"Key frames are {(found.KeyFrameIntervalS is null ? "more than " : "up to ")}{found.LongestKeyFrameGapS:0.#} s apart. Set the camera to {LongestKeyFrameIntervalS} s or less: pictures come sooner after a break, and evidence clips begin where they should."
        : null;

    // NotFound is "not found".
    internal static string WordsOf(StreamState state) => string.Concat(state.ToString().Select((letter, at) => char.IsAsciiLetterUpper(letter) ? $"{(at == 0 ? "" : " ")}{char.ToLowerInvariant(letter)}" : letter.ToString()));

    private static async Task<int> RunAsync(string? url, string? cameraId, string configFolder, string? caFile, TextWriter output, TextWriter error, CancellationToken stop)
    {
        if (url is null == cameraId is null) throw new UsageException("Give a URL, or '-', or --camera ID.");
        var transport = Transport.Auto;
        if (cameraId is not null)
        {
            var camera = LoadedConfig.Require(configFolder).Camera(cameraId);
            url = camera.Source.Url.Open();
            caFile ??= camera.Source.CaFile;
            transport = Cameras.CaptureOptionsOf.Live(camera, 4).Transport;
        }
        else if (url == "-")
        {
            url = (await InputFile.ConsoleLineAsync(stop)).Trim();
        }

        SecretUrl address;
        try
        {
            address = SecretUrl.Parse(url!);
        }
        catch (FormatException fault)
        {
            throw new UsageException(fault.Message);
        }

        using var logs = CommandLogs.Create(Microsoft.Extensions.Logging.LogLevel.Error);
        try
        {
            var found = await StreamProbe.ProbeAsync(address, transport, caFile, TimeProvider.System, logs.Logger, stop);
            JsonLines.Write(output, json =>
            {
                json.WriteString("url", address.ToString());
                json.WriteString("codec", found.Codec);
                json.WriteNumber("width", found.Width);
                json.WriteNumber("height", found.Height);
                json.WriteNumber("fps", found.Fps);
                json.WriteNumber("bitrateKbps", found.BitrateKbps);
                if (found.KeyFrameIntervalS is { } interval) json.WriteNumber("keyFrameIntervalS", interval);
                else json.WriteNull("keyFrameIntervalS");
                json.WriteNumber("timeToFirstFrameMs", found.TimeToFirstFrameMs);
                json.WriteString("transport", found.Transport);
            });
            if (KeyFrameWarning(found) is { } warning) await error.WriteLineAsync(warning);
            return ExitCode.Done;
        }
        catch (StreamProbeException fault)
        {
            await error.WriteLineAsync(SecretMask.Process.Apply($"{WordsOf(fault.State)}: {fault.Message}"));
            return ExitCode.Failed;
        }
    }
}
