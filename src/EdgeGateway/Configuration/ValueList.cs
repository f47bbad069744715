using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace EdgeGateway.Configuration;

/// <summary>A list that is equal to another when all items are, so that records that hold it compare by value.</summary>
[CollectionBuilder(typeof(ValueList), nameof(ValueList.Of))]
public sealed class ValueList<T> : IReadOnlyList<T>, IEquatable<ValueList<T>>
{
    private readonly T[] _items;

    internal ValueList(T[] items) => _items = items;

    public int Count => _items.Length;

    public T this[int index] => _items[index];

    public bool Equals(ValueList<T>? other) => other is not null && _items.AsSpan().SequenceEqual(other._items);

    public override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in _items) hash.Add(item);
        return hash.ToHashCode();
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"[{string.Join(", ", _items)}]";
}

/// <summary>Makes <see cref="ValueList{T}"/> from collection expressions.</summary>
public static class ValueList
{
    public static ValueList<T> Of<T>(ReadOnlySpan<T> items) => new(items.ToArray());
}

/// <summary>Named items in the order of the file, equal by value: what stands under <c>lines:</c> or <c>zones:</c>.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is a map; the word stands in every document beside it.")]
public sealed class ValueMap<T> : IReadOnlyCollection<KeyValuePair<string, T>>, IEquatable<ValueMap<T>>
{
    private readonly ValueList<KeyValuePair<string, T>> _items;

    public ValueMap(IEnumerable<KeyValuePair<string, T>> items) => _items = new ValueList<KeyValuePair<string, T>>([.. items]);

    public int Count => _items.Count;

    public IReadOnlyList<string> Keys => [.. _items.Select(item => item.Key)];

    public bool TryGet(string key, [MaybeNullWhen(false)] out T value)
    {
        foreach (var item in _items)
        {
            if (item.Key != key) continue;
            value = item.Value;
            return true;
        }

        value = default;
        return false;
    }

    public bool Equals(ValueMap<T>? other) => other is not null && _items.Equals(other._items);

    public override bool Equals(object? obj) => Equals(obj as ValueMap<T>);

    public override int GetHashCode() => _items.GetHashCode();

    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"{{{string.Join(", ", _items.Select(item => $"{item.Key}: {item.Value}"))}}}";
}

/// <summary>Makes empty maps.</summary>
public static class ValueMap
{
    public static ValueMap<T> Empty<T>() => new([]);
}
