using System.Text;
using CsCheck;
using DiffusionLsp.Engine.Prompting;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>The invariants of the engine's output, against a network that wants to break them and against the real one.</summary>
public class OutputInvariantTests
{
    private const int Spiteful = 2_500;
    private const int Real = 100;

    private static readonly string ModelFolder = Path.Combine(TestData.RepositoryRoot, "models", "quicksilver");
    private static readonly CodeTokenizer Tokenizer = CodeTokenizer.Load(ModelFolder);

    private static readonly string[] SpecialTokens =
        ["<|mask|>", "<|delete|>", "<|expand|>", "<|bos|>", "<|eos|>", "<|pad|>", "<|reserved_0|>", "<|reserved_9|>"];

    private static readonly Gen<string> Text = Gen.OneOf(
        "\n", "\r\n", "\n    ", "    ", " ", "\t", "return x", "foo(a, b)", "foo(", "(", ")", "):", "}", "{", "[", "]);", ";", "end",
        "x = ", "value", "else:", "\"\"\"", "😀", "日本", "e\u0301", "\ud83d", "\ude00", "\ufffd", "<|mask|>", "<|ma", "sk|>", "<|eos|>")
        .Array[0, 7].Select(string.Concat);

    public OutputInvariantTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void They_hold_whatever_the_network_wants() =>
        (from prefix in Text
         from suffix in Text
         from request in Options
         from wanted in Wanted(prefix, suffix)
         select (Request: request with { Prefix = prefix, Suffix = suffix }, Wanted: wanted)).Sample(
            given =>
            {
                // What the seam takes back has to come first, else nothing of what follows is in its place.
                var prefix = TokenizedText.Of(Tokenizer, given.Request.Prefix);
                int[] typed = Tokenizer.Encode(
                    Encoding.UTF8.GetString(SeamHealing.Left(Tokenizer, prefix).Seam?.TypedBytes ?? []));
                var predictor = new SpitefulPredictor(
                    Tokenizer, Tokenizer.VocabularySize, Tokenizer.TokenId("<|delete|>")!.Value, [.. typed, .. given.Wanted]);
                using var infiller = DiffusionInfillerTests.NewInfiller(predictor);

                var result = infiller.Infill(given.Request, step => CheckStep(step), default);

                OutputInvariants.Check(given.Request, result, SpecialTokens);
                Assert.DoesNotContain(predictor.Span, Tokenizer.IsSpecial);
            },
            iter: Spiteful);

    [Fact]
    public void They_hold_for_the_embedded_model_on_real_code()
    {
        Assert.SkipUnless(
            File.Exists(Path.Combine(ModelFolder, "model.safetensors")), "There are no weights in models/quicksilver.");
        string[] files = [.. Sources("samples"), .. Sources("tests")];
        var random = new Random(20);
        using var infiller = DiffusionInfiller.Load(new InfillerOptions { ModelFolder = ModelFolder, Device = "cpu" });
        int filled = 0;
        for (int run = 0; run < Real; run++)
        {
            string text = File.ReadAllText(files[random.Next(files.Length)]);
            int start = random.Next(text.Length);
            int end = Math.Min(text.Length, start + (run % 3 == 0 ? random.Next(80) : 0));
            var request = new InfillRequest
            {
                Prefix = text[Math.Max(0, start - 300)..start],
                Suffix = text[end..Math.Min(text.Length, end + 100)],
                MaxTokens = 16,
                MaxForwards = 3,
                Temperature = run % 4 == 0 ? 1 : 0,
                Seed = run,
            };

            var result = infiller.Infill(request, null, TestContext.Current.CancellationToken);

            OutputInvariants.Check(request, result, SpecialTokens);
            filled += result.Outcome == InfillOutcome.Filled ? 1 : 0;
        }

        Assert.InRange(filled, Real / 4, Real);
    }

    private static Gen<InfillRequest> Options =>
        from forwards in Gen.OneOf<int?>(null, 1, 2)
        from threshold in Gen.OneOf<double?>(null, 1)
        from temperature in Gen.OneOf(0.0, 0.0, 20.0)
        from drafts in Gen.OneOf<double?>(null, 60)
        from masks in Gen.Int[1, 9]
        from seed in Gen.Int[0, 1000]
        select new InfillRequest
        {
            Prefix = "",
            Suffix = "",
            MaxForwards = forwards,
            ConfidenceThreshold = threshold,
            Temperature = temperature,
            DraftLogOdds = drafts,
            InitialMasks = masks,
            Seed = seed,
        };

    /// <summary>Tokens that make trouble: the suffix and its lines, control tokens spelled out, parts of characters.</summary>
    private static Gen<int[]> Wanted(string prefix, string suffix)
    {
        string[] lines = suffix.Split('\n');
        string startOfLine = prefix[(prefix.LastIndexOf('\n') + 1)..];
        string next = lines.Skip(1).FirstOrDefault(line => !string.IsNullOrWhiteSpace(line), "");
        string completed = next.StartsWith(startOfLine, StringComparison.Ordinal) ? next[startOfLine.Length..] : next;
        var text = Gen.OneOf(
            suffix, lines[0], lines[0].Trim(), next, completed, "\n" + next, "\r\n" + next, "\n    " + next.Trim(), "\n", " ", "a", ")", "(b)",
            "\n}", "<|mask|>", "<|delete|>", "sk|>", "<", "|eos|>", "\ufffd", "😀").Select(Tokenizer.Encode);
        var half = Gen.OneOf<int[]>(
            Tokenizer.Encode("😀")[..1], Tokenizer.Encode("日")[..1], [Tokenizer.TokensStartingWith([0x98])[0]],
            [Tokenizer.TokensStartingWith([0xF0, 0x9F])[0]], [Tokenizer.TokensStartingWith([0xC3])[0]]);
        var any = Gen.Int[0, Tokenizer.VocabularySize - 1].Select(id => new[] { id });
        return Gen.Frequency((6, text), (1, half), (1, any)).Array[1, 4].Select(parts => parts.SelectMany(part => part).ToArray());
    }

    private static void CheckStep(DenoisingStep step) =>
        Assert.All(step.Cells, cell => Assert.All(cell.Text.EnumerateRunes(), rune => Assert.NotEqual(Rune.ReplacementChar, rune)));

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(TestData.RepositoryRoot, folder), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".py" or ".ts" or ".cs" or ".mjs" && new FileInfo(file).Length > 0)
            .Where(file => !file.Contains("node_modules", StringComparison.Ordinal)
                && !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal);
}
