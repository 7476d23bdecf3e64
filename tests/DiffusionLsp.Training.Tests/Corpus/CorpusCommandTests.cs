using System.CommandLine;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Tests;
using DiffusionLsp.Training.Cli;
using DiffusionLsp.Training.Corpus;

namespace DiffusionLsp.Training.Tests.Corpus;

public sealed class CorpusCommandTests : IDisposable
{
    private static readonly string s_tokenizer = Path.Combine(TestData.RepositoryRoot, "models", "quicksilver");

    private readonly SourceFolder _folder = new SourceFolder().AddMany(8);
    private readonly StringWriter _output = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shards_decode_to_the_sources()
    {
        Assert.Equal(0, Run(_folder.Source, _folder.Output, "--tokenizer", s_tokenizer, "--held-out-packages", "3", "--seed", "4"));
        var tokenizer = CodeTokenizer.Load(s_tokenizer);
        var expected = CorpusFiles.Open(_folder.Source, new CorpusOptions { HeldOutFamilies = 3, Seed = 4 }).Enumerate();
        using var training = TokenShards.Open(_folder.Output, ShardLayout.Training);
        using var heldOut = TokenShards.Open(_folder.Output, ShardLayout.HeldOut);
        Assert.Equal(
            expected.Select(file => file.Text),
            Texts(heldOut, tokenizer).Concat(Texts(training, tokenizer)));
        Assert.Contains("training", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_that_is_not_there_is_an_error_of_one_line()
    {
        var exception = Assert.ThrowsAny<EngineException>(
            () => Run(_folder.Source, _folder.Output, "--tokenizer", Path.Combine(_folder.Root, "none.json")));
        Assert.Contains("none.json", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.False(Directory.Exists(_folder.Output));
    }

    [Theory]
    [InlineData()]
    [InlineData("--held-out-packages", "many")]
    [InlineData("--seed", "x")]
    public void A_command_line_that_cannot_be_read_makes_nothing(params string[] options)
    {
        Assert.NotEqual(0, Run([_folder.Source, _folder.Output, .. options]));
        Assert.False(Directory.Exists(_folder.Output));
    }

    private int Run(params string[] arguments) =>
        CorpusCommand.Create().Parse(arguments).Invoke(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            Output = _output,
            Error = TextWriter.Null,
        });

    private static List<string> Texts(TokenShards shards, CodeTokenizer tokenizer) =>
    [
        .. Enumerable.Range(0, shards.DocumentCount)
            .Select(i => tokenizer.Decode([.. shards.Document(i).ToArray().Select(id => (int)id)])),
    ];
}
