namespace DiffusionLsp.Server.Protocol;

/// <summary>A message that the server sends: its method and, by its type, what it carries.</summary>
/// <typeparam name="T">The record of its parameters.</typeparam>
/// <param name="Method">The method.</param>
internal sealed record Outgoing<T>(string Method);

/// <summary>Every message that the server sends on its own; the connection takes no other.</summary>
internal static class OutgoingMessages
{
    /// <summary>A line for the editor's log.</summary>
    public static readonly Outgoing<LogMessageParams> LogMessage = new("window/logMessage");

    /// <summary>A line for the user.</summary>
    public static readonly Outgoing<ShowMessageParams> ShowMessage = new("window/showMessage");

    /// <summary>Has the client change documents.</summary>
    public static readonly Outgoing<ApplyWorkspaceEditParams> ApplyEdit = new("workspace/applyEdit");

    /// <summary>How the engine is, for a status item.</summary>
    public static readonly Outgoing<DiffusionStatusParams> Status = new("diffusion/status");

    /// <summary>How far a gap is denoised, for clients that ask for it.</summary>
    public static readonly Outgoing<DenoisingStepParams> DenoisingStep = new("diffusion/denoisingStep");

    /// <summary>Asks the client for a place to show progress.</summary>
    public static readonly Outgoing<WorkDoneProgressCreateParams> CreateProgress = new("window/workDoneProgress/create");

    /// <summary>How far something is.</summary>
    public static readonly Outgoing<ProgressParams> Progress = new("$/progress");

    /// <summary>Announces what the server could not announce at the start.</summary>
    public static readonly Outgoing<RegistrationParams> RegisterCapability = new("client/registerCapability");
}
