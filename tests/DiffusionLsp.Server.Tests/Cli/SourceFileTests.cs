using CsCheck;
using DiffusionLsp.Server.Cli;

namespace DiffusionLsp.Server.Tests.Cli;

public sealed class SourceFileTests
{
    private static readonly string[] s_pieces = ["a", " ", "\n", "\r\n", "\r", "\t", "é", "🐻"];

    private static readonly Gen<string> s_text =
        Gen.Int[0, s_pieces.Length - 1].Array[0, 40].Select(pieces => string.Concat(pieces.Select(i => s_pieces[i])));

    [Fact]
    public void Every_position_of_every_line_is_found_again() => s_text.Sample(text =>
    {
        var file = new SourceFile("f", text);
        int line = 1;
        int lineStart = 0;
        for (int offset = 0; offset <= text.Length; offset++)
        {
            bool insideBreak = offset > 0 && offset < text.Length && text[offset - 1] == '\r' && text[offset] == '\n';
            if (insideBreak)
            {
                continue;
            }

            if (offset > 0 && text[offset - 1] is '\n' or '\r')
            {
                line++;
                lineStart = offset;
            }

            bool insidePair = offset > 0 && offset < text.Length && char.IsSurrogatePair(text[offset - 1], text[offset]);
            int expected = insidePair ? offset - 1 : offset;
            Assert.Equal(expected, file.OffsetOf(new LineColumn(line, offset - lineStart + 1)));
        }
    });

    [Fact]
    public void A_position_is_in_the_file_or_an_error_names_the_last_one_that_is() =>
        Gen.Select(s_text, Gen.Int[1, 50], Gen.Int[1, 50]).Sample((text, line, column) =>
        {
            var file = new SourceFile("f", text);
            try
            {
                Assert.InRange(file.OffsetOf(new LineColumn(line, column)), 0, text.Length);
            }
            catch (BadInputException e)
            {
                string[] last = e.Message[(e.Message.LastIndexOf(' ') + 1)..].TrimEnd('.').Split(':');
                Assert.True(LineColumn.TryParse(last[0], last[1], out var position));
                Assert.InRange(file.OffsetOf(position), 0, text.Length);
                Assert.Throws<BadInputException>(() => file.OffsetOf(position with { Column = position.Column + 1 }));
            }
        });

    [Fact]
    public void A_file_without_end_is_refused_at_the_limit()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "There is no /dev/zero on this system.");
        var e = Assert.Throws<BadInputException>(() => SourceFile.Read("/dev/zero"));
        Assert.Contains("larger than 16 MiB", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_largest_file_is_read()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, new string('x', SourceFile.MaxBytes));
            Assert.Equal(SourceFile.MaxBytes, SourceFile.Read(path).Text.Length);
            File.AppendAllText(path, "y");
            Assert.Throws<BadInputException>(() => SourceFile.Read(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
