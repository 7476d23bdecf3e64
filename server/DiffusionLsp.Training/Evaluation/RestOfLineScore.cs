using DiffusionLsp.Engine;

namespace DiffusionLsp.Training.Evaluation;

/// <summary>Counts how often the model and the copied lines are exactly the author's rest of the line.</summary>
internal sealed class RestOfLineScore
{
    private int _model;
    private int _copiedByStart;
    private int _copiedByAgreement;
    private int _forwards;
    private int _tokens;
    private double _milliseconds;

    /// <summary>Cursors counted.</summary>
    public int Count { get; private set; }

    /// <summary>Counts one cursor. Only the answer's first line counts, and blanks at its end do not.</summary>
    public void Add(RestOfLineItem item, InfillResult infill)
    {
        Count++;
        _model += Same(infill.Middle, item.Rest);
        _copiedByStart += Same(LineCopy.ByLineStart(item.Prefix), item.Rest);
        _copiedByAgreement += Same(LineCopy.ByAgreement(item.Prefix), item.Rest);
        _forwards += infill.Forwards;
        _tokens += infill.Tokens;
        _milliseconds += infill.Milliseconds;
    }

    /// <summary>One line of figures.</summary>
    public string ToString(IFormatProvider format) => string.Create(
        format,
        $"n {Count}  model {100.0 * _model / Count:F1} %  copied line {100.0 * _copiedByStart / Count:F1} %  "
        + $"copied by longest agreement {100.0 * _copiedByAgreement / Count:F1} %  "
        + $"tokens/forward {(double)_tokens / Math.Max(1, _forwards):F2}  ms {_milliseconds / Count:F0}");

    private static int Same(string answer, string rest)
    {
        int lineEnd = answer.IndexOf('\n', StringComparison.Ordinal);
        var first = answer.AsSpan(0, lineEnd < 0 ? answer.Length : lineEnd);
        return first.TrimEnd().SequenceEqual(rest.AsSpan().TrimEnd()) ? 1 : 0;
    }
}
