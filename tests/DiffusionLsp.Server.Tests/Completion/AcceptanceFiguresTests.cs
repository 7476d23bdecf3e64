using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionLsp.Server.Tests.Completion;

/// <summary>What was shown and taken, in one local file.</summary>
public sealed class AcceptanceFiguresTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("figures-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    private string File => Path.Combine(_folder, "below", "figures.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Windows_add_to_one_file_by_day_and_language()
    {
        using (AcceptanceFigures one = new(File, _time))
        using (AcceptanceFigures two = new(File, _time))
        {
            one.Shown("python");
            one.Shown("python");
            one.Accepted("python");
            two.Shown("csharp");
            _time.Advance(TimeSpan.FromDays(1));
            two.Shown("python");
        }

        using AcceptanceFigures later = new(File, _time);
        var days = later.Read();

        Assert.Equal(["2026-01-31", "2026-02-01"], days.Keys);
        Assert.Equal(new AcceptanceCount { Shown = 2, Accepted = 1 }, days["2026-01-31"]["python"]);
        Assert.Equal(new AcceptanceCount { Shown = 1 }, days["2026-01-31"]["csharp"]);
        Assert.Equal(new AcceptanceCount { Shown = 1 }, days["2026-02-01"]["python"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("null")]
    public void A_file_that_was_erased_or_spoiled_is_begun_anew(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, content);

        using (AcceptanceFigures figures = new(File, _time))
        {
            figures.Shown("python");
        }

        using AcceptanceFigures later = new(File, _time);
        Assert.Equal(1, later.Read()["2026-01-31"]["python"].Shown);
    }

    [Fact]
    public void A_file_that_somebody_holds_is_added_to_later()
    {
        using AcceptanceFigures figures = new(File, _time);
        figures.Shown("python");
        using (new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.None))
        {
            _time.Advance(TimeSpan.FromHours(1));
            figures.Shown("python");
        }

        Assert.Equal(2, figures.Read()["2026-01-31"]["python"].Shown);
    }

    [Fact]
    public void Without_a_file_nothing_is_counted()
    {
        using AcceptanceFigures figures = new(null, _time);
        figures.Shown("python");

        Assert.Empty(figures.Read());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }
}
