using EdgeGateway.Sites;
using EdgeGateway.Sync.Sites;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Tests.Sites;

public sealed class WatchedGatesTests
{
    private static readonly (string, string)[] Own = [("cong-bac", "vao"), ("cong-nam", "vao")];
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_gate_whose_camera_does_not_show_it_is_missing_from_the_share()
    {
        var gates = new WatchedGates("bien-01", [], _time);
        Assert.Null(gates.Share([]));
        Assert.Equal(0, gates.Share(Own));
        gates.Saw("bien-01", "cong-bac", watches: true);
        gates.Saw("bien-01", "cong-nam", watches: true);
        Assert.Equal(1, gates.Share(Own));
        gates.Saw("bien-01", "cong-nam", watches: false);
        Assert.Equal(0.5, gates.Share(Own));
        _time.Advance(TimeSpan.FromDays(1)); // its own cameras tell each change
        Assert.Equal(0.5, gates.Share(Own));
    }

    [Fact]
    public void A_box_that_is_silent_is_a_gate_that_nobody_watches()
    {
        var gates = new WatchedGates("bien-01", ["bien-02"], _time);
        gates.Saw("bien-01", "cong-bac", watches: true);
        gates.Saw("bien-01", "cong-nam", watches: true);
        Assert.Equal(2 / 3.0, gates.Share(Own));
        gates.Saw("bien-02", "san-khau", watches: true); // it speaks, and has told of no gate so far
        Assert.Equal(1, gates.Share(Own));
        gates.Saw("bien-02", "cong-tay", watches: true);
        gates.Heard(new GateKey("bien-02", "cong-tay", "vao"));
        Assert.Equal(1, gates.Share(Own));
        _time.Advance(TimeSpan.FromMinutes(2)); // no state for so long: the box, or the way to it, is gone
        Assert.Equal(2 / 3.0, gates.Share(Own));
    }

    [Fact]
    public void A_camera_of_another_box_that_is_there_no_more_is_missed_for_an_hour()
    {
        var gates = new WatchedGates("bien-01", ["bien-02"], _time);
        gates.Saw("bien-01", "cong-bac", watches: true);
        gates.Saw("bien-02", "cong-tay", watches: true);
        gates.Heard(new GateKey("bien-02", "cong-tay", "vao"));
        for (var minute = 0; minute < 65; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            gates.Saw("bien-02", "cong-dong", watches: true); // its new name
            if (minute == 30) Assert.Equal(0.5, gates.Share([("cong-bac", "vao")]));
        }

        Assert.Equal(1, gates.Share([("cong-bac", "vao")]));
    }
}
