using System.CommandLine;
using DiffusionLsp.Server.Configuration;

namespace DiffusionLsp.Server.Cli;

/// <summary>The options with which a serving engine is asked in place of a model of this machine.</summary>
internal sealed class RemoteOptions
{
    private readonly Option<string?> _engine = new("--engine")
    {
        Description = "Ask a serving engine (llama.cpp, vLLM, SGLang, Inception …) instead of loading a model; see docs/remote-engine.md.",
        HelpName = "URL",
    };

    private readonly Option<string?> _model = new("--engine-model")
    {
        Description = "The name that the engine has for the model [default: the engine's choice].",
        HelpName = "NAME",
    };

    private readonly Option<string?> _template = new("--engine-template")
    {
        Description = "How the model wants the texts joined, with {prefix} and {suffix} [default: the engine does that].",
        HelpName = "TEXT",
    };

    private readonly Option<bool> _confirmed = new("--engine-confirmed")
    {
        Description = "Agree that text goes to that engine although it is on another machine.",
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _engine, _model, _template, _confirmed })
        {
            command.Add(option);
        }
    }

    /// <summary>What they say; null where no engine is named.</summary>
    public RemoteChoice? Read(ParseResult parsed) => parsed.GetValue(_engine) is { } url
        ? new RemoteChoice(url)
        {
            Model = parsed.GetValue(_model),
            Template = parsed.GetValue(_template),
            Confirmed = parsed.GetValue(_confirmed) ? url : null,
        }
        : null;
}
