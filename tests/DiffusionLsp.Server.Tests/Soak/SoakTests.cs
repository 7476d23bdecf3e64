using System.Diagnostics;
using System.Globalization;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.Soak;

/// <summary>
/// The built server and engine under somebody who types for long. DIFFUSIONLSP_SOAK_ROUNDS sets the rounds; from 1,000 on
/// memory is judged too, which in a short run still grows to where it stays.
/// </summary>
public sealed class SoakTests(ITestOutputHelper output) : IDisposable
{
    private const int JudgedFrom = 1000;
    private const int Kills = 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("soak-").FullName;

    private static int Rounds =>
        int.TryParse(Environment.GetEnvironmentVariable("DIFFUSIONLSP_SOAK_ROUNDS"), CultureInfo.InvariantCulture, out int rounds)
            ? rounds : 60;

    public void Dispose()
    {
        KillEngines();

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Somebody_types_for_long()
    {
        // The first request of all finds caches and compiled code cold; it is not the rounds' matter.
        await using ServedExecutable server = await ServedExecutable.ReadyAsync(_folder, Settings);
        TypingSession typing = new(server, seed: 1);
        List<(long Server, long Engine)> memory = [];
        for (int round = 0; round < Rounds; round++)
        {
            await typing.RoundAsync();
            memory.Add((ResidentBytes(server.ProcessId), ResidentBytes(Assert.Single(EngineIds()))));
        }

        double[] sorted = [.. typing.Milliseconds.Order()];
        double share = (double)typing.Answered / Rounds;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Rounds} rounds, {share:P0} answered with text; p50 {At(sorted, 0.5):F0} ms, p95 {At(sorted, 0.95):F0} ms; ") + string.Create(
            CultureInfo.InvariantCulture,
            $"a forward pass {server.ForwardMs:F0} ms, so p50 {At(sorted, 0.5) / server.ForwardMs:F1} and p95 {At(sorted, 0.95) / server.ForwardMs:F1} of them"));
        Assert.True(share >= 0.3, $"{share:P0} of the requests were answered with text.");
        int requests = server.Received.Count(message => message.ContainsKey("id"));
        Assert.Equal(Rounds + 1, requests);
        if (!OperatingSystem.IsWindows())
        {
            await RequireNoTensorLeftAsync(server);
        }

        if (Rounds >= JudgedFrom && OperatingSystem.IsLinux())
        {
            RequireFlat("server", [.. memory.Select(sample => sample.Server)]);
            RequireFlat("engine", [.. memory.Select(sample => sample.Engine)]);
        }
    }

    [Fact]
    public async Task The_engine_dies_again_and_again_and_every_request_is_answered()
    {
        await using ServedExecutable server = await ServedExecutable.ReadyAsync(_folder, Settings);
        TypingSession typing = new(server, seed: 2);
        Random random = new(3);
        for (int kill = 0; kill < Kills; kill++)
        {
            // The round's own end tells that it was answered: with text or null, but answered.
            Task round = typing.RoundAsync();
            await Task.Delay(random.Next(40), TestContext.Current.CancellationToken);
            KillEngines();

            await round.Soon();
        }

        Assert.Equal(Kills, typing.Milliseconds.Count);
    }

    private void KillEngines()
    {
        foreach (int engine in EngineIds())
        {
            try
            {
                using Process process = Process.GetProcessById(engine);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // The last one that was killed, which was still ending when it was listed.
            }
        }
    }

    /// <summary>Whatever was asked before, and however much another window asks meanwhile: the same text, or none.</summary>
    [Fact]
    public async Task The_same_request_gets_the_same_answer_after_other_histories_and_under_load()
    {
        await using ServedExecutable one = await ServedExecutable.ReadyAsync(_folder);
        await using ServedExecutable other = await ServedExecutable.ReadyAsync(_folder, Settings);
        HashSet<string> alone = [];
        for (int request = 0; request < 4; request++)
        {
            alone.Add(await one.CompleteAsync() ?? "");
        }

        TypingSession typing = new(other, seed: 5);
        using CancellationTokenSource over = new();
        Task load = Task.Run(
            async () =>
            {
                while (!over.IsCancellationRequested)
                {
                    await typing.RoundAsync();
                }
            },
            CancellationToken.None);
        List<string?> underLoad = [];
        for (int request = 0; request < 12; request++)
        {
            await one.CompleteAsync(line: request % 5, character: 4);
            underLoad.Add(await one.CompleteAsync());
        }

        await over.CancelAsync();
        await load.Soon();
        Assert.All(underLoad, text => Assert.True(text is null || alone.Contains(text), text));
        Assert.Contains(underLoad, text => text is not null);
        Assert.NotEmpty(typing.Milliseconds);
    }

    [Fact]
    public async Task A_request_that_is_taken_back_leaves_the_engine_idle()
    {
        await using ServedExecutable server = await ServedExecutable.ReadyAsync(_folder, Settings);
        TypingSession typing = new(server, seed: 4);
        await typing.RoundAsync();
        List<double> answered = [];
        List<double> idle = [];
        for (int round = 0; round < 10; round++)
        {
            long start = Stopwatch.GetTimestamp();
            answered.Add(await typing.CancelledRoundAsync());
            await IdleAsync(Assert.Single(EngineIds()));
            idle.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"answered {At([.. answered.Order()], 0.5):F1} ms after the cancellation, idle within {At([.. idle.Order()], 0.5):F0} ms (median of 10)"));
    }

    // However busy the machine is, an answer is waited for. Whatever the model writes is shown, however unsure of it it is.
    private static object Settings { get; } = new { timeBudgetMs = 60_000, confidenceFloor = 0 };

    /// <summary>Waits until a process has used no time for a while.</summary>
    private static async Task IdleAsync(int id)
    {
        using Process process = Process.GetProcessById(id);
        for (TimeSpan last = TimeSpan.MinValue, now = process.TotalProcessorTime; now != last; now = process.TotalProcessorTime)
        {
            last = now;
            await Task.Delay(20, TestContext.Current.CancellationToken);
            process.Refresh();
        }
    }

    /// <summary>Has the engine leave in good order, and compares the tensors it held then with those it had loaded.</summary>
    private async Task RequireNoTensorLeftAsync(ServedExecutable server)
    {
        using Process engine = Process.GetProcessById(Assert.Single(EngineIds()));
        using Process kill = Process.Start("kill", ["-TERM", engine.Id.ToString(CultureInfo.InvariantCulture)]);
        string loaded = await server.LogLineAsync("engine: .*Loaded, with ([0-9]+) live tensors");
        string left = await server.LogLineAsync("engine: .*Leaving, with ([0-9]+) live tensors");
        output.WriteLine($"{loaded} live tensors after loading, {left} at the end");
        Assert.Equal(loaded, left);
    }

    private List<int> EngineIds() =>
    [
        .. Directory.EnumerateFiles(_folder, "*.pid", SearchOption.AllDirectories)
            .Select(file => int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out int id) ? id : 0)
            .Where(IsRunning),
    ];

    private static bool IsRunning(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static long ResidentBytes(int id)
    {
        using Process process = Process.GetProcessById(id);
        return process.WorkingSet64;
    }

    private void RequireFlat(string name, long[] samples)
    {
        double second = samples[(samples.Length / 4)..(samples.Length / 2)].Average();
        double last = samples[(samples.Length * 3 / 4)..].Average();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name}: {second / 1048576:F1} MiB in the second quarter, {last / 1048576:F1} in the last"));
        Assert.True(last <= second * 1.02, $"The {name} has grown from {second:N0} to {last:N0} bytes.");
    }

    private static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
}
