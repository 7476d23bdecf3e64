using System.CommandLine;
using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.ModelStore;
using DiffusionLsp.Server.ModelStore.Hub;
using DiffusionLsp.Server.Protocol;
using DiffusionLsp.Server.RuntimeStore;
using Command = System.CommandLine.Command;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// <c>diffusionlsp runtime</c>: which native libtorch is used, and another one for CUDA, installed from packages without
/// building anything. Only <c>install</c> opens a connection.
/// </summary>
internal sealed class RuntimeCommand : Command
{
    private const string Cuda = "cuda";

    private readonly Terminal _terminal;
    private readonly RuntimeTools _tools;
    private readonly ModelConsent _consent;
    private readonly Argument<string> _kind = new("KIND") { Description = "cuda." };
    private readonly Option<string?> _source = new("--source")
    {
        Description = $"The service index of a NuGet feed [default: nuget.org's, or {FeedSettings.Variable}].",
        HelpName = "URL",
    };

    private readonly Option<bool> _yes = ModelConsent.YesOption();
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="tools">What it works with.</param>
    public RuntimeCommand(Terminal terminal, RuntimeTools tools)
        : base("runtime", "Show which native libtorch is used; install or remove one for NVIDIA GPUs.")
    {
        _terminal = terminal;
        _tools = tools;
        _consent = new ModelConsent(terminal);
        SetAction(Info);
        Command info = new("info", "Show which native libtorch is used, and what of NVIDIA is here.") { _json };
        info.SetAction(Info);
        Command install = new("install", "Load libtorch for CUDA from a NuGet feed, or go on where that was interrupted.") { _kind, _source, _yes, _json };
        install.SetAction(InstallAsync);
        Command remove = new("remove", "Remove the installed libtorch for CUDA, or what an interrupted install left of it.") { _kind, _yes, _json };
        remove.SetAction(RemoveAsync);
        foreach (Command part in new[] { info, install, remove })
        {
            Add(part);
        }
    }

    private void Info(ParseResult parsed)
    {
        var info = RuntimeInfo.Of(_tools.Inspect(), _tools.Store());
        _terminal.Output.WriteRaw(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(info, CliJson.Readable.RuntimeInfo) + "\n"
            : string.Concat(info.Lines().Select(line => line.ToDisplayText() + "\n")));
    }

    private async Task InstallAsync(ParseResult parsed, CancellationToken token)
    {
        RequireCuda(parsed);
        LocalStore store = _tools.Store();
        PullDisplay display = new(_terminal, parsed.GetValue(_json) ? PullForm.Json : PullForm.Text, InstalledRuntime.CudaName);
        string folder = store.FolderOf(InstalledRuntime.CudaName);
        if (InstalledRuntime.Find(folder) is null)
        {
            WebSettings web = FeedSettings.Of(parsed.GetValue(_source), _tools.Variable);
            using var handler = HubSettings.CreateHandler();
            using PackageFeed feed = new(web, handler);
            RuntimePlan plan = await RuntimePlan.OfAsync(feed, token).ConfigureAwait(false);
            await _consent.RequireAsync(Matter(plan, web, folder), _yes, parsed, token).ConfigureAwait(false);
            RuntimeInstall install = new(web, feed, store) { Waiting = display.Waiting };
            PullProgress progress = new(TimeProvider.System);
            await display.WatchAsync(install.RunAsync(plan, progress, token), progress).ConfigureAwait(false);
        }

        Tell(
            parsed,
            new ModelEvent("installed", InstalledRuntime.CudaName) { Folder = folder, Bytes = RuntimeRecord.Of(folder)?.Bytes },
            $"libtorch for CUDA is installed in {folder}; `diffusionlsp runtime` says whether it works. A server that runs takes it up when it is restarted.");
    }

    private async Task RemoveAsync(ParseResult parsed, CancellationToken token)
    {
        RequireCuda(parsed);
        LocalStore store = _tools.Store();
        string name = InstalledRuntime.CudaName;
        if (!store.Has(name) && !Directory.Exists(store.StagingOf(name)))
        {
            throw new BadInputException($"There is no CUDA runtime in {store.Folder}: nothing is to be removed.");
        }

        await _consent.RequireAsync($"This deletes {store.FolderOf(name)}.", _yes, parsed, token).ConfigureAwait(false);
        using IDisposable held = await store
            .LockAsync(name, () => _terminal.Error.WriteRaw($"Another process works on {name}; waiting for it.{Environment.NewLine}"), token).ConfigureAwait(false);
        store.DropStaging(name);
        if (store.Has(name))
        {
            store.Remove(name);
        }

        Tell(parsed, new ModelEvent("removed", name) { Folder = store.FolderOf(name) }, "The CUDA runtime is removed; what this build carries is used again.");
    }

    private void RequireCuda(ParseResult parsed)
    {
        if (parsed.GetRequiredValue(_kind) is var kind && kind != Cuda)
        {
            throw new BadInputException($"There is no runtime '{kind}' to install, only cuda; what the build carries is for the CPU.");
        }

        if (InstalledRuntime.Platform is not ("linux-x64" or "win-x64"))
        {
            throw new BadInputException($"There is no libtorch for CUDA for {InstalledRuntime.Platform}, only for linux-x64 and win-x64.");
        }
    }

    private string Matter(RuntimePlan plan, WebSettings web, string folder)
    {
        RuntimeReport report = _tools.Inspect();
        string driver = report.CudaDriverVersion is { } version ? $"this machine's knows CUDA up to {version}" : "this machine has none";
        return $"This loads {Sizes.Of(plan.Bytes)} in {plan.Packages.Count} packages, libtorch {plan.Libtorch} for CUDA, from {web.Endpoint.Host} into {folder}, "
            + $"and needs about {Sizes.Of(plan.PeakBytes)} of the disk until it is unpacked. To use it takes an NVIDIA GPU and a driver for CUDA 12 or newer "
            + $"(525 on Linux, 528 on Windows): {driver}. NVIDIA's libraries in it are under NVIDIA's own terms (docs.nvidia.com/cuda/eula).";
    }

    private void Tell(ParseResult parsed, ModelEvent happened, string sentence) =>
        _terminal.Output.WriteRaw(parsed.GetValue(_json) ? CliJson.LineOf(happened) : sentence.ToDisplayText() + "\n");
}
