using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Commands;

/// <summary>Which handler does which command. Filled while the gateway is composed, one line a command, before the link starts.</summary>
public sealed class CommandTable
{
    private readonly Dictionary<string, ICommandRunner> _runners = new(StringComparer.Ordinal);

    /// <summary>Registers the handler of a command, which is known by the type of its request.</summary>
    /// <exception cref="ArgumentException">The command has a handler already, or the catalogue has no such command.</exception>
    public CommandTable Handle<TRequest, TReply>(ICommandHandler<TRequest, TReply> handler)
        where TRequest : class
        where TReply : class
    {
        var type = CommandCatalogue.All.SingleOrDefault(type => type.Request == typeof(TRequest) && type.Reply == typeof(TReply))
            ?? throw new ArgumentException($"{typeof(TRequest).Name} with {typeof(TReply).Name} is no command; add it to {nameof(CommandCatalogue)}.", nameof(handler));
        if (!_runners.TryAdd(type.Name, new Runner<TRequest, TReply>(handler))) throw new ArgumentException($"The command '{type.Name}' has two handlers.", nameof(handler));
        return this;
    }

    internal ICommandRunner? Find(string name) => _runners.GetValueOrDefault(name);

    private sealed class Runner<TRequest, TReply>(ICommandHandler<TRequest, TReply> handler) : ICommandRunner
        where TRequest : class
        where TReply : class
    {
        public async Task<CommandResult> RunAsync(object request, CommandContext context, CancellationToken cancel)
        {
            var outcome = await handler.HandleAsync((TRequest)request, context, cancel);
            return new CommandResult(outcome.Status, outcome.Code, outcome.Reason, outcome.Data);
        }
    }
}

/// <summary>A handler behind its types.</summary>
internal interface ICommandRunner
{
    Task<CommandResult> RunAsync(object request, CommandContext context, CancellationToken cancel);
}

/// <summary>Reads a command's data into its record, as its schema says.</summary>
internal static partial class CommandReading
{
    /// <summary>The record, or the mistake in words, as the end of a sentence.</summary>
    public static (T? Value, TwoLanguages? Mistake) Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo type)
        where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize(json, type) is not T value) return (null, new TwoLanguages("cần một đối tượng JSON {…}", "an object is wanted"));
            return Bounds.FirstMistake(value) is { } mistake ? (null, mistake) : (value, null);
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException or NotSupportedException or ArgumentException)
        {
            // The serializer's text may quote what was sent; a place in the document says as much.
            if (fault is JsonException { Path: "$" } && Required().Matches(fault.Message) is { Count: > 0 } missing)
            {
                var names = string.Join(", ", missing.Select(one => one.Groups["name"].Value));
                return (null, new TwoLanguages($"thiếu {names}", $"missing: {names}"));
            }

            var words = fault is JsonException { Path: { } at } ? WordsAt(type, at) : null;
            return (null, fault is JsonException { Path: { Length: > 0 and < 100 } path }
                ? new TwoLanguages(
                    $"giá trị tại {path} bị thiếu, lạ, trùng hoặc sai kiểu{(words is null ? "" : $"; cho phép: {words}")}",
                    $"the value at {path} is missing, unknown, doubled or of the wrong kind{(words is null ? "" : $"; allowed: {words}")}")
                : new TwoLanguages("không phải JSON đúng dạng", "this is no JSON of the expected form"));
        }
    }

    /// <summary>The words of a closed set, where the place takes one.</summary>
    private static string? WordsAt(JsonTypeInfo type, string path)
    {
        if (!path.StartsWith("$.", StringComparison.Ordinal) || type.Properties.FirstOrDefault(one => one.Name == path[2..]) is not { } property) return null;
        var set = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return set.IsEnum ? string.Join(", ", Enum.GetValues(set).Cast<object>().Select(value => JsonSerializer.Serialize(value, type.Options.GetTypeInfo(set)).Trim('"'))) : null;
    }

    // Names of the record, never what was sent.
    [GeneratedRegex("(?<=missing required properties.*)'(?<name>[A-Za-z]+)'", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Required();
}
