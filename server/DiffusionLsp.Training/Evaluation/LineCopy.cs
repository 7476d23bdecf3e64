namespace DiffusionLsp.Training.Evaluation;

/// <summary>
/// The baseline that needs no model: find where earlier text of the file agrees longest with the text before the
/// cursor, and copy what followed there to the end of its line. The nearest of equally long matches wins.
/// </summary>
internal static class LineCopy
{
    private const int LongestMatch = 400;

    /// <summary>The predicted rest of the line; empty where nothing earlier agrees in even one character.</summary>
    public static string Predict(string prefix)
    {
        int best = 0;
        int bestEnd = -1;
        for (int end = prefix.Length - 1; end > 0; end--)
        {
            int length = CommonSuffix(prefix, end);
            if (length > best)
            {
                (best, bestEnd) = (length, end);
            }
        }

        if (bestEnd < 0)
        {
            return "";
        }

        int lineEnd = prefix.IndexOf('\n', bestEnd);
        return prefix[bestEnd..(lineEnd < 0 ? prefix.Length : lineEnd)];
    }

    private static int CommonSuffix(string text, int end)
    {
        int length = 0;
        while (length < end && length < LongestMatch && text[end - 1 - length] == text[^(1 + length)])
        {
            length++;
        }

        return length;
    }
}
