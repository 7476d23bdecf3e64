using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionLsp.Server.Tests.Serving;

/// <summary>Loading the model is shown to clients that show progress.</summary>
public sealed class ProgressTests
{
    private static readonly object _showsProgress = new { window = new { workDoneProgress = true } };

    private readonly TaskCompletionSource<IInfiller> _loading = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Loading_the_model_has_a_beginning_reports_and_an_end()
    {
        await using LspSession session = LspSession.StartAt(_time, _ => _loading.Task.GetAwaiter().GetResult());
        await session.InitializeAsync(null, _showsProgress);
        Assert.Equal("diffusionlsp/loading", (await session.ProgressAsync()).GetProperty("token").GetString());
        Assert.Equal(
            """{"kind":"begin","title":"DiffusionLsp","cancellable":false,"message":"loading the model","percentage":0}""",
            Value(await session.ProgressAsync()));

        Assert.Matches(
            """^\{"kind":"report","message":"loading the model, [0-9]+ s","percentage":0\}$""", await ReportAsync(session));

        _loading.SetResult(new FakeInfiller("y"));
        string last = Value(await session.ProgressAsync());
        while (last.Contains("report", StringComparison.Ordinal))
        {
            last = Value(await session.ProgressAsync());
        }

        Assert.Equal("""{"kind":"end","message":"fake is loaded"}""", last);
    }

    [Fact]
    public async Task How_much_of_the_model_is_there_is_told_by_percentage_and_in_the_status()
    {
        TaskCompletionSource<Action<double>> begun = new();
        await using LspSession session = LspSession.StartAt(_time, choice =>
        {
            begun.SetResult(choice.OnLoaded!);
            return _loading.Task.GetAwaiter().GetResult();
        });
        await session.InitializeAsync(null, _showsProgress);
        (await begun.Task.Soon())(0.425);

        JsonElement status = await session.StatusAsync(status => status.TryGetProperty("loadedPercent", out _));
        Assert.Equal(42, status.GetProperty("loadedPercent").GetInt32());
        await session.ProgressAsync();
        await session.ProgressAsync();
        string report = await ReportAsync(session);
        while (!report.Contains("\"percentage\":42", StringComparison.Ordinal))
        {
            report = await ReportAsync(session);
        }

        _loading.SetResult(new FakeInfiller("y"));
        JsonElement ready = await session.StateAsync("ready");
        Assert.False(ready.TryGetProperty("loadedPercent", out _));
        while (!report.Contains("end", StringComparison.Ordinal))
        {
            report = Value(await session.ProgressAsync());
        }
    }

    [Fact]
    public async Task Loading_that_fails_ends_too()
    {
        await using LspSession session = LspSession.StartAt(_time, _ => _loading.Task.GetAwaiter().GetResult());
        await session.InitializeAsync(null, _showsProgress);
        await session.ProgressAsync();
        await session.ProgressAsync();

        _loading.SetException(new CheckpointException("no"));

        Assert.Equal("""{"kind":"end","message":"the model could not be loaded"}""", Value(await session.ProgressAsync()));
    }

    [Fact]
    public async Task A_client_that_refuses_progress_is_shown_none()
    {
        await using LspSession session = LspSession.StartAt(_time, _ => _loading.Task.GetAwaiter().GetResult());
        session.Refusal = new InvalidOperationException("no");
        await session.InitializeAsync(null, _showsProgress);
        Assert.True((await session.ProgressAsync()).TryGetProperty("token", out _));
        _loading.SetResult(new FakeInfiller("y"));
        await session.StateAsync("ready");
        Assert.Equal(0, session.UnreadProgress);
    }

    [Fact]
    public async Task A_client_that_does_not_show_progress_is_not_asked_to()
    {
        await using LspSession session = LspSession.Start(_ => _loading.Task.GetAwaiter().GetResult());
        await session.InitializeAsync();
        await session.StateAsync("loading");
        _loading.SetResult(new FakeInfiller("y"));
        await session.StateAsync("ready");
        Assert.Equal(0, session.UnreadProgress);
    }

    // Nothing tells when the server has begun to wait for its clock, so the clock goes on until something comes of it.
    private async Task<string> ReportAsync(LspSession session)
    {
        Task<JsonElement> report = session.ProgressAsync();
        while (!report.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return Value(await report);
    }

    private static string Value(JsonElement progress) => progress.GetProperty("value").GetRawText();
}
