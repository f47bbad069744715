using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using EdgeGateway.Sync.Outbox;

namespace EdgeGateway.Sync;

/// <summary>Turns faults of disk, queue and link into alerts of the gateway's book. Thread-safe but for <see cref="OnQueue"/> and <see cref="OnReceipts"/>.</summary>
internal sealed class DeliveryAlerts(AlertBook book, DeliveryQueue queue, TimeProvider time)
{
    // The texts carry numbers; once a minute is enough news.
    private static readonly TimeSpan UpdateEvery = TimeSpan.FromMinutes(1);

    // Each event that is refused has a text of its own.
    private static readonly TimeSpan EvidenceEvery = TimeSpan.FromHours(1);

    // A disk that comes and goes must not raise and clear by turns.
    private static readonly TimeSpan QueueWellAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ReceiptsWellAfter = TimeSpan.FromHours(1);

    private (long Count, long At) _shed;
    private (long Count, long At) _givenUp;

    /// <summary>The keys of what is raised about the delivery.</summary>
    public IReadOnlyList<string> Keys => [.. Raised.Select(one => one.Key)];

    /// <summary>The most urgent of them in English; null when there is none.</summary>
    public string? LastError => Raised.OrderByDescending(one => one.Severity).ThenByDescending(one => one.Since).FirstOrDefault()?.Text.En;

    private IEnumerable<AlertData> Raised => book.Raised.Where(one => Owns(one.Key));

    /// <summary>True for the keys of alerts about disk, queue and link: they end with what they tell of, at the latest with the next connection.</summary>
    public static bool Owns(string key) => key is "outbox-damaged" or "outbox-quota" or "outbox-disk" or "queue-shed" or "receipts-quota" or "delivery-refused" or "delivery-link" or "delivery-rights" or "delivery-contested" or "delivery-certificate" or "evidence-refused" or "evidence-bucket";

    public void OnStore(StoreProblem problem)
    {
        var (key, kind) = problem.Fault switch
        {
            StoreFault.Damaged => ("outbox-damaged", AlertKind.Database),
            StoreFault.Shed or StoreFault.Aged => ("outbox-quota", AlertKind.Shed),
            _ => ("outbox-disk", AlertKind.Disk),
        };
        if (problem is { Active: true, Fault: StoreFault.Damaged }) book.Raise(key, kind, AlertSeverity.Critical, TextOf(problem), updateEvery: UpdateEvery, standsFor: AlertBook.Day);
        else if (problem.Active) Raise(key, kind, problem.Fault == StoreFault.Locked ? AlertSeverity.Warning : AlertSeverity.Critical, TextOf(problem));
        else Clear(key);
    }

    /// <summary>Looked at once a second: events were given up before the disk had them, or there is room again.</summary>
    public void OnQueue()
    {
        if (!HasGrown(ref _shed, queue.Shed))
        {
            if (_shed.Count > 0 && queue.Count < queue.MaxEvents / 2 && time.GetElapsedTime(_shed.At) >= QueueWellAfter) Clear("queue-shed");
            return;
        }

        var numbers = string.Join(", ", Enum.GetValues<EventPriority>().Where(kind => queue.ShedOf(kind) > 0).Select(kind => $"{queue.ShedOf(kind)} {EventWords.Of(kind)}"));
        Raise("queue-shed", AlertKind.Shed, AlertSeverity.Critical, new TwoLanguages(
            $"Không ghi kịp vào đĩa nên đã phải bỏ sự kiện ít quan trọng nhất. Từ lúc khởi động: {numbers}.",
            $"The disk did not keep up, so the least events were given up. Since the start: {numbers}."));
    }

