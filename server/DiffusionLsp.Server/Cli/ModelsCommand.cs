using System.CommandLine;
using System.Text.Json;
using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.Protocol;
using Command = System.CommandLine.Command;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// <c>diffusionlsp models</c>: lists, checks, adds and removes models, and pulls them from a hub. It is the one command
/// that opens a connection, and of its parts <c>pull</c> alone.
/// </summary>
internal sealed class ModelsCommand : Command
{
    private readonly Terminal _terminal;
    private readonly ModelTools _tools;
    private readonly ModelConsent _consent;
    private readonly Argument<string> _name = new("NAME") { Description = "The model's name, as `models list` shows it." };
    private readonly Argument<string> _folder = new("FOLDER") { Description = "A folder with config.json, tokenizer.json and weights in safetensors." };
    private readonly Option<string?> _as = ModelsPullCommand.NameOption();
    private readonly Option<bool> _yes = ModelConsent.YesOption();
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="tools">What it works with.</param>
    public ModelsCommand(Terminal terminal, ModelTools tools)
        : base("models", "List, pull, check, add and remove models.")
    {
        _terminal = terminal;
        _tools = tools;
        _consent = new ModelConsent(terminal);
        Command list = new("list", "List the models that are here and those that are known, and what of this machine they need.") { _json };
        list.SetAction(List);
        Command verify = new("verify", "Compare every file of a model with its recorded hash.") { _name, _json };
        verify.SetAction(VerifyAsync);
        Command remove = new("remove", "Remove a model, or what an interrupted pull left of it.") { _name, _yes, _json };
        remove.SetAction(RemoveAsync);
        Command info = new("info", "Show what is known of a model.") { _name, _json };
        info.SetAction(Info);
        Command add = new("add", "Install a model from a folder, without a network.") { _folder, _as, _yes, _json };
        add.SetAction(AddAsync);
        foreach (Command part in new[] { list, new ModelsPullCommand(terminal, tools), verify, remove, info, add })
        {
            Add(part);
        }
    }

    private void List(ParseResult parsed)
    {
        ModelReport report = _tools.Report();
        if (parsed.GetValue(_json))
        {
            _terminal.Output.WriteRaw(JsonSerializer.Serialize(report, CliJson.Readable.ModelReport) + "\n");
        }
        else
        {
            ModelsOutput.WriteList(_terminal.Output, report);
        }
    }

    private void Info(ParseResult parsed)
    {
        string name = parsed.GetRequiredValue(_name);
        ModelReport report = _tools.Report();
        ModelEntry model = report.Models.FirstOrDefault(entry => entry.Name == name || entry.Repository == name)
            ?? throw new BadInputException(
                $"No model '{name}' is known: `diffusionlsp models list` shows those that are, and `models pull org/repo` takes others.");
        if (parsed.GetValue(_json))
        {
            _terminal.Output.WriteRaw(JsonSerializer.Serialize(model, CliJson.Readable.ModelEntry) + "\n");
        }
        else
        {
            ModelsOutput.WriteInfo(_terminal.Output, model, report);
        }
    }

    private async Task VerifyAsync(ParseResult parsed, CancellationToken token)
    {
        CheckpointStatus model = _tools.Find(parsed.GetRequiredValue(_name));
        ModelCheck check = await ModelCheck.OfAsync(model, _tools.Catalog(), token).ConfigureAwait(false);
        string found = check.Files > 0
            ? $"{check.Name} is sound: {check.Files} files, {Sizes.Of(check.Bytes)}, have their recorded hashes; {check.Detail}"
            : $"{check.Name} can be used, but no hashes of its files are known: {check.Detail}";
        Tell(parsed, new ModelEvent("verified", check.Name) { Folder = check.Folder, Bytes = check.Bytes, Files = check.Files }, found);
    }

    private async Task RemoveAsync(ParseResult parsed, CancellationToken token)
    {
        string name = parsed.GetRequiredValue(_name);
        LocalStore store = _tools.Store();
        bool isOurs = FileNames.IsModelName(name) && (store.Has(name) || Directory.Exists(store.StagingOf(name)));
        if (!isOurs)
        {
            CheckpointStatus model = _tools.Find(name);
            throw new BadInputException(
                $"{name} lies in {model.Folder}, outside {store.Folder}, and is not removed: delete that folder yourself if it is yours.");
        }

        await _consent.RequireAsync($"This deletes {store.FolderOf(name)}.", _yes, parsed, token).ConfigureAwait(false);
        using IDisposable held = await store.LockAsync(name, () => Wait(name), token).ConfigureAwait(false);
        store.DropStaging(name);
        if (store.Has(name))
        {
            store.Remove(name);
        }

        Tell(parsed, new ModelEvent("removed", name) { Folder = store.FolderOf(name) }, $"{name} is removed.");
    }

    private async Task AddAsync(ParseResult parsed, CancellationToken token)
    {
        LocalStore store = _tools.Store();
        FolderImport import = FolderImport.Of(parsed.GetRequiredValue(_folder), parsed.GetValue(_as));
        _tools.RequireFree(import.Name);
        string target = store.FolderOf(import.Name);
        if (import.Source == target)
        {
            throw new BadInputException($"{target} is where {import.Name} is installed: there is nothing to add.");
        }

        string matter = $"This copies {Sizes.Of(import.Bytes)} into {target}{(store.Has(import.Name) ? " and replaces what is there" : "")}.";
        await _consent.RequireAsync(matter, _yes, parsed, token).ConfigureAwait(false);
        await import.RunAsync(store, () => Wait(import.Name), token).ConfigureAwait(false);
        Tell(
            parsed,
            new ModelEvent("installed", import.Name) { Folder = target, Bytes = import.Bytes },
            $"{import.Name} is installed in {target}: use it with --model {import.Name}.");
    }

    private void Wait(string name) => _terminal.Error.WriteRaw($"Another process works on {name}; waiting for it.{Environment.NewLine}");

    private void Tell(ParseResult parsed, ModelEvent happened, string sentence) =>
        _terminal.Output.WriteRaw(parsed.GetValue(_json) ? CliJson.LineOf(happened) : sentence.ToDisplayText() + "\n");
}
