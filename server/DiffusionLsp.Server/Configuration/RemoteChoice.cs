namespace DiffusionLsp.Server.Configuration;

/// <summary>The serving engine that the user wants asked in place of a model that this program loads.</summary>
/// <param name="Url">Its address, as the user wrote it.</param>
internal sealed record RemoteChoice(string Url)
{
    /// <summary>The name that the engine has for the model; null leaves the choice to it.</summary>
    public string? Model { get; init; }

    /// <summary>
    /// How the model's makers join a prompt of the two texts, with <c>{prefix}</c> and <c>{suffix}</c>; null where the engine
    /// does that itself.
    /// </summary>
    public string? Template { get; init; }

    /// <summary>The address to which the user agreed to let text go; only this very one may be on another machine.</summary>
    public string? Confirmed { get; init; }
}
