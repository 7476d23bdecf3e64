namespace DiffusionLsp.Training.Corpus;

/// <summary>
/// Keeps each text once over the whole corpus, and every held-out text out of the training part. It must see all
/// held-out texts before the first training text.
/// </summary>
internal sealed class RepetitionFilter
{
    // Towards the held-out part we are strict: a third of a training file, or half of a held-out one, is too much.
    private const double SharedWithHeldOut = 0.3;
    private const double CoveredHeldOut = 0.5;
    private const double NearDuplicate = 0.8;

    // Of the training part only the shingles that are 0 modulo this are remembered, to save memory. As the shingle
    // itself decides, the same ones are remembered of every text that has them.
    private const ulong SampleModulus = 4;

    private readonly HashSet<UInt128> _contents = [];
    private readonly HashSet<UInt128> _heldOutContents = [];
    private readonly HashSet<ulong> _sampledShingles = [];
    private readonly Dictionary<ulong, int> _heldOutShingles = [];
    private readonly List<int> _heldOutCounts = [];

    /// <summary>Admits a held-out text, or says why not.</summary>
    public DropReason? AdmitHeldOut(TextFingerprint text)
    {
        if (!_heldOutContents.Add(text.Content))
        {
            return DropReason.Duplicate;
        }

        if (text.Shingles.Count > 0 &&
            text.Shingles.Count(_heldOutShingles.ContainsKey) >= NearDuplicate * text.Shingles.Count)
        {
            return DropReason.NearDuplicate;
        }

        foreach (var shingle in text.Shingles)
        {
            _heldOutShingles.TryAdd(shingle, _heldOutCounts.Count);
        }

        _heldOutCounts.Add(text.Shingles.Count);
        return null;
    }

    /// <summary>Admits a training text, or says why not.</summary>
    public DropReason? AdmitTraining(TextFingerprint text)
    {
        if (_heldOutContents.Contains(text.Content) || RepeatsHeldOut(text))
        {
            return DropReason.RepeatsHeldOut;
        }

        if (!_contents.Add(text.Content))
        {
            return DropReason.Duplicate;
        }

        var sample = text.Shingles.Where(shingle => shingle % SampleModulus == 0).ToList();
        if (sample.Count > 0 && sample.Count(_sampledShingles.Contains) >= NearDuplicate * sample.Count)
        {
            return DropReason.NearDuplicate;
        }

        _sampledShingles.UnionWith(sample);
        return null;
    }

    private bool RepeatsHeldOut(TextFingerprint text)
    {
        var shared = 0;
        var sharedWith = new Dictionary<int, int>();
        foreach (var shingle in text.Shingles)
        {
            if (_heldOutShingles.TryGetValue(shingle, out var file))
            {
                shared++;
                sharedWith[file] = sharedWith.GetValueOrDefault(file) + 1;
            }
        }

        return shared > 0 &&
            (shared >= SharedWithHeldOut * text.Shingles.Count ||
                sharedWith.Any(entry => entry.Value >= CoveredHeldOut * _heldOutCounts[entry.Key]));
    }
}
