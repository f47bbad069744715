using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace EdgeGateway.Testing;

/// <summary>Many inputs made from a grammar and damaged, each handed to a reader that may refuse them and may do nothing else.</summary>
public static class HostileInput
{
    /// <summary>Characters that readers stumble over.</summary>
    private static readonly string[] Odd = ["\0", "\"", "'", "\\", "|", "{", "}", "[", "]", "<", ">", "&", ":", ",", "-", "#", "%", "\n", "\r", "\t", "\uFEFF", "\u202E", "\uFFFD", "\uD83D\uDE00", "Đ", "ữ", "u\u031B", "０", "²", "1e999", "-0", "NaN", "null", "true", "99999999999999999999", "../", "${X}", "&a", "*a", "<!ENTITY x \"y\">", "]]>"];

    /// <summary>10,000 inputs; a million in the long form.</summary>
    public static int Count => FaultForm.Size(10_000, 1_000_000, "EDGEGATEWAY_TEST_INPUTS");

    /// <summary>The first one's number: a long run may be made in pieces.</summary>
    private static int First => FaultForm.Size(0, 0, "EDGEGATEWAY_TEST_INPUTS_FROM");

    /// <summary>Runs them and says what was seen.</summary>
    /// <param name="what">What is read.</param>
    /// <param name="make">Makes one input; the same number gives the same input.</param>
    /// <param name="passes">Hands it to the reader: true when it passes the reader's first check. It must not throw.</param>
    /// <param name="oneOf">One in so many of <see cref="Count"/>: for readers that take milliseconds.</param>
    /// <returns>The figures in one line.</returns>
    /// <exception cref="HostileInputException">An input threw, took more than a second, fewer than half passed the first check, or memory grew.</exception>
    public static string Run<T>(string what, Func<Random, T> make, Predicate<T> passes, int oneOf = 1)
    {
        var (first, count) = (First, Count / oneOf);
        var passed = 0;
        var slowest = TimeSpan.Zero;
        long early = 0;
        var number = -1;
        Exception? fault = null;
        var worker = new Thread(() =>
        {
            try
            {
                for (var i = 0; i < count; i++)
                {
                    Volatile.Write(ref number, first + i);
                    if (i == count / 5) early = GC.GetTotalMemory(forceFullCollection: true);
                    var input = make(new Random(first + i));
                    var took = Take(input, out var isPassed);
                    // A busy machine may take the thread away for a while; an input that hangs does so again.
                    if (took.TotalSeconds > 1) took = Take(input, out _);
                    if (isPassed) passed++;
                    if (took > slowest) slowest = took;
                }
            }
            catch (Exception thrown)
            {
                fault = thrown;
            }
        }, maxStackSize: 1 << 20) { IsBackground = true, Name = "hostile input" };
        var watch = Stopwatch.StartNew();
        worker.Start();
        for (var (before, since) = (-2, Stopwatch.StartNew()); !worker.Join(1000);)
        {
            var now = Volatile.Read(ref number);
            if (now != before) (before, since) = (now, Stopwatch.StartNew());
            if (since.Elapsed.TotalSeconds > 60) throw new HostileInputException($"{what}: input {now} has not ended for a minute.");
        }

        if (fault is not null) throw new HostileInputException($"{what}: input {number} threw {fault.GetType().Name}: {fault.Message}", fault);
        if (slowest.TotalSeconds > 1) throw new HostileInputException($"{what}: an input took {slowest.TotalSeconds:0.0} s.");
        var grown = (GC.GetTotalMemory(forceFullCollection: true) - early) / 1048576.0;
        var share = (double)passed / count;
        var line = string.Create(CultureInfo.InvariantCulture,
            $"{what}: {count} inputs, {share:P1} passed the first check, none threw, slowest {slowest.TotalMilliseconds:0.0} ms, heap {grown:+0.0;-0.0;0.0} MB from a fifth of the way on, {count / watch.Elapsed.TotalSeconds:0} a second");
        if (share < 0.5) throw new HostileInputException(line + ": too few pass to reach what lies behind the first check.");
        // In the short form other tests run beside these in the same process.
        if (FaultForm.IsLong && grown > 8) throw new HostileInputException(line + ": memory grows.");
        return line;

        TimeSpan Take(T input, out bool isPassed)
        {
            var began = Stopwatch.GetTimestamp();
            isPassed = passes(input);
            return Stopwatch.GetElapsedTime(began);
        }
    }

    /// <summary>Damages a text once to three times: cuts, repeats, swaps, odd characters, long runs.</summary>
    public static string Damage(Random random, string text)
    {
        var damaged = new StringBuilder(text);
        for (var times = random.Next(1, 4); times > 0 && damaged.Length > 0; times--)
        {
            var at = random.Next(damaged.Length);
            var length = random.Next(1, Math.Min(40, damaged.Length - at) + 1);
            switch (random.Next(7))
            {
                case 0: damaged.Remove(at, length); break;
                case 1: damaged.Insert(random.Next(damaged.Length), damaged.ToString(at, length)); break;
                case 2: damaged[at] = (char)random.Next(32, 0x3000); break;
                case 3: damaged.Insert(at, Odd[random.Next(Odd.Length)]); break;
                case 4: damaged.Length = at + 1; break;
                case 5: damaged.Insert(at, new string(damaged[at], random.Next(1, 2000))); break;
                default: damaged[at] = (char)(damaged[at] ^ (1 << random.Next(7))); break;
            }
        }

        return damaged.ToString();
    }

    /// <summary>Text as people and programs write it into a field, and sometimes as nobody should.</summary>
    public static string Word(Random random, int longest = 40) => random.Next(12) switch
    {
        0 => "",
        1 => Odd[random.Next(Odd.Length)],
        2 => new string((char)random.Next(32, 0x2000), random.Next(1, longest * 20)),
        3 => random.NextInt64().ToString(CultureInfo.InvariantCulture),
        _ => string.Concat(Enumerable.Range(0, random.Next(1, longest)).Select(_ => "abcdefghijklmnopqrstuvwxyz-0123456789ĐđữơÂ "[random.Next(43)])),
    };

    public static T OneOf<T>(this Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}

/// <summary>A reader did with an input what no input may make it do.</summary>
public sealed class HostileInputException(string message, Exception? inner = null) : Exception(message, inner);
