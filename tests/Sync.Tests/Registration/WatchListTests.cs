using System.Diagnostics;
using System.Globalization;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Testing;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Registration;

public sealed class WatchListTests : IDisposable
{
    private readonly Registry _registry = new();
    private readonly FakeTimeProvider _time = new(Registry.Seen);

    public void Dispose() => _registry.Dispose();

    [Fact]
    public void A_plate_is_on_its_list_in_its_colour_and_its_time()
    {
        using var lists = Open("plate,colour,list,valid_from,valid_to,note\n37A-123.45,white,stolen,2026-11-01,2026-11-20,Mất ngày 1/11\n29MĐ1-013.53,,sought,,,\n");
        Assert.Equal([new WatchHit("stolen", "Mất ngày 1/11", true)], lists.Look("37a12345", PlateColour.White, Registry.Seen));
        Assert.Equal([new WatchHit("stolen", "Mất ngày 1/11", false) { UnseenColour = PlateColour.White }], lists.Look("37A12345", PlateColour.Unknown, Registry.Seen));
        Assert.Empty(lists.Look("37A12345", PlateColour.Yellow, Registry.Seen));
        Assert.Empty(lists.Look("37A12345", PlateColour.White, Registry.Seen.AddDays(1)));
        Assert.Empty(lists.Look("37A1234?", PlateColour.White, Registry.Seen));
        Assert.Equal("sought", Assert.Single(lists.Look("29MD101353", PlateColour.White, Registry.Seen)).List);
    }

    [Fact]
    public void Two_hundred_thousand_plates_and_one_bad_row_cost_that_row_only()
    {
        var rows = Enumerable.Range(0, 200_000).Select(i => i == 123_456 ? "37A-12,white,stolen,,," : string.Create(CultureInfo.InvariantCulture, $"{11 + (i / 100_000)}A{(i % 99_999) + 1:00000},white,stolen,,,"));
        using var lists = Open($"plate,colour,list,valid_from,valid_to,note\n{string.Join('\n', rows)}\n");
        var problem = Assert.Single(lists.Problems);
        Assert.Equal(("list.csv", 123_458), (problem.File, problem.Line));
        Assert.Equal(new TwoLanguages("plate: không phải một biển số", "plate: no plate has this text"), problem.Reason);
        Assert.Equal("stolen", Assert.Single(lists.Look("12A00077", PlateColour.White, Registry.Seen)).List);
    }

    [Theory]
    [InlineData("37A-123.45,green,stolen,,,", "colour")]
    [InlineData("37A-123.45,white,STOLEN!,,,", "list")]
    [InlineData("37A-123.45,white,stolen,yesterday,,", "valid_from")]
    [InlineData("37A-123.45,white,stolen,,,=1+1", "formula")]
    public void A_bad_row_says_what_it_should_hold(string row, string told)
    {
        using var lists = Open($"plate,colour,list,valid_from,valid_to,note\n{row}\n");
        Assert.Contains(told, Assert.Single(lists.Problems).Reason.En, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stray_quote_swallows_no_other_row()
    {
        using var lists = Open("plate,colour,list,valid_from,valid_to,note\n37A-123.45,,deny,,,\"xe mượn\n37A-543.21,,deny,,,quán \"Gió\"\n37A-111.11,,deny,,,\"hai \"\"dấu\"\"\"\n");
        Assert.Empty(lists.Problems);
        string NoteOf(string plate) => Assert.Single(lists.Look(plate, PlateColour.White, Registry.Seen)).Note;
        Assert.Equal(("\"xe mượn", "quán \"Gió\"", "hai \"dấu\""), (NoteOf("37A12345"), NoteOf("37A54321"), NoteOf("37A11111")));
    }

    [Fact]
    public async Task A_changed_list_is_taken_up_and_a_broken_one_leaves_the_old_in_force()
    {
        using var lists = Open("plate,colour,list,valid_from,valid_to,note\n37A-123.45,white,stolen,,,\n");
        _registry.Write("list.csv", "plate,colour,list,valid_from,valid_to,note\n37A-123.45,white,stolen,,,\n37A-543.21,white,sought,,,\n");
        await AfterAsync("the new list is in force", () => lists.Look("37A54321", PlateColour.White, Registry.Seen).Count == 1);
        _registry.Write("list.csv", "this is no list");
        await AfterAsync("the broken file is told", () => lists.Problems.Count == 1);
        Assert.Single(lists.Look("37A54321", PlateColour.White, Registry.Seen));
        File.Delete(_registry.PathOf("list.csv"));
        await AfterAsync("the missing file is told", () => lists.Problems[0].Reason.En.Contains("not there", StringComparison.Ordinal));
        Assert.Single(lists.Look("37A54321", PlateColour.White, Registry.Seen));
    }

    [Fact]
    public async Task A_list_that_could_not_be_read_once_is_tried_again_without_a_change_of_the_file()
    {
        var path = _registry.Write("list.csv", "plate,colour,list,valid_from,valid_to,note\n37A-123.45,white,stolen,,,\n");
        WatchLists lists;
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            lists = new WatchLists([path], _time, _registry.Log);
            Assert.Single(lists.Problems);
        }

        using (lists)
        {
            await AfterAsync("it is read", () => lists.Problems.Count == 0);
            Assert.Single(lists.Look("37A12345", PlateColour.White, Registry.Seen));
        }
    }

    private Task AfterAsync(string reason, Func<bool> condition) => Wait.Until(reason, () =>
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return condition();
    }, TimeSpan.FromSeconds(60));

    private WatchLists Open(string text) => new([_registry.Write("list.csv", text)], _time, _registry.Log);
}
