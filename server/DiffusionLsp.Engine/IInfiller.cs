namespace DiffusionLsp.Engine;

/// <summary>
/// Fills the gap between a prefix and a suffix. The seam between the engine and whoever asks: only strings and
/// numbers cross it, so that it can also be a process border.
/// </summary>
/// <remarks>
/// Not thread-safe and synchronous on purpose: native dispose scopes and inference mode belong to one thread, so the
/// caller owns one thread per infiller and queues in front of it.
/// </remarks>
public interface IInfiller : IDisposable
{
    /// <summary>What is loaded and where it runs.</summary>
    ModelDescription Model { get; }

    /// <summary>Infills <paramref name="request"/>.</summary>
    /// <param name="request">The text on both sides and the options.</param>
    /// <param name="onStep">Called after every denoising step on the calling thread; null where nobody watches.</param>
    /// <param name="token">Checked before each layer of each forward pass.</param>
    /// <returns>The infill; <see cref="InfillOutcome.Empty"/> where there is nothing to suggest.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="token"/> was cancelled.</exception>
    /// <exception cref="EngineException">The request cannot be run (for example longer than the model's context).</exception>
    InfillResult Infill(InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token);
}

/// <summary>What is loaded: for status lines, logs and <c>--json</c>.</summary>
/// <param name="Name">The model's short name, e.g. <c>quicksilver</c>.</param>
/// <param name="Folder">The checkpoint's folder.</param>
/// <param name="Architecture">The config's <c>model_type</c>.</param>
/// <param name="Device">Where it runs, e.g. <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Dtype">The weights' type in memory: <c>bf16</c>, <c>fp16</c> or <c>fp32</c>.</param>
/// <param name="Parameters">The number of weights.</param>
/// <param name="ContextLength">The longest canvas, in tokens.</param>
public sealed record ModelDescription(
    string Name, string Folder, string Architecture, string Device, string Dtype, long Parameters, int ContextLength)
{
    /// <summary>The languages it was trained on, in lower case: <c>python</c>, <c>csharp</c>; empty: any.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>
    /// How likely all of a middle must be (<see cref="InfillResult.Likelihood"/>) to be worth showing to somebody who did
    /// not ask; null where the model's makers have not measured it.
    /// </summary>
    public double? ConfidenceFloor { get; init; }

    /// <summary>Whether it was trained to do what a comment says, and not only to go on with the code around it.</summary>
    public bool FollowsInstructions { get; init; }

    /// <summary>What one forward pass over a full window takes here; null where nobody has measured it.</summary>
    public double? MillisecondsPerForward { get; init; }

    /// <summary>The address of the serving engine that makes the infills; null where this program does.</summary>
    public string? ServedAt { get; init; }

    /// <summary>Whether the text around a gap goes to another machine.</summary>
    public bool LeavesMachine { get; init; }
}
