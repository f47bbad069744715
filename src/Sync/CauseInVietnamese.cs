using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync;

/// <summary>Why something failed, in Vietnamese, for alerts and replies: the one vocabulary of causes that faults of .NET and SQLite stand for.</summary>
public static class CauseInVietnamese
{
    /// <summary>The cause in words that fit behind a colon, without a full stop; where it is not known, the original message, marked as such.</summary>
    public static string Of(Exception fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            if (cause is IToldInBoth { Told.Vi: var told }) return told;
            if (Known(cause) is { } words) return words;
        }

        var original = $"thông báo gốc: “{fault.Message.TrimEnd('.', ' ')}”";
        // Behind all that is known: what is wrong with data is often a disk, and where it is wrong stands in the message only.
        return IsAboutData(fault) ? $"dữ liệu hỏng hoặc không đúng dạng ({original})" : original;
    }

    private static bool IsAboutData(Exception? fault) => fault is JsonException or InvalidDataException or FormatException || (fault?.InnerException is { } inner && IsAboutData(inner));

    private static string? Known(Exception fault) => fault switch
    {
        SqliteException database => Known(database.SqliteErrorCode),
        FileNotFoundException or DirectoryNotFoundException => "không có tệp hoặc thư mục này",
        ServerNotTrustedException judged => judged.Why.Vi.TrimEnd('.', ' '),
        AuthenticationException => "không thiết lập được kết nối bảo mật (TLS): kiểm tra chứng chỉ và đồng hồ",
        SocketException socket => Known(socket.SocketErrorCode),
        HttpRequestException { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } => "máy chủ từ chối: kiểm tra tài khoản và quyền",
        HttpRequestException { StatusCode: { } status } => $"máy ở đầu kia trả lời mã {(int)status}",
        StorageSealException => "không mở được niêm phong: thiếu khóa, sai khóa, hoặc dữ liệu đã bị sửa",
        EndOfStreamException => "dữ liệu kết thúc giữa chừng: thiết bị bị rút ra, kết nối bị ngắt hoặc tệp bị cắt",
        TimeoutException or OperationCanceledException => "quá thời gian chờ",
        _ => DiskFaults.Of(fault) switch
        {
            DiskFault.Full => "đĩa đầy",
            DiskFault.OverQuota => "hết hạn mức đĩa",
            DiskFault.ReadOnly => "đĩa chỉ cho phép đọc",
            DiskFault.InputOutput => "ổ đĩa báo lỗi đọc/ghi",
            DiskFault.NotAllowed => "chương trình không có quyền đọc hoặc ghi",
            _ => null,
        },
    };

    // Primary result codes: sqlite.org/rescode.html.
    private static string? Known(int sqliteCode) => sqliteCode switch
    {
        13 => "đĩa đầy",
        8 => "cơ sở dữ liệu hoặc ổ đĩa chỉ cho phép đọc",
        3 or 23 => "chương trình không có quyền đọc hoặc ghi",
        5 or 6 => "cơ sở dữ liệu đang bị chương trình khác giữ",
        10 => "ổ đĩa báo lỗi đọc/ghi",
        11 or 26 => "cơ sở dữ liệu bị hỏng",
        14 => "không mở được cơ sở dữ liệu",
        _ => null,
    };

    private static string? Known(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "không kết nối được: máy ở đầu kia từ chối kết nối",
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => "không tìm thấy tên máy (DNS)",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown => "không kết nối được: mạng không thông",
        SocketError.TimedOut => "quá thời gian chờ",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "kết nối bị ngắt giữa chừng",
        _ => null,
    };
}
