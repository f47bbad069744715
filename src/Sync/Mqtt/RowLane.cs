using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Outbox;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>
/// Reads a range of the outbox, kind by kind, each in order of row, a page at a time. The pump has two: the backlog that
/// lay there when the connection came up, and what is committed since.
/// </summary>
internal sealed class RowLane(long after, long upTo)
{
    private const int PageRows = 128;

    private readonly Kind[] _kinds = [.. Enum.GetValues<EventPriority>().Select(_ => new Kind(after))];
    private readonly List<OutboxRow> _page = new(PageRows);

    /// <summary>New rows may be there: looks again where the last look found the end.</summary>
    public void Refresh()
    {
        foreach (var kind in _kinds) kind.MayHaveMore = true;
    }

    /// <summary>The next row of a kind, or null when there is none now.</summary>
    public OutboxRow? Next(OutboxDatabase reader, EventPriority priority)
    {
        var kind = _kinds[(int)priority];
        if (kind.Rows.Count == 0 && kind.MayHaveMore) Fill(reader, priority, kind);
        return kind.Rows.TryDequeue(out var row) ? row : null;
    }

    private void Fill(OutboxDatabase reader, EventPriority priority, Kind kind)
    {
        _page.Clear();
        reader.ReadPage(priority, kind.Cursor, upTo, PageRows, _page);
        kind.MayHaveMore = _page.Count == PageRows;
        foreach (var row in _page)
        {
            kind.Rows.Enqueue(row);
            kind.Cursor = row.Row;
        }
    }

    private sealed class Kind(long after)
    {
        public Queue<OutboxRow> Rows { get; } = new(PageRows);

        public long Cursor { get; set; } = after;

        public bool MayHaveMore { get; set; } = true;
    }
}
