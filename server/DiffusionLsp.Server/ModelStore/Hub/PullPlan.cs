namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>What a pull will do, before it does it.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Listing">The commit that it comes from.</param>
/// <param name="Files">The files that are taken; each with its length.</param>
internal sealed record PullPlan(PullRequest Request, HubListing Listing, IReadOnlyList<HubFile> Files)
{
    /// <summary>The bytes of all files.</summary>
    public long Bytes => Files.Sum(file => file.Bytes!.Value);

    /// <summary>The licence of the weights: as the hub names it, else as the catalog does; null where neither does.</summary>
    public string? Licence => Listing.Licence ?? Request.Known?.Licence.Weights;

    /// <summary>Plans a pull.</summary>
    /// <exception cref="ModelStoreException">The repository holds nothing that may be taken, or not what the catalog says.</exception>
    public static PullPlan Of(PullRequest request, HubListing listing)
    {
        IReadOnlyList<string> wanted = FileNames.Wanted([.. listing.Files.Select(file => file.Name)]);
        if (!wanted.Any(FileNames.IsWeights))
        {
            HubFile? other = listing.Files.FirstOrDefault(file => FileNames.IsOtherWeights(file.Name));
            throw new ModelStoreException(other is null
                ? $"{request.Repository} holds no weights in safetensors: check the name and the revision."
                : $"{request.Repository} has its weights only in other forms ({other.Name}), which may run code when they are read: nothing of it is "
                    + "taken. Convert it to safetensors elsewhere and add the folder with `diffusionlsp models add`.");
        }

        if (!wanted.Contains("config.json"))
        {
            throw new ModelStoreException($"{request.Repository} has no config.json, so it is no model that can be loaded here.");
        }

        return new PullPlan(request, listing, [.. listing.Files.Where(file => wanted.Contains(file.Name)).Select(file => Checked(request, file))]);
    }

    // Where the catalog knows the hashes of a pinned commit, they have the last word, whatever hub or mirror answers.
    private static HubFile Checked(PullRequest request, HubFile file)
    {
        if (file.Bytes is null)
        {
            throw new ModelStoreException($"the hub does not tell the size of {file.Name} of {request.Repository}: set HF_ENDPOINT to a hub that does.");
        }

        bool isPinned = request.Known is { Revision: { } pinned } && pinned == request.Revision;
        RecordedFile? known = isPinned ? request.Known!.Files?.FirstOrDefault(recorded => recorded.Name == file.Name) : null;
        if (known is null)
        {
            return file;
        }

        bool isSame = known.Bytes == file.Bytes && (file.Digest is not { Kind: DigestKind.Sha256 } listed || listed.Hex == known.Sha256);
        return isSame
            ? file with { Digest = new FileDigest(DigestKind.Sha256, known.Sha256) }
            : throw new ModelStoreException(
                $"{file.Name} of {request.Repository} is not the file that the catalog knows: check HF_ENDPOINT, or name the repository itself to take it all the same.");
    }
}
