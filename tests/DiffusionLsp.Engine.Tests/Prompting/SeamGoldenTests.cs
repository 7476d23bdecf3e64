using System.Text;
using DiffusionLsp.Engine.Denoising;
using DiffusionLsp.Engine.Prompting;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>
/// What is taken back at a cursor, by tokenizer: tests/golden/seams holds a text with its cursor on each unindented
/// line and the tokens on the indented line below it, those taken back in brackets.
/// </summary>
public class SeamGoldenTests
{
    private static readonly string Folder = Path.Combine(TestData.RepositoryRoot, "tests", "golden", "seams");

    [Theory]
    [InlineData("quicksilver", "models/quicksilver")]
    [InlineData("qwen2.5", "tests/data/tokenizers/qwen2.5")]
    public void The_seams_are_the_golden_ones(string name, string tokenizerFolder)
    {
        var tokenizer = CodeTokenizer.Load(Path.Combine(TestData.RepositoryRoot, tokenizerFolder));
        string path = Path.Combine(Folder, name + ".txt");
        string golden = File.ReadAllText(path).ReplaceLineEndings("\n");
        var drawn = new StringBuilder();
        foreach (string line in golden.Split('\n').Where(line => line is not ("" or [' ', ..])))
        {
            drawn.Append(line).Append('\n');
            if (!line.StartsWith('#'))
            {
                drawn.Append("    ").Append(Draw(tokenizer, Unescaped(line))).Append('\n');
            }
        }

        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, drawn.ToString());
        }

        Assert.Equal(drawn.ToString(), File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    private static string Draw(CodeTokenizer tokenizer, string text)
    {
        int cursor = text.IndexOf('|', StringComparison.Ordinal);
        var (prefix, suffix) = (text[..cursor], text[(cursor + 1)..]);
        var left = SeamHealing.Left(tokenizer, prefix);
        var right = SeamHealing.Right(tokenizer, prefix, suffix);
        string drawn = Tokens(left.Ids) + TakenBack(left.Seam) + "|" + TakenBack(right.Seam) + Tokens(right.Ids);
        return Escaped(drawn);

        string Tokens(IEnumerable<int> ids) => string.Concat(ids.Select(id => $"{Shown(tokenizer.TokenBytes(id))}·"));

        string TakenBack(Seam? seam) => seam is null ? "" : $"[{Shown(seam.TypedBytes)}:{seam.Cells}]";
    }

    private static string Shown(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static string Unescaped(string line) => line
        .Replace("\\n", "\n", StringComparison.Ordinal)
        .Replace("\\r", "\r", StringComparison.Ordinal)
        .Replace("\\t", "\t", StringComparison.Ordinal)
        .Replace("\\high", "\ud83d", StringComparison.Ordinal)
        .Replace("\\low", "\ude00", StringComparison.Ordinal);

    private static string Escaped(string text) => text
        .Replace("\n", "\\n", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal)
        .Replace("\t", "\\t", StringComparison.Ordinal);
}
