using System.Text.Json;
using CsCheck;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Trust;

namespace DiffusionLsp.Server.Tests.Trust;

/// <summary>Which documents are left alone, by their URI and the settings.</summary>
public sealed class DocumentRulesTests
{
    [Theory]
    [InlineData("file:///w/.env", ".env*")]
    [InlineData("file:///w/.env.local", ".env*")]
    [InlineData("file:///w/.ENV", ".env*")]
    [InlineData("file:///w/%2Eenv", ".env*")]
    [InlineData("file:///c%3A/w/.env", ".env*")]
    [InlineData("file:///C:/w/.env", ".env*")]
    [InlineData("file:///w/a/%2e%2e/.env", ".env*")]
    [InlineData("file:///../../.env", ".env*")]
    [InlineData("file:///w%5C.env", ".env*")]
    [InlineData("file://server/share/.env", ".env*")]
    [InlineData("file:///w/server.pem", "*.pem")]
    [InlineData("file:///w/server.PEM", "*.pem")]
    [InlineData("file:///w/tls.key", "*.key")]
    [InlineData("file:///w/a%20b/code.pfx", "*.pfx")]
    [InlineData("file:///w/code.p12", "*.p12")]
    [InlineData("file:///w/all.kdbx", "*.kdbx")]
    [InlineData("file:///home/me/id_rsa", "id_rsa*")]
    [InlineData("file:///home/me/id_rsa.pub", "id_rsa*")]
    [InlineData("file:///home/me/id_ed25519", "id_ed25519*")]
    [InlineData("file:///home/me/.ssh/config", ".ssh/")]
    [InlineData("file:///home/me/.ssh/deep/config", ".ssh/")]
    [InlineData("file:///home/me/.AWS/config", ".aws/")]
    [InlineData("file:///w/src/Secrets/token.py", "secrets/")]
    [InlineData("file:///w/secrets/a/b.py", "secrets/")]
    [InlineData("file:///w/c#/secrets/b.py", "secrets/")]
    [InlineData("file:///home/me/.netrc", ".netrc")]
    [InlineData("file:///w/.npmrc", ".npmrc")]
    [InlineData("file:///w/.pypirc", ".pypirc")]
    [InlineData("file:///home/me/.git-credentials", ".git-credentials")]
    [InlineData("file:///w/credentials.json", "credentials*")]
    [InlineData("untitled:.env", ".env*")]
    [InlineData("untitled:/w/.env", ".env*")]
    [InlineData("untitled://.env", ".env*")]
    [InlineData("vscode-notebook-cell:/w/secrets/a.ipynb#W0sZmlsZQ%3D%3D", "secrets/")]
    [InlineData("vscode-notebook-cell://ssh-remote%2Bhost/w/secrets/a.ipynb#W0", "secrets/")]
    [InlineData("vscode-remote://wsl%2Bubuntu/home/me/.env", ".env*")]
    [InlineData("git:/w/.env?%7B%22ref%22%3A%22~%22%7D", ".env*")]
    [InlineData(".env", ".env*")]
    public void What_a_name_says_to_be_secret_is_left_alone(string uri, string glob) =>
        Assert.Equal($"may hold secrets: its name matches {glob} (setting secretFiles)", DocumentRules.Usual.WhyLeftAlone(uri));

    [Theory]
    [InlineData("file:///w/a.py")]
    [InlineData("file:///w/appsettings.json")]
    [InlineData("file:///w/environment.ts")]
    [InlineData("file:///w/env")]
    [InlineData("file:///w/secrets.py")]
    [InlineData("file:///w/secrets")]
    [InlineData("file:///w/mysecrets/a.py")]
    [InlineData("file:///w/keys.py")]
    [InlineData("file:///w/pem")]
    [InlineData("file:///w/.ssh")]
    [InlineData("file:///w/user_credentials.py")]
    [InlineData("file://secrets/share/a.py")]
    [InlineData("untitled:Untitled-1")]
    [InlineData("vscode-notebook-cell:/w/a.ipynb#W0sZmlsZQ%3D%3D")]
    [InlineData("file:///w/100%.py")]
    [InlineData("file:///w/%00.py")]
    [InlineData("file:///")]
    [InlineData("")]
    public void Any_other_document_is_not(string uri) => Assert.Null(DocumentRules.Usual.WhyLeftAlone(uri));

    [Theory]
    [InlineData("**/generated/**", "file:///w/generated/a.py", true)]
    [InlineData("**/generated/**", "file:///w/src/Generated/deep/a.py", true)]
    [InlineData("**/generated/**", "file:///w/generated.py", false)]
    [InlineData("*.g.cs", "file:///w/src/a.g.cs", true)]
    [InlineData("*.g.cs", "file:///w/src/a.cs", false)]
    [InlineData("build/", "file:///w/build/x/a.py", true)]
    [InlineData("src/vendor/*", "file:///w/src/vendor/a.py", true)]
    [InlineData("src/vendor/*", "file:///w/src/vendor/deep/a.py", false)]
    [InlineData("/w/private/**", "file:///w/private/a.py", true)]
    [InlineData("/w/private/**", "file:///home/w/private/a.py", false)]
    [InlineData(@"C:\w\private\**", "file:///c%3A/w/private/a.py", true)]
    [InlineData("*.py", "untitled:x.py", true)]
    [InlineData("**", "untitled:Untitled-1", true)]
    public void What_the_user_has_us_ignore_is_left_alone(string glob, string uri, bool isIgnored) =>
        Assert.Equal(
            isIgnored ? $"is ignored: its name matches {glob} (setting ignore)" : null,
            DocumentRules.Usual.With(null, [glob]).WhyLeftAlone(uri));