    /// <summary>Looked at once a second: delivered events were let go of before the operations centre acknowledged them, or there is room again.</summary>
    public void OnReceipts(ReceiptBook receipts)
    {
        var kinds = Enum.GetValues<EventPriority>().Where(kind => receipts.GivenUpOf(kind) > 0).ToArray();
        var givenUp = kinds.Sum(kind => receipts.GivenUpOf(kind));
        if (!HasGrown(ref _givenUp, givenUp))
        {
            if (givenUp > 0 && !receipts.IsNearQuota && time.GetElapsedTime(_givenUp.At) >= ReceiptsWellAfter) Clear("receipts-quota");
            return;
        }

        var numbers = string.Join(", ", kinds.Select(kind => $"{receipts.GivenUpOf(kind)} {EventWords.Of(kind)}"));
        Raise("receipts-quota", AlertKind.Shed, AlertSeverity.Critical, new TwoLanguages(
            $"Trung tâm điều hành không xác nhận (acknowledge) nên đã phải bỏ bản lưu của sự kiện đã gửi. Từ lúc khởi động: {numbers}.",
            $"The operations centre does not acknowledge, so copies of delivered events were given up. Since the start: {numbers}."));
    }

    public void OnRefusal(TwoLanguages? what)
    {
        if (what is null) Clear("delivery-refused");
        else Raise("delivery-refused", AlertKind.Delivery, AlertSeverity.Warning, new TwoLanguages(
            $"Máy chủ MQTT từ chối sự kiện; sự kiện được giữ lại và gửi lại sau. {what.Vi}",
            $"The broker refuses events; they are kept and sent again later. {what.En}"));
    }

    public void OnLink(LinkView link)
    {
        switch (link.State)
        {
            case LinkState.Connected:
                Clear("delivery-link");
                book.ClearOfLastRun(Owns);
                break;
            case LinkState.BadCredentials or LinkState.Refused or LinkState.TlsFailed or LinkState.Incompatible:
                Raise("delivery-link", AlertKind.Delivery, AlertSeverity.Critical, new TwoLanguages(
                    $"Không đăng nhập được vào máy chủ MQTT; sự kiện được giữ lại trong hộp. {link.DetailVi ?? link.Detail}",
                    $"The broker does not let the gateway in; events are kept on the box. {link.Detail}"));
                break;
        }
    }

    /// <summary>The broker lets the gateway in, but not to its commands. Where it speaks 3.1.1 a PUBACK is then no proof either.</summary>
    public void OnCommandsRefused(string? filter, MqttVersion version)
    {
        if (filter is null) Clear("delivery-rights");
        else if (version == MqttVersion.V5) Raise("delivery-rights", AlertKind.Delivery, AlertSeverity.Warning, new TwoLanguages(
            $"Máy chủ MQTT không cho đọc {filter}: không nhận được lệnh và xác nhận (acknowledge) nào, nên chứng cứ và sự kiện được giữ trong hộp cho đến khi hết hạn. Hãy kiểm tra quyền trên máy chủ.",
            $"The broker does not let this gateway read {filter}: no command and no acknowledgement arrives, so events and evidence stay on the box until their time is over. Check the rights at the broker."));
        else Raise("delivery-rights", AlertKind.Delivery, AlertSeverity.Critical, new TwoLanguages(
            $"Máy chủ MQTT không cho đọc {filter}. Nếu tên đăng nhập (mqtt.username) không đúng với gateway.id, máy chủ cũng có thể bỏ mọi sự kiện mà không báo: hãy kiểm tra quyền.",
            $"The broker does not let this gateway read {filter}. If mqtt.username does not belong to this gateway's id, it may also drop every event unseen: check the rights at the broker."));
    }

    /// <summary>The certificate in the files is refused and the former one in use (why), or a connection stands with the one in the files (null).</summary>
    public void OnCertificate(TwoLanguages? why)
    {
        if (why is null) Clear("delivery-certificate");
        else Raise("delivery-certificate", AlertKind.Delivery, AlertSeverity.Warning, new TwoLanguages(
            $"Máy chủ MQTT không nhận chứng thư vừa thay; đang dùng lại chứng thư trước, đến khi khởi động lại thì mất. Hãy thay chứng thư đúng. {why.Vi}",
            $"The broker refuses the certificate that was just replaced; the former one is in use, and is lost with the next start. Put the right one there. {why.En}"));
    }

