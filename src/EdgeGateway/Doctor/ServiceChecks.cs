using System.Globalization;
using System.Runtime.CompilerServices;
using EdgeGateway.Sync.Outbox;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Doctor;

/// <summary>Whose files these are, and who may read the secrets.</summary>
internal static class OwnershipCheck
{
    private const string ServiceUser = "edgegateway";

    public static async IAsyncEnumerable<Finding> Look(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        var hasUser = await Tool.RunAsync("id", ["-u", ServiceUser], stop) is { Code: 0 };
        if (!hasUser) yield return Finding.Unknown("ownership", $"Máy này không có người dùng {ServiceUser} (chương trình chưa được cài như dịch vụ).", $"This machine has no user {ServiceUser} (the program is not installed as a service).");
        if (hasUser && patient.Storage is { } storage && Directory.Exists(storage))
        {
            var foreign = await Tool.RunAsync("find", [storage, "-xdev", "!", "-user", ServiceUser], stop) is { } found ? found.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
            yield return foreign.Length == 0
                ? Finding.Ok("ownership", $"Mọi tệp trong {storage} thuộc {ServiceUser}.", $"All files of {storage} belong to {ServiceUser}.")
                : Finding.Wrong("ownership", $"{foreign.Length} tệp trong {storage} không thuộc {ServiceUser}, ví dụ {foreign[0]}: dịch vụ không ghi được.", $"{foreign.Length} files in {storage} do not belong to {ServiceUser}, e.g. {foreign[0]}: the service cannot write them.", $"sudo chown -R {ServiceUser}: {storage}", $"sudo chown -R {ServiceUser}: {storage}");
        }

        await foreach (var finding in UnreadAsync(patient, stop)) yield return finding;
        foreach (var path in Secrets(patient.Folder))
        {
            UnixFileMode mode = default;
            string? fault = null;
            try
            {
                if (!OperatingSystem.IsWindows()) mode = File.GetUnixFileMode(path);
            }
            catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException) { fault = wrong.Message; }
            const UnixFileMode others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute | UnixFileMode.GroupWrite;
            if (fault is not null) yield return Finding.Unknown("permissions", $"Không xem được {path}.", $"{path} cannot be looked at.", path) with { Detail = fault };
            else if ((mode & others) != UnixFileMode.None) yield return Finding.Wrong("permissions", $"Ai trên máy cũng mở được tệp mật {path}.", $"Anybody on this machine can open the secret file {path}.", $"sudo chmod 600 {path}", $"sudo chmod 600 {path}", path);
            else yield return Finding.Ok("permissions", $"Tệp mật {path} được bảo vệ.", $"The secret file {path} is protected.", path);
        }
    }

    /// <summary>What root can read the service may not be allowed to: certificates, keys and lists that the configuration names.</summary>
    private static async IAsyncEnumerable<Finding> UnreadAsync(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        if (patient is not { Storage: { } storage, Config.Gateway: { } gateway } || StorageOwner.Other(storage) is not var (user, group)) yield break;
        foreach (var path in new[] { gateway.Mqtt.CaFile, gateway.Mqtt.CertificateFile, gateway.Mqtt.KeyFile }.Concat(gateway.Mqtt.CommandKeys).OfType<string>().Where(File.Exists))
        {
            var tried = await Tool.RunAsync("setpriv", [$"--reuid={user}", $"--regid={group}", "--clear-groups", "test", "-r", path], stop);
            if (tried is { Code: 1 })
                yield return Finding.Wrong("permissions", $"Dịch vụ không được đọc {path}.", $"The service may not read {path}.", $"sudo chgrp {group} {path} && sudo chmod 640 {path}; xem cả quyền của thư mục chứa nó.", $"sudo chgrp {group} {path} && sudo chmod 640 {path}; look at the rights of its folder too.", path);
        }
    }

    private static IEnumerable<string> Secrets(string folder)
    {
        var environment = Path.Combine(folder, Configuration.SecretsFile.Name);
        if (File.Exists(environment)) yield return environment;
        var credentials = Path.Combine(folder, "credentials");
        if (!Directory.Exists(credentials)) yield break;
        string[] files;
        try { files = Directory.GetFiles(credentials); }
        catch (UnauthorizedAccessException) { yield break; } // as it should be for this user
        foreach (var path in files) yield return path;
    }
}

/// <summary>The outbox: sound, and how much waits.</summary>
internal static class OutboxCheck
{
    private static readonly TimeSpan Late = TimeSpan.FromHours(1);

    public static async IAsyncEnumerable<Finding> Look(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        if (patient.Storage is not { } storage) yield break;
        var path = Path.Combine(storage, "outbox.db");
        if (!File.Exists(path))
        {
            yield return Finding.Unknown("outbox", "Chưa có hàng đợi gửi: dịch vụ chưa chạy lần nào với thư mục này.", "There is no outbox: the service has never run with this folder.");
            yield break;
        }

        OutboxInspection? seen = null;
        string? fault = null;
        try { seen = await Task.Run(() => OutboxInspection.Look(path), stop); }
        catch (SqliteException wrong) { fault = wrong.Message; }
        foreach (var finding in Judge(path, seen, fault)) yield return finding;
        var aside = Directory.GetFiles(storage, "*.damaged-*").Where(name => !name.EndsWith("-wal", StringComparison.Ordinal) && !name.EndsWith("-shm", StringComparison.Ordinal)).ToList();
        if (aside.Count > 0)
            yield return Finding.Warning("outbox", $"{aside.Count} tệp dữ liệu hỏng đã được để riêng, ví dụ {Path.GetFileName(aside[0])}.", $"{aside.Count} damaged files were set aside, e.g. {Path.GetFileName(aside[0])}.", "Đĩa hoặc nguồn điện có thể có lỗi; giữ tệp để xem, xoá khi không cần.", "Disk or power may be faulty; keep the files for a look, delete them when nobody needs them.");
    }

