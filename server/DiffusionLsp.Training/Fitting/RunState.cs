using static TorchSharp.torch;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// A run in memory: all that a checkpoint saves and that a resumed run needs to go on as if it had never stopped.
/// Batches are no part of it, since they follow from the step alone.
/// </summary>
internal sealed class RunState : IDisposable
{
    /// <summary>The master weights of a checkpoint, in fp32.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>The average of the weights, in fp32.</summary>
    public const string AverageFile = "ema.safetensors";

    private const string OptimizerFile = "optimizer.safetensors";

    private readonly Trainer _trainer;
    private readonly WeightAverage _average;

    /// <summary>Begins at step 0 with the trainer's weights.</summary>
    public RunState(Trainer trainer, double averageDecay)
    {
        _trainer = trainer;
        _average = new WeightAverage(trainer.Weights, averageDecay);
    }

    /// <summary>Steps done.</summary>
    public int Step { get; private set; }

    /// <summary>Seconds spent in those steps, over all sessions; validations and checkpoints do not count.</summary>
    public double Seconds { get; private set; }

    /// <summary>The weights.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Weights => _trainer.Weights;

    /// <summary>The weights' average.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Average => _average.Values;

    /// <summary>The files of a checkpoint and the tensors in each, live.</summary>
    public IReadOnlyList<(string File, IEnumerable<(string Name, Tensor Value)> Tensors)> Files =>
        [(WeightsFile, Weights), (AverageFile, Average), (OptimizerFile, _trainer.State)];

    /// <summary>Takes one step.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="factor">The factor of the rates.</param>
    public Losses Advance(SpanBatch batch, double factor)
    {
        var losses = _trainer.Step(batch, Step, factor);
        _average.Update(Step);
        Step++;
        return losses;
    }

    /// <summary>Counts time that a step took.</summary>
    public void Spend(TimeSpan time) => Seconds += time.TotalSeconds;

    /// <summary>The losses of the averaged weights on some batches, one by one.</summary>
    public IReadOnlyList<Losses> Evaluate(IEnumerable<SpanBatch> batches) =>
        _average.InPlace(() => batches.Select(_trainer.Evaluate).ToList());

    /// <summary>Says where the run stands, after the tensors of <see cref="Files"/> were read from a checkpoint.</summary>
    public void GoOnFrom(int step, double seconds) => (Step, Seconds) = (step, seconds);

    /// <inheritdoc/>
    public void Dispose()
    {
        _average.Dispose();
        _trainer.Dispose();
    }
}
