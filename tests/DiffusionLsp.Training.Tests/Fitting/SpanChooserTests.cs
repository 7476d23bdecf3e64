using DiffusionLsp.Training.Fitting;

namespace DiffusionLsp.Training.Tests.Fitting;

public sealed class SpanChooserTests : IDisposable
{
    private readonly TinyCorpus _corpus = new();

    public void Dispose() => _corpus.Dispose();

    [Fact]
    public void A_span_lies_in_the_document_and_is_neither_empty_nor_too_long()
    {
        Assert.All(Spans(), span =>
        {
            Assert.InRange(span.Start, 0, span.End - 1);
            Assert.InRange(span.End, span.Start + 1, Math.Min(_corpus.Shards.Document(0).Length, span.Start + 8));
        });
    }

    /// <summary>An editor asks behind an indentation that it wrote itself, and at the very start of a line.</summary>
    [Fact]
    public void Whole_lines_begin_behind_their_line_break_and_before_it()
    {
        var document = _corpus.Shards.Document(0).ToArray();
        var lines = Spans().Where(span => span.End - span.Start >= 5 && EndsLine(document, span.End)).ToList();

        Assert.Contains(lines, span => span.Start > 0 && document[span.Start - 1] == TinyCorpus.LineBreak);
        Assert.Contains(lines, span => document[span.Start] == TinyCorpus.LineBreak);
    }

    private static bool EndsLine(ushort[] document, int end) =>
        end == document.Length || document[end] == TinyCorpus.LineBreak;

    private List<(int Start, int End)> Spans()
    {
        var random = new SplitMix(1);
        return
        [
            .. Enumerable.Range(0, 500).Select(i => SpanChooser.Choose(
                _corpus.Shards.Document(0), i % _corpus.Shards.Document(0).Length, 8, TinyCorpus.Tokens, random)),
        ];
    }
}
