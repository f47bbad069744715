using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;
using EdgeGateway.Testing;

namespace EdgeGateway.Sync.Tests.Entry;

public sealed class EntryGateTests
{
    private static readonly DateTimeOffset T = new(2026, 6, 1, 7, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Barrier _barrier = new();

    [Fact]
    public async Task Two_openings_commanded_at_once_are_one()
    {
        await using var gate = Gate();
        _barrier.Answer = new TaskCompletionSource();
        var first = gate.OpenAsync(new Grant(null, null), T);
        var second = gate.OpenAsync(new Grant(null, null), T.AddMilliseconds(1));
        _barrier.Answer.SetResult();
        Assert.Equal(T, await first);
        Assert.Equal(T, await second);
        Assert.Equal(1, _barrier.Openings);
    }

    [Fact]
    public async Task A_hundred_openings_from_many_threads_are_one()
    {
        await using var gate = Gate();
        var opened = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => gate.OpenAsync(new Grant(null, null), T))));
        Assert.All(opened, at => Assert.Equal(T, at));
        Assert.Equal(1, _barrier.Openings);
    }

    [Fact]
    public async Task One_opening_lets_one_vehicle_pass()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/1", "37A12345"), T);
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/1", "37A12345", isRefused: false, T.AddSeconds(3)));
        Assert.Equal(PassVerdict.Tailgating, gate.Passed("cam/2", "37A99999", isRefused: true, T.AddSeconds(5)));
        Assert.Equal(PassVerdict.NoOpening, gate.Passed("cam/3", null, isRefused: false, T.AddMinutes(5)));
    }

    [Fact]
    public async Task An_operators_opening_stays_that_of_the_vehicle_that_was_asked_about()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/1", null) { IsByOperator = true }, T);
        var next = gate.OpenAsync(new Grant("cam/2", "37A99999"), T.AddSeconds(1)); // the listed car behind it
        Assert.False(next.IsCompleted);
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/1", null, isRefused: true, T.AddSeconds(3)));
        await next.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/2", "37A99999", isRefused: false, T.AddSeconds(6)));
        Assert.Equal(2, _barrier.Openings);
    }

    [Fact]
    public async Task An_operators_opening_for_the_second_waits_behind_the_firsts()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/1", "37A12345"), T);
        var second = gate.OpenAsync(new Grant("cam/2", "37A99999") { IsByOperator = true }, T.AddSeconds(1));
        Assert.False(second.IsCompleted);
        gate.Passed("cam/1", "37A12345", isRefused: false, T.AddSeconds(3));
        await second.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/2", "37A99999", isRefused: true, T.AddSeconds(5)));
    }

    [Fact]
    public async Task Two_that_pass_in_another_order_than_they_were_decided_on_are_no_tailgaters()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/1", "37A12345"), T);
        var second = gate.OpenAsync(new Grant("cam/2", "37A99999"), T.AddSeconds(1));
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/2", "37A99999", isRefused: false, T.AddSeconds(3)));
        await Assert.ThrowsAsync<GateFaultException>(() => second);
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/1", "37A12345", isRefused: false, T.AddSeconds(5)));
        await Wait.Until("the first had its own turn", () => _barrier.Openings == 2, Patience);
        Assert.Equal(PassVerdict.Tailgating, gate.Passed("cam/3", null, isRefused: false, T.AddSeconds(7)));
    }

    [Fact]
    public async Task What_a_second_camera_decides_when_the_vehicle_is_through_opens_for_nobody_else()
    {
        await using var gate = Gate(options => options with { AntiPassback = TimeSpan.FromHours(4) });
        await gate.OpenAsync(new Grant("front/3", "37A12345"), T);
        gate.Passed("front/3", "37A12345", isRefused: false, T.AddSeconds(3));
        Assert.True(gate.IsInside("37A12345", T.AddSeconds(3.1), "front/5")); // before the same camera it is another one
        Assert.False(gate.IsInside("37A12345", T.AddSeconds(3.1), "rear/9")); // it is the same vehicle still, not a second one with its plate
        await gate.OpenAsync(new Grant("rear/9", "37A12345"), T.AddSeconds(3.1));
        Assert.Equal(PassVerdict.Opened, gate.Passed("rear/9", "37A12345", isRefused: false, T.AddSeconds(4)));
        Assert.Equal(PassVerdict.Tailgating, gate.Passed("front/4", null, isRefused: false, T.AddSeconds(6)));
        Assert.Equal(1, _barrier.Openings);
        Assert.True(gate.IsInside("37A12345", T.AddMinutes(5)));
    }

    [Fact]
    public async Task Two_cards_one_after_the_other_are_two_openings_where_a_line_tells_who_passes()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant(null, "card-1") { IsForOne = true }, T);
        var second = gate.OpenAsync(new Grant(null, "card-2") { IsForOne = true }, T.AddSeconds(1));
        Assert.Same(second, gate.OpenAsync(new Grant(null, "card-2") { IsForOne = true }, T.AddSeconds(1.5)));
        Assert.False(second.IsCompleted);
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/1", null, isRefused: false, T.AddSeconds(2)));
        await second.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(2, _barrier.Openings);
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/2", null, isRefused: false, T.AddSeconds(4)));
        Assert.Equal(PassVerdict.Tailgating, gate.Passed("cam/3", null, isRefused: false, T.AddSeconds(5)));
    }

    [Fact]
    public async Task A_card_whose_holder_crossed_the_line_is_inside()
    {
        await using var gate = Gate(options => options with { AntiPassback = TimeSpan.FromHours(4) });
        await gate.OpenAsync(new Grant(null, "card-1") { IsForOne = true }, T);
        Assert.False(gate.IsInside("card-1", T.AddSeconds(1)));
        gate.Passed("cam/1", null, isRefused: false, T.AddSeconds(2));
        Assert.True(gate.IsInside("card-1", T.AddMinutes(5)));
        Assert.False(gate.IsInside("card-1", T.AddHours(5)));
    }

    [Fact]
    public async Task One_vehicle_before_two_cameras_has_one_opening_and_is_no_tailgater()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("front/3", "37A12345"), T);
        await gate.OpenAsync(new Grant("rear/9", "37A12345"), T.AddSeconds(1));
        Assert.Equal(PassVerdict.Opened, gate.Passed("rear/9", "37A12345", isRefused: false, T.AddSeconds(3)));
        Assert.Equal(PassVerdict.Opened, gate.Passed("front/3", "37A12345", isRefused: false, T.AddSeconds(3.2)));
        Assert.Equal(1, _barrier.Openings);
        Assert.Equal(PassVerdict.Tailgating, gate.Passed("front/4", "37A99999", isRefused: true, T.AddSeconds(5)));
    }

    [Fact]
    public async Task A_clock_that_stepped_back_leaves_no_opening_standing_for_as_long()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/1", "37A12345"), T.AddHours(7));
        gate.Advance(T);
        await gate.OpenAsync(new Grant("cam/2", "37A22222"), T.AddSeconds(1)).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(2, _barrier.Openings);
    }

    [Fact]
    public async Task A_gate_held_open_is_let_go_of_after_a_clock_that_stepped_back()
    {
        await using var gate = Gate(options => options with { FailsOpen = true });
        gate.SetFailed("camera", isFailed: true);
        gate.Advance(T.AddHours(7));
        await Wait.Until("it is held", () => gate.IsHeldOpen, Patience);
        gate.SetFailed("camera", isFailed: false);
        await Wait.Until("it is let go of", () =>
        {
            gate.Advance(T);
            return !gate.IsHeldOpen;
        }, Patience);
    }

    [Fact]
    public async Task Who_was_refused_may_not_use_the_opening_of_another()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/1", "37A12345"), T);
        Assert.Equal(PassVerdict.NoOpening, gate.Passed("cam/2", "37A99999", isRefused: true, T.AddSeconds(2)));
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/1", "37A12345", isRefused: false, T.AddSeconds(4)));
    }

    [Fact]
    public async Task A_vehicle_whose_track_broke_uses_its_opening_under_its_second_track()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/1", "37A12345"), T);
        gate.Gone("cam/1");
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/9", "37A12345", isRefused: false, T.AddSeconds(4)));
    }

    [Fact]
    public async Task The_second_vehicle_s_opening_waits_until_the_first_has_passed()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/1", "37A12345"), T);
        var second = gate.OpenAsync(new Grant("cam/2", "38A27593"), T.AddSeconds(1));
        Assert.False(second.IsCompleted);
        Assert.Equal(1, _barrier.Openings);
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/1", "37A12345", isRefused: false, T.AddSeconds(3)));
        Assert.Equal(T.AddSeconds(3), await second.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal(2, _barrier.Openings);
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/2", "38A27593", isRefused: false, T.AddSeconds(6)));
    }

    [Fact]
    public async Task An_opening_that_nobody_uses_is_over_and_the_next_one_begins()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/1", null), T);
        var second = gate.OpenAsync(new Grant("cam/2", null), T.AddSeconds(1));
        gate.Advance(T.AddSeconds(19));
        Assert.False(second.IsCompleted);
        gate.Advance(T.AddSeconds(20));
        await second.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(2, _barrier.Openings);
    }

    [Fact]
    public async Task A_vehicle_that_leaves_gives_up_its_turn()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/1", null), T);
        var second = gate.OpenAsync(new Grant("cam/2", null), T);
        gate.Gone("cam/2");
        await Assert.ThrowsAsync<GateFaultException>(() => second);
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/1", null, isRefused: false, T.AddSeconds(2)));
        Assert.Equal(1, _barrier.Openings);
    }

    [Fact]
    public async Task An_operator_s_opening_is_for_whoever_comes_next_refused_or_not()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant(null, null), T);
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/2", "37A99999", isRefused: true, T.AddSeconds(2)));
        Assert.Equal(PassVerdict.Tailgating, gate.Passed("cam/3", null, isRefused: false, T.AddSeconds(3)));
    }

    [Fact]
    public async Task A_plate_that_came_in_is_inside_until_its_time_is_over_or_it_was_seen_leaving()
    {
        await using var gate = Gate(options => options with { AntiPassback = TimeSpan.FromHours(4) });
        await gate.OpenAsync(new Grant("cam/1", "37A12345"), T);
        Assert.False(gate.IsInside("37A12345", T));
        gate.Passed("cam/1", "37A12345", isRefused: false, T.AddSeconds(2));
        Assert.True(gate.IsInside("37A12345", T.AddHours(3)));
        Assert.False(gate.IsInside("37A12345", T.AddHours(5)));
        gate.Left("37A12345");
        Assert.False(gate.IsInside("37A12345", T.AddMinutes(1)));
    }

    [Fact]
    public async Task An_opener_that_does_not_answer_is_given_up_told_and_told_again_when_it_works()
    {
        var told = new List<TwoLanguages?>();
        await using var gate = new EntryGate(new GateOptions("cong") { OpenerLimit = TimeSpan.FromMilliseconds(50) }, _barrier) { OpenerChanged = reason => { lock (told) told.Add(reason); } };
        _barrier.Answer = new TaskCompletionSource();
        await Assert.ThrowsAsync<GateFaultException>(() => gate.OpenAsync(new Grant(null, null), T));
        _barrier.Answer = null;
        await gate.OpenAsync(new Grant(null, null), T.AddSeconds(1));
        Assert.Equal([false, true], told.Select(reason => reason is null));
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/1", null, isRefused: false, T.AddSeconds(2)));
    }

    [Fact]
    public async Task A_gate_that_fails_open_is_held_open_while_its_camera_is_blind_and_left_open_at_the_stop()
    {
        var gate = Gate(options => options with { FailsOpen = true });
        gate.Advance(T);
        await Wait.Until("what the last run held is let go of", () => _barrier.Held is [false], Patience);
        gate.SetFailed("camera", isFailed: true);
        gate.Advance(T.AddSeconds(10));
        await Wait.Until("it is held open", () => gate.IsHeldOpen, Patience);
        Assert.Equal(PassVerdict.HeldOpen, gate.Passed("cam/1", null, isRefused: true, T.AddSeconds(11)));
        gate.SetFailed("camera", isFailed: false);
        await Wait.Until("it is let go of", () =>
        {
            gate.Advance(T.AddSeconds(20));
            return !gate.IsHeldOpen;
        }, Patience);
        await gate.DisposeAsync();
        Assert.Equal([false, true, false, true], _barrier.Held);
        Assert.True(_barrier.IsDisposed);
    }

    [Fact]
    public async Task A_barrier_that_moved_though_its_answer_was_lost_is_let_go_of()
    {
        await using var gate = Gate(options => options with { FailsOpen = true });
        gate.Advance(T);
        await Wait.Until("what the last run held is let go of", () => _barrier.Held is [false], Patience);
        _barrier.LosesAnswers = true; // the switch between them went too
        gate.SetFailed("camera", isFailed: true);
        await Wait.Until("it was told to stay open", () =>
        {
            gate.Advance(T.AddSeconds(10));
            return _barrier.Held is [false, true];
        }, Patience);
        _barrier.LosesAnswers = false;
        gate.SetFailed("camera", isFailed: false);
        await Wait.Until("it is let go of", () =>
        {
            gate.Advance(T.AddSeconds(20));
            return _barrier.Held is [false, true, false];
        }, Patience);
    }

    [Fact]
    public async Task A_gate_that_fails_closed_is_never_held_open()
    {
        var gate = Gate();
        gate.SetFailed("camera", isFailed: true);
        gate.Advance(T);
        await gate.DisposeAsync();
        Assert.Empty(_barrier.Held);
        await Assert.ThrowsAsync<GateFaultException>(() => gate.OpenAsync(new Grant(null, null), T));
    }

    [Fact]
    public async Task More_vehicles_than_a_queue_holds_are_refused_and_not_remembered()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/0", null), T);
        for (var i = 1; i <= 32; i++) _ = gate.OpenAsync(new Grant($"cam/{i}", null), T);
        await Assert.ThrowsAsync<GateFaultException>(() => gate.OpenAsync(new Grant("cam/33", null), T));
    }

    [Fact]
    public async Task Where_nobody_sees_who_passes_each_opening_moves_the_door()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant(null, "a") { IsUnseen = true }, T);
        Assert.Equal(T.AddSeconds(3), await gate.OpenAsync(new Grant(null, "b") { IsUnseen = true }, T.AddSeconds(3)));
        Assert.Equal(2, _barrier.Openings);
        await gate.OpenAsync(new Grant(null, null), T.AddSeconds(6));
        Assert.Equal(3, _barrier.Openings);
    }

    [Fact]
    public async Task An_unseen_opening_moves_the_door_and_leaves_a_vehicle_its_own()
    {
        await using var gate = Gate();
        await gate.OpenAsync(new Grant("cam/1", "37A12345"), T);
        await gate.OpenAsync(new Grant(null, "b") { IsUnseen = true }, T.AddSeconds(1));
        Assert.Equal(2, _barrier.Openings);
        Assert.Equal(PassVerdict.NoOpening, gate.Passed("cam/2", "37A99999", isRefused: true, T.AddSeconds(2)));
        Assert.Equal(PassVerdict.Opened, gate.Passed("cam/1", "37A12345", isRefused: false, T.AddSeconds(3)));
    }

    private EntryGate Gate(Func<GateOptions, GateOptions>? change = null) => new((change ?? (options => options))(new GateOptions("cong")), _barrier);

    /// <summary>A barrier that counts and can be made to hang.</summary>
    private sealed class Barrier : IGateOpener
    {
        private int _openings;
        private readonly List<bool> _held = [];

        public int Openings => Volatile.Read(ref _openings);

        public IReadOnlyList<bool> Held { get { lock (_held) return [.. _held]; } }

        public TaskCompletionSource? Answer { get; set; }

        public bool LosesAnswers { get; set; }

        public bool IsDisposed { get; private set; }

        public async Task OpenAsync(CancellationToken cancel)
        {
            Interlocked.Increment(ref _openings);
            if (Answer is { } answer) await answer.Task.WaitAsync(cancel);
        }

        public Task HoldAsync(bool open, CancellationToken cancel)
        {
            lock (_held) _held.Add(open);
            return LosesAnswers ? Task.FromException(new GateFaultException(new TwoLanguages("mất trả lời", "the answer was lost"))) : Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
