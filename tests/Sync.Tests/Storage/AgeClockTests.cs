using EdgeGateway.Sync.Storage;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Sync.Tests.Storage;

public sealed class AgeClockTests : IDisposable
{
    private static readonly DateTimeOffset Today = new(2026, 7, 4, 3, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("age-clock").FullName;
    private readonly FakeTimeProvider _time = new(Today);
    private bool _follows = true;

    private string FilePath => Path.Combine(_folder, "last-known-time");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private AgeClock Clock(FakeTimeProvider? time = null) => new(time ?? _time, () => _follows, FilePath);

    [Fact]
    public void A_clock_that_leaps_ahead_without_a_time_server_makes_nothing_old()
    {
        var before = Clock();
        Assert.Equal(Today, before.Now);
        before.Save();

        _follows = false;
        var leapt = new FakeTimeProvider(Today.AddDays(800));
        var clock = Clock(leapt);
        Assert.Equal(Today, clock.Now);
        leapt.Advance(TimeSpan.FromHours(5));
        Assert.Equal(Today.AddHours(5), clock.Now);
        clock.Save();
        Assert.Equal(Today.AddHours(5), Clock(leapt).Now); // and a second start believes no more than the first
        _follows = true;
        Assert.Equal(Today.AddDays(800).AddHours(5), clock.Now); // the server says so
    }

    [Fact]
    public void A_clock_that_was_set_back_makes_nothing_older_than_it_says()
    {
        Clock().Save();
        _follows = false;
        Assert.Equal(Today.AddYears(-50), Clock(new FakeTimeProvider(Today.AddYears(-50))).Now);
    }

    [Fact]
    public void Without_a_known_time_the_clock_is_believed_and_goes_on_evenly()
    {
        _follows = false;
        File.WriteAllText(FilePath, "no time");
        var clock = Clock();
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(Today.AddDays(1), clock.Now);
    }
}
