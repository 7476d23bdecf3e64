using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Training.Corpus;
using DiffusionLsp.Training.Tokenization;

namespace DiffusionLsp.Training.Cli;

/// <summary><c>tokenizer SOURCE_DIR</c>: trains a byte-level BPE on source code.</summary>
internal static class TokenizerCommand
{
    private const int SmallestVocabulary = 512;
    private const string Weights = "python=4,javascript=1,csharp=1";

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var source = new Argument<DirectoryInfo>("SOURCE_DIR")
        {
            Description = "The folder with packages/ and packages.json.",
        }.AcceptExistingOnly();
        var output = new Option<FileInfo>("--out")
        {
            Description = "The tokenizer.json to write; tokenizer_config.json goes beside it.",
            Required = true,
        };
        var vocabularySize = new Option<int>("--vocab-size")
        {
            Description = "The number of tokens, the special ones included.",
            DefaultValueFactory = _ => 8192,
        };
        vocabularySize.Validators.Add(RequireAtLeast(SmallestVocabulary));
        var maxBytes = new Option<long>("--max-bytes")
        {
            Description = "How much text to sample.",
            DefaultValueFactory = _ => 90_000_000,
        };
        maxBytes.Validators.Add(RequireAtLeast(1));
        var weights = new Option<Dictionary<string, double>>("--weights")
        {
            Description = $"The languages' shares of the sample [default: {Weights}].",
            HelpName = "LANGUAGE=SHARE,…",
            CustomParser = ParseWeights,
            DefaultValueFactory = _ => ReadWeights(Weights)!,
        };
        var heldOut = new Option<int>("--held-out-packages")
        {
            Description = "How many families of packages the corpus holds out in each language; they are not read.",
            DefaultValueFactory = _ => new CorpusOptions().HeldOutFamilies,
        };
        var command = new Command("tokenizer", "Train a byte-level BPE tokenizer on source code.")
        {
            source, output, vocabularySize, maxBytes, weights, heldOut,
        };
        command.SetAction(result => Run(
            CorpusSample.Draw(
                result.GetRequiredValue(source).FullName,
                result.GetRequiredValue(weights),
                result.GetValue(maxBytes),
                result.GetValue(heldOut)),
            result.GetRequiredValue(output).FullName,
            result.GetValue(vocabularySize),
            result.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(
        IReadOnlyList<LanguageSample> samples, string tokenizerFile, int vocabularySize, TextWriter output)
    {
        foreach (var sample in samples)
        {
            output.WriteLine($"{sample.Language}: {sample.Files.Count} files, {sample.Bytes / 1e6:F1} MB");
        }

        var splitter = new PieceSplitter(new Regex(CodePattern.Regex, RegexOptions.Compiled | RegexOptions.CultureInvariant));
        var pieces = PieceCounter.Count(samples.SelectMany(sample => sample.Files), splitter);
        var model = BytePairTrainer.Train(pieces, vocabularySize - SpecialTokens.All.Count);
        TokenizerFolder.Write(tokenizerFile, model, CodePattern.Regex);
        output.WriteLine(
            $"{pieces.Count} pieces → {model.Tokens.Count} tokens and {SpecialTokens.All.Count} special ones: {tokenizerFile}");
        return 0;
    }

    private static Action<OptionResult> RequireAtLeast(long least) => result =>
    {
        if (long.TryParse(result.Tokens.SingleOrDefault()?.Value, CultureInfo.InvariantCulture, out long value) && value < least)
        {
            result.AddError($"{result.Option.Name} must be at least {least}, not {value}.");
        }
    };

    private static Dictionary<string, double>? ParseWeights(ArgumentResult argument)
    {
        string text = argument.Tokens.Single().Value;
        var weights = ReadWeights(text);
        if (weights is null)
        {
            argument.AddError($"'{text}' names no shares: write for example {Weights}.");
        }

        return weights;
    }

    private static Dictionary<string, double>? ReadWeights(string text)
    {
        var weights = new Dictionary<string, double>();
        foreach (string part in text.Split(','))
        {
            if (part.Split('=') is not [{ Length: > 0 } language, var share]
                || !double.TryParse(share, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight)
                || weight is not (> 0 and < double.PositiveInfinity)
                || !weights.TryAdd(language, weight))
            {
                return null;
            }
        }

        return weights;
    }
}
