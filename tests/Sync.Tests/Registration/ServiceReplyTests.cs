using System.Net;
using System.Text;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Registration.Remote;

namespace EdgeGateway.Sync.Tests.Registration;

/// <summary>Replies in which a vehicle names more than one owner, or a state that nobody foresaw.</summary>
public sealed class ServiceReplyTests : IDisposable
{
    private readonly Registry _registry = new();

    public void Dispose() => _registry.Dispose();

    [Theory]
    [InlineData("rest", """ "chuXeCu":{"hoVaTen":"TRẦN VĂN MẪU","soDinhDanh":"001090000001"},"chuXe":{"hoVaTen":"NGUYỄN THỊ THỬ NGHIỆM","soDinhDanh":"040199012345"} """)]
    [InlineData("rest", """ "chuXe":[{"hoVaTen":"TRẦN VĂN MẪU","soDinhDanh":"001090000001"},{"hoVaTen":"NGUYỄN THỊ THỬ NGHIỆM","soDinhDanh":"040199012345"}] """)]
    [InlineData("rest", """ "tenChuXe":"NGUYỄN THỊ THỬ NGHIỆM","chuXeCu":{"hoTen":"TRẦN VĂN MẪU"} """)]
    [InlineData("rest", """ "hoVaTen":"NGUYỄN THỊ THỬ NGHIỆM","soDinhDanh":"040199012345","congTy":{"maSoThue":"2900000001"} """)]
    [InlineData("soap", "<ChuXeCu><HoVaTen>TRẦN VĂN MẪU</HoVaTen></ChuXeCu><ChuXe><HoVaTen>NGUYỄN THỊ THỬ NGHIỆM</HoVaTen></ChuXe>")]
    public void A_vehicle_that_names_two_owners_names_none(string service, string owners)
    {
        var (status, reason, row) = Judge(service, owners);
        Assert.Equal((OwnerStatus.Ambiguous, LookUpReason.TwoOwners, null), (status, reason, row));
    }

    [Theory]
    [InlineData("rest", """ "chuXe":[{"hoVaTen":"NGUYỄN THỊ THỬ NGHIỆM","soDinhDanh":"040199012345"}] """)]
    [InlineData("rest", """ "hoVaTen":"NGUYỄN THỊ THỬ NGHIỆM","chuXe":{"hoVaTen":"NGUYỄN THỊ THỬ NGHIỆM","soDinhDanh":"040199012345"} """)]
    public void One_owner_in_a_list_or_named_twice_alike_is_one_owner(string service, string owners)
    {
        var (status, _, row) = Judge(service, owners);
        Assert.Equal(OwnerStatus.Found, status);
        Assert.Contains("040199012345", _registry.Open(row!.Sealed()!), StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_of_which_there_are_two_is_left_out_and_the_owner_stays()
    {
        var (status, _, row) = Judge("rest", """ "coQuanDangKy":{"diaChi":"Số 1 Phố Mẫu"},"chuXe":{"hoVaTen":"NGUYỄN THỊ THỬ NGHIỆM","diaChi":"Khối 0, Phường Mẫu"} """);
        Assert.Equal(OwnerStatus.Found, status);
        Assert.DoesNotContain("address", _registry.Open(row!.Sealed()!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Đã thu hồi theo quyết định 12", OwnerStatus.Ambiguous)]
    [InlineData("Tạm dừng", OwnerStatus.Ambiguous)]
    [InlineData("withdrawn", OwnerStatus.Ambiguous)]
    [InlineData("Hết hiệu lực", OwnerStatus.Ambiguous)]
    [InlineData("Đang hoạt động", OwnerStatus.Found)]
    [InlineData("", OwnerStatus.Found)]
    public void A_state_is_in_use_or_withdrawn_in_whichever_words(string state, OwnerStatus expected) => Assert.Equal(expected, Judge("rest", $""" "trangThai":"{state}" """).Status);

    [Fact]
    public void A_state_in_unknown_words_does_not_pass_for_one_in_use()
    {
        var fault = Assert.Throws<ServiceFaultException>(() => Judge("rest", """ "trangThai":"Đã sang tên" """));
        Assert.Contains("neither in use nor withdrawn", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rest", """ "trangThai":{"ma":"3","ten":"Thu hồi"} """)]
    [InlineData("rest", """ "trangThai":["Thu hồi"] """)]
    [InlineData("rest", """ "hieuLucDen":{"ngay":"2020-01-01"} """)]
    [InlineData("soap", "<TrangThai><Ma>3</Ma><Ten>Thu hồi</Ten></TrangThai>")]
    public void A_state_or_a_date_in_another_form_is_no_answer(string service, string field) =>
        Assert.Contains("no plain text", Assert.Throws<ServiceFaultException>(() => Judge(service, field)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"maLoi":"99","thongBao":"Hết hạn mức","data":[]}""")]
    [InlineData("""{"maLoi":99,"data":null}""")]
    [InlineData("""{"errorCode":"TIMEOUT","data":[]}""")]
    [InlineData("""{"ketQua":{"maLoi":"99","danhSach":[]}}""")]
    [InlineData("<a><MaLoi>99</MaLoi><PhuongTienCollection/></a>")]
    public void An_empty_list_beside_an_error_code_is_not_taken_for_not_found(string reply) =>
        Assert.Contains("error code", Assert.Throws<ServiceFaultException>(() => Read(reply)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"maLoi":"0","data":[]}""")]
    [InlineData("""{"maLoi":0,"data":null}""")]
    [InlineData("""{"maLoi":null,"data":[]}""")]
    [InlineData("<a><MaLoi> 00 </MaLoi><PhuongTienCollection/></a>")]
    public void An_empty_list_beside_a_code_of_success_is_not_found(string reply) => Assert.Empty(Read(reply));

    [Fact]
    public void Two_colours_of_one_vehicle_are_no_answer()
    {
        var fault = Assert.Throws<ServiceFaultException>(() => Judge("rest", """ "cu":{"mauBien":"Vàng"} """));
        Assert.Contains("two values of mauBien", fault.Message, StringComparison.Ordinal);
    }

    private (OwnerStatus Status, LookUpReason Reason, RegistryRow? Row) Judge(string service, string more) => RegistrationMatch.Judge(ServiceTests.Query(), Read(service == "rest"
        ? $$"""{"data":[{"bienSo":"37A12345","mauBien":"Trắng","loaiXe":"Ô tô con",{{more}}}]}"""
        : $"<a><PhuongTienCollection><PhuongTien><BienSo>37A12345</BienSo><MauBien>Trắng</MauBien><LoaiXe>Ô tô con</LoaiXe>{more}</PhuongTien></PhuongTienCollection></a>"));

    private List<RegistryRow> Read(string text)
    {
        var options = new ServiceOptions { Url = new Uri("https://localhost/x") };
        ServiceReply Reply(string type) => new(HttpStatusCode.OK, type, Encoding.UTF8.GetBytes(text));
        if (text[0] == '{')
        {
            using var rest = new RestRegistry(options, _registry.Seal, _registry.Desk, TimeProvider.System);
            return rest.Read(Reply("application/json"), ServiceTests.Query());
        }

        using var soap = new SoapRegistry(options, _registry.Seal, _registry.Desk, TimeProvider.System);
        return soap.Read(Reply("text/xml"), ServiceTests.Query());
    }
}
