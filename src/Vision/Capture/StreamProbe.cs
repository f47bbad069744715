using System.Globalization;
using System.Text.Json;
using FFMpegCore;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Vision.Capture;

/// <summary>What a stream is, as measured.</summary>
/// <param name="Codec">ffmpeg's name of the codec.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Fps">Pictures a second, counted over the seconds that were watched; 0 when fewer than two came.</param>
/// <param name="BitrateKbps">Compressed bits a second, in thousands.</param>
/// <param name="KeyFrameIntervalS">Mean seconds between key frames; null when fewer than two were seen.</param>
/// <param name="LongestKeyFrameGapS">The longest time without a key frame that was seen, in seconds: known even when only one key frame came. Null when no packet came.</param>
/// <param name="TimeToFirstFrameMs">From the start of the attempt to the first decoded picture.</param>
/// <param name="Transport"><c>tcp</c>, <c>udp</c> or <c>file</c>: what worked.</param>
public sealed record StreamProbeResult(
    string Codec, int Width, int Height, double Fps, double BitrateKbps, double? KeyFrameIntervalS, double? LongestKeyFrameGapS, double TimeToFirstFrameMs, string Transport);

/// <summary>A stream could not be probed.</summary>
public sealed class StreamProbeException(StreamState state, string reason, string reasonVi) : Exception(reason)
{
    /// <summary>What is wrong and what to do, in Vietnamese.</summary>
    public string ReasonVi { get; } = reasonVi;

    /// <summary>Why, as one of the closed list.</summary>
    public StreamState State { get; } = state;
}

/// <summary>Looks at a stream for some seconds and measures it. First the way the gateway reads it (transport, first picture), then its packets.</summary>
public static class StreamProbe
{
    private static readonly TimeSpan FirstPicture = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PacketLimit = TimeSpan.FromSeconds(20);

    /// <summary>Cameras with a "smart" codec send a key frame every ten seconds and more.</summary>
    private static readonly TimeSpan LongWatch = TimeSpan.FromSeconds(25);

    /// <summary>Measures one stream.</summary>
    /// <exception cref="StreamProbeException">It gives no picture; state and words say why.</exception>
    public static async Task<StreamProbeResult> ProbeAsync(
        SecretUrl url, Transport transport, string? caFile, TimeProvider time, ILogger logger, CancellationToken stop)
    {
        var (status, firstFrame) = await FirstFrameAsync(url, transport, caFile, time, logger, stop).ConfigureAwait(false);
        Task<IReadOnlyList<(double At, int Bytes, bool Key)>> Packets(TimeSpan watch) => url.FilePath is { } path
            ? FilePacketsAsync(path, watch, stop)
            : PacketsAsync(url, status.TransportUsed == "udp" ? Transport.Udp : Transport.Tcp, caFile, watch, stop);

        var packets = await Packets(Watch).ConfigureAwait(false);
        if (Measure(packets).KeyFrameIntervalS is null && await Packets(LongWatch).ConfigureAwait(false) is { Count: > 0 } longer) packets = longer;
        var (fps, kbps, keyInterval) = Measure(packets);
        return new StreamProbeResult(status.Codec ?? "unknown", status.Width, status.Height, fps, kbps, keyInterval, LongestKeyFrameGap(packets), Math.Round(firstFrame.TotalMilliseconds), status.TransportUsed ?? "");
    }

    /// <summary>Rates out of packets: (seconds, bytes, key).</summary>
    internal static (double Fps, double Kbps, double? KeyFrameIntervalS) Measure(IReadOnlyList<(double At, int Bytes, bool Key)> packets)
    {
        if (packets.Count < 2) return (0, 0, null);
        var span = packets.Max(p => p.At) - packets.Min(p => p.At);
        if (span <= 0) return (0, 0, null);
        // The last packet's own duration is not in the span, so its share is taken off both counts.
        var fps = (packets.Count - 1) / span;
        var kbps = packets.Sum(p => (double)p.Bytes) * (packets.Count - 1) / packets.Count * 8 / 1000 / span;
        var keys = packets.Where(p => p.Key).Select(p => p.At).ToList();
        double? interval = keys.Count < 2 ? null : Math.Round((keys[^1] - keys[0]) / (keys.Count - 1), 3);
        return (Math.Round(fps, 2), Math.Round(kbps, 1), interval);
    }

