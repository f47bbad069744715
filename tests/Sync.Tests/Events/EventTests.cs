using System.Net.Mime;
using System.Text;
using System.Text.Json;
using CloudNative.CloudEvents.SystemTextJson;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Events.Schema;
using EdgeGateway.Testing;
using NJsonSchema;

namespace EdgeGateway.Sync.Tests.Events;

public sealed class EventTests
{
    public static TheoryData<string> Words => [.. EventCatalogue.All.Select(type => type.Word)];

    [Theory, MemberData(nameof(Words))]
    public void An_event_has_the_bytes_of_its_golden_file(string word) =>
        CommittedText.Same($"tests/Sync.Tests/Events/golden/{word}.json", Encoding.UTF8.GetString(Sample(word).Json) + "\n");

    [Theory, MemberData(nameof(Words))]
    public void The_committed_schema_is_what_the_record_says(string word) =>
        CommittedText.Same($"docs/schema/{word}.json", EventSchemas.TextOf(EventCatalogue.All.Single(type => type.Word == word)));

    [Fact]
    public void An_event_made_while_the_clock_follows_nothing_says_so_and_others_do_not()
    {
        var follows = false;
        var events = new GatewayEvents(TestEvents.Gateway, new LiveEventIds()) { ClockIsUnsynchronised = () => !follows };
        string Clock()
        {
            using var json = System.Text.Json.JsonDocument.Parse(TestEvents.Count(events, 1).Json);
            return json.RootElement.TryGetProperty("clock", out var clock) ? clock.GetString()! : "";
        }

        Assert.Equal("unsynchronised", Clock());
        follows = true;
        Assert.Equal("", Clock());
    }

    [Fact]
    public void The_committed_asyncapi_document_is_what_the_catalogue_says() => CommittedText.Same("docs/asyncapi.yaml", AsyncApiDocument.Text());

    [Theory, MemberData(nameof(Words))]
    public async Task A_sample_satisfies_its_schema_and_a_spoilt_one_does_not(string word)
    {
        var schema = await JsonSchema.FromJsonAsync(EventSchemas.TextOf(EventCatalogue.All.Single(type => type.Word == word)), TestContext.Current.CancellationToken);
        var text = Encoding.UTF8.GetString(Sample(word).Json);
        Assert.Empty(schema.Validate(text));
        Assert.NotEmpty(schema.Validate(text.Replace(".v1\"", ".v9\"", StringComparison.Ordinal)));
        Assert.NotEmpty(schema.Validate(text.Replace(".000Z", "Z", StringComparison.Ordinal).Replace(".340Z", "Z", StringComparison.Ordinal)));
    }

    [Theory, MemberData(nameof(Words))]
    public void An_independent_library_reads_the_event(string word)
    {
        var sample = Sample(word);
        var read = new JsonEventFormatter().DecodeStructuredModeMessage(sample.Json, new ContentType("application/cloudevents+json"), extensionAttributes: null);
        Assert.True(read.IsValid);
        Assert.Equal(sample.Id.ToString(), read.Id);
        Assert.Equal($"vn.edgegateway.{word}.v1", read.Type);
        Assert.Equal(sample.Time, read.Time);
        Assert.StartsWith("/gateways/bien-cua-lo-01", read.Source!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public void Vietnamese_stays_readable_and_numbers_keep_three_decimals()
    {
        var text = Encoding.UTF8.GetString(Sample("count").Json);
        Assert.Contains("\"text\":\"Cổng Bình Minh\"", text, StringComparison.Ordinal);
        Assert.Contains("\"coverage\":0.533", text, StringComparison.Ordinal);
        Assert.Contains("\"coverage\":1.000", Encoding.UTF8.GetString(TestEvents.Count(TestEvents.Live(), 1).Json), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_record_of_event_data_stands_in_the_catalogue() =>
        Assert.Equal(
            typeof(EventData).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(EventData))).Select(type => type.Name).Order(StringComparer.Ordinal),
            EventCatalogue.All.Select(type => type.Data.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void A_passage_whose_plate_nobody_read_says_null_and_a_hashed_one_hides_the_text()
    {
        var events = TestEvents.Live();
        using var none = JsonDocument.Parse(TestEvents.Passage(events, 1).Json);
        Assert.Equal(JsonValueKind.Null, none.RootElement.GetProperty("data").GetProperty("plate").ValueKind);

        var hashed = new PlateData(null, null, "6f2a", 0.9, PlateKind.Car, PlateColour.White, 1, [0.9], null);
        using var json = JsonDocument.Parse(events.Create(TestEvents.Camera, TestEvents.Start,
            new PassageData(1, ObjectKind.Car, hashed, null, null, TestEvents.Start, TestEvents.Start, [])).Json);
        var plate = json.RootElement.GetProperty("data").GetProperty("plate");
        Assert.False(plate.TryGetProperty("text", out _));
        Assert.False(plate.TryGetProperty("display", out _));
        Assert.Equal("6f2a", plate.GetProperty("hash").GetString());
    }

    [Fact]
    public void A_number_that_is_none_is_refused() =>
        Assert.Throws<ArgumentException>(() => TestEvents.Live().Create(TestEvents.Camera, TestEvents.Start,
            new CountData("v", "l", ObjectKind.Person, 0, 0, TestEvents.Start, TestEvents.Start, double.NaN, CountMethod.Tracks, 1)));

    [Theory, InlineData("Cong"), InlineData("a/b"), InlineData("+"), InlineData(""), InlineData("cổng")]
    public void An_identifier_that_cannot_stand_in_a_topic_is_refused(string id) => Assert.Throws<ArgumentException>(() => EventOrigin.Camera(id));

    [Fact]
    public void A_replay_gives_the_same_ids_and_another_camera_others()
    {
        Assert.Equal(EventSamples.All().Select(item => item.Id), EventSamples.All().Select(item => item.Id));
        var ids = new ReplayEventIds();
        var first = ids.Next(TestEvents.Start, "g", "camera-1");
        Assert.NotEqual(first, ids.Next(TestEvents.Start, "g", "camera-1"));
        Assert.NotEqual(first, ids.Next(TestEvents.Start, "g", "camera-2"));
        Assert.Equal(TestEvents.Start, first.Time);
    }

    [Fact]
    public void Live_ids_rise_within_a_millisecond_and_stay_unique_when_the_clock_steps_back()
    {
        var ids = new LiveEventIds();
        var now = TestEvents.Start.AddHours(1);
        var made = Enumerable.Range(0, 5000).Select(_ => ids.Next(now, "g", "c")).ToList();
        Assert.Equal(made.Order(), made);
        made.AddRange(Enumerable.Range(0, 5000).Select(_ => ids.Next(TestEvents.Start, "g", "c")));
        Assert.Equal(made.Count, made.Distinct().Count());
    }

    [Fact]
    public void Words_of_closed_sets_go_both_ways()
    {
        Assert.Equal("not_found", EventWords.Of(OwnerStatus.NotFound));
        Assert.Equal(OwnerStatus.NotFound, EventWords.Parse<OwnerStatus>("not_found"));
        Assert.Contains("allowed: white, yellow", Assert.Throws<ArgumentException>(() => EventWords.Parse<PlateColour>("green")).Message, StringComparison.Ordinal);
    }

    private static GatewayEvent Sample(string word) => EventSamples.All().Single(item => item.Type == word);
}
