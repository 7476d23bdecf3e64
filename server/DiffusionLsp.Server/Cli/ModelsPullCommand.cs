using System.CommandLine;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;

namespace DiffusionLsp.Server.Cli;

/// <summary><c>diffusionlsp models pull</c>: installs a model from a hub, or goes on where it was interrupted.</summary>
internal sealed class ModelsPullCommand : Command
{
    private readonly Terminal _terminal;
    private readonly ModelTools _tools;
    private readonly ModelConsent _consent;
    private readonly Argument<string> _model = new("NAME|ORG/REPO[@REVISION]")
    {
        Description = "A known model's name, or a repository on the hub, at a branch, tag or commit.",
    };

    private readonly Option<string?> _name = NameOption();
    private readonly Option<bool> _licence = new("--accept-licence")
    {
        Description = "Accept the model's licence, where it is not one that leaves everybody free.",
    };

    private readonly Option<bool> _yes = ModelConsent.YesOption();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object a line: the progress, and what came of it." };

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="tools">What it works with.</param>
    public ModelsPullCommand(Terminal terminal, ModelTools tools)
        : base("pull", "Load a model from Hugging Face or a mirror, or go on where that was interrupted.")
    {
        _terminal = terminal;
        _tools = tools;
        _consent = new ModelConsent(terminal);
        Add(_model);
        foreach (Option option in new Option[] { _name, _licence, _yes, _json })
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    /// <summary><c>--name</c>.</summary>
    public static Option<string?> NameOption() => new("--name")
    {
        Description = "The name that the model gets here [default: its own].",
        HelpName = "NAME",
    };

    private async Task RunAsync(ParseResult parsed, CancellationToken token)
    {
        PullRequest request = PullRequest.Parse(parsed.GetRequiredValue(_model), parsed.GetValue(_name), _tools.Catalog());
        _tools.RequireFree(request.Name);
        HubSettings settings = _tools.Hub();
        LocalStore store = _tools.Store();
        using var handler = HubSettings.CreateHandler();
        using HubClient hub = new(settings, handler);
        PullDisplay display = new(_terminal, parsed.GetValue(_json) ? PullForm.Json : PullForm.Text, request.Name);
        ModelPull pull = new(settings, hub, store) { Waiting = display.Waiting };
        PullPlan plan = await pull.PlanAsync(request, token).ConfigureAwait(false);
        if (!pull.IsInstalled(plan))
        {
            await AskAsync(plan, settings, parsed, token).ConfigureAwait(false);
            PullProgress progress = new(TimeProvider.System);
            await display.WatchAsync(pull.RunAsync(plan, progress, token), progress).ConfigureAwait(false);
        }

        display.Installed(plan, store.FolderOf(request.Name));
    }

    private async Task AskAsync(PullPlan plan, HubSettings settings, ParseResult parsed, CancellationToken token)
    {
        if (!Licences.IsFree(plan.Licence))
        {
            string where = plan.Listing.LicenceLink is { } link && Uri.IsWellFormedUriString(link, UriKind.Absolute)
                ? link : new Uri(settings.Endpoint, plan.Request.Repository).ToString();
            string matter = plan.Licence is { } licence
                ? $"{plan.Request.Repository} is under the licence '{licence}': read it at {where} first."
                : $"Nobody says under which licence {plan.Request.Repository} is: look at {where} first.";
            await _consent.RequireAsync(matter, _licence, parsed, token).ConfigureAwait(false);
        }

        string size = $"This loads up to {Sizes.Of(plan.Bytes)} of {plan.Request.Repository} at {plan.Listing.Commit[..12]}"
            + $" (licence: {plan.Licence ?? "unknown"}) into {_tools.Store().FolderOf(plan.Request.Name)}.";
        await _consent.RequireAsync(size, _yes, parsed, token).ConfigureAwait(false);
    }
}
