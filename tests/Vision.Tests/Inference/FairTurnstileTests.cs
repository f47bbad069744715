using EdgeGateway.Testing;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Vision.Tests.Inference;

public sealed class FairTurnstileTests
{
    [Fact]
    public async Task Never_more_are_inside_than_there_are_permits()
    {
        var turnstile = new FairTurnstile(2);
        var (inside, most) = (0, 0);
        await OnThreads(5, number =>
        {
            using var turn = turnstile.Register($"camera-{number}");
            for (var i = 0; i < 2000; i++)
            {
                turn.Enter();
                var now = Interlocked.Increment(ref inside);
                if (now > Volatile.Read(ref most)) Volatile.Write(ref most, now);
                Interlocked.Decrement(ref inside);
                turn.Leave();
            }
        });
        Assert.InRange(most, 1, 2);
        Assert.Equal(0, turnstile.Waiting);
        Assert.Empty(turnstile.Shares());
    }

    [Fact]
    public async Task Those_who_wait_are_let_in_in_the_order_in_which_they_came()
    {
        var turnstile = new FairTurnstile(1);
        using var holder = turnstile.Register("holder");
        holder.Enter();
        var order = new List<int>();
        var threads = new List<Task>();
        for (var number = 0; number < 20; number++)
        {
            var mine = number;
            threads.Add(OnThread(() =>
            {
                using var turn = turnstile.Register($"camera-{mine}");
                turn.Enter();
                order.Add(mine);
                turn.Leave();
            }));
            await Wait.Until("the camera stands in line", () => turnstile.Waiting == mine + 1, TimeSpan.FromSeconds(60));
        }

        holder.Leave();
        await Task.WhenAll(threads);
        Assert.Equal(Enumerable.Range(0, 20), order);
    }

    [Fact]
    public async Task An_eager_camera_takes_no_more_turns_than_the_others()
    {
        var turnstile = new FairTurnstile(1);
        using var gate = turnstile.Register("gate");
        gate.Enter();
        var stop = 0;
        var counts = new long[4];
        var threads = OnThreads(4, number =>
        {
            using var turn = turnstile.Register($"camera-{number}");
            while (Volatile.Read(ref stop) == 0)
            {
                turn.Enter();
                // The others have time to come back in line while this one works.
                for (var spin = 0; spin < 20; spin++) Thread.Yield();
                turn.Leave();
                Volatile.Write(ref counts[number], turn.Count);
            }
        });
        await Wait.Until("all four stand in line", () => turnstile.Waiting == 4, TimeSpan.FromSeconds(60));
        gate.Leave();
        await Wait.Until("each had turns", () => counts.Sum() > 400, TimeSpan.FromSeconds(120));
        Volatile.Write(ref stop, 1);
        await threads;
        Assert.True(counts.Min() >= 0.9 * counts.Max(), string.Join(", ", counts));
    }

    [Fact]
    public void Waiting_is_measured_by_camera()
    {
        var turnstile = new FairTurnstile(1);
        using var turn = turnstile.Register("a");
        turn.Enter();
        turn.Leave();
        var share = Assert.Single(turnstile.Shares());
        Assert.Equal(("a", 1), (share.CameraId, share.Turns));
        Assert.True(share.LongestWait <= share.Waited);
    }

    [Fact]
    public void Entering_twice_and_leaving_without_entering_are_faults()
    {
        var turnstile = new FairTurnstile(2);
        using var turn = turnstile.Register("a");
        Assert.Throws<InvalidOperationException>(turn.Leave);
        turn.Enter();
        Assert.Throws<InvalidOperationException>(turn.Enter);
        Assert.Throws<InvalidOperationException>(turn.Dispose);
        turn.Leave();
    }

    [Fact]
    public async Task Waiting_in_line_allocates_nothing()
    {
        var turnstile = new FairTurnstile(1);
        var allocated = new long[3];
        await OnThreads(3, number =>
        {
            using var turn = turnstile.Register($"camera-{number}");
            for (var i = 0; i < 5000; i++)
            {
                if (i == 2500) allocated[number] = -GC.GetAllocatedBytesForCurrentThread();
                turn.Enter();
                turn.Leave();
            }

            allocated[number] += GC.GetAllocatedBytesForCurrentThread();
        });
        // A lock makes its handle when two threads first meet at it (280 bytes, once, maybe late); the least object a turn would be 60,000 bytes.
        Assert.All(allocated, bytes => Assert.InRange(bytes, 0, 1_000));
    }

    private static Task OnThreads(int count, Action<int> work) => Task.WhenAll(Enumerable.Range(0, count).Select(n => OnThread(() => work(n))));

    private static Task OnThread(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
