using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>What a third party's model saw on one motorcycle.</summary>
/// <param name="Persons">How many people sit on it.</param>
/// <param name="IsDriverBare">The driver wears no helmet.</param>
/// <param name="IsPassengerBare">A passenger wears no helmet.</param>
/// <param name="Score">How sure the model is of the weakest of these, 0 to 1.</param>
public readonly record struct RidersSeen(int Persons, bool IsDriverBare, bool IsPassengerBare, float Score);

/// <summary>A look at the riders of one motorcycle, by whatever model the installer has named. Called on the camera's thread.</summary>
public interface IRiderLook
{
    /// <summary>Looks at one motorcycle.</summary>
    /// <param name="frame">The frame; held by the caller for the length of the call.</param>
    /// <param name="machine">The motorcycle's box in that frame.</param>
    /// <param name="seen">What was seen.</param>
    /// <returns>False when nothing can be said.</returns>
    bool TryLook(Frame frame, in BoxPx machine, out RidersSeen seen);
}

/// <summary>An analytic that needs the pixels of the frame that its next look is about.</summary>
public interface IPixelAnalytic : IFrameAnalytic
{
    /// <summary>Hands over the frame before <see cref="IFrameAnalytic.Look"/>; it is not kept beyond that look.</summary>
    void Show(Frame frame);
}
