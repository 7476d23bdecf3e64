using DiffusionLsp.Server.Cli;

namespace DiffusionLsp.Server.Evaluation;

/// <summary>Finds a suite by what the command line calls it.</summary>
internal static class EvalSuites
{
    /// <summary>The names of all suites, for people.</summary>
    public static string Names { get; } = string.Join(", ", [.. HumanEvalSuite.Names, .. HeldOutSuite.Names]);

    /// <summary>Reads or draws a suite's items.</summary>
    /// <param name="choice">Which suite, and how much of it.</param>
    /// <param name="folder">Where the files of HumanEval-Infilling lie.</param>
    /// <exception cref="BadInputException">There is no such suite, or its files cannot be used.</exception>
    public static EvalSuite Open(SuiteChoice choice, string folder)
    {
        if (HeldOutSuite.Names.Contains(choice.Name))
        {
            return HeldOutSuite.Draw(choice);
        }

        string? path = HumanEvalSuite.FileOf(choice.Name) is { } file ? Path.Combine(folder, file)
            : HumanEvalSuite.IsFile(choice.Name) ? choice.Name
            : throw new BadInputException($"'{choice.Name}' is no suite: take {Names}, or a file that ends in .jsonl or .jsonl.gz.");
        return choice is { HeldOut: null, Language: null }
            ? HumanEvalSuite.Read(choice, path)
            : throw new BadInputException(
                $"--heldout and --language are for {string.Join(", ", HeldOutSuite.Names)}: leave them out with {choice.Name}.");
    }
}
