using System.Text.Json;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>A model that names its languages is quiet in others, says why, and still tries where it is asked.</summary>
public sealed class LanguageTests
{
    private const string Unknown = "file:///w/other";

    [Theory]
    [InlineData("python")]
    [InlineData("javascript")]
    [InlineData("javascriptreact")]
    [InlineData("typescriptreact")]
    [InlineData("typescript")]
    [InlineData("csharp")]
    [InlineData("cs")]
    public async Task It_suggests_in_its_own_languages(string languageId)
    {
        await using LspSession session = await LspSession.ReadyAsync(
            NewInfiller("python", "javascript", "typescript", "csharp"));
        await session.OpenAsync("x", Unknown, languageId: languageId);

        Assert.Equal("y", await session.TextAsync(0, 1, Unknown));
    }

    [Theory]
    [InlineData("rust", "rust")]
    [InlineData("plaintext", "plaintext")]
    [InlineData("typescript", "typescript")]
    [InlineData("Python", "Python")]
    [InlineData("", "text of no language")]
    public async Task In_another_language_typing_gets_nothing_and_the_status_says_why(string languageId, string shown)
    {
        FakeInfiller infiller = NewInfiller("python");
        await using LspSession session = await LspSession.ReadyAsync(infiller);
        await session.OpenAsync("x", Unknown, languageId: languageId);

        Assert.Null(await session.TextAsync(0, 1, Unknown));

        Assert.Equal($"fake was not trained on {shown}", await ReasonAsync(session, languageId));
        Assert.Empty(infiller.Requests);
        Assert.Equal("y", await session.TextAsync(0, 0));
    }

    [Fact]
    public async Task A_language_is_told_of_once_and_stays_in_the_status()
    {
        await using LspSession session = await LspSession.ReadyAsync(NewInfiller("python"));
        await session.LogAsync();
        await session.OpenAsync("x", Unknown, languageId: "rust");
        Assert.Null(await session.TextAsync(0, 1, Unknown));
        Assert.Equal(
            "No suggestions while typing in rust: fake was not trained on rust.",
            (await session.LogAsync()).GetProperty("message").GetString());

        Assert.Null(await session.TextAsync(0, 0, Unknown));
        await session.OpenAsync("x", "file:///w/third", languageId: "go");
        Assert.Null(await session.TextAsync(0, 0, "file:///w/third"));
        await ReasonAsync(session, "go");
        Assert.Equal("y", await session.TextAsync(0, 0));
        JsonElement after = await session.StatusAsync(status => status.TryGetProperty("lastMs", out _));

        Assert.Equal(
            """{"go":"fake was not trained on go","rust":"fake was not trained on rust"}""",
            after.GetProperty("unknownLanguages").GetRawText());
        Assert.Equal(["No suggestions while typing in go: fake was not trained on go."], session.UnreadLogs());
    }

    [Fact]
    public async Task A_command_asks_the_model_all_the_same_and_typing_on_does_not_show_its_answer_again()
    {
        FakeInfiller infiller = NewInfiller("python");
        await using LspSession session = await LspSession.ReadyAsync(infiller);
        await session.OpenAsync("x", Unknown, languageId: "rust");

        Assert.Equal("y", await session.TextAsync(0, 1, Unknown, triggerKind: 1));
        Assert.Null(await session.TextAsync(0, 1, Unknown));
    }

    [Fact]
    public async Task Another_installed_model_that_knows_the_language_is_named_and_not_taken()
    {
        await using LspSession session = await LspSession.ReadyAsync(
            NewInfiller("python"),
            installed:
            [
                Model("any"), Model("broken") with { IsUsable = false }, Model("fake", "rust"), Model("sharp", "csharp"),
                Model("both", "python", "csharp"),
            ]);
        await session.OpenAsync("x", Unknown, languageId: "csharp");

        Assert.Null(await session.TextAsync(0, 1, Unknown));

        Assert.Equal(
            "fake was not trained on csharp; installed for it: any, sharp, both "
            + "(choose with --model, in VS Code with diffusionlsp.model)",
            await ReasonAsync(session, "csharp"));
    }

    [Fact]
    public async Task A_model_without_a_list_suggests_in_every_language()
    {
        await using LspSession session = await LspSession.ReadyAsync(NewInfiller());
        await session.OpenAsync("x", Unknown, languageId: "rust");

        Assert.Equal("y", await session.TextAsync(0, 1, Unknown));
    }

    private static FakeInfiller NewInfiller(params string[] languages)
    {
        FakeInfiller plain = new("y");
        return new FakeInfiller("y") { Model = plain.Model with { Languages = languages } };
    }

    private static CheckpointStatus Model(string name, params string[] languages) =>
        new(name, $"/models/{name}", IsUsable: true, "", 0, 0) { Languages = languages };

    private static async Task<string?> ReasonAsync(LspSession session, string languageId)
    {
        JsonElement reason = default;
        await session.StatusAsync(status => status.TryGetProperty("unknownLanguages", out JsonElement languages)
            && languages.TryGetProperty(languageId, out reason));
        return reason.GetString();
    }
}
