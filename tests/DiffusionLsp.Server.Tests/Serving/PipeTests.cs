using System.Diagnostics;
using System.IO.Pipes;
using System.Text.Json.Nodes;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>The built executable as a language client starts it with a pipe: the client listens, the server connects.</summary>
public sealed class PipeTests
{
    [Theory]
    [InlineData("--pipe={0}")]
    [InlineData("--pipe", "{0}")]
    public async Task The_executable_serves_over_the_clients_pipe(params string[] arguments)
    {
        string name = OperatingSystem.IsWindows() ? $"diffusionlsp-{Guid.NewGuid():N}" : NewSocketPath();
        await using NamedPipeServerStream pipe = new(
            name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        string given = OperatingSystem.IsWindows() ? $@"\\.\pipe\{name}" : name;
        using Process server = Executable.Start(
            ["serve", "--model", "no-such-model", .. arguments.Select(argument => argument.Replace("{0}", given, StringComparison.Ordinal))]);
        Task<string> output = server.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> log = server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await pipe.WaitForConnectionAsync(TestContext.Current.CancellationToken).Soon();
        RawClient raw = new(pipe, pipe);

        await raw.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}""");
        JsonObject initialized = await raw.AnswerAsync(1);
        Assert.Equal("diffusionlsp", (string?)initialized["result"]!["serverInfo"]!["name"]);
        await raw.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"shutdown"}""");
        await raw.AnswerAsync(2);
        await raw.SendAsync("""{"jsonrpc":"2.0","method":"exit"}""");

        await server.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        Assert.Equal(0, server.ExitCode);
        Assert.Equal("", await output.Soon());
        Assert.Contains("no-such-model", await log.Soon());
    }

    [Fact]
    public async Task The_executable_leaves_when_the_client_closes_the_pipe()
    {
        string name = OperatingSystem.IsWindows() ? $"diffusionlsp-{Guid.NewGuid():N}" : NewSocketPath();
        NamedPipeServerStream pipe = new(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        using Process server = Executable.Start(["serve", "--model", "no-such-model", $"--pipe={name}"]);
        await pipe.WaitForConnectionAsync(TestContext.Current.CancellationToken).Soon();
        await pipe.DisposeAsync();
        await server.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        Assert.Equal(1, server.ExitCode);
    }

    [Fact]
    public async Task A_pipe_that_nobody_listens_on_is_one_line_and_exit_code_2()
    {
        string name = NewSocketPath();
        using Process server = Executable.Start(["serve", $"--pipe={name}"]);
        Task<string> output = server.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string log = await server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).Soon();
        await server.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        Assert.Equal(2, server.ExitCode);
        Assert.Equal("", await output.Soon());
        Assert.StartsWith($"error: cannot connect to the pipe '{name}'", log);
        Assert.Single(log.TrimEnd().Split('\n'));
    }

    private static string NewSocketPath() => Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.sock");
}
