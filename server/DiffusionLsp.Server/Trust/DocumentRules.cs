namespace DiffusionLsp.Server.Trust;

/// <summary>
/// Which documents are none of ours: those whose name says that they hold secrets, and those that the user has us ignore.
/// Nothing is suggested in such a document, by hand or while typing, and its text is in no other document's context.
/// A function of the URI and the settings alone; it never looks into a text.
/// </summary>
/// <remarks>
/// <c>appsettings.json</c> is deliberately not among the secret files: it is the settings file of every .NET program,
/// edited all day and kept under version control, and most hold no secret. Whose do can name it in <c>secretFiles</c>.
/// </remarks>
internal sealed class DocumentRules
{
    private readonly Globs _secret;
    private readonly Globs _ignored;

    private DocumentRules(Globs secret, Globs ignored)
    {
        _secret = secret;
        _ignored = ignored;
    }

    /// <summary>The files that hold secrets by their name where the user does not say otherwise.</summary>
    public static IReadOnlyList<string> UsualSecretFiles { get; } =
    [
        ".env*", "*.pem", "*.key", "*.pfx", "*.p12", "*.kdbx", "id_rsa*", "id_ed25519*", ".ssh/", ".aws/", "secrets/",
        ".netrc", ".npmrc", ".pypirc", ".git-credentials", "credentials*",
    ];

    /// <summary>The rules of a user who has set nothing.</summary>
    public static DocumentRules Usual { get; } = new(new Globs(UsualSecretFiles), new Globs([]));

    /// <summary>What is wrong with the lists, a line for people for each that has something wrong in it.</summary>
    public IEnumerable<string> Faults =>
        Fault("secretFiles", _secret, " Until that is mended, the usual secret files are left alone as well.")
            .Concat(Fault("ignore", _ignored, ""));

    /// <summary>These rules with other lists, of which null stands for what is no text; a list that is null stays as it was.</summary>
    public DocumentRules With(IReadOnlyList<string?>? secretFiles, IReadOnlyList<string?>? ignore) => new(
        secretFiles is null ? _secret : Secret(secretFiles),
        ignore is null ? _ignored : new Globs(ignore));

    /// <summary>Why a document is left alone, in a line for people; null where it is not.</summary>
    public string? WhyLeftAlone(string uri)
    {
        var path = DocumentPath.Of(uri);
        return _secret.FirstMatching(path) is { } secret ? $"may hold secrets: its name matches {secret} (setting secretFiles)"
            : _ignored.FirstMatching(path) is { } ignored ? $"is ignored: its name matches {ignored} (setting ignore)"
            : null;
    }

    // Nobody knows which files a slip was to protect, so it takes none of the usual ones away.
    private static Globs Secret(IReadOnlyList<string?> written) =>
        new Globs(written) is { Faults: [] } sound ? sound : new Globs([.. written, .. UsualSecretFiles]);

    private static IEnumerable<string> Fault(string setting, Globs globs, string consequence) => globs.Faults.Count == 0
        ? []
        : [$"Mend the setting {setting}, in which this is no glob: {string.Join(", ", globs.Faults)}.{consequence}"];
}
