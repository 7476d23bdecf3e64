using System.Diagnostics;
using System.Globalization;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.EngineProcess;

/// <summary>Built servers that share one built engine with the embedded model.</summary>
public sealed class SharedEngineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("engine-").FullName;

    public void Dispose()
    {
        foreach (Process engine in Engines())
        {
            engine.Kill();
            engine.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Two_servers_share_one_engine_and_survive_its_end()
    {
        await using ServedExecutable one = await ServedExecutable.ReadyAsync(_folder);
        await using ServedExecutable two = await ServedExecutable.ReadyAsync(_folder);

        string? first = await one.CompleteAsync();

        Assert.NotNull(first);
        Assert.Equal(first, await two.CompleteAsync());
        Process engine = Assert.Single(Engines());
        engine.Kill();
        await engine.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();

        // The first answer after the crash may be lost with it; the one behind it waits for the new engine.
        await one.CompleteAsync();
        Assert.Equal(first, await one.CompleteAsync());
        await two.CompleteAsync();
        Assert.Equal(first, await two.CompleteAsync());
        Assert.NotEqual(engine.Id, Assert.Single(Engines()).Id);
    }

    [Fact]
    public async Task An_engine_leaves_when_nobody_asks_and_is_there_again_when_somebody_does()
    {
        await using ServedExecutable server = await ServedExecutable.ReadyAsync(_folder, "--idle-minutes", "0.1");
        string? first = await server.CompleteAsync();
        Assert.NotNull(first);
        Process engine = Assert.Single(Engines());

        await engine.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();

        Assert.Equal(first, await server.CompleteAsync());
    }

    private List<Process> Engines() =>
    [
        .. Directory.EnumerateFiles(_folder, "*.pid", SearchOption.AllDirectories)
            .Select(file => int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture))
            .SelectMany(Running),
    ];

    private static IEnumerable<Process> Running(int id)
    {
        try
        {
            return [Process.GetProcessById(id)];
        }
        catch (ArgumentException)
        {
            return [];
        }
    }
}
