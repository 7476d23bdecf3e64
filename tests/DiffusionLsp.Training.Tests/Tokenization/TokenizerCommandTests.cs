using System.CommandLine;
using System.Text.RegularExpressions;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Training.Cli;
using DiffusionLsp.Training.Tokenization;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Training.Tests.Tokenization;

/// <summary>The command on a small corpus: this repository's own C#.</summary>
public sealed class TokenizerCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tokenizer-").FullName;

    public TokenizerCommandTests()
    {
        string package = Path.Combine(_folder, "packages", "csharp", "engine");
        string source = Path.Combine(TestData.RepositoryRoot, "server", "DiffusionLsp.Engine");
        Directory.CreateDirectory(package);
        foreach (string file in Directory.EnumerateFiles(source, "*.cs"))
        {
            File.Copy(file, Path.Combine(package, Path.GetFileName(file)));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_trained_tokenizer_gives_the_text_back_and_saves_tokens()
    {
        var tokenizer = CodeTokenizer.Load(Train("a", "--vocab-size", "800"));

        Assert.Equal(800, tokenizer.VocabularySize);
        string text = File.ReadAllText(Path.Combine(_folder, "packages", "csharp", "engine", "Canvas.cs"));
        int[] ids = tokenizer.Encode(text);
        Assert.Equal(text, tokenizer.Decode(ids));
        Assert.True(ids.Length < text.Length / 2);
    }

    [Fact]
    public void Special_tokens_follow_the_text_in_their_order()
    {
        var tokenizer = CodeTokenizer.Load(Train("a", "--vocab-size", "600"));

        Assert.Equal(
            Enumerable.Range(600 - SpecialTokens.All.Count, SpecialTokens.All.Count),
            SpecialTokens.All.Select(token => tokenizer.TokenId(token)!.Value));
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
        var parsed = TokenizerCommand.Create().Parse([_folder, "--out", Path.Combine(_folder, "tokenizer.json"), option, value]);

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
        string folder = Path.Combine(_folder, name);
        using var output = new StringWriter();
        int exitCode = TokenizerCommand.Create()
            .Parse([_folder, "--out", Path.Combine(folder, "tokenizer.json"), .. options])
            .Invoke(new InvocationConfiguration { Output = output });
        Assert.Equal(0, exitCode);
        return folder;
    }
}
