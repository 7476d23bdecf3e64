namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>A place on the web that files are loaded from, how patiently, and how its user is spoken to.</summary>
internal sealed record WebSettings
{
    /// <summary>Its address, with a slash at its end.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>What the user shows it; null: nothing.</summary>
    public string? Token { get; init; }

    /// <summary>What names another such place: a variable, or an option.</summary>
    public required string Name { get; init; }

    /// <summary>What can be done where it cannot be reached, as the end of a sentence.</summary>
    public required string WayOut { get; init; }

    /// <summary>What to do once what is wrong is mended.</summary>
    public required string Again { get; init; }

    /// <summary>How long to wait before a second attempt; each further one waits twice as long.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that it may ask for.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a connection may bring nothing before it counts as broken.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>Where the files of one download come from.</summary>
/// <param name="Web">The place.</param>
/// <param name="Noun">What the place is called in a sentence: the hub, the feed.</param>
/// <param name="Whole">What the files are parts of: a repository, a runtime.</param>
internal sealed record DownloadSource(WebSettings Web, string Noun, string Whole)
{
    /// <summary>Opens a file, or the rest of it.</summary>
    public required Func<HubFile, ByteRange?, CancellationToken, Task<HubAnswer>> Open { get; init; }

    /// <summary>Where this machine has a file already that should hold the same; null where it has none.</summary>
    public Func<HubFile, string?> FindHere { get; init; } = _ => null;

    /// <summary>Why a file may not be loaded; null where it may.</summary>
    public Func<HubFile, string?> WhyNot { get; init; } = _ => null;
}
