using System.Diagnostics;
using System.Text.Json.Nodes;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>The built executable over its real standard input and output, with a model that is not there.</summary>
public sealed class ServeExecutableTests
{
    [Fact]
    public async Task The_executable_serves_without_a_model_and_leaves_with_exit_code_0()
    {
        using Process server = Start();
        Task<string> log = server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        RawClient raw = new(server.StandardInput.BaseStream, server.StandardOutput.BaseStream);

        await raw.SendAsync(Request(1, "initialize", new JsonObject
        {
            ["processId"] = Environment.ProcessId,
            ["rootUri"] = null,
            ["capabilities"] = new JsonObject(),
        }));
        JsonObject initialized = await raw.AnswerAsync(1);
        Assert.Equal("diffusionlsp", (string?)initialized["result"]!["serverInfo"]!["name"]);
        await raw.SendAsync("""{"jsonrpc":"2.0","method":"initialized","params":{}}""");
        JsonObject failed = await raw.NotificationAsync(
            "diffusion/status", status => (string?)status["state"] == "failed");
        Assert.Contains("no-such-model", (string?)failed["params"]!["message"]);
        Assert.Contains(raw.Received, message => (string?)message["method"] == "window/logMessage");
        await raw.SendAsync("""
            {"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"untitled:1",
            "languageId":"python","version":1,"text":"x = "}}}
            """);
        await raw.SendAsync(Request(2, "textDocument/inlineCompletion", JsonNode.Parse("""
            {"textDocument":{"uri":"untitled:1"},"position":{"line":0,"character":4},"context":{"triggerKind":1}}
            """)));
        JsonObject answer = await raw.AnswerAsync(2);
        Assert.True(answer.ContainsKey("result"));
        Assert.Null(answer["result"]);
        await raw.SendAsync("""{"jsonrpc":"2.0","id":3,"method":"shutdown"}""");
        await raw.SendAsync("""{"jsonrpc":"2.0","method":"exit"}""");
        Assert.True((await raw.AnswerAsync(3)).ContainsKey("result"));
        await raw.ReadToEndAsync();

        await server.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        Assert.Equal(0, server.ExitCode);
        Assert.Contains("no-such-model", await log.Soon());
    }

    [Fact]
    public async Task The_executable_leaves_with_exit_code_1_when_its_input_ends()
    {
        using Process server = Start();
        Task<string> log = server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        server.StandardInput.Close();
        Assert.Equal("", await server.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).Soon());
        await server.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        Assert.Equal(1, server.ExitCode);
        Assert.Contains("without taking its leave", await log.Soon());
    }

    [Fact]
    public async Task The_executable_leaves_when_the_clients_process_is_gone()
    {
        using Process client = Start();
        client.StandardInput.Close();
        await client.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();

        using Process server = Start();
        RawClient raw = new(server.StandardInput.BaseStream, server.StandardOutput.BaseStream);
        await raw.SendAsync(Request(1, "initialize", new JsonObject
        {
            ["processId"] = client.Id,
            ["capabilities"] = new JsonObject(),
        }));
        await server.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        Assert.Equal(1, server.ExitCode);
    }

    private static string Request(int id, string method, JsonNode? parameters) => new JsonObject
    {
        ["jsonrpc"] = "2.0",
        ["id"] = id,
        ["method"] = method,
        ["params"] = parameters,
    }.ToJsonString();

    private static Process Start() => Executable.Start(["serve", "--stdio", "--model", "no-such-model"]);
}
