using EdgeGateway.Health;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;
using EdgeGateway.Sync.Storage;
using EdgeGateway.Violations;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeGateway.Tests.Health;

/// <summary>Alerts about what is over as soon as it is told end a day after the last time, not with the next start.</summary>
public sealed class PassingAlertTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly AlertBook _book;

    public PassingAlertTests() => _book = new AlertBook(new GatewayEvents("bien-cua-lo-01", new LiveEventIds()), EventOrigin.Site("bai-bien-cua-lo"), new DeliveryQueue(), _time);

    [Fact]
    public void A_damaged_database_is_an_alert_for_a_day_after_the_last_time()
    {
        var databases = new DatabaseAlerts(NullLogger.Instance);
        databases.Tell(new DamagedDatabase("/s/cases.db", "/s/cases.db.damaged-1", 5));
        databases.Start(_book, "/nowhere", _time.GetUtcNow());
        AssertStandsFor23Hours("database-cases.db");
        databases.Tell(new DamagedDatabase("/s/cases.db", "/s/cases.db.damaged-2", 5));
        AssertStandsFor23Hours("database-cases.db");
        AssertEndsWithin(TimeSpan.FromHours(1));
    }

    [Fact]
    public void A_database_that_was_set_aside_right_before_a_kill_is_told_by_the_next_start()
    {
        var folder = Directory.CreateTempSubdirectory("aside-").FullName;
        foreach (var name in (string[])["counts.db.damaged-20251231T120000000", "counts.db.damaged-20251231T120000000-wal", "cases.db.damaged-20251201T120000000"]) File.WriteAllText(Path.Combine(folder, name), "");
        for (var start = 0; start < 2; start++) new DatabaseAlerts(NullLogger.Instance).Start(_book, folder, _time.GetUtcNow());
        Assert.Equal("database-counts.db", Assert.Single(_book.Raised).Key);
        Directory.Delete(folder, recursive: true);
    }

    [Theory, InlineData(ActRecorder.ShedKey), InlineData(ViolationQueue.DamagedKey)]
    public void Acts_that_were_lost_or_set_aside_are_an_alert_for_a_day_after_the_last_of_them(string key)
    {
        ActAlerts.Tell(_book, key, AlertKind.Shed, new TwoLanguages("a", "a"));
        AssertStandsFor23Hours(key);
        ActAlerts.Tell(_book, key, AlertKind.Shed, new TwoLanguages("a", "a"));
        AssertStandsFor23Hours(key);
        AssertEndsWithin(TimeSpan.FromHours(1));
    }

    [Fact]
    public void A_journal_of_acts_that_cannot_be_written_is_an_alert_until_it_can_be()
    {
        ActAlerts.Tell(_book, ActRecorder.DiskKey, AlertKind.Disk, new TwoLanguages("a", "a"));
        _time.Advance(TimeSpan.FromDays(30));
        _book.ClearPassed();
        Assert.Single(_book.Raised);
        ActAlerts.Tell(_book, ActRecorder.DiskKey, AlertKind.Disk, null);
        Assert.Empty(_book.Raised);
    }

    private void AssertStandsFor23Hours(string key)
    {
        _time.Advance(TimeSpan.FromHours(23));
        _book.ClearPassed();
        Assert.Equal(key, Assert.Single(_book.Raised).Key);
    }

    private void AssertEndsWithin(TimeSpan time)
    {
        _time.Advance(time);
        _book.ClearPassed();
        Assert.Empty(_book.Raised);
    }
}
