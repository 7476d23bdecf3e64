using System.Text.Json;
using DiffusionLsp.Server.Completion;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server;

/// <summary>
/// Announces inline completion when the model is ready, to clients that can be told so late: they ask nothing that
/// would be answered with nothing. Everybody else is told at the start.
/// </summary>
internal sealed class InlineCompletionRegistration
{
    private readonly LspConnection _connection;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes it.</summary>
    public InlineCompletionRegistration(LspConnection connection) => _connection = connection;

    /// <summary>The engine is in another state.</summary>
    public void Report(EngineStatus engine)
    {
        if (engine.State == EngineState.Ready)
        {
            _ready.TrySetResult();
        }
    }

    /// <summary>The client is ready for it.</summary>
    public void Open() => _ = RegisterAsync();

    private async Task RegisterAsync()
    {
        await _ready.Task.ConfigureAwait(false);
        RegistrationParams registration = new()
        {
            Registrations =
            [
                new Registration
                {
                    Id = "diffusionlsp/inlineCompletion",
                    Method = "textDocument/inlineCompletion",
                    RegisterOptions = JsonSerializer.SerializeToElement(
                        new InlineCompletionRegistrationOptions(), LspJson.Default.InlineCompletionRegistrationOptions),
                },
            ],
        };
        if (!await _connection.RequestAsync(OutgoingMessages.RegisterCapability, registration).ConfigureAwait(false))
        {
            await _connection.SendAsync(
                OutgoingMessages.LogMessage,
                new LogMessageParams
                {
                    Type = MessageType.Warning,
                    Message = "No suggestions: the editor refused to register inline completion.",
                }).ConfigureAwait(false);
        }
    }
}
