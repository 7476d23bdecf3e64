using DiffusionLsp.Training.Corpus;

namespace DiffusionLsp.Training.Tests.Corpus;

public sealed class CorpusFilesTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_family_is_held_out_as_one_and_shares_no_package_with_training()
    {
        for (var i = 0; i < 8; i++)
        {
            _folder.Add("python", $"zope.{i}", "zope", ("a.py", SourceFolder.Code($"zope{i}", 20)));
            _folder.Add("python", $"single{i}", $"single{i}", ("a.py", SourceFolder.Code($"single{i}", 20)));
        }

        for (var seed = 0; seed < 20; seed++)
        {
            var files = CorpusFiles.Open(_folder.Source, new CorpusOptions { HeldOutFamilies = 3, Seed = seed }).Enumerate().ToList();
            var training = files.Where(file => !file.IsHeldOut).Select(file => file.Package.Family).ToHashSet();
            var heldOut = files.Where(file => file.IsHeldOut).Select(file => file.Package.Family).ToHashSet();
            Assert.Equal(3, heldOut.Count);
            Assert.Empty(training.Intersect(heldOut));
            Assert.Equal(16, files.Count);
        }
    }

    [Fact]
    public void The_same_seed_holds_out_the_same_and_another_seed_others()
    {
        _folder.AddMany(20);
        var choices = Enumerable.Range(0, 6).Select(HeldOut).ToList();
        Assert.Equal(choices[0], HeldOut(0));
        Assert.True(choices.Distinct().Count() > 1);
        return;

        string HeldOut(int seed) => string.Join(
            ' ',
            CorpusFiles.Open(_folder.Source, new CorpusOptions { HeldOutFamilies = 4, Seed = seed })
                .HeldOutPackages.Select(package => package.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Adding_a_package_moves_no_other_one_than_it_must()
    {
        _folder.AddMany(20);
        var options = new CorpusOptions { HeldOutFamilies = 6 };
        var before = CorpusFiles.Open(_folder.Source, options).HeldOutPackages.Select(package => package.Name).ToHashSet();
        _folder.Add("python", "late", "late", ("a.py", SourceFolder.Code("late", 20)));
        var after = CorpusFiles.Open(_folder.Source, options).HeldOutPackages.Select(package => package.Name).ToHashSet();
        Assert.True(before.Intersect(after).Count() >= 5);
    }

    [Fact]
    public void What_a_training_package_copied_from_a_held_out_one_is_left_out()
    {
        _folder.AddMany(6);
        var options = new CorpusOptions { HeldOutFamilies = 2 };
        var secret = CorpusFiles.Open(_folder.Source, options).HeldOutPackages.First().Name;
        var other = CorpusFiles.Open(_folder.Source, options).Packages[^1].Name;
        var text = SourceFolder.Code(secret, 20);
        _folder.Write($"packages/python/{other}/copied.py", text);
        _folder.Write($"packages/python/{other}/copied_crlf.py", text.Replace("\n", "\r\n", StringComparison.Ordinal));
        _folder.Write($"packages/python/{other}/copied_and_changed.py", "import os\n" + text);
        _folder.Write($"packages/python/{other}/_vendor/{secret}.py", text);

        var files = CorpusFiles.Open(_folder.Source, options);
        var kept = files.Enumerate().Where(file => file.Package.Name == other).Select(file => file.Path);
        Assert.Equal(["main.py"], kept);
        Assert.Equal(3, files.Dropped[DropReason.RepeatsHeldOut]);
        Assert.Equal(1, files.Dropped[DropReason.Vendored]);
    }

    [Fact]
    public void Files_come_in_the_order_of_their_names_with_unix_line_ends()
    {
        _folder.AddMany(2).Add(
            "python",
            "many",
            "many",
            ("b.py", SourceFolder.Code("b", 5).Replace("\n", "\r\n", StringComparison.Ordinal)),
            ("a/z.py", SourceFolder.Code("z", 5)),
            ("B.py", SourceFolder.Code("bb", 5)),
            ("notes.txt", SourceFolder.Code("notes", 5)));
        var files = CorpusFiles.Open(_folder.Source, new CorpusOptions { HeldOutFamilies = 0 })
            .Enumerate().Where(file => file.Package.Name == "many").ToList();
        Assert.Equal(["B.py", "a/z.py", "b.py"], files.Select(file => file.Path));
        Assert.Equal(SourceFolder.Code("b", 5), files[2].Text);
    }

    [Fact]
    public void One_language_is_taken_alone()
    {
        _folder.AddMany(2).Add("csharp", "sharp", "sharp", ("A.cs", "// c sharp\nnamespace A;\n\npublic sealed class A\n{\n    public int Value { get; set; }\n}\n"));
        Assert.All(
            CorpusFiles.Open(_folder.Source, new CorpusOptions { Language = "python", HeldOutFamilies = 1 }).Enumerate(),
            file => Assert.Equal("python", file.Package.Language));
        Assert.Equal(["A.cs"], CorpusFiles.Open(_folder.Source, new CorpusOptions { Language = "csharp", HeldOutFamilies = 0 })
            .Enumerate().Select(file => file.Path));
    }

    public static TheoryData<string, string, string> BadLists => new()
    {
        { "no JSON", "[{", "packages.json" },
        { "null", "null", "null" },
        { "a null entry", "[null]", "entry 0" },
        { "no licence", """[{"name":"a","version":"1","language":"python","licence":"","origin":"x"}]""", "entry 0" },
        { "a field that is missing", """[{"name":"a","version":"1","language":"python","origin":"x"}]""", "licence" },
        { "a path out of the folder", """[{"name":"..","version":"1","language":"python","licence":"MIT","origin":"x"}]""", "python/.." },
        { "a path as a name", """[{"name":"a/b","version":"1","language":"python","licence":"MIT","origin":"x"}]""", "a/b" },
        { "a package twice", """[{"name":"a","version":"1","language":"python","licence":"MIT","origin":"x"},{"name":"A","version":"1","language":"python","licence":"MIT","origin":"x"}]""", "twice" },
        { "a folder without licence", """[]""", "p0" },
    };

    [Theory]
    [MemberData(nameof(BadLists))]
    public void A_bad_list_is_an_error_of_one_line(string what, string json, string expected)
    {
        _folder.AddMany(1).Write(CorpusPackage.ListName, json);
        AssertOneLine(expected, () => CorpusFiles.Open(_folder.Source, new CorpusOptions { HeldOutFamilies = 0 }), what);
    }

    [Fact]
    public void A_folder_that_is_no_corpus_is_an_error_of_one_line()
    {
        AssertOneLine("no such folder", () => CorpusFiles.Open(_folder.Source, new CorpusOptions()), "missing");
        Directory.CreateDirectory(_folder.Source);
        AssertOneLine("packages.json", () => CorpusFiles.Open(_folder.Source, new CorpusOptions()), "empty");
    }

    [Theory]
    [InlineData(3, 3, "--held-out-packages 2")]
    [InlineData(1, 12, "--held-out-packages 0")]
    [InlineData(3, -1, "negative")]
    public void What_cannot_be_split_is_an_error_of_one_line(int packages, int heldOut, string expected)
    {
        _folder.AddMany(packages);
        AssertOneLine(expected, () => CorpusFiles.Open(_folder.Source, new CorpusOptions { HeldOutFamilies = heldOut }), "split");
    }

    [Theory]
    [InlineData("cobol", "cobol")]
    [InlineData("javascript", "javascript")]
    public void A_language_that_is_not_there_is_an_error_of_one_line(string language, string expected)
    {
        _folder.AddMany(3);
        AssertOneLine(expected, () => CorpusFiles.Open(_folder.Source, new CorpusOptions { Language = language }), language);
    }

    private static void AssertOneLine(string expected, Action action, string what)
    {
        var exception = Assert.Throws<CorpusException>(action);
        Assert.True(exception.Message.Contains(expected, StringComparison.Ordinal), $"{what}: {exception.Message}");
        Assert.DoesNotContain('\n', exception.Message);
    }
}
