using System.Text.RegularExpressions;

namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>What the user wants pulled.</summary>
/// <param name="Repository">Its id on the hub.</param>
/// <param name="Revision">A branch, a tag or a commit.</param>
/// <param name="Name">The name that it gets here.</param>
/// <param name="Known">What the catalog says of it; null where it does not know it.</param>
internal sealed partial record PullRequest(string Repository, string Revision, string Name, CatalogEntry? Known)
{
    private const string Newest = "main";

    /// <summary>Reads <c>NAME</c> or <c>org/repo[@revision]</c>.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="name">The name that the user wants it to have; null takes its own.</param>
    /// <param name="catalog">The models that are known.</param>
    /// <exception cref="ModelStoreException">It is neither.</exception>
    public static PullRequest Parse(string text, string? name, ModelCatalog catalog)
    {
        Match match = Form().Match(text);
        if (!match.Success)
        {
            CatalogEntry known = catalog.Find(text) ?? throw new ModelStoreException(
                $"no model '{text}' is known: give one of {string.Join(", ", catalog.Models.Where(entry => entry.Repository is not null).Select(entry => entry.Name))}, or a repository as org/name.");
            return known.Repository is { } home
                ? new PullRequest(home, known.Revision ?? Newest, Checked(name ?? known.Name), known)
                : throw new ModelStoreException($"{text} comes with the program and is pulled from nowhere.");
        }

        string repository = match.Groups["repository"].Value;
        CatalogEntry? entry = catalog.FindRepository(repository);
        string? revision = match.Groups["revision"] is { Success: true } group ? group.Value : entry?.Revision;
        return new PullRequest(repository, revision ?? Newest, Checked(name ?? entry?.Name ?? repository.Split('/')[1]), entry);
    }

    private static string Checked(string name) => FileNames.IsModelName(name)
        ? name
        : throw new ModelStoreException(
            $"'{name}' cannot be a model's name: take letters, digits, dots, dashes and underscores (--name).");

    [GeneratedRegex(@"^(?<repository>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(@(?<revision>(?!.*\.\.)[\w][\w./-]*))?\z", RegexOptions.ECMAScript)]
    private static partial Regex Form();
}
