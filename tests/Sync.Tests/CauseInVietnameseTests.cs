using System.Net.Sockets;
using System.Security.Authentication;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Data.Sqlite;

namespace EdgeGateway.Sync.Tests;

public sealed class CauseInVietnameseTests
{
    [Fact]
    public void A_full_disk_is_told_without_the_words_of_the_system()
    {
        var fault = Assert.Throws<IOException>(() => File.WriteAllText("/dev/full", "x"));
        Assert.Equal("đĩa đầy", CauseInVietnamese.Of(fault));
        Assert.Equal("đĩa đầy", CauseInVietnamese.Of(new SqliteException("database or disk is full", 13)));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_told() =>
        Assert.Equal("không có tệp hoặc thư mục này", CauseInVietnamese.Of(Assert.Throws<DirectoryNotFoundException>(() => File.ReadAllText("/nowhere/at/all"))));

    [Fact]
    public async Task Who_refuses_the_connection_is_found_below_the_words_of_the_request()
    {
        using var free = new Socket(SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0)); // bound and not listening
        using var http = new HttpClient();
        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri($"http://127.0.0.1:{((System.Net.IPEndPoint)free.LocalEndPoint!).Port}/"), TestContext.Current.CancellationToken));
        Assert.Equal("không kết nối được: máy ở đầu kia từ chối kết nối", CauseInVietnamese.Of(new InvalidOperationException("the relay cannot be reached", fault)));
    }

    [Fact]
    public void A_certificate_that_is_not_trusted_is_told() =>
        Assert.StartsWith("không thiết lập được kết nối bảo mật (TLS)", CauseInVietnamese.Of(new HttpRequestException("The SSL connection could not be established", new AuthenticationException("The remote certificate is invalid"))), StringComparison.Ordinal);

    [Fact]
    public void Data_that_is_damaged_or_sealed_is_told()
    {
        Assert.Equal("dữ liệu hỏng hoặc không đúng dạng (thông báo gốc: “line 3 is no date”)", CauseInVietnamese.Of(new InvalidDataException("line 3 is no date.")));
        Assert.Equal("đĩa đầy", CauseInVietnamese.Of(new InvalidDataException("the file ends in the midst", new SqliteException("database or disk is full", 13))));
        Assert.Equal("không mở được niêm phong: thiếu khóa, sai khóa, hoặc dữ liệu đã bị sửa", CauseInVietnamese.Of(StorageSealException.NoKey("acts.db")));
    }

    [Fact]
    public void A_server_that_is_not_believed_is_told_in_its_own_words() =>
        Assert.Equal("Sai tên", CauseInVietnamese.Of(new HttpRequestException("The SSL connection could not be established", new ServerNotTrustedException(new TwoLanguages("Sai tên.", "Wrong name.")))));

    [Fact]
    public void What_is_not_known_is_marked_as_the_original_message() =>
        Assert.Equal("thông báo gốc: “The shaft is bent”", CauseInVietnamese.Of(new InvalidOperationException("The shaft is bent.")));
}
