using System.Runtime.CompilerServices;
using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Health;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Vision.Capture;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Doctor;

/// <summary>The broker: reached, trusted, and whether it lets this gateway in and read its commands.</summary>
internal static class BrokerCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    public static async IAsyncEnumerable<Finding> Look(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        if (patient.Config.Gateway is not { } gateway) yield break;
        // A client id of its own: the service's connection must not be taken over.
        var broker = BrokerOptionsOf.Model(gateway.Mqtt) with { ClientId = $"{gateway.Mqtt.ClientId}-doctor", Timeout = TimeSpan.FromSeconds(15) };
        var first = new TaskCompletionSource<LinkView>(TaskCreationOptions.RunContinuationsAsynchronously);
        LinkView seen;
        await using (new MqttSubscription(broker, [$"edge/{gateway.Id}/commands/+"], view => first.TrySetResult(view)))
        {
            seen = await Task.WhenAny(first.Task, Task.Delay(Patience, stop)) == first.Task ? await first.Task : new LinkView(LinkState.Unreachable, "no answer");
        }

        stop.ThrowIfCancellationRequested();
        yield return seen.State == LinkState.Connected
            ? Finding.Ok("broker", $"Máy chủ MQTT {broker.Address} nhận thiết bị này và cho đọc lệnh.", $"The broker {broker.Address} lets this gateway in and lets it read its commands.")
            : Finding.Wrong("broker", $"Máy chủ MQTT {broker.Address}: {seen.DetailVi ?? WordsVi(seen.State) + "."}", $"The broker {broker.Address}: {seen.State}.", AdviceVi(seen.State), AdviceEn(seen.State)) with { Detail = seen.Detail };
    }

    private static string WordsVi(LinkState state) => state switch
    {
        LinkState.BadCredentials => "sai tên đăng nhập hoặc mật khẩu",
        LinkState.Refused => "từ chối thiết bị này",
        LinkState.TlsFailed => "chứng thư không hợp lệ hoặc không đúng tên máy chủ",
        LinkState.Incompatible => "không cùng giao thức",
        _ => "không trả lời",
    };

    private static string AdviceVi(LinkState state) => state switch
    {
        LinkState.Unreachable => "Kiểm tra mạng, tên máy chủ, cổng và tường lửa; sự kiện được giữ trên thiết bị.",
        LinkState.TlsFailed => "Sửa chứng thư, khóa hoặc địa chỉ nêu ở trên; sự kiện được giữ trên thiết bị.",
        LinkState.BadCredentials => "Kiểm tra mqtt.username, mqtt.password và người dùng của thiết bị trên máy chủ MQTT; sự kiện được giữ trên thiết bị.",
        LinkState.Incompatible => "Thử mqtt.version 3.1.1 hoặc 5; sự kiện được giữ trên thiết bị.",
        _ => "Kiểm tra quyền của thiết bị trên máy chủ MQTT; sự kiện được giữ trên thiết bị.",
    };

    private static string AdviceEn(LinkState state) => state switch
    {
        LinkState.Unreachable => "Check network, host name, port and firewall; events are kept on the box.",
        LinkState.TlsFailed => "Mend the certificate, key or address that the detail names; events are kept on the box.",
        LinkState.BadCredentials => "Check mqtt.username, mqtt.password and this gateway's user at the broker; events are kept on the box.",
        LinkState.Incompatible => "Try mqtt.version 3.1.1 or 5; events are kept on the box.",
        _ => "Check this gateway's rights at the broker; events are kept on the box.",
    };
}

/// <summary>The time-series server, with an empty write that changes nothing there.</summary>
internal static class SeriesCheck
{
    public static async IAsyncEnumerable<Finding> Look(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        if (patient.Config.Gateway is not { TimeSeries: { } config } gateway) yield break;
        var options = Figures.SeriesLink.OptionsOf(config, gateway.Storage.Folder);
        var problem = await Sync.TimeSeries.InfluxSink.TryAsync(options, stop);
        yield return problem is null
            ? Finding.Ok("timeseries", $"Máy chủ chuỗi thời gian {options.Url.Authority} nhận ghi.", $"The time-series server {options.Url.Authority} lets this gateway write.")
            : Finding.Wrong("timeseries", "Máy chủ chuỗi thời gian không nhận ghi.", "The time-series server takes nothing.", "Số liệu được giữ trên đĩa; sửa timeSeries trong gateway.yaml hoặc máy chủ.", "Figures are kept on the disk; mend timeSeries in gateway.yaml, or the server.") with { Detail = problem };
    }
}

/// <summary>Each enabled camera, asked for its stream.</summary>
internal static class CamerasCheck
{
    public static async IAsyncEnumerable<Finding> Look(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        if (!patient.ProbeCameras)
        {
            yield return Finding.Unknown("camera", "Không hỏi camera (--no-cameras).", "Cameras were left alone (--no-cameras).");
            yield break;
        }

        foreach (var camera in patient.Config.Cameras.Where(camera => camera.IsEnabled))
        {
            stop.ThrowIfCancellationRequested();
            yield return await ProbeAsync(camera, CaptureOptionsOf.FullSize(camera, 4), stop);
            if (camera.Source.DetectUrl is not null) yield return await ProbeAsync(camera, CaptureOptionsOf.Live(camera, 4), stop);
        }
    }

    private static async Task<Finding> ProbeAsync(CameraModel camera, CaptureOptions options, CancellationToken stop)
    {
        StreamProbeResult? found = null;
        StreamProbeException? fault = null;
        try { found = await StreamProbe.ProbeAsync(options.Url, options.Transport, options.CaFile, TimeProvider.System, NullLogger.Instance, stop); }
        catch (StreamProbeException wrong) { fault = wrong; }
        return found is not null
            ? Finding.Ok("camera", $"Camera {camera.Id}: {found.Codec} {found.Width}×{found.Height}, {found.Fps:0.#} hình/giây.", $"Camera {camera.Id}: {found.Codec} {found.Width}×{found.Height}, {found.Fps:0.#} fps.", camera.Id)
            : Finding.Wrong("camera", $"Camera {camera.Id}: {fault!.ReasonVi}", $"Camera {camera.Id}: {fault.State}.", "Xem docs/vi/troubleshoot.md, mục camera không có hình.", "See docs/troubleshoot.md, A camera does not stream.", camera.Id) with { Detail = fault.Message };
    }
}
