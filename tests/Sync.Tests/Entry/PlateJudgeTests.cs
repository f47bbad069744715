using System.Globalization;
using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Sync.Tests.Entry;

public sealed class PlateJudgeTests : IDisposable
{
    private const string Header = "plate,colour,list,valid_from,valid_to,note\n";
    private static readonly DateTimeOffset T = new(2026, 6, 10, 3, 0, 0, TimeSpan.Zero);

    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("lists-").FullName, "ra-vao.csv");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Theory]
    [InlineData("37A-123.45,,allow,,,", AccessDecision.Allow, "on_allow_list")]
    [InlineData("37A-123.45,white,allow,2026-06-10,2026-06-10,Khách một ngày", AccessDecision.Allow, "on_allow_list")]
    [InlineData("37A-123.45,,allow,2026-05-01,2026-05-31,", AccessDecision.Ask, "pass_not_valid_now")]
    [InlineData("37A-123.45,,allow,2026-07-01,,", AccessDecision.Ask, "pass_not_valid_now")]
    [InlineData("37A-123.45,yellow,allow,,,", AccessDecision.Ask, "on_no_list")]
    [InlineData("37A-123.45,,deny,,,", AccessDecision.Deny, "on_deny_list")]
    [InlineData("37A-123.45,,watch,,,", AccessDecision.Ask, "on_watch_list")]
    [InlineData("37A-123.45,,allow,,,\n37A-123.45,,watch,,,", AccessDecision.Ask, "on_watch_list")]
    [InlineData("37A-123.45,,allow,,,\n37A-123.45,,deny,,,", AccessDecision.Deny, "on_deny_list")]
    [InlineData("37A-123.45,,allow,,,\n37A-123.45,,deny,2026-01-01,2026-02-01,", AccessDecision.Allow, "on_allow_list")]
    [InlineData("38A-275.93,,allow,,,", AccessDecision.Ask, "on_no_list")]
    public void A_plate_is_decided_on_by_its_rows_and_the_day(string rows, AccessDecision decision, string reason)
    {
        using var lists = Open(rows);
        Assert.Equal(new EntryVerdict(decision, reason), new PlateJudge(lists, AccessDecision.Ask).Judge("37A12345", PlateColour.White, T));
    }

    [Theory]
    [InlineData("37A-123.45", PlateKind.Car, true)]
    [InlineData("37A-123.45", PlateKind.Motorbike, false)] // 37A1-2345, which folds to the same text
    [InlineData("37A1-2345", PlateKind.Motorbike, true)]
    [InlineData("37A1-2345", PlateKind.Car, false)]
    [InlineData("37A-123.45", PlateKind.Unknown, true)] // not sure: the text decides
    [InlineData("37A12345", PlateKind.Motorbike, true)]
    public void A_row_is_for_the_kind_of_plate_as_which_it_is_written(string written, PlateKind kind, bool opens)
    {
        using var lists = Open($"{written},,allow,,,");
        Assert.Equal(opens ? "on_allow_list" : "on_no_list", new PlateJudge(lists, AccessDecision.Ask).Judge("37A12345", PlateColour.White, T, kind).Reason);
    }

    [Fact]
    public async Task A_pass_that_is_added_counts_at_once_and_the_version_tells()
    {
        using var lists = Open("38A-275.93,,allow,,,");
        var judge = new PlateJudge(lists, AccessDecision.Deny);
        Assert.Equal(AccessDecision.Deny, judge.Judge("37A12345", PlateColour.White, T).Decision);
        var version = lists.Version;
        await File.WriteAllTextAsync(_path, $"{Header}38A-275.93,,allow,,,\n37A-123.45,,allow,,2026-06-10,Khách\n", TestContext.Current.CancellationToken);
        await Wait.Until("the pass is in force", () => judge.Judge("37A12345", PlateColour.White, T).Decision == AccessDecision.Allow, TimeSpan.FromSeconds(10));
        Assert.NotEqual(version, lists.Version);
    }

    [Theory]
    [InlineData("37A-123.45,,alow,,,", "list: allow, deny, watch")]
    [InlineData("37A-123.45,,stolen,,,", "list: allow, deny, watch")]
    [InlineData("37A-123.45,,allow,2026-06-12,2026-06-10,", "valid_to: not after valid_from")]
    [InlineData("37A-123.45,,allow,10/06/2026 08:00,,", "2024-05-31T08:00:00+07:00")]
    public void A_row_that_would_never_count_at_a_gate_is_told(string row, string told)
    {
        using var lists = Open($"{row}\n37A-123.45,,allow,2026-06-10T08:00:00+07:00,2026-06-10T12:00:00+07:00,");
        Assert.Contains(told, Assert.Single(lists.Problems).Reason.En, StringComparison.Ordinal);
        var judge = new PlateJudge(lists, AccessDecision.Deny);
        Assert.Equal(AccessDecision.Allow, judge.Judge("37A12345", PlateColour.White, T).Decision); // 10:00 local
        Assert.Equal("pass_not_valid_now", judge.Judge("37A12345", PlateColour.White, T.AddHours(2)).Reason);
    }

    [Fact]
    public void Two_hundred_thousand_plates_and_one_bad_row_let_the_rest_in()
    {
        using var lists = Open(string.Join('\n', Enumerable.Range(0, 200_000).Select(i =>
            i == 77_777 ? "=HYPERLINK(\"http://x\"),,allow,,," : string.Create(CultureInfo.InvariantCulture, $"{11 + (i / 100_000)}A{(i % 99_999) + 1:00000},,allow,,,"))));
        var problem = Assert.Single(lists.Problems);
        Assert.Equal(("ra-vao.csv", 77_779), (problem.File, problem.Line));
        Assert.DoesNotContain("HYPERLINK", problem.Reason.En + problem.Reason.Vi, StringComparison.Ordinal);
        Assert.Equal(AccessDecision.Allow, new PlateJudge(lists, AccessDecision.Deny).Judge("12A00077", PlateColour.White, T).Decision);
    }

    private WatchLists Open(string rows)
    {
        File.WriteAllText(_path, Header + rows + "\n");
        return new WatchLists([_path], TimeProvider.System, NullLogger.Instance, TimeSpan.FromMilliseconds(100), PlateJudge.Words);
    }
}
