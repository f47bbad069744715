using MQTTnet;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>Where the link to the broker stands.</summary>
public enum LinkState
{
    /// <summary>Not started, or stopped.</summary>
    Off,

    Connecting,

    Connected,

    /// <summary>No answer from the broker's address, or it is busy or going down.</summary>
    Unreachable,

    /// <summary>User name or password is wrong.</summary>
    BadCredentials,

    /// <summary>The broker knows us and does not want us: rights, ban, client id.</summary>
    Refused,

    /// <summary>The certificate is not for this name, expired, or from an unknown authority.</summary>
    TlsFailed,

    /// <summary>Broker and gateway do not speak the same protocol.</summary>
    Incompatible,
}

/// <summary>What to do about an answer to CONNECT: where the link stands and how slowly to try again. No answer is final.</summary>
/// <param name="Slow">Try at the slow cap: only a person can mend it.</param>
public readonly record struct ConnectDecision(LinkState State, bool Slow, string Advice)
{
    /// <summary>The advice in Vietnamese; null where there is none.</summary>
    public string? AdviceVi { get; init; }

    /// <summary>True where something answered, or hung up: a certificate may be the reason.</summary>
    public bool WasReached { get; init; }

    /// <summary>The decision for each CONNACK reason code of MQTT 5 (3.1.1 codes arrive translated).</summary>
    public static ConnectDecision For(MqttClientConnectResultCode code) => code switch
    {
        MqttClientConnectResultCode.Success => new(LinkState.Connected, false, "Connected."),
        MqttClientConnectResultCode.BadUserNameOrPassword => new(LinkState.BadCredentials, true, "User name or password is wrong: check mqtt.username and mqtt.password.") { AdviceVi = "Sai tên đăng nhập hoặc mật khẩu: kiểm tra mqtt.username và mqtt.password." },
        MqttClientConnectResultCode.NotAuthorized => new(LinkState.BadCredentials, true, "The broker does not let this user in: check user, password and the broker's rights.") { AdviceVi = "Máy chủ không cho người dùng này vào: kiểm tra tên đăng nhập, mật khẩu và quyền trên máy chủ." },
        MqttClientConnectResultCode.BadAuthenticationMethod => new(LinkState.BadCredentials, true, "The broker wants another way of authentication.") { AdviceVi = "Máy chủ đòi cách xác thực khác." },
        MqttClientConnectResultCode.Banned => new(LinkState.Refused, true, "The broker has banned this client.") { AdviceVi = "Máy chủ đã cấm thiết bị này." },
        MqttClientConnectResultCode.ClientIdentifierNotValid => new(LinkState.Refused, true, "The broker does not accept the gateway's id as client id.") { AdviceVi = "Máy chủ không nhận mã của thiết bị làm client id." },
        MqttClientConnectResultCode.TopicNameInvalid => new(LinkState.Refused, true, "The broker does not accept the topic of the last will.") { AdviceVi = "Máy chủ không nhận chủ đề của di chúc (last will)." },
        MqttClientConnectResultCode.PacketTooLarge => new(LinkState.Refused, true, "The broker does not accept a packet as large as our CONNECT.") { AdviceVi = "Máy chủ không nhận gói CONNECT lớn như vậy." },
        MqttClientConnectResultCode.PayloadFormatInvalid => new(LinkState.Refused, true, "The broker does not accept the last will.") { AdviceVi = "Máy chủ không nhận nội dung di chúc (last will)." },
        MqttClientConnectResultCode.RetainNotSupported => new(LinkState.Refused, true, "The broker keeps no retained messages; the gateway's status needs them.") { AdviceVi = "Máy chủ không lưu tin giữ lại (retained), mà trạng thái của thiết bị cần có." },
        MqttClientConnectResultCode.QoSNotSupported => new(LinkState.Refused, true, "The broker does not offer QoS 1.") { AdviceVi = "Máy chủ không hỗ trợ QoS 1." },
        MqttClientConnectResultCode.UseAnotherServer => new(LinkState.Refused, true, "The broker sends us to another server: check mqtt.url.") { AdviceVi = "Máy chủ chỉ sang máy chủ khác: kiểm tra mqtt.url." },
        MqttClientConnectResultCode.ServerMoved => new(LinkState.Refused, true, "The broker has moved: check mqtt.url.") { AdviceVi = "Máy chủ đã chuyển chỗ: kiểm tra mqtt.url." },
        MqttClientConnectResultCode.UnsupportedProtocolVersion => new(LinkState.Incompatible, true, "The broker does not speak this version of MQTT: try mqtt.version 3.1.1.") { AdviceVi = "Máy chủ không nói phiên bản MQTT này: thử mqtt.version 3.1.1." },
        MqttClientConnectResultCode.MalformedPacket => new(LinkState.Incompatible, true, "The broker did not understand our CONNECT.") { AdviceVi = "Máy chủ không hiểu gói CONNECT." },
        MqttClientConnectResultCode.ProtocolError => new(LinkState.Incompatible, true, "The broker did not understand our CONNECT.") { AdviceVi = "Máy chủ không hiểu gói CONNECT." },
        MqttClientConnectResultCode.ServerUnavailable => new(LinkState.Unreachable, false, "The broker is not available.") { AdviceVi = "Máy chủ đang không phục vụ." },
        MqttClientConnectResultCode.ServerBusy => new(LinkState.Unreachable, false, "The broker is busy.") { AdviceVi = "Máy chủ đang bận." },
        MqttClientConnectResultCode.QuotaExceeded => new(LinkState.Unreachable, false, "The broker's quota is used up.") { AdviceVi = "Máy chủ báo đã hết hạn mức." },
        MqttClientConnectResultCode.ConnectionRateExceeded => new(LinkState.Unreachable, false, "The broker takes no more connections for now.") { AdviceVi = "Máy chủ tạm thời không nhận thêm kết nối." },
        _ => new(LinkState.Unreachable, false, "The broker refused without a reason that helps.") { AdviceVi = "Máy chủ từ chối mà không nói lý do." },
    };
}

