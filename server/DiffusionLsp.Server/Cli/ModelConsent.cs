using System.CommandLine;
using Spectre.Console;

namespace DiffusionLsp.Server.Cli;

/// <summary>Asks before something is changed: on a terminal by a question, elsewhere by an option that says yes.</summary>
internal sealed class ModelConsent(Terminal terminal)
{
    /// <summary><c>--yes</c>.</summary>
    public static Option<bool> YesOption() => new("--yes", "-y") { Description = "Do it without asking." };

    /// <summary>Goes on where the user agrees.</summary>
    /// <param name="matter">What will be done, as a sentence.</param>
    /// <param name="option">The option that agrees to it.</param>
    /// <param name="given">What the option says.</param>
    /// <param name="token">Stops the asking.</param>
    /// <exception cref="BadInputException">The user does not agree, or cannot be asked.</exception>
    public async Task RequireAsync(string matter, Option<bool> option, ParseResult given, CancellationToken token)
    {
        if (given.GetValue(option))
        {
            return;
        }

        if (Console.IsInputRedirected || !terminal.Error.IsLive())
        {
            throw new BadInputException($"{matter} Pass {option.Name} to agree.");
        }

        ConfirmationPrompt question = new(Markup.Escape($"{matter} Go on?")) { DefaultValue = false };
        if (!await terminal.Error.PromptAsync(question, token).ConfigureAwait(false))
        {
            throw new BadInputException("Nothing was changed.");
        }
    }
}
