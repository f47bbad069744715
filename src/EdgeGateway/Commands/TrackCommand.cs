using System.CommandLine;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Commands;

/// <summary><c>track DET.txt --fps F --out TRACKS.txt</c>: the tracker alone on MOTChallenge text.</summary>
internal sealed class TrackCommand : ICommandModule
{
    public Command Build()
    {
        var input = new Argument<string>("DET.txt") { Description = "Detections: frame,id,left,top,width,height,score,-1,-1,-1; a missing frame number is an empty frame." };
        var fps = new Option<double>("--fps") { Description = "Frames a second.", Required = true };
        var output = new Option<string>("--out") { Description = "Where the tracks are written.", Required = true };
        var command = new GatewayCommand(
            "track",
            "Run the tracker alone: MOTChallenge text in and out.",
            "edgegateway track det.txt --fps 30 --out tracks.txt") { input, fps, output };
        command.SetAction((parsed, stop) => Task.FromResult(Run(parsed, stop)));
        return command;

        int Run(ParseResult parsed, CancellationToken stop)
        {
            var (path, rate) = (parsed.GetValue(input)!, parsed.GetValue(fps));
            if (!(rate > 0) || !double.IsFinite(rate)) throw new UsageException("--fps must be above 0.");
            InputFile.Require(path);
            OutputFile.Require(parsed.GetValue(output)!, "--out");
            OutputFile.RequireOtherThan(path, parsed.GetValue(output)!, "--out");
            try
            {
                var summary = TrackFile.Run(path, rate, parsed.GetValue(output)!, stop: stop);
                JsonLines.Write(parsed.InvocationConfiguration.Output, json =>
                {
                    json.WriteNumber("frames", summary.Frames);
                    json.WriteNumber("detections", summary.Detections);
                    json.WriteNumber("tracks", summary.Tracks);
                    json.WriteNumber("boxes", summary.Boxes);
                });
                return ExitCode.Done;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"{path} cannot be read or {parsed.GetValue(output)} cannot be written: {fault.Message}");
                return ExitCode.Failed;
            }
            catch (MotTextException fault)
            {
                parsed.InvocationConfiguration.Error.WriteLine(fault.Message);
                return ExitCode.Failed;
            }
        }
    }
}