    [Fact]
    public void The_users_list_of_secret_files_takes_the_usual_ones_place()
    {
        ServerSettings settings = Sent("""{ "secretFiles": ["appsettings.json"], "ignore": ["*.g.cs"] }""");

        Assert.NotNull(settings.Documents.WhyLeftAlone("file:///w/appsettings.json"));
        Assert.NotNull(settings.Documents.WhyLeftAlone("file:///w/a.g.cs"));
        Assert.Null(settings.Documents.WhyLeftAlone("file:///w/.env"));
        ServerSettings usual = settings.With(JsonElement.Parse("""{ "secretFiles": null, "ignore": null }"""));
        Assert.NotNull(usual.Documents.WhyLeftAlone("file:///w/.env"));
        Assert.Null(usual.Documents.WhyLeftAlone("file:///w/a.g.cs"));
    }

    [Theory]
    [InlineData("""{ "secretFiles": "*.txt" }""")]
    [InlineData("""{ "secretFiles": {} }""")]
    [InlineData("""{ "unknown": true }""")]
    public void What_is_no_list_leaves_the_old_one(string sent)
    {
        ServerSettings old = Sent("""{ "secretFiles": ["*.old"] }""");

        DocumentRules rules = old.With(JsonElement.Parse(sent)).Documents;

        Assert.NotNull(rules.WhyLeftAlone("file:///w/a.old"));
        Assert.Null(rules.WhyLeftAlone("file:///w/.env"));
        Assert.Empty(rules.Faults);
    }

    [Theory]
    [InlineData("""["*.txt", ""]""", "\"\" is empty")]
    [InlineData("""["/", "*.txt"]""", "\"/\" is empty")]
    [InlineData("""["*.txt", "a/../b"]""", "\"a/../b\" goes up a folder")]
    [InlineData("""["/../b", "*.txt"]""", "\"/../b\" goes up a folder")]
    [InlineData("""["a\\..\\b", "*.txt"]""", "\"a\\..\\b\" goes up a folder")]
    [InlineData("""["*.txt", 1]""", "entry 2 is no text")]
    [InlineData("""["", "*.txt", null]""", "\"\" is empty, entry 3 is no text")]
    public void A_slip_in_a_list_costs_none_of_the_others_and_is_told(string globs, string faults)
    {
        DocumentRules rules = Sent($$"""{ "secretFiles": {{globs}}, "ignore": {{globs}} }""").Documents;

        Assert.Equal(
            "may hold secrets: its name matches *.txt (setting secretFiles)", rules.WhyLeftAlone("file:///w/a.txt"));
        Assert.All(DocumentRules.UsualSecretFiles, glob =>
            Assert.NotNull(rules.WhyLeftAlone("file:///w/" + (glob.EndsWith('/') ? glob + "a" : glob.Replace("*", "", StringComparison.Ordinal)))));
        Assert.Null(rules.WhyLeftAlone("file:///w/b/a.py"));
        Assert.Equal(
            [
                $"Mend the setting secretFiles, in which this is no glob: {faults}. "
                    + "Until that is mended, the usual secret files are left alone as well.",
                $"Mend the setting ignore, in which this is no glob: {faults}.",
            ],
            rules.Faults);
    }

    [Fact]
    public void A_slip_in_what_is_ignored_adds_nothing_to_it()
    {
        DocumentRules rules = Sent("""{ "secretFiles": [], "ignore": ["", "*.g.cs"] }""").Documents;

        Assert.NotNull(rules.WhyLeftAlone("file:///w/a.g.cs"));
        Assert.Null(rules.WhyLeftAlone("file:///w/.env"));
    }

    [Fact]
    public void No_uri_is_too_odd_and_no_way_of_writing_it_gets_round_a_rule() =>
        Gen.Select(
            Gen.OneOf("file:///", "untitled:a/", "vscode-notebook-cell:/w/", "file://host/", "x:a/"),
            Gen.OneOf("a", "..", ".", "", "%2e%2E", "c%3A", "C:", "%00", "ä", "%", "a b", "x?y", "c#", "%5C").Array[0, 6],
            Gen.OneOf(".env", ".Env", "%2Eenv", "%2e%65nv", "id_rsa", "ID%5FRSA", ".ssh/x", "%2Essh%2Fx"))
            .Sample((scheme, names, secret) =>
                Assert.NotNull(DocumentRules.Usual.WhyLeftAlone(scheme + string.Join('/', [.. names, secret]))));

    private static ServerSettings Sent(string json) => new ServerSettings().With(JsonElement.Parse(json));
}
