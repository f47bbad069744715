using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync;

/// <summary>A fault of this house that an alert or a reply tells to people: its words in both languages, without a full stop and without a secret.</summary>
public interface IToldInBoth
{
    TwoLanguages Told { get; }
}
