using System.Text.Json.Nodes;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Tests.Support;
using DiffusionLsp.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Nerdbank.Streams;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>What real clients sent, sent again byte for byte: each request is answered once, by its own id.</summary>
public sealed class TranscriptTests
{
    public static TheoryData<string> Transcripts() =>
        [.. Directory.GetFiles(TestData.PathOf("lsp", "transcripts"), "*.jsonl").Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Transcripts))]
    public async Task A_recorded_client_gets_what_it_asked_for(string transcript)
    {
        string[] messages = await File.ReadAllLinesAsync(
            TestData.PathOf("lsp", "transcripts", transcript), TestContext.Current.CancellationToken);
        FakeInfiller infiller = new("return a + b");
        (Stream client, Stream server) = FullDuplexStream.CreatePair();
        LanguageServerHost host = new(NullLogger.Instance, _ => infiller, new ModelChoice(null, null));
        Task<int> exitCode = host.RunAsync(server, server, CancellationToken.None);
        RawClient raw = new(client, client);

        List<int> ids = [];
        foreach (JsonObject message in messages.Select(line => JsonNode.Parse(line)!.AsObject()))
        {
            await raw.SendAsync(message.ToJsonString());
            if ((int?)message["id"] is { } id)
            {
                ids.Add(id);
                Check(message, await raw.AnswerAsync(id));
            }

            if ((string?)message["method"] == "initialized")
            {
                await raw.NotificationAsync("diffusion/status", status => (string?)status["state"] == "ready");
            }
        }

        bool saysExit = messages[^1].Contains("\"exit\"", StringComparison.Ordinal);
        if (!saysExit)
        {
            await client.DisposeAsync();
        }

        Assert.Equal(saysExit ? 0 : 1, await exitCode.Soon());
        Assert.Equal(ids, raw.Received.Where(RawClient.IsAnswer).Select(message => (int)message["id"]!));
        Assert.Empty(raw.Received.Where(message => !RawClient.IsAnswer(message)).Select(message => (string?)message["method"]).Except(
            ["diffusion/status", "window/logMessage", "window/workDoneProgress/create", "$/progress", "client/registerCapability"]));
    }

    private static void Check(JsonObject request, JsonObject answer)
    {
        Assert.False(answer.ContainsKey("error"), answer.ToJsonString());
        Assert.True(answer.ContainsKey("result"));
        switch ((string?)request["method"])
        {
            case "initialize":
                Assert.Equal(
                    (string?)request["params"]!["capabilities"]!["general"]!["positionEncodings"]![0],
                    (string?)answer["result"]!["capabilities"]!["positionEncoding"]);
                break;
            case "shutdown":
                Assert.Null(answer["result"]);
                break;
            default:
                CheckSuggestion(request["params"]!["position"]!, answer["result"]);
                break;
        }
    }

    private static void CheckSuggestion(JsonNode cursor, JsonNode? result)
    {
        // The second request comes after the suggestion was accepted: the line is done.
        if (result is null)
        {
            Assert.True((int)cursor["character"]! > 5);
            return;
        }

        JsonNode item = Assert.Single(result["items"]!.AsArray())!;
        Assert.Equal("return a + b", (string?)item["insertText"]);
        Assert.True(JsonNode.DeepEquals(cursor, item["range"]!["start"]));
        Assert.True(JsonNode.DeepEquals(cursor, item["range"]!["end"]));
    }
}
