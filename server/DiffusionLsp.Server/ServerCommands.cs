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

    /// <summary>Gives the models that are here and those that are known.</summary>
    public const string Models = "diffusionlsp.models";

    /// <summary>Pulls a model, in a process of its own.</summary>
    public const string PullModel = "diffusionlsp.models.pull";

    /// <summary>Compares a model's files with their hashes, in a process of its own.</summary>
    public const string VerifyModel = "diffusionlsp.models.verify";

    /// <summary>Removes a model, in a process of its own.</summary>
    public const string RemoveModel = "diffusionlsp.models.remove";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Restart, Requests, Edit, Figures, Models, PullModel, VerifyModel, RemoveModel];
}
