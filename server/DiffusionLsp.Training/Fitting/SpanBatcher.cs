using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Training.Corpus;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// Draws training sequences from tokenized documents: a span as an editor would leave it open (the rest of a line,
/// whole lines, a few tokens inside a line), its context on both sides, and noisy copies of it. Batch number n is a
/// function of (seed, n) alone, so a resumed run sees what the interrupted one would have seen.
/// </summary>
/// <param name="shards">The documents.</param>
/// <param name="options">Lengths and seed.</param>
/// <param name="tokens">What the batcher must know of the vocabulary.</param>
internal sealed class SpanBatcher(TokenShards shards, FitOptions options, SpanTokens tokens)
{
    /// <summary>
    /// A package counts with this power of its tokens: a few large ones hold half of the corpus and speak one dialect.
    /// </summary>
    private const double PackagePower = 0.7;

    /// <summary>The canvas that most requests begin with; longer spans get the longest.</summary>
    private const int UsualCanvas = 24;

    private readonly double[] _ends = CumulativeWeights(shards);

    /// <summary>Makes batch number <paramref name="index"/>.</summary>
    public SpanBatch Next(long index)
    {
        var random = new SplitMix(unchecked(((ulong)options.Seed << 40) ^ (ulong)index));
        var batch = new SpanBatch(options.BatchSize, options.ContextLength + options.NoisyLength);
        for (int sequence = 0; sequence < options.BatchSize; sequence++)
        {
            Fill(batch, sequence, random);
        }

        return batch;
    }

    private static double[] CumulativeWeights(TokenShards shards)
    {
        var packages = new Dictionary<int, long>();
        for (int i = 0; i < shards.DocumentCount; i++)
        {
            int package = shards.PackageOf(i);
            packages[package] = packages.GetValueOrDefault(package) + shards.Document(i).Length;
        }

        double[] ends = new double[shards.DocumentCount];
        double total = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            int length = shards.Document(i).Length;
            ends[i] = total += length == 0 ? 0 : length * Math.Pow(packages[shards.PackageOf(i)], PackagePower - 1);
        }

        return total > 0 ? ends : throw new InvalidDataException("The corpus holds no tokens; run `diffusionlsp-train corpus` again.");
    }

    private void Fill(SpanBatch batch, int sequence, SplitMix random)
    {
        int index = Array.BinarySearch(_ends, random.Unit() * _ends[^1]);
        var document = shards.Document(index < 0 ? ~index : index + 1);
        int position = (int)random.Below(document.Length);
        var (start, end) = SpanChooser.Choose(document, position, options.MaxSpan, tokens, random);
        int deletes = ExtraDeletes(end - start, random);
        var layout = Layout(document, start, end, random);
        WriterOf(batch, sequence).Write(document, layout, deletes, random);
    }

    private SequenceWriter WriterOf(SpanBatch batch, int sequence) => tokens.Pattern switch
    {
        AttentionPattern.ContextCausal => new ContextCausalWriter(batch, sequence, tokens),
        AttentionPattern.Bidirectional => new BidirectionalWriter(batch, sequence, tokens),
        AttentionPattern.LeftToRight => new LeftToRightWriter(batch, sequence, tokens),
        _ => throw new InvalidOperationException($"No batches are known for {tokens.Pattern}."),
    };

    private int ExtraDeletes(int length, SplitMix random)
    {
        bool isUsual = length <= UsualCanvas && random.Below(5) > 0;
        int room = Math.Min(options.MaxSpan, isUsual ? UsualCanvas : options.MaxSpan) - length;
        return random.Below(20) switch
        {
            < 7 => 0,
            < 12 => (int)random.Below(room + 1),
            _ => room,
        };
    }

    /// <summary>
    /// Shares the context between both sides; one suffix in ten is empty, as at the end of a file. Where no room is
    /// left for noisy copies only next tokens are learnt, and a long prefix teaches more of them than two short sides.
    /// </summary>
    private SpanLayout Layout(ReadOnlySpan<ushort> document, int start, int end, SplitMix random)
    {
        bool isPrefixAlone = options.NoisyLength == 0 || random.Below(10) == 0;
        int wanted = isPrefixAlone ? 0 : (int)random.Below(options.ContextLength / 2);
        int suffix = Math.Min(document.Length - end, wanted);
        int room = options.ContextLength - suffix;
        int header = start <= room ? 0 : HeaderEnd(document, Math.Min(options.HeaderTokens, room / 2));
        int prefix = Math.Min(start, room - header);
        return new SpanLayout(start - prefix, start, end, end + suffix) { HeaderEnd = header };
    }

    /// <summary>The most whole lines at a document's beginning that have at most so many tokens.</summary>
    private int HeaderEnd(ReadOnlySpan<ushort> document, int most)
    {
        while (most > 0 && !tokens.StartsLine[document[most]])
        {
            most--;
        }

        return most;
    }
}

/// <summary>Where the parts of a sequence lie in its document: prefix, span, suffix.</summary>
/// <param name="PrefixStart">First token of the prefix.</param>
/// <param name="SpanStart">First token of the span.</param>
/// <param name="SpanEnd">First token after the span.</param>
/// <param name="SuffixEnd">First token after the suffix.</param>
internal readonly record struct SpanLayout(int PrefixStart, int SpanStart, int SpanEnd, int SuffixEnd)
{
    /// <summary>First token after the document's beginning that stands before the prefix; 0 where there is none.</summary>
    public int HeaderEnd { get; init; }

    /// <summary>What stands before the span: the document's beginning, where it is kept, and the prefix.</summary>
    public ReadOnlySpan<ushort> Before(ReadOnlySpan<ushort> document) =>
        HeaderEnd == 0 ? document[PrefixStart..SpanStart] : (ushort[])[.. document[..HeaderEnd], .. document[PrefixStart..SpanStart]];
}

/// <summary>What the batcher must know of the vocabulary.</summary>
/// <param name="Mask">The mask token.</param>
/// <param name="Delete">The delete token.</param>
/// <param name="Pad">The token on unused positions.</param>
/// <param name="Border">The token between prefix and suffix where a network writes from left to right.</param>
/// <param name="StartsLine">For each id: whether its text begins with a line break.</param>
/// <param name="Pattern">Who sees whom.</param>
internal sealed record SpanTokens(
    int Mask, int Delete, int Pad, int Border, bool[] StartsLine, AttentionPattern Pattern)
{
    /// <summary>The expand token; null where the model knows none.</summary>
    public int? Expand { get; init; }

    /// <summary>The chance that two neighbouring masks merge into one that expands.</summary>
    public double ExpandShare { get; init; }
}

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a generator with one word of state, the same on every platform
/// and in every version of the runtime.
/// </summary>
internal sealed class SplitMix(ulong state)
{
    private ulong _state = state;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number in [0, bound); 0 where bound is 0.</summary>
    public long Below(long bound) => bound <= 0 ? 0 : (long)(Next() % (ulong)bound);

    /// <summary>A number in [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));
}
