using System.Text;
using DiffusionLsp.Training.Corpus;

namespace DiffusionLsp.Training.Tests.Corpus;

public sealed class CorpusBuilderTests : IDisposable
{
    private static readonly CorpusOptions s_options = new() { HeldOutFamilies = 2 };

    private readonly SourceFolder _folder = new();

    public CorpusBuilderTests() => _folder.AddMany(8);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shards_manifest_and_held_out_texts_say_the_same()
    {
        var manifest = Build(s_options);
        Assert.Equivalent(manifest, CorpusManifest.Read(_folder.Output));
        Assert.Equal("sha", manifest.TokenizerSha256);
        Assert.Equal((6, 2), (manifest.Training.Documents, manifest.HeldOut.Documents));
        Assert.Equal(2, manifest.HeldOutPackages.Count);
        Assert.All(manifest.Packages, package => Assert.Equal("MIT", package.Licence));

        var source = CorpusFiles.Open(_folder.Source, s_options).Enumerate().ToList();
        foreach (var (part, isHeldOut) in (ReadOnlySpan<(string, bool)>)[(ShardLayout.Training, false), (ShardLayout.HeldOut, true)])
        {
            using var shards = TokenShards.Open(_folder.Output, part);
            var expected = source.Where(file => file.IsHeldOut == isHeldOut).ToList();
            Assert.Equal(expected.Count, shards.DocumentCount);
            for (var i = 0; i < expected.Count; i++)
            {
                Assert.Equal(Encode(expected[i].Text), shards.Document(i).ToArray().Select(id => (int)id));
                Assert.Equal(expected[i].Package.Name, manifest.Packages[shards.PackageOf(i)].Name);
                Assert.Equal(part, manifest.Packages[shards.PackageOf(i)].Part);
            }
        }

        foreach (var package in manifest.HeldOutPackages)
        {
            Assert.Equal(SourceFolder.Code(package, 20), File.ReadAllText(Path.Combine(_folder.Output, "heldout", package, "main.py")));
        }
    }

    [Fact]
    public void The_same_source_gives_the_same_bytes()
    {
        Build(s_options);
        var first = Snapshot();
        Build(s_options);
        Assert.Equal(first, Snapshot());
    }

    [Fact]
    public void The_hash_follows_the_texts_and_not_the_tokenizer()
    {
        var first = Build(s_options).CorpusSha256;
        Assert.Equal(first, new CorpusBuilder(_ => [1], "other").Build(_folder.Source, _folder.Output, s_options).CorpusSha256);
        _folder.Write("packages/python/p1/main.py", SourceFolder.Code("p1", 21));
        Assert.NotEqual(first, Build(s_options).CorpusSha256);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_full_disk_leaves_the_folder_as_it_was(int documentsBefore)
    {
        Build(s_options);
        var before = Snapshot();
        var left = documentsBefore;
        var failing = new CorpusBuilder(text => left-- > 0 ? Encode(text) : throw new IOException("No space left on device"), "sha");
        Assert.Throws<IOException>(() => failing.Build(_folder.Source, _folder.Output, s_options));
        Assert.Equal(before, Snapshot());
        Assert.Equal(["output", "source"], Directory.EnumerateFileSystemEntries(_folder.Root).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void What_a_killed_run_left_is_cleared_or_put_back()
    {
        Build(s_options);
        var before = Snapshot();
        Directory.Move(_folder.Output, Path.Combine(_folder.Root, ".output.partial.old"));
        Directory.CreateDirectory(Path.Combine(_folder.Root, ".output.partial"));
        File.WriteAllText(Path.Combine(_folder.Root, ".output.partial", "train.bin"), "half");
        var failing = new CorpusBuilder(_ => throw new IOException("No space left on device"), "sha");
        Assert.Throws<IOException>(() => failing.Build(_folder.Source, _folder.Output, s_options));
        Assert.Equal(before, Snapshot());
        Build(s_options);
        Assert.Equal(["output", "source"], Directory.EnumerateFileSystemEntries(_folder.Root).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_second_run_on_the_same_folder_is_refused()
    {
        var first = new CorpusBuilder(
            text =>
            {
                var exception = Assert.Throws<CorpusException>(() => Build(s_options));
                Assert.Contains("another run", exception.Message, StringComparison.Ordinal);
                return Encode(text);
            },
            "sha");
        Assert.Equal(6, first.Build(_folder.Source, _folder.Output, s_options).Training.Documents);
    }

    [Fact]
    public void A_folder_with_something_else_in_it_is_left_alone()
    {
        Directory.CreateDirectory(_folder.Output);
        var precious = Path.Combine(_folder.Output, "thesis.txt");
        File.WriteAllText(precious, "years of work");
        Assert.Throws<CorpusException>(() => Build(s_options));
        Assert.Equal("years of work", File.ReadAllText(precious));
        File.Delete(precious);
        Assert.Equal(8, Build(s_options).Packages.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("packages")]
    [InlineData("packages/python/p0")]
    [InlineData("packages.json")]
    public void The_source_is_no_place_for_the_output(string below)
    {
        var before = Directory.EnumerateFileSystemEntries(_folder.Source, "*", SearchOption.AllDirectories).Count();
        Assert.Throws<CorpusException>(() =>
            new CorpusBuilder(Encode, "sha").Build(_folder.Source, Path.Combine(_folder.Source, below), s_options));
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(_folder.Source, "*", SearchOption.AllDirectories).Count());
    }

    [Fact]
    public void A_corpus_without_a_file_is_an_error()
    {
        using var empty = new SourceFolder().Add("python", "a", "a", ("a.py", "x = 1\n"));
        var exception = Assert.Throws<CorpusException>(() =>
            new CorpusBuilder(Encode, "sha").Build(empty.Source, empty.Output, new CorpusOptions { HeldOutFamilies = 0 }));
        Assert.Contains("filters", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(empty.Output));
    }

    [Theory]
    [InlineData("{", "corpus.json")]
    [InlineData("{\"format\": 99}", "corpus.json")]
    public void A_bad_manifest_is_named(string json, string expected)
    {
        Build(s_options);
        File.WriteAllText(Path.Combine(_folder.Output, CorpusManifest.FileName), json);
        var exception = Assert.Throws<InvalidDataException>(() => CorpusManifest.Read(_folder.Output));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    private CorpusManifest Build(CorpusOptions options) => new CorpusBuilder(Encode, "sha").Build(_folder.Source, _folder.Output, options);

    private static int[] Encode(string text) => [.. Encoding.UTF8.GetBytes(text)];

    private SortedDictionary<string, string> Snapshot() => new(
        Directory.EnumerateFiles(_folder.Output, "*", SearchOption.AllDirectories)
            .ToDictionary(file => file, file => Convert.ToBase64String(File.ReadAllBytes(file))),
        StringComparer.Ordinal);
}
