using EdgeGateway.Violations;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Plates;
using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Tests.Legal;

public sealed class PendingActsTests
{
    private static readonly TrackId Track = new(7);
    private readonly List<SettledAct> _settled = [];

    [Fact]
    public void An_act_waits_for_its_vehicles_plate_and_for_no_other()
    {
        var acts = new PendingActs(readsPlates: true, _ => Ulid.NewUlid(), _settled.Add);
        acts.See(Act(1), At(1));
        acts.See(Plate(1.5, new TrackId(8), "37A11111"), At(1.5));
        Assert.Empty(_settled);
        acts.See(Plate(2, Track, "37A12345"), At(2));
        Assert.Equal("37A12345", Assert.Single(_settled).Plate!.Text);
    }

    [Fact]
    public void A_plate_that_is_read_after_the_number_may_have_gone_to_another_vehicle_belongs_to_nobody()
    {
        var acts = new PendingActs(readsPlates: true, _ => Ulid.NewUlid(), _settled.Add);
        acts.See(Act(1), At(1));
        acts.See(new TrackHandedOn(At(2), Track), At(2));
        Assert.Null(Assert.Single(_settled).Plate);
        acts.See(Plate(3, Track, "37A99999"), At(3));
        acts.See(Act(4), At(4));
        Assert.Equal(2, _settled.Count);
        Assert.Null(_settled[1].Plate);

        // The tracker gives each number once; what comes under a new one has a clean slate.
        acts.Forget(Track);
        acts.See(Plate(6, new TrackId(9), "37A12345"), At(6));
        acts.See(Act(7, new TrackId(9)), At(7));
        Assert.Equal("37A12345", _settled[2].Plate!.Text);
    }

    [Fact]
    public void A_plate_that_was_read_before_the_number_went_on_stays_with_the_act_before_it()
    {
        var acts = new PendingActs(readsPlates: true, _ => Ulid.NewUlid(), _settled.Add);
        acts.See(Plate(0.5, Track, "37A12345"), At(0.5));
        acts.See(Act(1), At(1));
        acts.See(new TrackHandedOn(At(2), Track), At(2));
        acts.See(Act(3), At(3));
        Assert.Equal(["37A12345", null], _settled.Select(one => one.Plate?.Text));
    }

    [Fact]
    public void A_doubtful_plate_of_before_is_no_last_word()
    {
        var acts = new PendingActs(readsPlates: true, _ => Ulid.NewUlid(), _settled.Add);
        acts.See(Plate(0.5, Track, "37A1?345", isDoubtful: true), At(0.5));
        acts.See(Act(1), At(1));
        Assert.Empty(_settled);
        acts.See(Plate(2, Track, "37A12345"), At(2));
        acts.See(Plate(2.5, new TrackId(8), "37A1?999", isDoubtful: true), At(2.5));
        acts.See(Act(3, new TrackId(8)), At(3));
        acts.Advance(At(13));
        Assert.Equal(["37A12345", "37A1?999"], _settled.Select(one => one.Plate?.Text));
    }

    [Fact]
    public void Nobody_waits_longer_than_ten_seconds_or_for_who_has_gone()
    {
        var acts = new PendingActs(readsPlates: true, _ => Ulid.NewUlid(), _settled.Add);
        acts.See(Act(1), At(1));
        acts.Advance(At(10.9));
        Assert.Empty(_settled);
        acts.Advance(At(11));
        Assert.Single(_settled);
        acts.See(Act(12), At(12));
        acts.Forget(Track);
        Assert.Equal(2, _settled.Count);
        Assert.True(acts.IsEmpty);
    }

    private static FrameTime At(double seconds) => new(TimeSpan.FromSeconds(seconds), DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(seconds));

    private static ActSuspected Act(double seconds, TrackId? track = null) => new(
        At(seconds), "den-do", "red_light", "RED_LIGHT", track ?? Track, ObjectClass.Car, At(seconds), At(seconds), new ActConfidence(1, 1, 1, null), new Said("vi", "en"), [], [], null, false);

    private static PlateSettled Plate(double seconds, TrackId track, string text, bool isDoubtful = false) => new(
        At(seconds), track, ObjectClass.Car, new PlateReading(text, text, text, PlateKind.Car, null, isDoubtful, PlateColour.White, 1, 0.99f, [], []), default, null);
}
