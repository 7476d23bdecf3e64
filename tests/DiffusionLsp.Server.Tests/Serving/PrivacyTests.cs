using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>What the built server and its engine let out of a document: nothing into their log, nothing into a network.</summary>
public sealed class PrivacyTests(ITestOutputHelper output) : IDisposable
{
    private const string Marker = "zanzibar_4711";

    private readonly string _folder = Directory.CreateTempSubdirectory("engine-").FullName;

    public void Dispose()
    {
        foreach (int engine in EngineIds())
        {
            using var process = Process.GetProcessById(engine);
            process.Kill();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Nothing_of_a_document_gets_into_the_log()
    {
        Task<string> log;
        await using (ServedExecutable server = await ServedExecutable.ReadyAsync(_folder))
        {
            log = server.Log;
            await EditAsync(server, 2);

            // The suggestion itself is seen to come, so that the engine has seen the text.
            Assert.NotNull(await server.CompleteAsync());
            await server.AnswerAsync(await server.BeginAsync("textDocument/unknown", new { text = Marker }));
            await server.RequestAsync("workspace/executeCommand", new { command = "diffusionlsp.requests" });
            Assert.All(EngineIds(), id => Process.GetProcessById(id).Kill());
            await server.CompleteAsync();
            await EditAsync(server, 3);
            await server.CompleteAsync();
        }

        string written = await log.Soon();
        Assert.NotEmpty(written);
        Assert.DoesNotContain(Marker, written, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("first + second", written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_they_serve_server_and_engine_hold_no_network_socket()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lists the sockets of a process in files.");
        await using ServedExecutable server = await ServedExecutable.ReadyAsync(_folder);
        int engine = Assert.Single(EngineIds());

        int rounds = 0;
        Task<string?> answer = Task.Run(async () =>
        {
            await EditAsync(server, 2);
            return await server.CompleteAsync();
        });
        do
        {
            Assert.Empty(NetworkSockets.Of(server.ProcessId));
            Assert.Empty(NetworkSockets.Of(engine));
            rounds++;
        }
        while (!answer.IsCompleted);

        Assert.NotNull(await answer);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Looked {rounds} times while an answer was made."));
    }

    [Theory]
    [InlineData("127.0.0.1", "tcp ")]
    [InlineData("::1", "tcp6 ")]
    public void A_network_socket_would_be_noticed(string address, string shown)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lists the sockets of a process in files.");
        var local = IPAddress.Parse(address);
        Assert.SkipUnless(
            local.AddressFamily == AddressFamily.InterNetwork || File.Exists("/proc/self/net/if_inet6"), "There is no IPv6 here.");
        int before = Count();
        using TcpListener listener = new(local, 0);
        listener.Start();

        Assert.True(Count() > before);

        int Count() => NetworkSockets.Of(Environment.ProcessId).Count(socket => socket.StartsWith(shown, StringComparison.Ordinal));
    }

    private static Task EditAsync(ServedExecutable server, int version) => server.NotifyAsync("textDocument/didChange", new
    {
        textDocument = new { uri = ServedExecutable.Uri, version },
        contentChanges = new[] { new { range = LspSession.Range(2, 0, 2, 0), text = $"# {Marker} = 1 " } },
    });

    private List<int> EngineIds() =>
    [
        .. Directory.EnumerateFiles(_folder, "*.pid", SearchOption.AllDirectories)
            .Select(file => int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture))
            .Where(IsRunning),
    ];

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