    /// <summary>The longest time from one key frame to the next, or from the last one to the last packet.</summary>
    internal static double? LongestKeyFrameGap(IReadOnlyList<(double At, int Bytes, bool Key)> packets)
    {
        if (packets.Count == 0) return null;
        double[] edges = [packets.Min(p => p.At), .. packets.Where(p => p.Key).Select(p => p.At).Order(), packets.Max(p => p.At)];
        return Math.Round(edges.Zip(edges.Skip(1), (a, b) => b - a).Max(), 3);
    }

    private static async Task<(StreamStatus Status, TimeSpan After)> FirstFrameAsync(
        SecretUrl url, Transport transport, string? caFile, TimeProvider time, ILogger logger, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(FirstPicture);
        // Automatic transport deserves its second try.
        var attempts = url.IsRtsp && transport == Transport.Auto ? 2 : 1;
        using var stream = new CameraStream(new CaptureOptions { CameraId = "probe", Url = url, Transport = transport, CaFile = caFile, RealTime = false, Attempts = attempts }, time, logger);
        var started = time.GetTimestamp();
        stream.Start();
        // Without a picture it ends with the last attempt.
        using var frame = await Task.Run(() => stream.Take(limit.Token), CancellationToken.None).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        if (frame is null)
        {
            throw stream.Status is { Reason.Length: > 0 } last
                ? new StreamProbeException(last.State, last.Reason, last.ReasonVi)
                : new StreamProbeException(StreamState.Unreachable, $"No picture within {FirstPicture.TotalSeconds:0} s.", $"Không nhận được hình trong {FirstPicture.TotalSeconds:0} giây.");
        }

        var after = time.GetElapsedTime(started);
        // ffmpeg names the codec in its messages, which may be read a moment after its first picture.
        for (var i = 0; i < 40 && stream.Status.Codec is null; i++) await Task.Delay(50, CancellationToken.None).ConfigureAwait(false);
        return (stream.Status, after);
    }

    /// <summary>The first seconds of a file, through FFMpegCore: a path holds no secret, so it may stand in an argument list.</summary>
    private static async Task<IReadOnlyList<(double At, int Bytes, bool Key)>> FilePacketsAsync(string path, TimeSpan watch, CancellationToken stop)
    {
        var found = await FFProbe.GetPacketsAsync(path, null, string.Create(CultureInfo.InvariantCulture, $"-select_streams v:0 -read_intervals %+{watch.TotalSeconds:0}"), stop).ConfigureAwait(false);
        var packets = new List<(double, int, bool)>();
        foreach (var packet in found.Packets)
        {
            // FFMpegCore asks ffprobe for times as 0:00:01.040000.
            if (TimeSpan.TryParse(packet.PtsTime, CultureInfo.InvariantCulture, out var at)) packets.Add((at.TotalSeconds, packet.Size, packet.Flags?.StartsWith('K') == true));
        }

        return packets;
    }

    private static async Task<IReadOnlyList<(double At, int Bytes, bool Key)>> PacketsAsync(SecretUrl url, Transport transport, string? caFile, TimeSpan watch, CancellationToken stop)
    {
        using var relay = url is { Scheme: "rtsps", EndPoint: { } camera } ? TlsRelay.Open(camera.Host, camera.Port, caFile, stop) : null;
        using var process = ChildLauncher.Start("ffprobe", FfmpegArguments.ForPackets(url, watch));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(watch + PacketLimit);
        try
        {
            if (FfmpegArguments.Script(url, transport, relay?.Port) is { } script) await process.StandardInput.WriteAsync(script.AsMemory(), limit.Token).ConfigureAwait(false);
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            var text = await process.StandardOutput.ReadToEndAsync(limit.Token).ConfigureAwait(false);
            await errors.ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return Packets(text);
        }
        catch (Exception failure) when (failure is IOException or JsonException || (failure is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // The picture came, so the stream works; rates that could not be counted read 0.
            return [];
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static List<(double At, int Bytes, bool Key)> Packets(string json)
    {
        var packets = new List<(double, int, bool)>();
        using var document = JsonDocument.Parse(json);
        if (!document.RootElement.TryGetProperty("packets", out var list)) return packets;
        foreach (var packet in list.EnumerateArray())
        {
            if (packet.TryGetProperty("pts_time", out var at) && packet.TryGetProperty("size", out var size)
                && double.TryParse(at.GetString(), CultureInfo.InvariantCulture, out var seconds)
                && int.TryParse(size.GetString(), CultureInfo.InvariantCulture, out var bytes))
            {
                packets.Add((seconds, bytes, packet.TryGetProperty("flags", out var flags) && flags.GetString()?.StartsWith('K') == true));
            }
        }

        return packets;
    }
}
