namespace DiffusionLsp.Engine.Tokenization;

/// <summary>Finds all keys that start with given bytes: keys in order, and two binary searches.</summary>
internal sealed class PrefixIndex
{
    private readonly byte[][] _keys;
    private readonly int[] _ids;

    /// <summary>Makes the index.</summary>
    public PrefixIndex(IEnumerable<(byte[] Key, int Id)> entries)
    {
        var sorted = entries.ToArray();
        Array.Sort(sorted, static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        _keys = Array.ConvertAll(sorted, entry => entry.Key);
        _ids = Array.ConvertAll(sorted, entry => entry.Id);
    }

    /// <summary>The ids of the keys that start with the prefix, in the order of their keys.</summary>
    public IReadOnlyList<int> Find(ReadOnlySpan<byte> prefix)
    {
        int first = CountWhere(prefix, static comparison => comparison < 0);
        int end = CountWhere(prefix, static comparison => comparison <= 0);
        return new ArraySegment<int>(_ids, first, end - first);
    }

    /// <summary>How many keys come before a border, where the beginnings of the keys are compared with the prefix.</summary>
    private int CountWhere(ReadOnlySpan<byte> prefix, Func<int, bool> isBefore)
    {
        int low = 0;
        int high = _keys.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            var beginning = _keys[middle].AsSpan(0, Math.Min(prefix.Length, _keys[middle].Length));
            (low, high) = isBefore(beginning.SequenceCompareTo(prefix)) ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
