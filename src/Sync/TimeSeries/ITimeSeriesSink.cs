namespace EdgeGateway.Sync.TimeSeries;

/// <summary>A value of a field: a whole number, a fraction, a truth or a text.</summary>
public readonly record struct FieldValue
{
    private FieldValue(long? whole, double? fraction, bool? truth, string? text) => (Whole, Fraction, Truth, Text) = (whole, fraction, truth, text);

    public long? Whole { get; }

    public double? Fraction { get; }

    public bool? Truth { get; }

    public string? Text { get; }

    public static FieldValue Of(long value) => new(value, null, null, null);

    public static FieldValue Of(double value) => new(null, value, null, null);

    public static FieldValue Of(bool value) => new(null, null, value, null);

    public static FieldValue Of(string value) => new(null, null, null, value);
}

/// <summary>How much a point is worth when there is no room for all: the least go first.</summary>
public enum PointRank
{
    /// <summary>Figures of the machine and the pipeline: the next ones come in seconds.</summary>
    Figure,

    /// <summary>States of cameras, people present, crossings of a minute.</summary>
    State,

    /// <summary>Counts: what reports are made of. Never given up while anything less is there.</summary>
    Count,
}

/// <summary>One point of a time series.</summary>
/// <param name="Measurement">What is measured, e.g. "count".</param>
/// <param name="Tags">What it is measured of, e.g. camera, line and class; few distinct values, never a plate or a track.</param>
/// <param name="Fields">The measured values by name; at least one.</param>
/// <param name="Time">When; kept to the millisecond.</param>
/// <param name="Rank">What goes first when there is no room.</param>
public sealed record TimeSeriesPoint(
    string Measurement,
    IReadOnlyList<KeyValuePair<string, string>> Tags,
    IReadOnlyList<KeyValuePair<string, FieldValue>> Fields,
    DateTimeOffset Time,
    PointRank Rank = PointRank.State);

/// <summary>
/// The border to a time-series database. Events go to MQTT; numbers for dashboards go here, beside them, from the same
/// place in the host where events are made. An implementation batches, keeps what the server does not take, and never
/// holds its caller. <see cref="InfluxSink"/> speaks InfluxDB's line protocol over HTTP.
/// </summary>
public interface ITimeSeriesSink
{
    /// <summary>Takes points; never waits for a disk or a network.</summary>
    void Offer(ReadOnlySpan<TimeSeriesPoint> points);

    /// <summary>Ends when all that was taken before lies with the server or on the disk.</summary>
    Task FlushAsync(CancellationToken cancel = default);
}
