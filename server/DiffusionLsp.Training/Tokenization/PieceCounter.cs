using System.Runtime.InteropServices;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Training.Corpus;

namespace DiffusionLsp.Training.Tokenization;

/// <summary>
/// Counts how often each piece of the pre-tokenizer occurs in a body of text: all that BPE training needs to know of
/// it. Counting is spread over the cores; sums do not depend on the order of the files.
/// </summary>
internal static class PieceCounter
{
    /// <summary>Reads every file as a corpus reads it, with LF at every line's end, and counts its pieces.</summary>
    public static Dictionary<string, long> Count(IEnumerable<string> files, PieceSplitter splitter)
    {
        var total = new Dictionary<string, long>();
        Parallel.ForEach(
            files,
            () => new Dictionary<string, long>(),
            (file, _, counts) =>
            {
                if (FileFilter.TryDecode(File.ReadAllBytes(file), out string? text))
                {
                    Add(text, splitter, counts);
                }

                return counts;
            },
            counts =>
            {
                lock (total)
                {
                    foreach (var (piece, count) in counts)
                    {
                        CollectionsMarshal.GetValueRefOrAddDefault(total, piece, out _) += count;
                    }
                }
            });
        return total;
    }

    /// <summary>Adds the pieces of one text to the counts.</summary>
    public static void Add(string text, PieceSplitter splitter, Dictionary<string, long> counts)
    {
        var bySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var piece in splitter.Split(text))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(bySpan, text.AsSpan(piece.Start, piece.Length), out _)++;
        }
    }
}
