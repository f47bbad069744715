using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Analytics.Signals;

/// <summary>What a traffic light shows. <see cref="Unknown"/> is a state of its own: on it nobody is accused.</summary>
public enum LightState : byte
{
    Unknown,
    Red,
    Yellow,
    Green,
}

/// <summary>A stretch of time in which a light showed one state.</summary>
/// <param name="State">What it showed.</param>
/// <param name="From">From when.</param>
/// <param name="To">Until when.</param>
public sealed record SignalSpan(LightState State, FrameTime From, FrameTime To);
