using System.Globalization;
using EdgeGateway.Vision.Tamper;

namespace EdgeGateway.Benchmarks.Tamper;

/// <summary>Every attack on every clip: whether it is told, how soon, and whether its end is; and what is said of clips that nobody touched.</summary>
internal static class TamperSection
{
    private const double Minute = 60;

    public static string Measure()
    {
        var clips = TamperScene.StillClips.Where(clip => Checkout.Data is { } data && File.Exists(Path.Combine(data, "videos", clip))).ToList();
        if (clips.Count == 0) return "The real clips are not beside this checkout.";
        var ms = new List<double>();
        var rows = TamperAttacks.All.Select(attack => (IReadOnlyList<string>)[attack.Name, $"{attack.Expected}".ToLowerInvariant(), .. clips.Select(clip => Attack(clip, attack.Name, attack.Expected, ms))]).ToList();
        var (alarms, minutes) = Untouched(clips, ms);
        var harmless = TamperAttacks.Harmless.Select(what => (IReadOnlyList<string>)[what, .. clips.Select(clip => Harmless(clip, what, ms))]).ToList();
        ms.Sort();
        return $"""
            Attacks painted into real clips from still cameras, after a calm minute. A cell says after how many seconds the state changed (asked: within 60), and which state where it is another than expected; "end missed" where the alarm did not go within 48 s after the attack's end.

            {Table.Of(["attack", "expected", .. clips], rows)}
            Untouched: **{alarms} false alarms** in {Number(minutes)} minutes of frames (each clip forth and back, with the reference of its first picture and with one that the watch took itself). What a street does by itself, false alarms:

            {Table.Of(["", .. clips], harmless)}
            A check, each 3 s a camera: median {Number(ms[ms.Count / 2])} ms, p95 {Number(ms[(int)(ms.Count * 0.95)])} ms, the longest (a search over turns) {Number(ms[^1])} ms.
            """;
    }

    private static string Attack(string clip, string attack, TamperState expected, List<double> ms)
    {
        using var scene = Open(clip, withReference: true);
        scene.Play(Minute);
        var before = scene.Changes.Count;
        var delay = scene.Play(Minute, (picture, _) => TamperAttacks.Apply(picture, attack));
        var said = scene.Changes.Count > before ? scene.Changes[before].State : scene.Watch.State;
        if (delay is null) return "**missed**";
        scene.Play(48, untilChanged: true);
        ms.AddRange(scene.Ms);
        return Number(delay.Value.TotalSeconds) + (said == expected ? "" : $" ({$"{said}".ToLowerInvariant()})") + (scene.Watch.IsTampered ? ", end missed" : "");
    }

    private static (int Alarms, double Minutes) Untouched(IReadOnlyList<string> clips, List<double> ms)
    {
        var (alarms, minutes) = (0, 0.0);
        foreach (var clip in clips)
        {
            foreach (var withReference in (bool[])[true, false])
            {
                using var scene = Open(clip, withReference);
                scene.Play(10 * Minute);
                alarms += scene.Changes.Count(change => change.State != TamperState.Clear);
                minutes += 10;
                ms.AddRange(scene.Ms);
            }
        }

        return (alarms, minutes);
    }

    private static string Harmless(string clip, string what, List<double> ms)
    {
        using var scene = Open(clip, withReference: true);
        scene.Play(Minute);
        TamperAttacks.PlayHarmless(scene, what);
        ms.AddRange(scene.Ms);
        var alarms = scene.Changes.Count(change => change.State != TamperState.Clear);
        return alarms == 0 ? "0" : $"**{alarms}** ({string.Join(", ", scene.Changes.Select(change => $"{change.State}".ToLowerInvariant()))})";
    }

    private static TamperScene Open(string clip, bool withReference) => TamperScene.Open(Path.Combine(Checkout.Data!, "videos", clip), withReference);

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
