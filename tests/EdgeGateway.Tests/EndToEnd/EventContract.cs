using System.Collections.Concurrent;
using System.Text.Json;
using EdgeGateway.Testing;
using NJsonSchema;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>The schemas under docs/, against which what leaves the gateway is held.</summary>
internal static class EventContract
{
    private static readonly ConcurrentDictionary<string, Task<JsonSchema>> Schemas = new(StringComparer.Ordinal);

    /// <summary>Fails where an event's type or form is not that of the word, the last part of its topic.</summary>
    public static async Task CheckAsync(string word, string text)
    {
        var schema = await Schemas.GetOrAdd(word, name => ReadAsync(name));
        using var json = JsonDocument.Parse(text);
        Assert.Equal($"vn.edgegateway.{word}.v1", json.RootElement.GetProperty("type").GetString());
        var faults = schema.Validate(text);
        Assert.True(faults.Count == 0, $"{word}: {string.Join("; ", faults)} in {text}");
    }

    /// <summary>The events of a file of lines, each held against the schema of its own type.</summary>
    public static async Task<IReadOnlyList<JsonElement>> ReadLinesAsync(string text)
    {
        var events = new List<JsonElement>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            await CheckAsync(json.RootElement.GetProperty("type").GetString()!.Split('.')[2], line);
            events.Add(json.RootElement.Clone());
        }

        return events;
    }

    /// <summary>The data of the events of one type.</summary>
    public static IReadOnlyList<JsonElement> Of(this IEnumerable<JsonElement> events, string word) =>
        [.. events.Where(item => item.GetProperty("type").GetString() == $"vn.edgegateway.{word}.v1").Select(item => item.GetProperty("data"))];

    private static async Task<JsonSchema> ReadAsync(string word) =>
        await JsonSchema.FromJsonAsync(await File.ReadAllTextAsync(Repository.PathOf("docs", "schema", word + ".json")));
}
