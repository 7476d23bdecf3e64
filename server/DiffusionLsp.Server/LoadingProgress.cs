using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server;

/// <summary>
/// Shows the user that the model is being loaded, in the client's own way of showing progress: a beginning, how much of it
/// is there and how long it has been going on, and what came of it.
/// </summary>
internal sealed class LoadingProgress
{
    private const string Token = "diffusionlsp/loading";
    private static readonly TimeSpan _pulse = TimeSpan.FromSeconds(1);

    private readonly LspConnection _connection;
    private readonly TimeProvider _time;
    private volatile int _percent;
    private readonly TaskCompletionSource<EngineStatus> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes it.</summary>
    public LoadingProgress(LspConnection connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
    }

    /// <summary>The engine is in another state.</summary>
    public void Report(EngineStatus engine)
    {
        _percent = engine.LoadedPercent ?? _percent;
        if (engine.State != EngineState.Loading)
        {
            _settled.TrySetResult(engine);
        }
    }

    /// <summary>The client is ready for it. Nothing is shown where the model is loaded by now.</summary>
    public void Open()
    {
        if (!_settled.Task.IsCompleted)
        {
            _ = ShowAsync();
        }
    }

    private async Task ShowAsync()
    {
        WorkDoneProgressCreateParams place = new() { Token = Token };
        if (!await _connection.RequestAsync(OutgoingMessages.CreateProgress, place).ConfigureAwait(false))
        {
            return;
        }

        long start = _time.GetTimestamp();
        WorkDoneProgressBegin begin = new()
        {
            Kind = "begin",
            Title = "DiffusionLsp",
            Message = "loading the model",
            Cancellable = false,
            Percentage = _percent,
        };
        await SendAsync(begin, LspJson.Default.WorkDoneProgressBegin).ConfigureAwait(false);
        Task over = Task.WhenAny(_settled.Task, _connection.Completion);
        while (await Task.WhenAny(over, Task.Delay(_pulse, _time)).ConfigureAwait(false) != over)
        {
            WorkDoneProgressReport report = new()
            {
                Kind = "report",
                Message = $"loading the model, {_time.GetElapsedTime(start).TotalSeconds:0} s",
                Percentage = _percent,
            };
            await SendAsync(report, LspJson.Default.WorkDoneProgressReport).ConfigureAwait(false);
        }

        if (_settled.Task.IsCompletedSuccessfully)
        {
            EngineStatus engine = await _settled.Task.ConfigureAwait(false);
            string message = engine.Model is { } model ? $"{model.Name} is loaded" : "the model could not be loaded";
            await SendAsync(new WorkDoneProgressEnd { Kind = "end", Message = message }, LspJson.Default.WorkDoneProgressEnd)
                .ConfigureAwait(false);
        }
    }

    private Task SendAsync<T>(T value, JsonTypeInfo<T> type) => _connection.SendAsync(
        OutgoingMessages.Progress,
        new ProgressParams { Token = Token, Value = JsonSerializer.SerializeToElement(value, type) });
}
