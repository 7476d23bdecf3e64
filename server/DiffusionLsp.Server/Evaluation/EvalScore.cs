using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Evaluation;

/// <summary>
/// Counts how often the model and the copied lines are the author's middle, or pass the item's test. It scores the
/// middle that the engine returned: an editor's user sees it after the filters.
/// </summary>
/// <param name="suite">Says what is compared.</param>
/// <param name="passes">Runs a program and says whether it ends well; null where none can be run.</param>
internal sealed class EvalScore(EvalSuite suite, Func<string, CancellationToken, bool>? passes)
{
    private int _exact;
    private int _copiedByStart;
    private int _copiedByAgreement;
    private int _tested;
    private int _passed;
    private int _copiedPassed;
    private int _tokens;
    private double _similarity;
    private double _milliseconds;

    /// <summary>Items counted.</summary>
    public int Count { get; private set; }

    /// <summary>Forward passes of the network.</summary>
    public int Forwards { get; private set; }

    /// <summary>How much of the model's middles is exactly the author's, 0 to 1.</summary>
    public double ExactMatch => (double)_exact / Count;

    /// <summary>The same of the earlier line that begins as this one.</summary>
    public double CopiedLine => (double)_copiedByStart / Count;

    /// <summary>The same of what followed the longest earlier agreement.</summary>
    public double CopiedAgreement => (double)_copiedByAgreement / Count;

    /// <summary>How much of the programs with the model's middle passes its test; null where none was run.</summary>
    public double? PassAt1 => _tested == 0 ? null : (double)_passed / _tested;

    /// <summary>The same of what followed the longest earlier agreement.</summary>
    public double? CopiedPassAt1 => _tested == 0 ? null : (double)_copiedPassed / _tested;

    /// <summary>The mean likeness of the model's middles to the author's, 0 to 1.</summary>
    public double EditSimilarity => _similarity / Count;

    /// <summary>The mean number of tokens that a forward pass yields.</summary>
    public double TokensPerForward => (double)_tokens / Math.Max(1, Forwards);

    /// <summary>The mean time of an infill.</summary>
    public double MillisecondsPerItem => _milliseconds / Count;

    /// <summary>Counts one item, and says whether the model's middle is the author's.</summary>
    public bool Add(EvalItem item, InfillResult infill, CancellationToken token)
    {
        string agreed = LineCopy.ByAgreement(item.Prefix, item.Lines);
        string truth = suite.Compared(item, item.Truth);
        string answer = suite.Compared(item, infill.Middle);
        Count++;
        _exact += answer == truth ? 1 : 0;
        _copiedByStart += suite.Compared(item, LineCopy.ByLineStart(item.Prefix, item.Lines)) == truth ? 1 : 0;
        _copiedByAgreement += suite.Compared(item, agreed) == truth ? 1 : 0;
        _similarity += ComparedText.Similarity(answer, truth);
        _tokens += infill.Tokens;
        _milliseconds += infill.Milliseconds;
        Forwards += infill.Forwards;
        if (item.Test is not null && passes is not null)
        {
            _tested++;
            _passed += passes(item.ProgramWith(infill.Middle), token) ? 1 : 0;
            _copiedPassed += passes(item.ProgramWith(agreed), token) ? 1 : 0;
        }

        return answer == truth;
    }
}
