using System.CommandLine;
using System.Text.RegularExpressions;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Training.Cli;
using DiffusionLsp.Training.Corpus;
using DiffusionLsp.Training.Tests.Corpus;
using DiffusionLsp.Training.Tokenization;

namespace DiffusionLsp.Training.Tests.Tokenization;

/// <summary>The command on a small corpus of three packages, one of them held out.</summary>
public sealed class TokenizerCommandTests : IDisposable
{
    private readonly SourceFolder _corpus = new SourceFolder().AddMany(3);

    public void Dispose() => _corpus.Dispose();

    [Fact]
    public void A_trained_tokenizer_gives_the_text_back_and_saves_tokens()
    {
        var tokenizer = CodeTokenizer.Load(Train("a", "--vocab-size", "600"));

        string text = SourceFolder.Code("p0", 20);
        int[] ids = tokenizer.Encode(text);
        Assert.Equal(text, tokenizer.Decode(ids));
        Assert.True(ids.Length < text.Length / 2);
    }

    [Fact]
    public void Special_tokens_follow_the_text_in_their_order()
    {
        var tokenizer = CodeTokenizer.Load(Train("a", "--vocab-size", "512"));
        int first = tokenizer.VocabularySize - SpecialTokens.All.Count;

        Assert.Equal(
            Enumerable.Range(first, SpecialTokens.All.Count),
            SpecialTokens.All.Select(token => tokenizer.TokenId(token)!.Value));
    }

    [Fact]
    public void Held_out_packages_are_not_read()
    {
        string heldOut = Assert.Single(CorpusFiles.Open(_corpus.Source, new CorpusOptions { HeldOutFamilies = 1 }).HeldOutPackages).Name;
        var sample = CorpusSample.Draw(_corpus.Source, new Dictionary<string, double> { ["python"] = 1 }, 1_000_000, heldOutFamilies: 1);

        Assert.Equal(2, Assert.Single(sample).Files.Count);
        Assert.DoesNotContain(sample[0].Files, file => file.Split(Path.DirectorySeparatorChar).Contains(heldOut));
    }

    [Fact]
    public void A_sample_keeps_to_its_budget()
    {
        var sample = CorpusSample.Draw(_corpus.Source, new Dictionary<string, double> { ["python"] = 1 }, 1000, heldOutFamilies: 0);

        Assert.InRange(Assert.Single(sample).Bytes, 1, 1000);
    }

    [Fact]
    public void The_same_source_gives_the_same_files()
    {
        string first = Train("a", "--vocab-size", "600");
        string second = Train("b", "--vocab-size", "600");

        foreach (string name in (string[])["tokenizer.json", "tokenizer_config.json"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(first, name)), File.ReadAllBytes(Path.Combine(second, name)));
        }
    }

    [Theory]
    [InlineData("--vocab-size", "100", "--vocab-size must be at least 512")]
    [InlineData("--max-bytes", "0", "--max-bytes must be at least 1")]
    [InlineData("--weights", "python", "names no shares")]
    [InlineData("--weights", "python=-1", "names no shares")]
    [InlineData("--weights", "python=1,python=2", "names no shares")]
    public void Options_that_make_no_sense_are_refused(string option, string value, string message)
    {
        var parsed = TokenizerCommand.Create().Parse([_corpus.Source, "--out", "tokenizer.json", option, value]);

        Assert.Contains(parsed.Errors, error => error.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("if a:\r\n\t\tb\n\n  c", "if| a|:|\r\n\t\t|b|\n|\n  |c")]
    [InlineData("self._getElementById(x)", "self|._|get|Element|By|Id|(|x|)")]
    [InlineData("x = foo[\"a_b\"] # 12345  ", "x| =| foo|[\"|a|_b|\"]| #| 123|45|  ")]
    [InlineData("HTTPServer.MAX_SIZE", "HTTPServer|.MAX|_SIZE")]
    [InlineData("e\u0301t\u00E9 数学", "e\u0301t\u00E9| 数学")]
    public void Source_code_is_cut_at_clean_seams(string text, string pieces) => Assert.Equal(
        pieces.Split('|'),
        new PieceSplitter(new Regex(CodePattern.Regex)).Split(text).Select(piece => text.Substring(piece.Start, piece.Length)));

    private string Train(string name, params string[] options)
    {
        string folder = Path.Combine(_corpus.Output, name);
        using var output = new StringWriter();
        int exitCode = TokenizerCommand.Create()
            .Parse([
                _corpus.Source, "--out", Path.Combine(folder, "tokenizer.json"),
                "--weights", "python=1", "--held-out-packages", "1", .. options])
            .Invoke(new InvocationConfiguration { Output = output });
        Assert.Equal(0, exitCode);
        return folder;
    }
}
