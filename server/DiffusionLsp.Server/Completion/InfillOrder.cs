using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Completion;

/// <summary>A request for the queue.</summary>
/// <param name="Document">The document it is for: an older request for it is superseded.</param>
/// <param name="Request">What to infill.</param>
internal sealed record InfillOrder(string Document, InfillRequest Request)
{
    /// <summary>Who asks; the queue serves all of them in turn.</summary>
    public string Window { get; init; } = "";

    /// <summary>Told of every denoising step on the engine's thread; null where nobody watches.</summary>
    public Action<DenoisingStep>? OnStep { get; init; }

    /// <summary>Told why there is no infill, where it failed, before the answer is given.</summary>
    public Action<Exception>? OnFailure { get; init; }
}
