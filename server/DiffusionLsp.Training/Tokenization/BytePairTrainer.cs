using System.Runtime.InteropServices;
using System.Text;

namespace DiffusionLsp.Training.Tokenization;

/// <summary>A trained byte-level BPE: the bytes of each token and the merges that made them, both in training order.</summary>
/// <param name="Tokens">Token id → its bytes; the first 256 are the single bytes in order.</param>
/// <param name="Merges">The pairs of ids that merge, the most frequent first.</param>
internal sealed record BytePairModel(IReadOnlyList<byte[]> Tokens, IReadOnlyList<(int Left, int Right)> Merges);

/// <summary>
/// Trains byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) on counted pieces: merge the most frequent
/// adjacent pair of tokens until the vocabulary is full. It knows neither files nor the format of a tokenizer.
/// </summary>
/// <remarks>
/// Pair counts are kept up to date merge by merge, and a heap with stale entries finds the next pair, so that a merge
/// costs only the pieces that contain it (the scheme of huggingface/tokenizers:tokenizers/src/models/bpe/trainer.rs).
/// Of equally frequent pairs the one with the lower ids goes first: the same counts give the same tokens, always.
/// </remarks>
internal sealed class BytePairTrainer
{
    private readonly List<byte[]> _tokens = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value })];
    private readonly Dictionary<string, int> _idOfToken = [];
    private readonly List<(int Left, int Right)> _merges = [];
    private readonly List<Piece> _pieces = [];
    private readonly Dictionary<(int Left, int Right), long> _counts = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> _piecesOfPair = [];
    private readonly PriorityQueue<(int Left, int Right), (long NegatedCount, int Left, int Right)> _queue = new();

    private BytePairTrainer(IReadOnlyDictionary<string, long> pieces)
    {
        for (int id = 0; id < _tokens.Count; id++)
        {
            _idOfToken.Add(Encoding.Latin1.GetString(_tokens[id]), id);
        }

        foreach (var (text, count) in pieces)
        {
            _pieces.Add(new Piece(Array.ConvertAll(Encoding.UTF8.GetBytes(text), value => (int)value), count));
            CountPairs(_pieces.Count - 1, count);
        }

        EnqueueAll(_counts.Keys);
    }

    /// <summary>Trains a model of at most <paramref name="vocabularySize"/> tokens, the 256 bytes included.</summary>
    /// <param name="pieces">How often each piece occurs.</param>
    /// <param name="vocabularySize">Where to stop; training also stops when no pair occurs twice.</param>
    public static BytePairModel Train(IReadOnlyDictionary<string, long> pieces, int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 256);
        var trainer = new BytePairTrainer(pieces);
        while (trainer._tokens.Count < vocabularySize && trainer.NextPair() is { } pair)
        {
            trainer.Merge(pair);
        }

        return new BytePairModel(trainer._tokens, trainer._merges);
    }

    /// <summary>The most frequent pair, or null where none occurs twice.</summary>
    private (int Left, int Right)? NextPair()
    {
        while (_queue.TryDequeue(out var pair, out var priority))
        {
            long count = _counts.GetValueOrDefault(pair);
            if (count == -priority.NegatedCount)
            {
                return count >= 2 ? pair : null;
            }

            // The entry is stale: merges since have taken some of its occurrences. What is left of it queues again.
            Enqueue(pair, count);
        }

        return null;
    }

    private void Merge((int Left, int Right) pair)
    {
        int merged = IdOfMerged(pair);
        _merges.Add(pair);
        var grown = new HashSet<(int Left, int Right)>();
        foreach (int index in _piecesOfPair[pair])
        {
            var piece = _pieces[index];
            CountPairs(index, -piece.Count);
            piece.Merge(pair, merged);
            CountPairs(index, piece.Count);
            grown.UnionWith(piece.Pairs().Where(other => other.Left == merged || other.Right == merged));
        }

        _piecesOfPair.Remove(pair);
        _counts.Remove(pair);
        EnqueueAll(grown);
    }

    /// <summary>The id of the joined token: a new one, unless another merge has already made the same bytes.</summary>
    private int IdOfMerged((int Left, int Right) pair)
    {
        byte[] bytes = [.. _tokens[pair.Left], .. _tokens[pair.Right]];
        ref int id = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _idOfToken, Encoding.Latin1.GetString(bytes), out bool isKnown);
        if (!isKnown)
        {
            id = _tokens.Count;
            _tokens.Add(bytes);
        }

        return id;
    }

    private void CountPairs(int index, long change)
    {
        foreach (var pair in _pieces[index].Pairs())
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += change;
            if (change > 0)
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(_piecesOfPair, pair, out _) ??= []).Add(index);
            }
        }
    }

    private void EnqueueAll(IEnumerable<(int Left, int Right)> pairs)
    {
        foreach (var pair in pairs)
        {
            Enqueue(pair, _counts.GetValueOrDefault(pair));
        }
    }

    private void Enqueue((int Left, int Right) pair, long count)
    {
        if (count > 0)
        {
            _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
        }
    }

    /// <summary>A piece as it stands after the merges so far.</summary>
    private sealed class Piece(int[] ids, long count)
    {
        private int _length = ids.Length;

        public long Count => count;

        public IEnumerable<(int Left, int Right)> Pairs()
        {
            for (int i = 1; i < _length; i++)
            {
                yield return (ids[i - 1], ids[i]);
            }
        }

        public void Merge((int Left, int Right) pair, int merged)
        {
            int written = 0;
            for (int read = 0; read < _length; read++)
            {
                bool isPair = read + 1 < _length && ids[read] == pair.Left && ids[read + 1] == pair.Right;
                ids[written++] = isPair ? merged : ids[read];
                read += isPair ? 1 : 0;
            }

            _length = written;
        }
    }
}