    private static IEnumerable<Finding> Judge(string path, OutboxInspection? seen, string? fault)
    {
        if (seen is null)
        {
            yield return Finding.Wrong("outbox", $"Không đọc được {path}.", $"{path} cannot be read.", "Chạy bằng sudo; nếu vẫn vậy, xem 'dmesg' về đĩa.", "Run this with sudo; if it stays so, look at 'dmesg' for the disk.") with { Detail = fault };
        }
        else if (!seen.Sound)
        {
            yield return Finding.Wrong("outbox", $"{path} bị hỏng.", $"{path} is damaged.", "Khởi động lại dịch vụ: tệp hỏng được để riêng, phần đọc được được cứu. Kiểm tra đĩa và nguồn điện.", "Restart the service: the damaged file is set aside and what can be read is rescued. Check disk and power.");
        }
        else if (seen.Oldest is { } oldest && DateTimeOffset.UtcNow - oldest > Late)
        {
            var hours = (DateTimeOffset.UtcNow - oldest).TotalHours.ToString("0.#", CultureInfo.InvariantCulture);
            yield return Finding.Wrong("outbox", $"{seen.Waiting} sự kiện chờ gửi, cũ nhất {hours} giờ.", $"{seen.Waiting} events wait for the broker, the oldest for {hours} h.", "Không mất gì, nhưng trung tâm chưa nhận: xem mục broker.", "Nothing is lost, but the centre does not have them: see the check broker.");
        }
        else
        {
            yield return Finding.Ok("outbox", $"Hàng đợi gửi nguyên vẹn, {seen.Waiting} sự kiện đang chờ.", $"The outbox is sound, {seen.Waiting} events wait.");
        }
    }
}

/// <summary>systemd's unit, its last run, and the service's own health page.</summary>
internal static class ServiceCheck
{
    private const string Unit = "edgegateway.service";

    public static async IAsyncEnumerable<Finding> Look(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        var shown = await Tool.RunAsync("systemctl", ["show", Unit, "--property=LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus,UnitFileState"], stop);
        if (shown is not { Code: 0, Output: var text }) yield return Finding.Unknown("service", "Máy này không có systemd đang chạy.", "No systemd runs on this machine.");
        else foreach (var finding in Judge(Properties(text))) yield return finding;
        if (patient.Config.Gateway?.HttpListen is not { } listen) yield break;
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        string? stuck = null;
        var answers = true;
        try
        {
            using var reply = await client.GetAsync(new Uri($"http://{listen}/health/live"), stop);
            if (!reply.IsSuccessStatusCode) stuck = await reply.Content.ReadAsStringAsync(stop);
        }
        catch (HttpRequestException)
        {
            answers = false;
        }

        yield return !answers ? Finding.Warning("service", $"Không có gì trả lời ở {listen}: dịch vụ không chạy.", $"Nothing answers on {listen}: the service does not run.", "sudo systemctl start edgegateway; rồi journalctl -u edgegateway -n 50", "sudo systemctl start edgegateway; then journalctl -u edgegateway -n 50")
            : stuck is null ? Finding.Ok("service", "Dịch vụ đang chạy và trả lời.", "The service runs and answers.")
            : Finding.Wrong("service", "Dịch vụ chạy nhưng bị kẹt.", "The service runs and is stuck.", "systemd sẽ tự khởi động lại; nếu lặp lại, gửi 'edgegateway support-bundle'.", "systemd starts it anew by itself; if it happens again, send 'edgegateway support-bundle'.") with { Detail = stuck };
    }

    private static Dictionary<string, string> Properties(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.Ordinal);

    private static IEnumerable<Finding> Judge(Dictionary<string, string> unit)
    {
        string Of(string name) => unit.GetValueOrDefault(name, "");
        if (Of("LoadState") != "loaded")
        {
            yield return Finding.Unknown("service", "edgegateway chưa được cài như dịch vụ.", "edgegateway is not installed as a service.");
            yield break;
        }

        if (Of("UnitFileState") is not ("enabled" or "static" or ""))
            yield return Finding.Warning("service", "Dịch vụ không tự chạy khi máy khởi động.", "The service does not start with the machine.", "sudo systemctl enable edgegateway", "sudo systemctl enable edgegateway");
        if (Of("ActiveState") == "active") yield return Finding.Ok("service", $"Dịch vụ đang chạy, đã khởi động lại {Of("NRestarts")} lần.", $"The service is active; systemd has restarted it {Of("NRestarts")} times.");
        else if (Of("ExecMainStatus") == "2") yield return Finding.Wrong("service", "Lần chạy cuối dừng vì cấu hình sai.", "The last run ended because of a wrong configuration.", "Xem mục configuration ở trên, sửa, rồi: sudo systemctl start edgegateway", "See the check configuration above, mend it, then: sudo systemctl start edgegateway");
        else yield return Finding.Wrong("service", $"Dịch vụ không chạy ({Of("ActiveState")}, {Of("Result")}, mã {Of("ExecMainStatus")}).", $"The service does not run ({Of("ActiveState")}, {Of("Result")}, exit code {Of("ExecMainStatus")}).", "journalctl -u edgegateway -n 50", "journalctl -u edgegateway -n 50");
        if (int.TryParse(Of("NRestarts"), NumberStyles.None, CultureInfo.InvariantCulture, out var restarts) && restarts > 5)
            yield return Finding.Warning("service", $"systemd đã khởi động lại dịch vụ {restarts} lần.", $"systemd has restarted the service {restarts} times.", "Tìm lý do: journalctl -u edgegateway -p err", "Find out why: journalctl -u edgegateway -p err");
    }
}
