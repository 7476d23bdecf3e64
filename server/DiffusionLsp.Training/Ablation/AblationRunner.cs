using DiffusionLsp.Engine;
using DiffusionLsp.Training.Fitting;

namespace DiffusionLsp.Training.Ablation;

/// <summary>
/// Does the runs of an ablation, one after the other. Each is an ordinary run in a folder of its own, so that what was
/// done before an interruption is not done again.
/// </summary>
internal sealed class AblationRunner(AblationFile file, string corpus, string outFolder, FitDisplay display)
{
    /// <summary>Does what is left to do; before the first run starts, every run was checked.</summary>
    /// <returns>The rows; null where the runs were cancelled.</returns>
    /// <exception cref="EngineException">A run cannot be done.</exception>
    public IReadOnlyList<AblationRow>? Run(CancellationToken token)
    {
        var plans = file.Runs.Select(run => (run.Name, Plan: PlanOf(run))).ToList();
        var rows = new List<AblationRow>();
        foreach (var (name, plan) in plans)
        {
            string? failure = IsFinished(plan) ? null : Do(name, plan, token);
            if (token.IsCancellationRequested)
            {
                return null;
            }

            rows.Add(AblationRow.Of(name, plan, Newest(plan)) with { Failure = failure });
        }

        return rows;
    }

    private static bool IsFinished(RunPlan plan) =>
        Newest(plan) is { } newest && plan.Options.ShareDone(newest.Step, newest.Seconds) >= 1;

    private static CheckpointRecord? Newest(RunPlan plan)
    {
        try
        {
            return plan.Folder.Checkpoints() is [var (_, path), ..] ? CheckpointRecord.Read(path) : null;
        }
        catch (InvalidDataException)
        {
            // The run itself will say what is wrong, and go back to an older one.
            return null;
        }
    }

    private RunPlan PlanOf(AblationRun run)
    {
        try
        {
            var plan = RunPlan.For(file.RequestOf(run, corpus, outFolder));
            return run.From is not null || plan.From is null
                ? plan
                : throw new EngineException($"{plan.Folder.Folder} was begun from {plan.From.Folder}; give the run another name.");
        }
        catch (Exception exception) when (exception is EngineException or InvalidDataException)
        {
            throw new EngineException($"run '{run.Name}': {exception.Message}", exception);
        }
    }

    /// <summary>A run that diverges is a result, and no reason to leave out the others.</summary>
    private string? Do(string name, RunPlan plan, CancellationToken token)
    {
        display.Line($"run '{name}'");
        try
        {
            plan.Run(display, token);
            return null;
        }
        catch (DivergedException exception)
        {
            display.Warn(exception.Message);
            return "diverged";
        }
    }
}
