using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Entry;

/// <summary>What moves a barrier: a relay behind HTTP or a pin. One call at a time.</summary>
public interface IGateOpener : IAsyncDisposable
{
    /// <summary>Opens once. The barrier closes by itself, by its own loop or timer.</summary>
    /// <exception cref="GateFaultException">It cannot be reached, or refuses.</exception>
    Task OpenAsync(CancellationToken cancel);

    /// <summary>Keeps the barrier open, or lets go of it again: for gates that stay open when something fails.</summary>
    /// <exception cref="GateFaultException">It cannot be reached, or refuses.</exception>
    Task HoldAsync(bool open, CancellationToken cancel);
}

/// <summary>A gate did not do what it was told; the message says why, for an operator, without a secret.</summary>
public sealed class GateFaultException(TwoLanguages told, Exception? inner = null) : Exception(told.En, inner), IToldInBoth
{
    public TwoLanguages Told { get; } = told;
}
