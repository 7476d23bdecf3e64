using DiffusionLsp.Server.Completion.Lexing;

namespace DiffusionLsp.Server.Edits;

/// <summary>Brackets of bare code (<see cref="BareCode"/>), of all kinds alike: code under repair mixes them up.</summary>
internal static class CodeBrackets
{
    /// <summary>How many brackets of a span have no partner in it: closing ones, and opening ones behind them.</summary>
    public static (int Closers, int Openers) Alone(ReadOnlySpan<char> code)
    {
        int closers = 0;
        int openers = 0;
        foreach (char character in code)
        {
            if (OpenBrackets.IsOpener(character))
            {
                openers++;
            }
            else if (OpenBrackets.IsCloser(character))
            {
                closers += openers == 0 ? 1 : 0;
                openers = Math.Max(0, openers - 1);
            }
        }

        return (closers, openers);
    }

    /// <summary>The place behind the bracket that closes so many open ones; null where there is none before the end.</summary>
    public static int? CloseAfter(string code, int from, int end, int open)
    {
        for (int at = from; at < end; at++)
        {
            open += OpenBrackets.IsOpener(code[at]) ? 1 : OpenBrackets.IsCloser(code[at]) ? -1 : 0;
            if (open == 0)
            {
                return at + 1;
            }
        }

        return null;
    }

    /// <summary>The place of the bracket that opens so many closed ones; null where there is none behind the start.</summary>
    public static int? OpenBefore(string code, int start, int to, int closed)
    {
        for (int at = to - 1; at >= start; at--)
        {
            closed += OpenBrackets.IsCloser(code[at]) ? 1 : OpenBrackets.IsOpener(code[at]) ? -1 : 0;
            if (closed == 0)
            {
                return at;
            }
        }

        return null;
    }
}
