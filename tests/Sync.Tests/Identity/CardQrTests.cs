using System.Text;
using CsCheck;
using EdgeGateway.Sync.Identity;
using Xunit;

namespace EdgeGateway.Sync.Tests.Identity;

// All people and numbers are invented.
public sealed class CardQrTests
{
    private static readonly DateOnly Today = new(2026, 11, 25);

    [Theory]
    [InlineData("040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0, Phường Mẫu, Nghệ An|01092021")]
    [InlineData("001090000001|012345678|TRẦN VĂN MẪU|01011990|Nam|Số 0 Phố Mẫu, Hà Nội|15042021")]
    [InlineData("042205000777||LÊ VĂN GIẢ LẬP|28022005|Nam|Xã Mẫu|15042023")]
    [InlineData(" 040199012345 | | NGUYỄN THỊ THỬ NGHIỆM | 05071999 | Nữ | Khối 0 | 01092021 | thêm | nữa ")]
    [InlineData("\uFEFF040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0, Phường Mẫu, Nghệ An|01092021")]
    [InlineData("]Q1040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0, Phường Mẫu, Nghệ An|01092021")]
    public void A_card_whose_fields_agree_is_read(string text) => Assert.IsType<CitizenCard>(CardQr.Read(text, Today));

    [Theory]
    [InlineData("040199012345|NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0, Phường Mẫu|01092025||||")]
    [InlineData("040199012345|012345678|NGUYỄN THỊ THỬ NGHIỆM|Nữ|05071999|Khối 0|01092025|TRẦN VĂN CHA|LÊ THỊ MẸ")]
    public void The_new_card_is_recognised_by_its_shape(string text) => Assert.IsType<CitizenCard>(CardQr.Read(text, Today));

    [Theory]
    [InlineData("042205000777||LÊ VĂN GIẢ LẬP|29022005|Nam|Xã Mẫu|15042023", CardFault.BirthDate)]
    [InlineData("040099012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0|01092021", CardFault.Sex)]
    [InlineData("040198012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0|01092021", CardFault.BirthYear)]
    [InlineData("003090000001||TRẦN VĂN MẪU|01011990|Nam|Số 0|15042021", CardFault.Place)]
    [InlineData("04019901234||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0|01092021", CardFault.Number)]
    [InlineData("040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|01092021", CardFault.FieldsMissing)]
    [InlineData("040199012345|1234|NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0|01092021", CardFault.OldNumber)]
    [InlineData("040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0|01092030", CardFault.IssueDate)]
    [InlineData("040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|NU|Khối 0|01092021", CardFault.Sex)]
    [InlineData("040199012345||NGUYỄN THỊ THỬ NGHIỆM|5071999|Nữ|Khối 0|01092021", CardFault.BirthDate)]
    [InlineData("040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0|1/9/2021", CardFault.IssueDate)]
    public void An_impossible_card_is_named(string text, CardFault fault)
    {
        var card = Assert.IsType<ImpossibleCard>(CardQr.Read(text, Today));
        Assert.Equal(fault, card.Fault);
        Assert.DoesNotContain("0199012345", card.Text.Vi + card.Text.En, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_with_a_country_of_birth_is_accepted_with_a_flag() =>
        Assert.True(Assert.IsType<CitizenCard>(CardQr.Read("301090000001||TRẦN VĂN MẪU|01011990|Nam|Số 0|15042021", Today)).IsForeignBorn);

    [Fact]
    public void Arabic_digits_are_no_digits() =>
        Assert.IsType<ImpossibleCard>(CardQr.Read("٠٤٠١٩٩٠١٢٣٤٥||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0|01092021", Today));

    [Fact]
    public void Mixed_normal_forms_read_the_same()
    {
        var composed = "040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0, Phường Mẫu|01092021";
        Assert.Equal<CardReading>(CardQr.Read(composed, Today), CardQr.Read(composed.Normalize(NormalizationForm.FormD), Today));
    }

    [Fact]
    public void Ten_kilobytes_and_nul_are_refused()
    {
        Assert.Equal(CardFault.TooLong, Assert.IsType<ImpossibleCard>(CardQr.Read(new string('7', 10_240), Today)).Fault);
        Assert.Equal(CardFault.Unprintable, Assert.IsType<ImpossibleCard>(CardQr.Read("040199012345\0||A|05071999|Nữ|B|01092021", Today)).Fault);
    }

    [Fact]
    public void What_is_no_card_is_an_opaque_token_that_does_not_print_itself()
    {
        var token = Assert.IsType<OpaqueToken>(CardQr.Read("eyJhbGciOiJFUzI1NiJ9.abc", Today));
        Assert.DoesNotContain("eyJ", token.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_issued_within_two_years_before_a_renewal_age_holds_to_the_next()
    {
        Assert.Equal(new DateOnly(2039, 7, 5), CardQr.ExpiryOf(new DateOnly(1999, 7, 5), new DateOnly(2022, 8, 1)));
        Assert.Equal(new DateOnly(2024, 7, 5), CardQr.ExpiryOf(new DateOnly(1999, 7, 5), new DateOnly(2021, 9, 1)));
        Assert.Null(CardQr.ExpiryOf(new DateOnly(1960, 7, 5), new DateOnly(2021, 9, 1)));
    }

    [Fact]
    public void A_card_past_its_renewal_age_is_read_and_named_expired()
    {
        var card = Assert.IsType<CitizenCard>(CardQr.Read("040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0|01092021", Today));
        Assert.True(card.IsExpired(Today));
        Assert.False(card.IsExpired(new DateOnly(2024, 7, 5))); // "valid to" holds on its day
        Assert.True(card.IsExpired(new DateOnly(2024, 7, 6)));
    }

    [Fact]
    public void No_text_brings_the_reader_down() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["0123456789|ỮữNamABCĐ \uD800\uDC00"], 0, 120]).Sample(text => CardQr.Read(text, Today) is not null);

    [Fact]
    public void A_printed_card_shows_no_number_name_or_address()
    {
        var text = CardQr.Read("040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0, Phường Mẫu|01092025", Today).ToString();
        Assert.Contains("040*******45", text, StringComparison.Ordinal);
        Assert.DoesNotContain("040199012345", text, StringComparison.Ordinal);
        Assert.DoesNotContain("THỬ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Mẫu", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_of_a_person_is_stable_within_its_period_and_another_one_after_it()
    {
        var hash = new IdentityHash(new byte[32], TimeSpan.FromDays(1));
        Assert.True(CitizenNumber.TryParse("040199012345", out var number));
        var noon = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(hash.Of(number, noon), hash.Of(number, noon.AddHours(5)));
        Assert.NotEqual(hash.Of(number, noon), hash.Of(number, noon.AddDays(1)), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("CCCD 040199012345, mở giúp", "CCCD 040*******45, mở giúp")]
    [InlineData("040 199 012 345", "040*******45")]
    [InlineData("0401.9901-2345", "040*******45")]
    [InlineData("040_199_012_345", "040*******45")]
    [InlineData("CMND 187123456", "CMND 187*******56")]
    [InlineData("xe 37A-123.45, cổng 12, 8 khách", "xe 37A-123.45, cổng 12, 8 khách")]
    [InlineData("0401990123456", "040*******56")]
    public void What_an_officer_types_keeps_no_number_of_nine_or_more_digits(string typed, string kept) => Assert.Equal(kept, IdentityMask.InWords(typed));

    [Fact]
    public void Numbers_in_text_are_masked_and_longer_runs_are_left_alone() =>
        Assert.Equal("thẻ 040*******45, mã 0401990123456", IdentityMask.Apply("thẻ 040199012345, mã 0401990123456"));
}
