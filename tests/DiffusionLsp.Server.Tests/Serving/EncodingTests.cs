using System.Text.Json;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>What a character is, agreed on with the client and kept to in both directions; and lines of any length.</summary>
public sealed class EncodingTests
{
    private const int HugeLength = 10_000_000;

    [Theory]
    [InlineData("utf-16", 5, "utf-16")]
    [InlineData("utf-8", 8, "utf-8", "utf-16")]
    [InlineData("utf-32", 4, "utf-32", "utf-8", "utf-16")]
    [InlineData("utf-16", 5)]
    public async Task Positions_count_as_agreed_in_edits_requests_and_answers(
        string chosen, int end, params string[] offered)
    {
        FakeInfiller infiller = new("z");
        await using LspSession session = LspSession.Start(_ => infiller);
        JsonElement result = await session.InitializeAsync(null, new { general = new { positionEncodings = offered } });
        Assert.Equal(chosen, result.GetProperty("capabilities").GetProperty("positionEncoding").GetString());
        await session.OpenAsync("é😀");
        await session.StateAsync("ready");

        // Only the client's way of counting finds the end of "é😀" at this character.
        await session.ChangeAsync(2, 0, end - 2, "xy");
        JsonElement? answer = await session.CompleteAsync(0, end);

        Assert.Equal("é😀xy", Assert.Single(infiller.Requests).Prefix);
        Assert.Equal(
            end,
            answer!.Value.GetProperty("items")[0].GetProperty("range").GetProperty("start").GetProperty("character").GetInt32());
    }

    [Theory]
    [InlineData("utf-16", 2)]
    [InlineData("utf-8", 4)]
    [InlineData("utf-32", 1)]
    public async Task A_line_of_ten_million_characters_is_edited_and_completed(string encoding, int grinWidth)
    {
        FakeInfiller infiller = new("z");
        await using LspSession session = await LspSession.ReadyAsync(
            infiller,
            $"😀{new string('a', HugeLength)}",
            capabilities: new { general = new { positionEncodings = new[] { encoding } } });

        for (int edit = 0; edit < 100; edit++)
        {
            await session.ChangeAsync(2 + edit, 0, HugeLength / 2, 0, (HugeLength / 2) + 1, $"{edit % 10}");
            await session.ChangeAsync(2 + edit, 0, grinWidth + HugeLength, 0, grinWidth + HugeLength, edit == 99 ? "b" : "");
        }

        Assert.Equal("z", await session.TextAsync(0, grinWidth + HugeLength + 1));
        string prefix = Assert.Single(infiller.Requests).Prefix;
        Assert.EndsWith("ab", prefix);
        Assert.Equal("z", await session.TextAsync(0, (HugeLength / 2) + 1));
        Assert.EndsWith("aa9", infiller.Requests.Last().Prefix);
    }
}
