namespace DiffusionLsp.Training.Corpus;

/// <summary>
/// A corpus, opened to be trained on: both parts and the manifest, which must say the same. It reads no token.
/// </summary>
internal sealed class PreparedCorpus : IDisposable
{
    private PreparedCorpus(CorpusManifest manifest, TokenShards training, TokenShards heldOut)
    {
        Manifest = manifest;
        Training = training;
        HeldOut = heldOut;
    }

    /// <summary>What it is made of.</summary>
    public CorpusManifest Manifest { get; }

    /// <summary>The part to train on.</summary>
    public TokenShards Training { get; }

    /// <summary>The part to measure on.</summary>
    public TokenShards HeldOut { get; }

    /// <summary>Opens the corpus of a folder.</summary>
    /// <exception cref="InvalidDataException">A file is missing, cut short, or disagrees with another.</exception>
    public static PreparedCorpus Open(string folder)
    {
        var manifest = CorpusManifest.Read(folder);
        RequireRights(manifest, folder);
        var training = TokenShards.Open(folder, ShardLayout.Training);
        TokenShards? heldOut = null;
        try
        {
            heldOut = TokenShards.Open(folder, ShardLayout.HeldOut);
            var corpus = new PreparedCorpus(manifest, training, heldOut);
            corpus.RequireAgreement(folder);
            return corpus;
        }
        catch
        {
            heldOut?.Dispose();
            training.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Training.Dispose();
        HeldOut.Dispose();
    }

    // What nobody has the right to train on must not slip into a model through a manifest that was written by hand.
    private static void RequireRights(CorpusManifest manifest, string folder)
    {
        var bare = manifest.Packages.FirstOrDefault(
            package => string.IsNullOrWhiteSpace(package.Licence) || string.IsNullOrWhiteSpace(package.Origin));
        if (bare is not null)
        {
            throw new InvalidDataException(
                $"{Path.Combine(folder, CorpusManifest.FileName)}: {bare.Name} has no licence or no origin; make the corpus again.");
        }
    }

    private void RequireAgreement(string folder)
    {
        foreach (var (part, shards, count) in ((string, TokenShards, PartCount)[])
            [(ShardLayout.Training, Training, Manifest.Training), (ShardLayout.HeldOut, HeldOut, Manifest.HeldOut)])
        {
            string index = ShardLayout.IndexOf(folder, part);
            if ((shards.DocumentCount, shards.TokenCount) != (count.Documents, count.Tokens))
            {
                throw new InvalidDataException(
                    $"{index} has {shards.DocumentCount} documents of {shards.TokenCount} tokens, and {CorpusManifest.FileName} speaks of "
                    + $"{count.Documents} of {count.Tokens}; make the corpus again.");
            }

            if (shards.TokenCount == 0)
            {
                throw new InvalidDataException($"{index} has no tokens; make a corpus with more packages, some of them held out.");
            }

            for (int document = 0; document < shards.DocumentCount; document++)
            {
                int package = shards.PackageOf(document);
                if (package >= Manifest.Packages.Count || Manifest.Packages[package].Part != part)
                {
                    throw new InvalidDataException(
                        $"{index} gives document {document} to package {package}, which {CorpusManifest.FileName} does not list in this part; make the corpus again.");
                }
            }
        }
    }
}
