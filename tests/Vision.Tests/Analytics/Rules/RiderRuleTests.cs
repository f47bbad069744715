using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Tests.Analytics.Rules;

/// <summary>Rules that ask a third party's model about riders; the answers are scripted.</summary>
public sealed class RiderRuleTests
{
    [Fact]
    public void Three_looks_that_agree_are_one_indicative_act()
    {
        var act = Assert.Single(Watch("no_helmet", _ => new RidersSeen(1, true, false, 0.8f)));
        Assert.Equal("NO_HELMET_DRIVER", act.Code);
        Assert.True(act.IsIndicative);
        Assert.Contains("tham khảo", act.Reason.Vi, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "NO_HELMET_PASSENGER")]
    [InlineData(1, null)]
    public void A_bare_passenger_has_its_own_code(int persons, string? code) =>
        Assert.Equal(code, Watch("no_helmet", _ => new RidersSeen(persons, false, persons > 1, 0.8f)).SingleOrDefault()?.Code);

    [Theory]
    [InlineData(2, null)]
    [InlineData(3, "OVER_PERSONS_2")]
    [InlineData(5, "OVER_PERSONS_3")]
    public void Passengers_beyond_one_are_counted(int persons, string? code) =>
        Assert.Equal(code, Watch("over_persons", _ => new RidersSeen(persons, false, false, 0.8f)).SingleOrDefault()?.Code);

    [Fact]
    public void Looks_that_disagree_or_are_unsure_accuse_nobody()
    {
        Assert.Empty(Watch("no_helmet", look => new RidersSeen(1, look % 2 == 0, false, 0.9f)));
        Assert.Empty(Watch("no_helmet", _ => new RidersSeen(1, true, false, 0.3f)));
        Assert.Empty(Watch("no_helmet", _ => null));
    }

    [Fact]
    public void Small_motorcycles_and_other_vehicles_are_not_looked_at()
    {
        var looks = 0;
        RidersSeen? Count(int look)
        {
            looks++;
            return new RidersSeen(1, true, false, 0.9f);
        }

        Assert.Empty(Watch("no_helmet", Count, height: 40));
        Assert.Empty(Watch("no_helmet", Count, kind: ObjectClass.Car));
        Assert.Equal(0, looks);
    }

    private static List<ActSuspected> Watch(string rule, Func<int, RidersSeen?> answer, float height = 90, ObjectClass kind = ObjectClass.Motorcycle)
    {
        using var pool = new FramePool(64, 64, 1);
        using var frame = pool.TryRent()!;
        var stage = new Stage((paths, _) =>
        {
            var model = new RiderModel("nguoi", rule);
            var look = new Scripted(answer);
            RiderRule made = rule == "no_helmet" ? new Helmet(model, paths, look) : new OverPersons(model, paths, look);
            made.Show(frame);
            return made;
        });
        var actor = new Actor(1, kind, 300, 300) { Height = height, Vx = 20 };
        return [.. stage.With(actor).Run(6).Acts];
    }

    private sealed class Scripted(Func<int, RidersSeen?> answer) : IRiderLook
    {
        private int _looks;

        public bool TryLook(Frame frame, in BoxPx machine, out RidersSeen seen)
        {
            var said = answer(_looks++);
            seen = said ?? default;
            return said is not null;
        }
    }
}
