namespace EdgeGateway.Sync.Entry;

/// <summary>What a gate is told to do.</summary>
/// <param name="Id">[a-z0-9-], as <c>open_gate</c> names it.</param>
public sealed record GateOptions(string Id)
{
    /// <summary>An opening that nobody used for so long is over.</summary>
    public TimeSpan PassTime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>True: stays open while something that it needs has failed. False: stays closed, and an operator opens.</summary>
    public bool FailsOpen { get; init; }

    /// <summary>A plate or card that came in is not let in again for so long, unless it was seen leaving; zero: whenever it comes.</summary>
    public TimeSpan AntiPassback { get; init; } = TimeSpan.Zero;

    /// <summary>The longest an opener may take for one opening.</summary>
    public TimeSpan OpenerLimit { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Somebody may pass once.</summary>
/// <param name="Who">Same for the same vehicle, whoever decides: <c>camera/track</c>; null for whoever comes next (an operator's opening, a card).</param>
/// <param name="Credential">Plate or hash of an identity; null when none is known.</param>
public sealed record Grant(string? Who, string? Credential)
{
    /// <summary>True for whoever comes next.</summary>
    public bool IsForAnybody => Who is null && Credential is null;

    /// <summary>True where nothing sees who passes (a card at a door without a line): whether an opening was used is not known, so each grant moves the opener.</summary>
    public bool IsUnseen { get; init; }

    /// <summary>True for an operator's opening: a person sees who passes by it, whatever the cameras make of it.</summary>
    public bool IsByOperator { get; init; }

    /// <summary>True for a card where a line tells who passes: another card is another person, and waits for its turn.</summary>
    public bool IsForOne { get; init; }
}

/// <summary>Whether somebody who crossed the gate's line had an opening.</summary>
public enum PassVerdict
{
    /// <summary>An opening made for it, or for whoever comes next.</summary>
    Opened,

    /// <summary>The gate is held open because something failed.</summary>
    HeldOpen,

    /// <summary>Behind another, through an opening that was used already.</summary>
    Tailgating,

    /// <summary>Without any opening: the barrier stands open, or was driven around.</summary>
    NoOpening,
}
