using System.Runtime.CompilerServices;
using EdgeGateway.Cameras;
using EdgeGateway.Health;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Doctor;

/// <summary>gateway.yaml and cameras/*.yaml.</summary>
internal static class ConfigurationCheck
{
    public static async IAsyncEnumerable<Finding> Look(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        await Task.CompletedTask;
        foreach (var mistake in patient.Config.Mistakes)
            yield return Finding.Wrong("configuration", $"Cấu hình sai ở tệp {mistake.Place.File}, dòng {mistake.Place.Line}, cột {mistake.Place.Column}.", $"The configuration holds a mistake in {mistake.Place.File}, line {mistake.Place.Line}, column {mistake.Place.Column}.", "Sửa tệp ở dòng và cột đó, rồi chạy lại 'edgegateway validate'.", "Mend the file at that line and column, then run 'edgegateway validate' again.", mistake.Place.File) with { Detail = mistake.Message };
        foreach (var warning in patient.Config.Warnings)
            yield return Finding.Warning("configuration", $"Cấu hình cần xem lại ở tệp {warning.Place.File}, dòng {warning.Place.Line}, cột {warning.Place.Column}.", $"The configuration wants a look in {warning.Place.File}, line {warning.Place.Line}, column {warning.Place.Column}.", "Đọc lời nhắc (tiếng Anh) và quyết định.", "Read what it says and decide.", warning.Place.File) with { Detail = warning.Message };
        if (patient.Config is { IsRight: true, Gateway: { } gateway })
            yield return Finding.Ok("configuration", $"Cấu hình đúng: thiết bị {gateway.Id}, {patient.Config.Cameras.Count} camera.", $"The configuration is right: gateway {gateway.Id}, {patient.Config.Cameras.Count} cameras.");
        if (patient.Config is { IsRight: true, Cameras.Count: 0 })
            yield return Finding.Warning("configuration", "Chưa có camera nào.", "There is no camera.", "Thêm một tệp vào thư mục cameras.", "Add a file to the folder cameras.");
    }
}

/// <summary>models.json and the hashes of the files it names.</summary>
internal static class ModelsCheck
{
    public static async IAsyncEnumerable<Finding> Look(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        const string adviceVi = "Cài lại gói edgegateway, hoặc chép lại tệp mô hình từ bản phát hành.";
        const string adviceEn = "Install the package edgegateway anew, or copy the model's file from the release again.";
        ModelCatalogue? catalogue = null;
        string? fault = null;
        try { catalogue = ModelCatalogue.Load(patient.Config.Gateway?.Models.Folder ?? SharedModels.DefaultFolder); }
        catch (ModelException wrong) { fault = wrong.Message; }
        if (catalogue is null)
        {
            yield return Finding.Wrong("models", "Không đọc được danh mục mô hình.", "The list of models cannot be read.", adviceVi, adviceEn) with { Detail = fault };
            yield break;
        }

        foreach (var model in catalogue.Models)
        {
            var (state, problem) = await Task.Run(() => ModelTrial.Look(model), stop);
            yield return state switch
            {
                "ok" => Finding.Ok("models", $"Mô hình {model.Name} nguyên vẹn.", $"The model {model.Name} is whole.", model.Name),
                "missing" => Finding.Wrong("models", $"Thiếu tệp mô hình {model.Path}.", $"The model's file {model.Path} is missing.", adviceVi, adviceEn, model.Name),
                "changed" => Finding.Wrong("models", $"Tệp mô hình {model.Path} không phải tệp đã phát hành (mã băm khác).", $"The model's file {model.Path} is not the one that was released (another hash).", adviceVi, adviceEn, model.Name),
                _ => Finding.Wrong("models", $"Tệp mô hình {model.Path} không dùng được.", $"The model's file {model.Path} cannot be used.", adviceVi, adviceEn, model.Name) with { Detail = problem },
            };
        }

        foreach (var wrong in catalogue.Faults)
            yield return Finding.Wrong("models", "Một mục của models.json sai nên mô hình đó không dùng được.", "An entry of models.json is wrong, so that model cannot be used.", "Sửa mục đó, hoặc chép lại models.json từ bản phát hành.", "Mend the entry, or copy models.json from the release again.", wrong.Name) with { Detail = wrong.Message };
    }
}

/// <summary>ffmpeg and the decoders that cameras need.</summary>
internal static class FfmpegCheck
{
    private static readonly string[] Wanted = ["h264", "hevc", "mjpeg"];

    public static async IAsyncEnumerable<Finding> Look(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        if (await Tool.RunAsync("ffmpeg", ["-hide_banner", "-decoders"], stop) is not { Code: 0, Output: var decoders })
        {
            yield return Finding.Wrong("ffmpeg", "Không chạy được ffmpeg: không đọc được camera nào.", "ffmpeg does not run: no camera can be read.", "Cài đặt: sudo apt-get install ffmpeg", "Install it: sudo apt-get install ffmpeg");
            yield break;
        }

        var known = decoders.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 1).Select(words => words[1]).ToHashSet(StringComparer.Ordinal);
        var missing = Wanted.Where(name => !known.Contains(name)).ToList();
        var version = await Tool.RunAsync("ffmpeg", ["-version"], stop) is { Output: var text } ? text.Split('\n')[0] : "";
        yield return missing.Count == 0
            ? Finding.Ok("ffmpeg", "ffmpeg đọc được H.264, H.265 và MJPEG.", "ffmpeg reads H.264, H.265 and MJPEG.") with { Detail = version }
            : Finding.Wrong("ffmpeg", $"ffmpeg này thiếu bộ giải mã: {string.Join(", ", missing)}.", $"This ffmpeg lacks decoders: {string.Join(", ", missing)}.", "Dùng gói ffmpeg của Debian thay cho bản rút gọn.", "Take Debian's package ffmpeg instead of a cut-down build.");
    }
}

