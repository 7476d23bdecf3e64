namespace DiffusionLsp.Server;

/// <summary>The commands that a client may run by <c>workspace/executeCommand</c>.</summary>
internal static class ServerCommands
{
    /// <summary>Loads the model anew, in a new process of the engine's, also where it had failed.</summary>
    public const string Restart = "diffusionlsp.restart";

    /// <summary>Gives the latest requests with their timings, the newest first.</summary>
    public const string Requests = "diffusionlsp.requests";

    /// <summary>Makes an edit and has the client apply it, for clients that resolve no code actions.</summary>
    public const string Edit = "diffusionlsp.edit";

    /// <summary>Gives how many suggestions were shown and taken, and the file with these figures.</summary>
    public const string Figures = "diffusionlsp.figures";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Restart, Requests, Edit, Figures];
}
