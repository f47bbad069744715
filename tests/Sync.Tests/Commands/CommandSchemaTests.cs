using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events.Schema;
using EdgeGateway.Sync.Tests.Events;
using NJsonSchema;

namespace EdgeGateway.Sync.Tests.Commands;

public sealed class CommandSchemaTests
{
    public static TheoryData<string> Names => [.. CommandCatalogue.All.Select(type => type.Name)];

    [Fact]
    public void A_word_that_a_closed_set_does_not_hold_is_refused_with_those_that_it_holds()
    {
        var (_, mistake) = CommandReading.Read<object>("""{"violation":"01KDVDNA00YQ5BWBYT9Z2JQ4TQ","state":"owner_found","officer":"A-204"}"""u8, CommandJsonText.Strict.GetTypeInfo(typeof(CaseUpdateRequest))!);
        Assert.EndsWith("allowed: DETECTED, REVIEWED, FORWARDED, OWNER_FOUND, NOTIFIED, CONFIRMED, CONTESTED, DECIDED, PAID, CANCELLED", mistake!.En, StringComparison.Ordinal);
        Assert.DoesNotContain("owner_found", mistake.En, StringComparison.Ordinal);
    }

    [Fact]
    public void The_set_of_commands_is_the_contracts() => Assert.Equal(
        ["acknowledge", "case_update", "confirm_camera", "fetch_evidence", "hold", "open_gate", "reload", "set_occupancy", "snapshot"],
        CommandCatalogue.All.Select(type => type.Name).Order(StringComparer.Ordinal), StringComparer.Ordinal);

    [Theory, MemberData(nameof(Names))]
    public void The_committed_schemas_are_what_the_records_say(string name)
    {
        CommittedText.Same($"docs/schema/commands/{name}.request.json", CommandSchemas.RequestOf(CommandCatalogue.Find(name)!));
        CommittedText.Same($"docs/schema/commands/{name}.reply.json", CommandSchemas.ReplyOf(CommandCatalogue.Find(name)!));
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_text_and_list_of_a_request_is_bounded(string name)
    {
        foreach (var property in CommandCatalogue.Find(name)!.Request.GetProperties())
        {
            var bounds = property.GetCustomAttributes<ValidationAttribute>().ToArray();
            if (property.PropertyType == typeof(string)) Assert.True(bounds.Length > 0, $"{property.Name} has no bound.");
            if (property.PropertyType == typeof(IReadOnlyList<string>)) Assert.True(bounds.OfType<LengthAttribute>().Any() && bounds.OfType<RegularExpressionAttribute>().Any(), $"{property.Name} has no bounds.");
        }
    }

    [Theory]
    [InlineData("set_occupancy", """{"camera":"c-1","counter":"visitors","present":12,"officer":"A-204"}""", """{"camera":"c-1","counter":"visitors","present":-1,"officer":"A-204"}""")]
    [InlineData("case_update", """{"violation":"01KDVDNA00YQ5BWBYT9Z2JQ4TQ","state":"OWNER_FOUND","officer":"A-204"}""", """{"violation":"01KDVDNA00YQ5BWBYT9Z2JQ4TQ","state":"owner_found","officer":"A-204"}""")]
    [InlineData("hold", """{"violation":"01KDVDNA00YQ5BWBYT9Z2JQ4TQ","on":true,"officer":"A","reason":"r","until":"2027-01-01T00:00:00.000Z"}""", """{"violation":"x","on":true,"officer":"A","reason":"r"}""")]
    [InlineData("fetch_evidence", """{"event":"01KDVDNA00YQ5BWBYT9Z2JQ4TQ","officer":"A","files":["clip.mp4"]}""", """{"event":"01KDVDNA00YQ5BWBYT9Z2JQ4TQ","officer":"A","files":["../clip.mp4"]}""")]
    [InlineData("fetch_evidence", """{"event":"01KDVDNA00YQ5BWBYT9Z2JQ4TQ","officer":"A","files":["clip.mp4"]}""", """{"event":"01KDVDNA00YQ5BWBYT9Z2JQ4TQ","officer":"A","files":[""]}""")]
    [InlineData("acknowledge", """{"ids":["01KDVDNA00YQ5BWBYT9Z2JQ4TQ"]}""", """{"ids":[""]}""")]
    public async Task Schema_and_gateway_take_and_refuse_the_same(string name, string good, string bad)
    {
        var type = CommandCatalogue.Find(name)!;
        var schema = await JsonSchema.FromJsonAsync(CommandSchemas.RequestOf(type), TestContext.Current.CancellationToken);
        Assert.Empty(schema.Validate($"{{\"id\":\"1\",\"data\":{good}}}"));
        Assert.NotEmpty(schema.Validate($"{{\"id\":\"1\",\"data\":{bad}}}"));
        Assert.Null(CommandReading.Read<object>(Encoding.UTF8.GetBytes(good), CommandJsonText.Strict.GetTypeInfo(type.Request)!).Mistake);
        Assert.NotNull(CommandReading.Read<object>(Encoding.UTF8.GetBytes(bad), CommandJsonText.Strict.GetTypeInfo(type.Request)!).Mistake);
    }

    [Fact]
    public void A_command_with_two_handlers_stops_the_start()
    {
        var table = new CommandTable().Handle(new Reload());
        Assert.Contains("'reload' has two handlers", Assert.Throws<ArgumentException>(() => table.Handle(new Reload())).Message, StringComparison.Ordinal);
    }

    private sealed class Reload : ICommandHandler<ReloadRequest, ReloadReply>
    {
        public Task<CommandOutcome<ReloadReply>> HandleAsync(ReloadRequest request, CommandContext context, CancellationToken cancel) => Task.FromResult<CommandOutcome<ReloadReply>>(new ReloadReply([], [], true));
    }
}