/// <summary>Room on the disk, and whether it takes a file.</summary>
internal static class DiskCheck
{
    public static async IAsyncEnumerable<Finding> Look(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        if (patient.Config.Gateway is not { } gateway) yield break;
        var folder = gateway.Storage.Folder;
        if (!Directory.Exists(folder))
        {
            yield return Finding.Warning("disk", $"Chưa có thư mục lưu trữ {folder}.", $"The storage folder {folder} is not there yet.", "Dịch vụ tự tạo khi khởi động lần đầu (StateDirectory).", "The service makes it at its first start (StateDirectory).");
            yield break;
        }

        var free = new DriveInfo(folder).AvailableFreeSpace >> 20;
        var keep = gateway.Storage.KeepFreeMb;
        yield return free < keep
            ? Finding.Wrong("disk", $"Đĩa của {folder} chỉ còn {free} MB (cần giữ {keep} MB): ảnh không được lưu nữa.", $"The disk of {folder} has {free} MB left ({keep} MB are to stay free): pictures are no longer kept.", "Xoá tệp lạ, giảm evidence.quotaMb, hoặc lắp đĩa lớn hơn.", "Delete what is not the gateway's, lower evidence.quotaMb, or fit a larger disk.")
            : free < 2 * keep
                ? Finding.Warning("disk", $"Đĩa của {folder} còn {free} MB.", $"The disk of {folder} has {free} MB left.", $"Dưới {keep} MB ảnh không được lưu nữa; dọn đĩa trước khi đó.", $"Below {keep} MB pictures are no longer kept; make room before.")
                : Finding.Ok("disk", $"Đĩa của {folder} còn {free} MB.", $"The disk of {folder} has {free} MB left.");
        var refusal = await TryWriteAsync(folder, stop);
        yield return refusal is null
            ? Finding.Ok("disk", $"Ghi thử vào {folder} được.", $"A file could be written to {folder} and read back.")
            : Finding.Wrong("disk", $"Không ghi được vào {folder}.", $"{folder} cannot be written.", "Đĩa đầy, hỏng hoặc chỉ đọc? Xem 'dmesg' và 'mount'; nếu là quyền, chạy bằng sudo hoặc người dùng của dịch vụ.", "Is the disk full, broken or read-only? See 'dmesg' and 'mount'; if it is a matter of rights, run this with sudo or as the service's user.") with { Detail = refusal };
    }

    private static async Task<string?> TryWriteAsync(string folder, CancellationToken stop)
    {
        var path = Path.Combine(folder, $".doctor-{Guid.NewGuid():N}");
        try
        {
            var bytes = new byte[64 * 1024];
            Random.Shared.NextBytes(bytes);
            await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.WriteThrough))
            {
                await file.WriteAsync(bytes, stop);
                file.Flush(flushToDisk: true);
            }

            return (await File.ReadAllBytesAsync(path, stop)).AsSpan().SequenceEqual(bytes) ? null : "what is read back differs from what was written";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return fault.Message;
        }
        finally
        {
            try { File.Delete(path); }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException) { /* it was not made */ }
        }
    }
}

/// <summary>Whether the clock follows a time service.</summary>
internal static class ClockCheck
{
    public static async IAsyncEnumerable<Finding> Look(Patient patient, [EnumeratorCancellation] CancellationToken stop)
    {
        await Task.CompletedTask;
        var clock = SystemClock.Look();
        var limit = patient.Config.Gateway?.Evidence.ClockLimit ?? TimeSpan.FromSeconds(1);
        yield return clock switch
        {
            { Source: "ntp", Offset: { } offset } when offset.Duration() <= limit => Finding.Ok("clock", $"Đồng hồ đồng bộ, lệch {offset.TotalMilliseconds:0.0} ms.", $"The clock is synchronised, {offset.TotalMilliseconds:0.0} ms off."),
            { Source: "ntp" } => Finding.Wrong("clock", "Đồng hồ lệch quá giới hạn: chứng cứ mang use: none.", "The clock is further off than allowed: evidence carries use: none.", "Xem 'chronyc tracking' hoặc 'timedatectl timesync-status'.", "See 'chronyc tracking' or 'timedatectl timesync-status'."),
            { Source: "unsynchronised" } => Finding.Wrong("clock", "Đồng hồ không đồng bộ: giờ của sự kiện không đáng tin, chứng cứ mang use: none.", "The clock follows nothing: times of events cannot be trusted, evidence carries use: none.", "Cài chrony và mở UDP 123 tới máy chủ thời gian: sudo apt-get install chrony", "Install chrony and let UDP 123 through to a time server: sudo apt-get install chrony"),
            _ => Finding.Unknown("clock", "Không hỏi được hệ thống về đồng hồ.", "The system could not be asked about its clock."),
        };
    }
}
