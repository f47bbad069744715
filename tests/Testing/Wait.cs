using System.Diagnostics;

namespace EdgeGateway.Testing;

/// <summary>Waiting for a condition, with its reason, instead of sleeping.</summary>
public static class Wait
{
    /// <summary>Asks again and again until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not hold in time; the message names the reason.</exception>
    public static async Task Until(string reason, Func<bool> condition, TimeSpan timeout)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > timeout) throw new TimeoutException($"Waited {timeout.TotalSeconds:0.#} s in vain: {reason}.");
            await Task.Delay(20);
        }
    }

    /// <summary>The same with an asynchronous condition.</summary>
    public static async Task Until(string reason, Func<Task<bool>> condition, TimeSpan timeout)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > timeout) throw new TimeoutException($"Waited {timeout.TotalSeconds:0.#} s in vain: {reason}.");
            await Task.Delay(20);
        }
    }
}
