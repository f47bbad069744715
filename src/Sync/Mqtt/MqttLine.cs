namespace EdgeGateway.Sync.Mqtt;

/// <summary>A message to be published once, outside the outbox: an answer, or a part of evidence.</summary>
/// <param name="Correlation">MQTT 5 only.</param>
/// <param name="Properties">User properties, MQTT 5 only.</param>
internal sealed record OutgoingMessage(
    string Topic,
    ReadOnlyMemory<byte> Payload,
    bool Retain,
    string ContentType,
    byte[]? Correlation = null,
    IReadOnlyList<KeyValuePair<string, string>>? Properties = null);

/// <summary>The way out for all that is no event: it leads through whatever connection stands now. Thread-safe.</summary>
internal sealed class MqttLine
{
    private volatile MqttSession? _session;

    public bool IsUp => _session is { Closed.IsCompleted: false };

    /// <summary>The connection that stands now, to be told from a later one; null while there is none.</summary>
    public object? Connection => _session;

    /// <summary>Largest packet that the broker takes now; unbounded while there is no connection.</summary>
    public long MaximumPacket => _session?.MaximumPacket ?? long.MaxValue;

    public void Up(MqttSession session) => _session = session;

    public void Down() => _session = null;

    /// <summary>Publishes with QoS 1; the PUBACK's reason, or null when there was no connection or it ended on the way.</summary>
    public async Task<int?> TryPublishAsync(OutgoingMessage message, CancellationToken cancel)
    {
        if (_session is not { } session) return null;
        try
        {
            return await session.PublishAsync(message, cancel);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            cancel.ThrowIfCancellationRequested();
            return null;
        }
    }
}
