using EdgeGateway.Vision.Analytics.Rules;

namespace EdgeGateway.Vision.Tests.Analytics.Rules;

/// <summary>Alerts of public order: raised once, cleared once.</summary>
public sealed class GatheringTests
{
    private static readonly Zone Square = Stage.Rectangle("quang-truong", 100, 100, 900, 600);

    [Fact]
    public void A_crowd_is_raised_when_it_lasts_and_cleared_when_it_has_gone()
    {
        var stage = Crowd();
        var people = Enumerable.Range(0, 6).Select(i => stage.Add(ObjectClass.Person, 200 + 60 * i, 400)).ToList();
        stage.Run(8);
        Assert.Empty(stage.Found);
        stage.Run(5);
        var raised = Assert.Single(stage.Alerts);
        Assert.Equal((true, 6, "quang-truong", "crowding"), (raised.Raised, raised.Count, raised.Zone, raised.Rule));
        people.Take(3).ToList().ForEach(one => one.IsPresent = false);
        stage.Run(15);
        Assert.Equal([true, false], stage.Alerts.Select(alert => alert.Raised));
        Assert.True(stage.Alerts.Last().After > TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void A_number_that_comes_and_goes_and_people_outside_are_no_crowd()
    {
        var stage = Crowd();
        var last = Enumerable.Range(0, 5).Select(i => stage.Add(ObjectClass.Person, 200 + 60 * i, 400)).Last();
        for (var i = 0; i < 5; i++) stage.Add(ObjectClass.Person, 200 + 60 * i, 700);
        for (var i = 0; i < 20; i++)
        {
            last.IsPresent = i % 2 == 0;
            stage.Run(4);
        }

        Assert.Empty(stage.Found);
    }

    [Fact]
    public void One_missing_person_does_not_end_a_crowd()
    {
        var stage = Crowd();
        var people = Enumerable.Range(0, 5).Select(i => stage.Add(ObjectClass.Person, 200 + 60 * i, 400)).ToList();
        stage.Run(15);
        people[0].IsPresent = false;
        Assert.Single(stage.Run(30).Alerts);
        Assert.Equal([true, false], stage.Finish().Alerts.Select(alert => alert.Raised));
    }

    [Fact]
    public void Staying_too_long_is_raised_once_and_cleared_when_the_last_has_left()
    {
        var stage = Loiter();
        var one = stage.Add(ObjectClass.Person, 300, 400);
        stage.Run(25);
        var two = stage.Add(ObjectClass.Person, 600, 400);
        stage.Run(10);
        Assert.Equal(1, Assert.Single(stage.Alerts).Count);
        stage.Run(30);
        one.IsPresent = false;
        stage.Run(20);
        Assert.Single(stage.Alerts);
        two.IsPresent = false;
        stage.Run(10);
        Assert.Equal([true, false], stage.Alerts.Select(alert => alert.Raised));
    }

    [Fact]
    public void Lost_and_found_nearby_is_one_stay_and_passing_through_is_none()
    {
        var stage = Loiter();
        var waits = stage.Add(ObjectClass.Person, 300, 400);
        stage.Add(ObjectClass.Person, 100, 300, vx: 60);
        stage.Run(20);
        waits.IsPresent = false;
        stage.Run(2);
        stage.Renumber(waits);
        (waits.IsPresent, waits.X) = (true, 320);
        stage.Run(9);
        Assert.Equal((true, 1), (Assert.Single(stage.Alerts).Raised, stage.Alerts.Single().Count));
    }

    [Fact]
    public void A_memory_of_a_stay_ends()
    {
        Loitering? rule = null;
        var stage = new Stage((_, _) => rule = new Loitering(new LoiteringModel("lau", Square, TimeSpan.FromSeconds(30)) { Classes = ClassSet.People }));
        var one = stage.Add(ObjectClass.Person, 300, 400);
        stage.Run(5);
        Assert.Equal(1, rule!.Remembered);
        one.IsPresent = false;
        stage.Run(8);
        Assert.Equal(0, rule.Remembered);
    }

    private static Stage Crowd() => new((_, _) => new Crowding(new CrowdingModel("dong", Square, 5) { Classes = ClassSet.People }));

    private static Stage Loiter() => new((_, _) => new Loitering(new LoiteringModel("lau", Square, TimeSpan.FromSeconds(30)) { Classes = ClassSet.People }));
}
