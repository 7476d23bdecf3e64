namespace DiffusionLsp.Training.Corpus;

/// <summary>
/// The files of one part of a corpus, little-endian. <c>part.bin</c>: the token ids of all documents, two bytes
/// each, nothing between them. <c>part.idx</c>: <see cref="Magic"/>, the number of documents (8 bytes), where each
/// document begins, in tokens, and where the last one ends (8 bytes each), and each document's package (4 bytes
/// each), counted as corpus.json lists them.
/// </summary>
internal static class ShardLayout
{
    /// <summary>The name of the training part.</summary>
    public const string Training = "train";

    /// <summary>The name of the held-out part, and of the folder with its plain texts.</summary>
    public const string HeldOut = "heldout";

    /// <summary>The first eight bytes of an index.</summary>
    public const ulong Magic = 0x3158_4449_5053_4C44; // "DLSPIDX1"

    /// <summary>The bytes before the first offset.</summary>
    public const int HeaderBytes = 16;

    /// <summary>The bytes that an index of so many documents has.</summary>
    public static long IndexBytes(long documents) => HeaderBytes + ((documents + 1) * sizeof(long)) + (documents * sizeof(int));

    /// <summary>The path of a part's tokens.</summary>
    public static string TokensOf(string folder, string part) => Path.Combine(folder, part + ".bin");

    /// <summary>The path of a part's index.</summary>
    public static string IndexOf(string folder, string part) => Path.Combine(folder, part + ".idx");
}
