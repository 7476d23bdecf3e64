using System.Globalization;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;
using DiffusionLsp.Server.Protocol;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>How a pull is shown.</summary>
internal enum PullForm
{
    /// <summary>To people.</summary>
    Text,

    /// <summary>To a program, line by line.</summary>
    Json,
}

/// <summary>Shows how far a pull is: a bar on a terminal, lines elsewhere, JSON lines for an editor.</summary>
/// <param name="terminal">Where it writes: results to the output, and JSON; the rest beside it.</param>
/// <param name="form">For whom.</param>
/// <param name="name">The model.</param>
internal sealed class PullDisplay(Terminal terminal, PullForm form, string name)
{
    private static readonly TimeSpan _betweenFrames = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _betweenEvents = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _betweenLines = TimeSpan.FromSeconds(5);

    /// <summary>Says that another process is waited for.</summary>
    public void Waiting()
    {
        if (form == PullForm.Json)
        {
            terminal.Output.WriteRaw(CliJson.LineOf(new ModelEvent("waiting", name)));
        }
        else
        {
            terminal.Error.WriteRaw($"Another process is loading {name}; waiting for it.{Environment.NewLine}");
        }
    }

    /// <summary>Shows the progress of a pull until it ends.</summary>
    public Task WatchAsync(Task pull, PullProgress progress) => (form, terminal.Error.IsLive()) switch
    {
        (PullForm.Json, _) => FollowAsync(pull, progress, _betweenEvents, Print),
        (_, true) => WatchLiveAsync(pull, progress),
        _ => FollowAsync(pull, progress, _betweenLines, now => terminal.Error.WriteRaw(ToLine(now) + Environment.NewLine)),
    };

    /// <summary>Says that the model is there.</summary>
    public void Installed(PullPlan plan, string folder)
    {
        ModelEvent done = new("installed", name)
        {
            Folder = folder,
            Repository = plan.Listing.Repository,
            Revision = plan.Listing.Commit,
            Bytes = plan.Bytes,
        };
        terminal.Output.WriteRaw(form == PullForm.Json
            ? CliJson.LineOf(done)
            : $"{name} is installed in {folder.ToDisplayText()}: use it with --model {name}.\n");
    }

    /// <summary>The state of a pull as a line of text.</summary>
    internal static string ToLine(PullSnapshot now)
    {
        string left = now.Left switch
        {
            null => "",
            { TotalMinutes: < 1.5 } soon => string.Create(CultureInfo.InvariantCulture, $", {soon.TotalSeconds:0} s left"),
            { TotalHours: < 1.5 } later => string.Create(CultureInfo.InvariantCulture, $", {later.TotalMinutes:0} min left"),
            { } late => string.Create(CultureInfo.InvariantCulture, $", {late.TotalHours:0} h left"),
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{now.Percent,3} %  {Sizes.Of(now.Bytes)} of {Sizes.Of(now.Total)}, {Sizes.Of((long)now.BytesPerSecond)}/s{left}");
    }

    private void Print(PullSnapshot now) => terminal.Output.WriteRaw(CliJson.LineOf(new ModelEvent("progress", name)
    {
        Bytes = now.Bytes,
        TotalBytes = now.Total,
        Percent = now.Percent,
        BytesPerSecond = (long)now.BytesPerSecond,
        SecondsLeft = (long?)now.Left?.TotalSeconds,
    }));

    private async Task WatchLiveAsync(Task pull, PullProgress progress) => await terminal.Error.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
        .StartAsync(async screen =>
        {
            ProgressTask bar = screen.AddTask(Markup.Escape(name));
            await FollowAsync(pull, progress, _betweenFrames, now => (bar.MaxValue, bar.Value) = (Math.Max(1, now.Total), now.Bytes)).ConfigureAwait(false);
        }).ConfigureAwait(false);

    private static async Task FollowAsync(Task pull, PullProgress progress, TimeSpan pace, Action<PullSnapshot> show)
    {
        while (await Task.WhenAny(pull, Task.Delay(pace)).ConfigureAwait(false) != pull)
        {
            show(progress.Now());
        }

        if (pull.IsCompletedSuccessfully)
        {
            show(progress.Now());
        }

        await pull.ConfigureAwait(false);
    }
}
