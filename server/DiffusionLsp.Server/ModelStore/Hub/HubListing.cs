using System.Text.Json;
using DiffusionLsp.Server.Configuration;

namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>A file as a hub lists it.</summary>
/// <param name="Name">Its path in the repository.</param>
/// <param name="Bytes">Its length; null where the hub does not tell.</param>
/// <param name="Digest">Its hash; null where the hub does not tell.</param>
internal sealed record HubFile(string Name, long? Bytes, FileDigest? Digest);

/// <summary>What a hub says of one commit of a repository.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Commit">The commit that the revision stands for.</param>
/// <param name="Files">All files of it.</param>
internal sealed record HubListing(string Repository, string Commit, IReadOnlyList<HubFile> Files)
{
    private const string LicenceTag = "license:";

    /// <summary>The licence by its short name; null where the hub does not tell.</summary>
    public string? Licence { get; init; }

    /// <summary>Where a licence without a short name is to be read.</summary>
    public string? LicenceLink { get; init; }

    /// <summary>Reads the answer to <c>/api/models/REPO/revision/REV?blobs=true</c>.</summary>
    /// <exception cref="ModelStoreException">It is no such answer, or holds a name that leaves its folder.</exception>
    public static HubListing Read(string repository, JsonElement answer)
    {
        string? commit = Text(answer, "sha");
        if (commit is null || FileDigest.Parse(commit) is not { Kind: DigestKind.GitBlob } || answer.Member("siblings") is not { ValueKind: JsonValueKind.Array } siblings)
        {
            throw new ModelStoreException(
                $"what the hub says of {repository} is no listing of a model: check HF_ENDPOINT, and whether a proxy answers in its place.");
        }

        return new HubListing(repository, commit, [.. siblings.EnumerateArray().Select(file => FileOf(repository, file, "rfilename", "blobId", "sha256"))])
        {
            Licence = NameOfLicence(answer),
            LicenceLink = Text(answer, "cardData", "license_link"),
        };
    }

    /// <summary>The same listing with the files of the answers to <c>/api/models/REPO/tree/COMMIT?recursive=true</c>.</summary>
    public HubListing WithTree(IEnumerable<JsonElement> entries) => this with
    {
        Files = [.. entries.Where(entry => Text(entry, "type") == "file").Select(file => FileOf(Repository, file, "path", "oid", "oid"))],
    };

    private static HubFile FileOf(string repository, JsonElement file, string nameMember, string blobMember, string hashMember)
    {
        string name = Text(file, nameMember) ?? "";
        if (!FileNames.IsInside(name))
        {
            throw new ModelStoreException(
                $"{repository} lists a file '{name}', a name that may leave the model's folder: nothing of it is taken. Tell its authors.");
        }

        JsonElement? large = file.Member("lfs") is { ValueKind: JsonValueKind.Object } lfs ? lfs : null;
        JsonElement? size = (large ?? file).Member("size");
        return new HubFile(
            name,
            size is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out long bytes) && bytes >= 0 ? bytes : null,
            FileDigest.Parse(large is { } pointer ? Text(pointer, hashMember) ?? Text(pointer, "sha256") : Text(file, blobMember)));
    }

    private static string? NameOfLicence(JsonElement answer)
    {
        string? name = Text(answer, "cardData", "license");
        if (name is null && answer.Member("tags") is { ValueKind: JsonValueKind.Array } tags)
        {
            name = tags.EnumerateArray().Where(tag => tag.ValueKind == JsonValueKind.String).Select(tag => tag.GetString()!)
                .FirstOrDefault(tag => tag.StartsWith(LicenceTag, StringComparison.Ordinal))?[LicenceTag.Length..];
        }

        return name == "other" ? Text(answer, "cardData", "license_name") ?? name : name;
    }

    private static string? Text(JsonElement parent, params ReadOnlySpan<string> path) =>
        parent.Member(path) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value ? value : null;
}
