using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Cli;

/// <summary>The options that several commands have, and the parsers of their numbers.</summary>
internal static class SharedOptions
{
    /// <summary><c>--model</c>; null where the default is meant.</summary>
    public static Option<string?> Model() => new("--model")
    {
        Description = "A checkpoint's folder, or the name of an installed model [default: quicksilver].",
        HelpName = "PATH|NAME",
    };

    /// <summary><c>--device</c>; null where the default is meant.</summary>
    public static Option<string?> Device() => new("--device")
    {
        Description = "auto, cpu, cuda or cuda:N [default: auto].",
        HelpName = "DEVICE",
    };

    /// <summary><c>--dtype</c>; null where the choice is left to what fits.</summary>
    public static Option<string?> Dtype() => new("--dtype")
    {
        Description = "auto, fp32, bf16, fp16 or int8, which takes half the memory of bf16 [default: auto].",
        HelpName = "DTYPE",
    };

    /// <summary><c>--span-length</c>; null where the model's default is meant.</summary>
    public static Option<SpanLengthSearch?> SpanLength() => new("--span-length")
    {
        Description = "How a model that can neither expand nor delete finds a length: as given, calibrated, or the likeliest of several [default: the model's].",
        HelpName = string.Join('|', Enum.GetValues<SpanLengthSearch>().Select(search => search.Name())),
        CustomParser = argument =>
        {
            string text = argument.Tokens.Single().Value;
            var search = SpanLengthSearches.Find(text);
            if (search is null)
            {
                argument.AddError($"{OptionOf(argument)} must be one of {SpanLengthSearches.Names}, not '{text}'.");
            }

            return search;
        },
    };

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object on one line." };

    /// <summary>Parses a whole number that is at least <paramref name="least"/>; a mistake becomes a parse error.</summary>
    public static Func<ArgumentResult, T?> WholeNumber<T>(T least)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => argument =>
    {
        string text = argument.Tokens.Single().Value;
        if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least)
        {
            return value;
        }

        string bound = least == T.MinValue ? "" : $" of at least {least}";
        argument.AddError($"{OptionOf(argument)} must be a whole number{bound}, not '{text}'.");
        return null;
    };

    /// <summary>Parses a number from the range; a mistake becomes a parse error.</summary>
    public static Func<ArgumentResult, double?> Number(double least, double most) => argument =>
    {
        string text = argument.Tokens.Single().Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && value >= least
            && value <= most)
        {
            return value;
        }

        argument.AddError($"{OptionOf(argument)} must be a number from {least} to {most}, not '{text}'.");
        return null;
    };

    private static string OptionOf(ArgumentResult argument) =>
        argument.Parent is OptionResult option ? option.Option.Name : argument.Argument.Name;
}
