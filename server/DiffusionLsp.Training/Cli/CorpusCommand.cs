using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Training.Corpus;

namespace DiffusionLsp.Training.Cli;

/// <summary>
/// <c>corpus SOURCE_DIR OUT_DIR</c>: folders of packages to token shards. It does not fetch them: that is
/// models/quicksilver/corpus/fetch-corpus.sh.
/// </summary>
internal static class CorpusCommand
{
    private const int PackagesPerLine = 25;

    /// <summary>The command, its options and its action.</summary>
    public static Command Create()
    {
        var source = new Argument<DirectoryInfo>("SOURCE_DIR") { Description = "The folder with packages/ and packages.json." };
        var output = new Argument<DirectoryInfo>("OUT_DIR") { Description = "The folder to make; an older corpus there is replaced." };
        var tokenizer = new Option<FileSystemInfo>("--tokenizer")
        {
            Description = "tokenizer.json, or the folder that holds it.",
            Required = true,
        };
        var language = new Option<string?>("--language") { Description = "One language only: python, javascript or csharp." };
        var heldOut = new Option<int>("--held-out-packages")
        {
            Description = "How many families of packages to hold out for evaluation, in each language.",
            DefaultValueFactory = _ => new CorpusOptions().HeldOutFamilies,
        };
        var seed = new Option<int>("--seed") { Description = "Another seed holds out other packages." };
        var command = new Command("corpus", "Filters, deduplicates, splits and tokenizes a folder of packages.")
        {
            source, output, tokenizer, language, heldOut, seed,
        };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(source).FullName,
            parsed.GetRequiredValue(output).FullName,
            parsed.GetRequiredValue(tokenizer).FullName,
            new CorpusOptions
            {
                Language = parsed.GetValue(language),
                HeldOutFamilies = parsed.GetValue(heldOut),
                Seed = parsed.GetValue(seed),
            },
            parsed.InvocationConfiguration));
        return command;
    }

    private static int Run(string source, string output, string tokenizerPath, CorpusOptions options, InvocationConfiguration console)
    {
        var file = Directory.Exists(tokenizerPath) ? Path.Combine(tokenizerPath, "tokenizer.json") : tokenizerPath;
        if (!File.Exists(file))
        {
            throw new CorpusException($"{file}: no such file; train one with `diffusionlsp-train tokenizer`.");
        }

        var tokenizer = CodeTokenizer.Load(file);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
        var builder = new CorpusBuilder(tokenizer.Encode, sha256, new ProgressLines(console.Error));
        Print(builder.Build(source, output, options), output, console.Output);
        return 0;
    }

    private static void Print(CorpusManifest manifest, string output, TextWriter writer)
    {
        foreach (var (name, part) in ((string, PartCount)[])[("training", manifest.Training), ("held out", manifest.HeldOut)])
        {
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-9} {part.Documents,8:N0} files {part.Bytes / 1e6,8:N1} MB {part.Tokens / 1e6,8:N2} M tokens {part.Bytes / (double)Math.Max(part.Tokens, 1):N2} bytes a token"));
        }

        writer.WriteLine($"held-out packages: {string.Join(", ", manifest.HeldOutPackages)}");
        writer.WriteLine($"dropped: {string.Join(", ", manifest.Dropped.Select(drop => $"{drop.Value} {drop.Key}"))}");
        writer.WriteLine($"corpus {manifest.CorpusSha256[..12]}, tokenizer {manifest.TokenizerSha256[..12]}, in {output}");
    }

    private sealed class ProgressLines(TextWriter writer) : IProgress<CorpusProgress>
    {
        public void Report(CorpusProgress value)
        {
            if (value.Number % PackagesPerLine == 0)
            {
                writer.WriteLine($"package {value.Number + 1} of {value.Total}: {value.Package.Language}/{value.Package.Name}");
            }
        }
    }
}