/// <summary>What a PUBACK means for the row.</summary>
public enum PublishOutcome
{
    /// <summary>The broker has it: delete the row.</summary>
    Accepted,

    /// <summary>Not now: keep the row, try again soon.</summary>
    TryAgain,

    /// <summary>Not this message as it is: keep the row, try again rarely, others go on.</summary>
    Park,
}

/// <summary>The table of PUBACK reason codes (MQTT 5, 3.4.2.1). 3.1.1 has none: every PUBACK accepts.</summary>
public static class PublishDecision
{
    public static PublishOutcome For(int reason) => reason switch
    {
        < 0x80 => PublishOutcome.Accepted,                  // 0x00 success, 0x10 no matching subscribers
        0x80 or 0x83 => PublishOutcome.TryAgain,            // unspecified, implementation specific
        0x91 or 0x97 => PublishOutcome.TryAgain,            // packet identifier in use, quota exceeded
        _ => PublishOutcome.Park,                           // 0x87 not authorised, 0x90 topic name invalid, 0x99 payload format invalid, unknown ones
    };

    /// <summary>The reason in words, as in the standard.</summary>
    public static string Word(int reason) => reason switch
    {
        0x00 => "success",
        0x10 => "no matching subscribers",
        0x80 => "unspecified error",
        0x83 => "implementation specific error",
        0x87 => "not authorized",
        0x90 => "topic name invalid",
        0x91 => "packet identifier in use",
        0x95 => "packet too large",
        0x97 => "quota exceeded",
        0x99 => "payload format invalid",
        _ => "unknown reason",
    };

    /// <summary>The reason in Vietnamese.</summary>
    public static string WordVi(int reason) => reason switch
    {
        0x00 => "thành công",
        0x10 => "không ai nhận",
        0x80 => "lỗi không nói rõ",
        0x83 => "lỗi riêng của máy chủ",
        0x87 => "không có quyền",
        0x90 => "tên chủ đề không hợp lệ",
        0x91 => "số gói đang được dùng",
        0x95 => "gói quá lớn",
        0x97 => "hết hạn mức",
        0x99 => "nội dung không đúng dạng",
        _ => "lý do không rõ",
    };

    /// <summary>Pause before a refused row is tried again, by how often it was refused: 1 s doubling to 1 min, parked ones 1 min to 10 min.</summary>
    public static TimeSpan Pause(PublishOutcome outcome, int refusals) =>
        outcome == PublishOutcome.Park
            ? RetryPause.After(refusals - 1, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10))
            : RetryPause.After(refusals - 1, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
}
