using EdgeGateway.Sync.Entry;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Entry;

/// <summary>A question that stands at a gate until it is answered or whom it is about has gone.</summary>
/// <param name="EventId">The event that asked.</param>
/// <param name="Who">As in <see cref="Grant.Who"/>; null for a card.</param>
/// <param name="Credential">As in <see cref="Grant.Credential"/>.</param>
/// <param name="Plate">What was read; null for a card.</param>
/// <param name="Identity">Hash of a card; null for a vehicle.</param>
internal sealed record OpenQuestion(string EventId, string? Who, string? Credential, PlateData? Plate, string? Identity)
{
    /// <summary>Events that asked about the same vehicle before, as more of it became known.</summary>
    public IReadOnlyList<string> Earlier { get; init; } = [];

    /// <summary>When it is no longer open, whether answered or not; a vehicle's stands as long as its track.</summary>
    public DateTimeOffset StandsUntil { get; init; } = DateTimeOffset.MaxValue;
}

/// <summary>
/// The questions that stand at the gates. Vehicles wait in a row, so that an opening without a name answers the one that has stood longest; of cards,
/// whose holders nobody sees leave, the newest stands alone. Thread-safe.
/// </summary>
internal sealed class OpenQuestions
{
    // Longer than any row of vehicles before one gate; what lies beyond is asked by its event alone.
    private const int MostAtOneGate = 32;

    // A vehicle is asked about anew a few times: no plate, not settled, on no list, not passed.
    private const int MostEarlier = 16;

    private readonly Dictionary<string, List<OpenQuestion>> _standing = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Takes a question in place of the one about the same vehicle, or about the last card.</summary>
    public void Ask(string gate, OpenQuestion question)
    {
        lock (_lock)
        {
            if (!_standing.TryGetValue(gate, out var open)) _standing[gate] = open = [];
            var at = open.FindIndex(one => one.Who == question.Who);
            // Of a card it is another person's.
            if (at >= 0) open[at] = question.Who is null ? question : question with { Earlier = [.. open[at].Earlier.Append(open[at].EventId).TakeLast(MostEarlier)] };
            else if (question.Who is null) open.Insert(0, question); // who holds out a card stands before the door now
            else if (open.Count < MostAtOneGate) open.Add(question);
        }
    }

    /// <summary>Whom it was about has passed, gone, or been decided on.</summary>
    public void Answered(string gate, string? who)
    {
        lock (_lock)
        {
            if (_standing.TryGetValue(gate, out var open)) open.RemoveAll(one => one.Who == who);
        }
    }

    /// <summary>An operator has answered it. Another one that has come meanwhile stays.</summary>
    public void Answered(string gate, OpenQuestion question)
    {
        lock (_lock)
        {
            if (_standing.TryGetValue(gate, out var open)) open.RemoveAll(one => one.EventId == question.EventId || (one.Who is not null && one.Who == question.Who));
        }
    }

    /// <summary>The question of an event, or the one that has stood longest; null when none stands.</summary>
    public OpenQuestion? At(string gate, DateTimeOffset now, string? eventId)
    {
        lock (_lock) return _standing.GetValueOrDefault(gate)?.Find(one => now < one.StandsUntil && (eventId is null || one.EventId == eventId || one.Earlier.Contains(eventId, StringComparer.Ordinal)));
    }
}
