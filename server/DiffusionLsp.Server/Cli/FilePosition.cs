using System.CommandLine.Parsing;
using System.Globalization;

namespace DiffusionLsp.Server.Cli;

/// <summary>A line and a column as compilers print them: both from 1, columns in UTF-16 units as editors count.</summary>
internal readonly record struct LineColumn(int Line, int Column)
{
    /// <summary>Parses <c>LINE:COL</c> for an option; a mistake becomes a parse error.</summary>
    public static LineColumn? Parse(ArgumentResult argument)
    {
        string text = argument.Tokens.Single().Value;
        if (text.Split(':') is [var line, var column] && TryParse(line, column, out var position))
        {
            return position;
        }

        argument.AddError($"'{text}' is no position: write LINE:COL, both counted from 1, e.g. 12:5.");
        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Line}:{Column}";

    /// <summary>Makes a position of two decimal numbers from 1.</summary>
    public static bool TryParse(string line, string column, out LineColumn position)
    {
        bool valid = int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int l)
            & int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out int c)
            && l >= 1
            && c >= 1;
        position = new LineColumn(l, c);
        return valid;
    }
}

/// <summary>A place in a file, <c>FILE:LINE:COL</c>. A drive's colon belongs to the file: <c>C:\x.py:3:1</c>.</summary>
internal sealed record FilePosition(string File, LineColumn Position)
{
    /// <summary>Parses the argument; a mistake becomes a parse error.</summary>
    public static FilePosition? Parse(ArgumentResult argument)
    {
        string text = argument.Tokens.Single().Value;
        if (text.Split(':') is [.. var file, var line, var column]
            && string.Join(':', file) is { Length: > 0 } path
            && LineColumn.TryParse(line, column, out var position))
        {
            return new FilePosition(path, position);
        }

        argument.AddError($"'{text}' is no place: write FILE:LINE:COL, both counted from 1, e.g. app.py:12:5.");
        return null;
    }
}
