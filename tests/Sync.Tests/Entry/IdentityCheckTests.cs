using System.Text;
using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Identity;
using EdgeGateway.Sync.Registration.Remote;
using EdgeGateway.Testing;

namespace EdgeGateway.Sync.Tests.Entry;

/// <summary>Invented people only (domain.md, section 5).</summary>
public sealed class IdentityCheckTests : IDisposable
{
    private const string Number = "040199012345";
    private const string Card = "040199012345||NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0, Phường Mẫu, Nghệ An|01092023";
    private static readonly DateTimeOffset T = new(2026, 6, 1, 2, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("identity-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_valid_card_lets_in_and_leaves_a_hash_and_an_age_group()
    {
        var verdict = await JudgeAsync(Card);
        Assert.Equal((AccessDecision.Allow, "card_valid", "gateway", "25-39", null), (verdict.Decision, verdict.Reason, verdict.DecidedBy, verdict.AgeGroup, verdict.Province));
        Assert.Matches("^[0-9a-f]{32}$", verdict.Identity);
        Assert.Equal("040", (await JudgeAsync(Card, options => options with { Province = true })).Province);
        Assert.Equal(AccessDecision.Ask, (await JudgeAsync(Card, options => options with { ValidCard = AccessDecision.Ask })).Decision);
        Assert.DoesNotContain(Number, verdict.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("040199012345|NGUYỄN THỊ THỬ NGHIỆM|05071999|Nữ|Khối 0|01092024|Cha Mẫu|Mẹ Mẫu", AccessDecision.Allow, "card_valid")] // the card of 2024, by its shape
    [InlineData("001060000001|012345678|TRẦN VĂN MẪU|01011960|Nam|Số 0|15042018", AccessDecision.Allow, "card_valid")] // renewed within two years before 60: for life
    [InlineData("001086000001||TRẦN VĂN MẪU|01011986|Nam|Số 0|15042021", AccessDecision.Ask, "card_expired")] // forty on 1 January 2026
    [InlineData("042205000777||LÊ VĂN GIẢ LẬP|29022005|Nam|Số 0|01092021", AccessDecision.Deny, "card_impossible_birth_date")]
    [InlineData("040099012345||NGUYỄN THỊ THỬ|05071999|Nữ|Số 0|01092021", AccessDecision.Deny, "card_impossible_sex")]
    [InlineData("040198012345||NGUYỄN THỊ THỬ|05071999|Nữ|Số 0|01092021", AccessDecision.Deny, "card_impossible_birth_year")]
    [InlineData("003090000001||TRẦN VĂN MẪU|01011990|Nam|Số 0|15042021", AccessDecision.Deny, "card_impossible_place")]
    [InlineData("04019901234||NGUYỄN THỊ THỬ|05071999|Nữ|Số 0|01092021", AccessDecision.Deny, "card_impossible_number")]
    [InlineData("040199012345||NGUYỄN THỊ THỬ|05071999|Nữ|Số 0", AccessDecision.Deny, "card_impossible_fields_missing")]
    [InlineData("040199012345||NGUYỄN\0THỊ|05071999|Nữ|Số 0|01092021", AccessDecision.Deny, "card_impossible_unprintable")]
    [InlineData("040199012345", AccessDecision.Deny, "card_impossible_fields_missing")] // a bare number is no code of a service
    [InlineData("eid:9f3c2a", AccessDecision.Ask, "token_not_verified")]
    public async Task What_is_shown_is_named_without_repeating_it(string text, AccessDecision decision, string reason)
    {
        var verdict = await JudgeAsync(text);
        Assert.Equal((decision, reason), (verdict.Decision, verdict.Reason));
    }

    [Fact]
    public async Task Mixed_normal_forms_are_one_person()
    {
        var one = await JudgeAsync(Card.Normalize(NormalizationForm.FormC));
        var other = await JudgeAsync(Card.Normalize(NormalizationForm.FormD));
        Assert.Equal((one.Identity, "card_valid"), (other.Identity, other.Reason));
    }

    [Fact]
    public async Task Ten_kilobytes_and_half_a_character_are_no_card()
    {
        Assert.Equal("card_impossible_too_long", (await JudgeAsync(new string('9', 10_240))).Reason);
        Assert.Equal("card_impossible_unprintable", (await JudgeAsync("040199012345|\ud83d|x")).Reason);
    }

    [Fact]
    public async Task The_key_changes_with_its_period_and_the_old_one_is_gone()
    {
        var key = new IdentityKey(Path.Combine(_folder, "key"), TimeSpan.FromDays(1));
        Assert.True(CitizenNumber.TryParse(Number, out var number));
        var today = key.Of(number, T);
        Assert.Equal(today, new IdentityKey(Path.Combine(_folder, "key"), TimeSpan.FromDays(1)).Of(number, T)); // over a restart
        var kept = await File.ReadAllTextAsync(Path.Combine(_folder, "key"), TestContext.Current.CancellationToken);
        Assert.NotEqual(today, key.Of(number, T.AddDays(1)));
        Assert.DoesNotContain(kept.Split(' ')[1].Trim(), await File.ReadAllTextAsync(Path.Combine(_folder, "key"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "key")));
    }

    [Fact]
    public void The_key_turns_at_its_hour_of_the_night_and_not_in_the_morning()
    {
        Assert.True(CitizenNumber.TryParse(Number, out var number));
        var night = new DateTimeOffset(2026, 5, 31, 20, 0, 0, TimeSpan.Zero); // three in the morning of 1 June in Vietnam
        var key = new IdentityKey(Path.Combine(_folder, "key"), TimeSpan.FromDays(1), night.TimeOfDay);
        var before = key.Of(number, night.AddSeconds(-1));
        var after = key.Of(number, night);
        Assert.NotEqual(before, after);
        Assert.Equal(after, key.Of(number, night.AddHours(4))); // seven in the morning is midnight UTC
        Assert.Equal(after, key.Of(number, night.AddDays(1).AddSeconds(-1)));
    }

    [Fact]
    public async Task A_key_that_cannot_be_kept_gives_no_hash_and_asks()
    {
        var check = new IdentityCheck(new IdentityKey(Path.Combine(_folder, "nowhere", "key"), TimeSpan.FromDays(1)), verifier: null);
        var verdict = await check.JudgeAsync(Card, "cong", new IdentityCheckOptions(), T, TestContext.Current.CancellationToken);
        Assert.Equal((AccessDecision.Ask, "identity_key_failed", null), (verdict.Decision, verdict.Reason, verdict.Identity));
    }

    [Theory]
    [InlineData("""{"status":"valid","number":"040199012345","birthDate":"1999-07-05"}""", AccessDecision.Allow, "token_valid")]
    [InlineData("""{"status":"valid"}""", AccessDecision.Allow, "token_valid")]
    [InlineData("""{"status":"expired"}""", AccessDecision.Ask, "token_expired")]
    [InlineData("""{"status":"refused"}""", AccessDecision.Deny, "token_refused")]
    [InlineData("""{"status":"valid","number":"12"}""", AccessDecision.Ask, "verifier_unreachable")]
    [InlineData("<html>040199012345</html>", AccessDecision.Ask, "verifier_unreachable")]
    public async Task A_short_lived_code_is_handed_to_the_service_and_judged_by_its_answer(string answer, AccessDecision decision, string reason)
    {
        await using var service = new RelayServer { Answer = _ => answer };
        using var verifier = Verifier(service.Url);
        var verdict = await JudgeAsync("eid:9f3c2a", verifier: verifier);
        Assert.Equal((decision, reason), (verdict.Decision, verdict.Reason));
        Assert.Equal("""{"token":"eid:9f3c2a","gate":"cong"}""", Assert.Single(service.Bodies));
        Assert.Equal(answer.Contains("birthDate", StringComparison.Ordinal), verdict.Identity is not null);
    }

    [Theory]
    [InlineData(false, AccessDecision.Ask)]
    [InlineData(true, AccessDecision.Allow)]
    public async Task A_service_that_is_away_is_what_the_gate_does_when_something_fails(bool failsOpen, AccessDecision decision)
    {
        using var verifier = Verifier(new Uri($"http://127.0.0.1:{Mosquitto.FreePort()}/"));
        var verdict = await JudgeAsync("eid:9f3c2a", options => options with { FailsOpen = failsOpen }, verifier);
        Assert.Equal((decision, "verifier_unreachable"), (verdict.Decision, verdict.Reason));
    }

    [Fact]
    public async Task A_card_s_number_is_never_sent_to_the_service()
    {
        await using var service = new RelayServer { Answer = _ => """{"status":"valid"}""" };
        using var verifier = Verifier(service.Url);
        foreach (var text in (string[])[Card, Number, $" {Number} ", $"id {Number}", "040 199 012 345", "040.199.012-345", "０４０１９９０１２３４５", $"{Number}{Number}", $"9{Number}7", $"so 0401 9901 2345", $"id:77{Number}"]) await JudgeAsync(text, verifier: verifier);
        Assert.Empty(service.Bodies);
    }

    [Theory]
    [InlineData("WIFI:T:WPA;S=quan-an;P:mat-khau;;")]
    [InlineData("tel:0912345678")]
    [InlineData("Phở bò, giá 40.000 đồng")]
    [InlineData("00020101021138540010A00000072701240006970436011012345678900208QRIBFTTA53037045802VN6304ABCD")] // a payment
    [InlineData("abc")]
    public async Task What_is_no_code_of_the_service_is_not_sent_and_opens_nothing(string text)
    {
        await using var service = new RelayServer { Answer = _ => """{"status":"valid"}""" };
        using var verifier = Verifier(service.Url);
        var verdict = await JudgeAsync(text, options => options with { FailsOpen = true }, verifier);
        Assert.Equal((AccessDecision.Ask, "token_not_verified"), (verdict.Decision, verdict.Reason));
        Assert.Empty(service.Bodies);
    }

    [Fact]
    public async Task A_web_address_opens_no_gate_while_the_service_is_away()
    {
        using var verifier = Verifier(new Uri($"http://127.0.0.1:{Mosquitto.FreePort()}/"));
        var verdict = await JudgeAsync("https://quan-an.example.vn/menu", options => options with { FailsOpen = true }, verifier);
        Assert.Equal((AccessDecision.Ask, "verifier_unreachable"), (verdict.Decision, verdict.Reason));
    }

    [Fact]
    public async Task The_key_of_a_period_that_is_over_is_deleted_though_no_card_comes()
    {
        var path = Path.Combine(_folder, "key");
        var key = new IdentityKey(path, TimeSpan.FromDays(1));
        Assert.True(CitizenNumber.TryParse(Number, out var number));
        var today = key.Of(number, T);
        key.Expire(T.AddHours(1));
        key.Expire(T.AddDays(-400)); // a clock that is not set yet
        Assert.Equal(today, key.Of(number, T.AddHours(2)));
        key.Expire(T.AddDays(1));
        Assert.False(File.Exists(path));
        Assert.NotEqual(today, key.Of(number, T));
        await File.WriteAllTextAsync(path, "60m-1 00\n", TestContext.Current.CancellationToken); // of another setting
        key.Expire(T);
        Assert.False(File.Exists(path));
    }

    private static HttpTokenVerifier Verifier(Uri url) => new(new ServiceOptions { Url = url, Timeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);

    private Task<IdentityVerdict> JudgeAsync(string text, Func<IdentityCheckOptions, IdentityCheckOptions>? change = null, ITokenVerifier? verifier = null) =>
        new IdentityCheck(new IdentityKey(Path.Combine(_folder, "key"), TimeSpan.FromDays(1)), verifier)
            .JudgeAsync(text, "cong", (change ?? (options => options))(new IdentityCheckOptions()), T, TestContext.Current.CancellationToken);
}
