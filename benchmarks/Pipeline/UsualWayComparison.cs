using System.Diagnostics;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Benchmarks.Pipeline;

/// <summary>The whole path beside the usual C# way: same clip, model, threads and analysed frames.</summary>
internal static class UsualWayComparison
{
    public static string Measure()
    {
        var clip = Clips.Hd25();
        var manifest = ModelCatalogue.Load(Checkout.Models)["street"];
        using var usual = new UsualWay(manifest.Path, manifest.Input.Name, manifest.Input.Width, manifest.Classes.Count);
        usual.Run(Clips.Short(clip, 2), 5);
        var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        var run = usual.Run(clip, 5);
        process.Refresh();
        var theirs = (process.TotalProcessorTime - before).TotalSeconds;
        var allocated = (GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore) / run.Analysed;
        using var gateway = new GatewayOnClip(clip, FrameCost.AnalyseFps);
        gateway.Measure(); // compiling is not measured
        var ours = gateway.Measure();
        var decode = FrameCost.DecodeSeconds(clip);
        var bare = FrameCost.BareInferenceSeconds(run.Analysed);
        double Rest(double total, long analysed) => (total / analysed - (decode + bare) / run.Analysed) * 1000;
        var (theirRest, ourRest) = (Rest(theirs, run.Analysed), Rest(ours.CpuSeconds, ours.Analysed));
        return Table.Of(
            ["", "analysed", "CPU ms per analysed frame", "everything but decode and inference, ms", "managed bytes a frame"],
            [
                ["usual way", $"{run.Analysed}", Table.Number(theirs * 1000 / run.Analysed), Table.Number(theirRest), $"{allocated}"],
                ["ours", $"{ours.Analysed}", Table.Number(ours.CpuSeconds * 1000 / ours.Analysed), Table.Number(ourRest), "see Allocation"],
            ])
            + $"\nTotal ratio **{Table.Number(ours.CpuSeconds / ours.Analysed / (theirs / run.Analysed))}**; everything except decode and inference: **{Table.Number(ourRest / theirRest)}** of theirs (asked: at most 0.5). Both with one inference thread; CPU time of all threads is counted.";
    }
}