    /// <summary>Connections end within seconds, one after the other (true), or one stands (false).</summary>
    public void OnContested(bool isContested, string clientId)
    {
        if (!isContested) Clear("delivery-contested");
        else Raise("delivery-contested", AlertKind.Delivery, AlertSeverity.Critical, new TwoLanguages(
            $"Kết nối với máy chủ MQTT liên tục bị ngắt sau vài giây: có thể một hộp khác, hoặc bản sao của hộp này, cũng kết nối với tên '{clientId}'. Mỗi hộp phải có id (gateway.yaml) riêng.",
            $"Connections to the broker end within seconds, one after the other: another box, or a copy of this one, may connect as '{clientId}' too. Each box needs an id (gateway.yaml) of its own."));
    }

    /// <summary>Evidence does not go out by MQTT (text), or goes out again (null).</summary>
    public void OnEvidence(TwoLanguages? problem)
    {
        if (problem is null) Clear("evidence-refused");
        else book.Raise("evidence-refused", AlertKind.Delivery, AlertSeverity.Warning, new TwoLanguages(
            $"Chứng cứ không gửi được; được giữ trong hộp và gửi lại sau: {problem.Vi}.",
            $"Evidence does not go out; it is kept on the box and sent again later: {problem.En}."), updateEvery: EvidenceEvery);
    }

    /// <summary>The store of evidence takes nothing (text), or takes it again (null).</summary>
    public void OnBucket(TwoLanguages? problem)
    {
        if (problem is null) Clear("evidence-bucket");
        else Raise("evidence-bucket", AlertKind.Delivery, AlertSeverity.Warning, new TwoLanguages(
            $"Không gửi được bằng chứng vào kho S3; bằng chứng được giữ trong hộp và gửi lại sau. {problem.Vi}",
            $"Evidence does not reach its S3 store; it is kept on the box and sent again later. {problem.En}"));
    }

    private static TwoLanguages TextOf(StoreProblem problem)
    {
        var (vi, en) = problem.Fault switch
        {
            StoreFault.DiskFull => ("Ổ đĩa đã đầy: sự kiện chưa ghi được. Camera và việc đếm vẫn chạy; hãy giải phóng dung lượng.",
                "The disk is full: events cannot be written. Cameras and counting go on; free some space."),
            StoreFault.ReadOnly => ("Thư mục dữ liệu không cho ghi: sự kiện chưa ghi được. Camera và việc đếm vẫn chạy; hãy kiểm tra quyền và ổ đĩa.",
                "The data folder cannot be written: events wait in memory. Cameras and counting go on; check rights and disk."),
            StoreFault.Locked => ("Một chương trình khác đang giữ tệp sự kiện; hãy đóng chương trình đó.",
                "Another program holds the file of events; close it."),
            StoreFault.Damaged => ("Tệp sự kiện bị hỏng: đã cất riêng và tạo tệp mới.",
                "The file of events was damaged: it was set aside and a new one begun."),
            StoreFault.Shed => ("Máy chủ MQTT vắng quá lâu: đã đạt hạn mức lưu sự kiện (storage.outboxEvents) nên đã phải bỏ sự kiện ít quan trọng nhất. Từ lúc khởi động",
                "The broker was away for too long: the quota of stored events (storage.outboxEvents) is reached, so the least events were given up. Since the start"),
            StoreFault.Aged => ("Máy chủ MQTT vắng quá lâu: có sự kiện chờ lâu hơn thời hạn lưu nên đã phải bỏ. Từ lúc khởi động",
                "The broker was away for too long: events waited longer than they are kept, so they were given up. Since the start"),
            _ => ("Không mở được tệp sự kiện hoặc ổ đĩa báo lỗi. Camera và việc đếm vẫn chạy.",
                "The file of events cannot be opened, or the disk reports errors. Cameras and counting go on."),
        };
        var detail = problem.Detail;
        return problem.Fault is StoreFault.Shed or StoreFault.Aged ? new TwoLanguages($"{vi}: {detail.Vi}.", $"{en}: {detail.En}.") : new TwoLanguages($"{vi} ({detail.Vi})", $"{en} ({detail.En})");
    }

    private bool HasGrown(ref (long Count, long At) seen, long count)
    {
        if (count == seen.Count) return false;
        seen = (count, time.GetTimestamp());
        return true;
    }

    private void Raise(string key, AlertKind kind, AlertSeverity severity, TwoLanguages text) => book.Raise(key, kind, severity, text, updateEvery: UpdateEvery);

    private void Clear(string key) => book.Clear(key);
}
