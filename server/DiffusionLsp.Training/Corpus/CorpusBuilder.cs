using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DiffusionLsp.Training.Corpus;

/// <summary>Turns a folder of packages into token shards: the whole of the command <c>corpus</c> but its options.</summary>
/// <param name="encode">Text to token ids.</param>
/// <param name="tokenizerSha256">Which tokenizer that is.</param>
/// <param name="progress">Is told of each package that is done.</param>
internal sealed class CorpusBuilder(Func<string, int[]> encode, string tokenizerSha256, IProgress<CorpusProgress>? progress = null)
{
    /// <summary>Builds a corpus in a folder, which takes the place of an older corpus there.</summary>
    /// <exception cref="CorpusException">The source is no corpus, or the folder holds something else.</exception>
    /// <exception cref="IOException">The disk is full or fails; the folder is as it was.</exception>
    public CorpusManifest Build(string sourceDirectory, string outputDirectory, CorpusOptions options)
    {
        RefuseOutputInSource(sourceDirectory, outputDirectory);
        var files = CorpusFiles.Open(sourceDirectory, options);
        using var output = OutputFolder.Begin(outputDirectory);
        var manifest = Write(files, output.Work, options);
        manifest.Write(output.Work);
        output.Commit();
        return manifest;
    }

    private CorpusManifest Write(CorpusFiles files, string folder, CorpusOptions options)
    {
        var counts = files.Packages.Select(package => CountOf(package, files)).ToArray();
        var numbers = files.Packages.Select((package, number) => (package, number)).ToDictionary(pair => pair.package, pair => pair.number);
        using var training = new ShardWriter(folder, ShardLayout.Training);
        using var heldOut = new ShardWriter(folder, ShardLayout.HeldOut);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Directory.CreateDirectory(Path.Combine(folder, ShardLayout.HeldOut));

        var current = -1;
        foreach (var file in files.Enumerate())
        {
            var number = numbers[file.Package];
            if (number != current)
            {
                progress?.Report(new CorpusProgress(file.Package, number, counts.Length));
                current = number;
            }

            var bytes = Encoding.UTF8.GetBytes(file.Text);
            var ids = encode(file.Text);
            (file.IsHeldOut ? heldOut : training).Append(ids, number);
            var count = counts[number];
            counts[number] = count with
            {
                Documents = count.Documents + 1,
                Bytes = count.Bytes + bytes.Length,
                Tokens = count.Tokens + ids.Length,
            };
            Hash(hash, [counts[number].Part, file.Package.Language, file.Package.Name, file.Path], bytes);
            if (file.IsHeldOut)
            {
                CopyText(Path.Combine(folder, ShardLayout.HeldOut, file.Package.Name), file.Path, bytes);
            }
        }

        training.Complete();
        heldOut.Complete();
        return ManifestOf(files, options, counts, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private CorpusManifest ManifestOf(CorpusFiles files, CorpusOptions options, PackageCount[] counts, string corpusSha256)
    {
        if (counts.Sum(count => count.Documents) == 0)
        {
            throw new CorpusException("No file passed the filters; look at the source folder's packages.");
        }

        return new CorpusManifest
        {
            Format = CorpusManifest.CurrentFormat,
            TokenizerSha256 = tokenizerSha256,
            CorpusSha256 = corpusSha256,
            Language = options.Language,
            Seed = options.Seed,
            Training = Sum(counts, ShardLayout.Training),
            HeldOut = Sum(counts, ShardLayout.HeldOut),
            HeldOutPackages = [.. files.Packages.Where(files.HeldOutPackages.Contains).Select(package => package.Name)],
            Dropped = new SortedDictionary<DropReason, int>(files.Dropped.ToDictionary()),
            Packages = counts,
        };
    }

    private static PackageCount CountOf(CorpusPackage package, CorpusFiles files) => new(
        package.Name,
        package.Version,
        package.Language,
        package.Licence,
        package.Origin,
        package.Family,
        package.Homepage,
        files.HeldOutPackages.Contains(package) ? ShardLayout.HeldOut : ShardLayout.Training,
        0,
        0,
        0);

    private static PartCount Sum(PackageCount[] counts, string part)
    {
        var ours = counts.Where(count => count.Part == part).ToList();
        return new PartCount(ours.Sum(count => count.Documents), ours.Sum(count => count.Bytes), ours.Sum(count => count.Tokens));
    }

    // Every field goes in with its length, so that no two lists of documents run together to the same bytes.
    private static void Hash(IncrementalHash hash, ReadOnlySpan<string> fields, ReadOnlySpan<byte> text)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var field in fields)
        {
            var bytes = Encoding.UTF8.GetBytes(field);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        hash.AppendData(length);
        hash.AppendData(text);
    }

    private static void CopyText(string folder, string relative, byte[] bytes)
    {
        var path = Path.Combine(folder, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    private static void RefuseOutputInSource(string sourceDirectory, string outputDirectory)
    {
        var source = Path.TrimEndingDirectorySeparator(Path.GetFullPath(sourceDirectory));
        var packages = Path.Combine(source, CorpusPackage.RootName);
        var output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(outputDirectory));
        if (output == source || (output + Path.DirectorySeparatorChar).StartsWith(packages + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new CorpusException($"{outputDirectory}: is part of the source; name another folder.");
        }
    }
}

/// <summary>How far a build is.</summary>
/// <param name="Package">The package that is being read.</param>
/// <param name="Number">Which one it is.</param>
/// <param name="Total">Of how many.</param>
internal sealed record CorpusProgress(CorpusPackage Package, int Number, int Total);
