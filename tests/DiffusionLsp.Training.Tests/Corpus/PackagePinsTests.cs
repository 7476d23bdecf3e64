using DiffusionLsp.Tests;
using DiffusionLsp.Training.Corpus;

namespace DiffusionLsp.Training.Tests.Corpus;

/// <summary>The pins that the shipped model's corpus is fetched by.</summary>
public sealed class PackagePinsTests
{
    private static readonly string[] s_permissive =
    [
        "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "HPND", "ISC", "LicenseRef-Biopython", "LicenseRef-Repoze",
        "LicenseRef-matplotlib", "LicenseRef-public-domain", "MIT", "PSF-2.0", "Unlicense", "ZPL-2.1", "Zlib",
    ];

    [Fact]
    public void Every_package_is_pinned_and_permissive()
    {
        foreach (var row in Rows("packages.tsv"))
        {
            Assert.InRange(row.Length, 6, 7);
            Assert.All(row, field => Assert.False(string.IsNullOrWhiteSpace(field), string.Join(' ', row)));
            Assert.Contains(row[2], SourceLanguages.Names);
            Assert.Contains(row[4], (string[])["debian", "debian-source", "npm"]);
            Assert.True(IsPermissive(row[3]), $"{row[0]}: {row[3]}");
        }
    }

    [Fact]
    public void Every_folder_belongs_to_a_pinned_source_and_is_permissive()
    {
        var sources = Rows("packages.tsv").Where(row => row[4] == "debian-source").Select(row => row[0]).ToHashSet();
        Assert.All(Rows("folders.tsv"), row =>
        {
            Assert.Equal(4, row.Length);
            Assert.Contains(row[0], sources);
            Assert.True(row[1].Count(character => character == '*') <= 1, row[1]);
            Assert.True(IsPermissive(row[3]), $"{row[1]}: {row[3]}");
        });
    }

    [Fact]
    public void No_package_is_pinned_twice() =>
        Assert.Empty(Rows("packages.tsv").GroupBy(row => row[0].TrimStart('@').Replace('/', '-')).Where(group => group.Count() > 1).Select(group => group.Key));

    // "A OR B": we take the one that is permissive.
    private static bool IsPermissive(string licence) => licence.Split(" OR ").Any(s_permissive.Contains);

    private static List<string[]> Rows(string name) =>
    [
        .. File.ReadLines(Path.Combine(TestData.RepositoryRoot, "models", "quicksilver", "corpus", name))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t')),
    ];
}
