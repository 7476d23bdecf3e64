using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.Configuration;

namespace DiffusionLsp.Server.Tests.Cli;

/// <summary>
/// An infiller that follows the script its model's name chooses: <c>adder</c> denoises <c>return a + b</c> in three
/// steps, <c>sharp</c> does too and knows C# alone, <c>split</c> answers with the text it saw on both sides, the others
/// fail each in their way.
/// </summary>
internal sealed class ScriptedInfiller(string name, string device) : IInfiller
{
    private const double Sure = 0.95;

    private static readonly DenoisingStep[] s_adding =
    [
        new(1, [Fresh("return"), Masked, Masked, Masked, Masked, Fresh("\n")]),
        new(2, [Old("return"), Fresh(" a"), Masked, Fresh(" b"), Masked, Old("\n")]),
        new(3, [Old("return"), Old(" a"), Fresh(" +"), Old(" b"), Fresh("\t\u001b[31m"), Old("\n")]),
    ];

    public ModelDescription Model { get; } = new(name, $"models/{name}", "script", device, "fp32", 42, 512)
    {
        Languages = name == "sharp" ? ["csharp"] : [],
    };

    /// <summary>Another installed model, for Python.</summary>
    public static CheckpointStatus Snake { get; } =
        new("snake", "models/snake", IsUsable: true, "script", 42, 84) { Languages = ["python"] };

    public static IInfiller Load(ModelChoice choice) => choice switch
    {
        { Model: "missing" } =>
            throw new CheckpointException("There is no model 'missing'. There are: adder, split. Give one of these names or a folder."),
        { Model: "corrupt" } =>
            throw new CheckpointException("corrupt/model.safetensors: 'header_size' is 99\nof 10 bytes; fetch the file again."),
        { Device: "tpu" } => throw new TorchRuntimeException("No device 'tpu': use auto, cpu, cuda or cuda:N."),
        _ => new ScriptedInfiller(choice.Model ?? "adder", choice.Device ?? "cpu"),
    };

    public InfillResult Infill(InfillRequest request, Action<DenoisingStep>? onStep, CancellationToken token)
    {
        switch (Model.Name)
        {
            case "split":
                return Result(JsonSerializer.Serialize(new[] { request.Prefix, request.Suffix }), 1, request.Seed);
            case "options":
                return Result($"{request.MaxTokens} {request.ConfidenceThreshold} {request.Temperature} {request.Seed}", 1, request.Seed);
            case "empty":
                return Result("", 2, request.Seed) with { Outcome = InfillOutcome.Empty };
            case "bug":
                throw new InvalidOperationException("The script says so.");
            case "cancelled":
                throw new OperationCanceledException();
            default:
                foreach (var step in s_adding)
                {
                    onStep?.Invoke(step);
                }

                return Result("return a + b\n", s_adding.Length, request.Seed);
        }
    }

    public void Dispose()
    {
    }

    private static InfillResult Result(string middle, int steps, long seed) => new()
    {
        Middle = middle,
        Outcome = InfillOutcome.Filled,
        Steps = steps,
        Forwards = steps,
        Tokens = 4,
        Milliseconds = 12.34,
        Confidence = Sure,
        Seed = seed,
    };

    private static CanvasCell Masked => new("", CellState.Masked, 0.5);

    private static CanvasCell Fresh(string text) => new(text, CellState.Fresh, Sure);

    private static CanvasCell Old(string text) => new(text, CellState.Committed, Sure);
}
