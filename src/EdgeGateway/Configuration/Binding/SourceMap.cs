using System.Runtime.CompilerServices;

namespace EdgeGateway.Configuration.Binding;

/// <summary>
/// Where each value of a bound record stands. Kept beside the records, not in them, so that a moved line is no changed camera.
/// </summary>
internal sealed class SourceMap(Place start)
{
    private readonly Dictionary<(object Owner, string Key), Place> _places = new(new ByReference());
    private readonly HashSet<object> _broken = new(ReferenceEqualityComparer.Instance);

    public void Put(object owner, string key, Place place) => _places[(owner, key)] = place;

    /// <summary>The place of a key's value, or of the record when the key is absent, or of the file.</summary>
    public Place Of(object owner, string key = "")
    {
        if (_places.TryGetValue((owner, key), out var place)) return place;
        return _places.TryGetValue((owner, ""), out place) ? place : start;
    }

    /// <summary>True when the file holds the key.</summary>
    public bool Has(object owner, string key) => _places.ContainsKey((owner, key));

    public void MarkBroken(object owner) => _broken.Add(owner);

    /// <summary>True when a part of this record could not be read: further checks of it would only add noise.</summary>
    public bool IsBroken(object owner) => _broken.Contains(owner);

    private sealed class ByReference : IEqualityComparer<(object Owner, string Key)>
    {
        public bool Equals((object Owner, string Key) x, (object Owner, string Key) y) => ReferenceEquals(x.Owner, y.Owner) && x.Key == y.Key;

        public int GetHashCode((object Owner, string Key) value) => HashCode.Combine(RuntimeHelpers.GetHashCode(value.Owner), value.Key);
    }
}
