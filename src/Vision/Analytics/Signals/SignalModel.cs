namespace EdgeGateway.Vision.Analytics.Signals;

/// <summary>One traffic light of a camera.</summary>
/// <param name="Id">The installer's name of it.</param>
public sealed record SignalModel(string Id)
{
    /// <summary>The region around the lamps, in pixels of the analysed frame; null when a controller tells the state.</summary>
    public BoxPx? Region { get; init; }

    /// <summary>How the lamps stand.</summary>
    public LampLayout Layout { get; init; } = LampLayout.Vertical;

    /// <summary>A state that nobody has confirmed for this long is unknown.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>The order of the lamps in their region.</summary>
public enum LampLayout : byte
{
    /// <summary>Red above, green below.</summary>
    Vertical,

    /// <summary>Red at the left, green at the right.</summary>
    Horizontal,

    /// <summary>Red at the right, green at the left.</summary>
    HorizontalRedRight,
}
