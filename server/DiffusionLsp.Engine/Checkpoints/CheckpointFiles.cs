namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// The safetensors files of a folder as one set of names: model.safetensors, or the shards that
/// model.safetensors.index.json lists. The index is believed in nothing: its files must lie in the folder, and hold
/// exactly the tensors that it says. It knows no torch.
/// </summary>
internal sealed class CheckpointFiles : IDisposable
{
    /// <summary>The file of a checkpoint in one piece.</summary>
    public const string SingleName = "model.safetensors";

    /// <summary>The list of shards of a checkpoint in pieces.</summary>
    public const string IndexName = "model.safetensors.index.json";

    private const int LongestIndex = 64 << 20;
    private const int MostListed = 5;

    private readonly string _folder;
    private readonly List<SafetensorsReader> _readers = [];
    private readonly Dictionary<string, SafetensorsReader> _byName = new(StringComparer.Ordinal);

    private CheckpointFiles(string folder) => _folder = folder;

    /// <summary>The names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _byName.Keys;

    /// <summary>The length of all files in bytes.</summary>
    public long ByteLength => _readers.Sum(reader => reader.FileLength);

    /// <summary>The element types that occur, in order of their names.</summary>
    public IEnumerable<TensorDtype> Dtypes =>
        _readers.SelectMany(reader => reader.Tensors.Values).Select(t => t.Dtype).Distinct().Order();

    /// <summary>Opens the files and checks them against each other.</summary>
    public static CheckpointFiles Open(string folder)
    {
        var files = new CheckpointFiles(folder);
        try
        {
            files.OpenAll();
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is such a tensor.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>The file that holds a tensor.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public SafetensorsReader Find(string name) =>
        _byName.TryGetValue(name, out var reader)
            ? reader
            : throw CheckpointFault.In(_folder, name, "the checkpoint has no such tensor.");

    /// <summary>The number of weights; a head that repeats the embedding counts once.</summary>
    public long ParameterCount(ModelConfig config) => _byName
        .Where(pair => !(config.TieWordEmbeddings && pair.Key == config.TensorName(Checkpoint.HeadName)))
        .Sum(pair => pair.Value.Entry(pair.Key).ElementCount);

    /// <summary>Requires that the names are those wanted, no more and no less, but for a tied head.</summary>
    public void RequireNames(IReadOnlySet<string> wanted, ModelConfig config)
    {
        bool IsFree(string name) => config.TieWordEmbeddings && name == config.TensorName(Checkpoint.HeadName);
        var missing = wanted.Where(name => !Contains(name) && !IsFree(name)).ToList();
        var unexpected = Names.Where(name => !wanted.Contains(name) && !IsFree(name)).ToList();
        if (missing.Count + unexpected.Count > 0)
        {
            string[] problems =
            [
                .. missing.Count > 0 ? [$"lacks {Listed(missing)}"] : Array.Empty<string>(),
                .. unexpected.Count > 0 ? [$"has {Listed(unexpected)}, which the model does not"] : Array.Empty<string>(),
            ];
            throw CheckpointFault.In(
                _folder, $"the checkpoint does not fit its config.json: it {string.Join(", and ", problems)}.");
        }
    }

    /// <summary>Requires that a tensor is there and has a shape.</summary>
    public void RequireShape(string name, IReadOnlyList<long> shape)
    {
        var file = Find(name);
        var found = file.Entry(name).Shape;
        if (!found.SequenceEqual(shape))
        {
            throw CheckpointFault.In(
                file.FilePath,
                name,
                $"has the shape [{string.Join(", ", found)}], but the config asks for [{string.Join(", ", shape)}].");
        }
    }

    /// <summary>Requires that two tensors hold the same bytes.</summary>
    public void RequireEqual(string name, string original)
    {
        const long Portion = 1 << 26;
        SafetensorsReader left = Find(name), right = Find(original);
        TensorEntry a = left.Entry(name), b = right.Entry(original);
        bool isEqual = a.Dtype == b.Dtype && a.Shape.SequenceEqual(b.Shape);
        for (long from = 0; isEqual && from < a.ByteLength; from += Portion)
        {
            long count = Math.Min(Portion, a.ByteLength - from);
            isEqual = left.Bytes(name, from, count).SequenceEqual(right.Bytes(original, from, count));
        }

        if (!isEqual)
        {
            throw CheckpointFault.In(
                left.FilePath, name, $"differs from {original}, though config.json ties the two (tie_word_embeddings).");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _readers.ForEach(reader => reader.Dispose());

    private void OpenAll()
    {
        string single = Path.Combine(_folder, SingleName);
        string index = Path.Combine(_folder, IndexName);
        if (File.Exists(single))
        {
            OpenFile(single);
        }
        else if (File.Exists(index))
        {
            OpenShards(index);
        }
        else
        {
            throw CheckpointFault.In(
                _folder,
                $"has neither {SingleName} nor {IndexName}: download the model's weights in the safetensors format.");
        }
    }

    private SafetensorsReader OpenFile(string path)
    {
        var reader = SafetensorsReader.Open(path);
        _readers.Add(reader);
        foreach (string name in reader.Tensors.Keys)
        {
            if (!_byName.TryAdd(name, reader))
            {
                throw CheckpointFault.In(path, name, $"is in {Path.GetFileName(_byName[name].FilePath)} as well.");
            }
        }

        return reader;
    }

    private void OpenShards(string index)
    {
        var shardOf = ReadIndex(index);
        foreach (string shard in shardOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(_folder, shard);
            if (!File.Exists(path))
            {
                throw CheckpointFault.In(path, $"is missing, though {IndexName} lists it: download it.");
            }

            foreach (string name in OpenFile(path).Tensors.Keys)
            {
                if (!shardOf.TryGetValue(name, out string? listed) || listed != shard)
                {
                    throw CheckpointFault.In(
                        path, name, listed is null ? $"is not listed in {IndexName}." : $"should be in {listed}.");
                }
            }
        }

        var lost = shardOf.FirstOrDefault(pair => !Contains(pair.Key));
        if (lost.Key is not null)
        {
            throw CheckpointFault.In(
                Path.Combine(_folder, lost.Value), lost.Key, $"is missing, though {IndexName} lists it here.");
        }
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        using var json = CheckpointJson.Read(path, LongestIndex);
        var shardOf = ConfigFields.Of(path, json.RootElement).RequiredTexts("weight_map");
        if (shardOf.Count == 0)
        {
            throw CheckpointFault.In(path, "weight_map", "lists no tensors.");
        }

        foreach (var (name, shard) in shardOf)
        {
            if (!IsPlainName(shard))
            {
                throw CheckpointFault.In(
                    path,
                    $"weight_map.{name}",
                    $"names the file '{CheckpointFault.Shown(shard)}', which is no safetensors file of this folder.");
            }
        }

        return shardOf;
    }

    // The same rule on every system, so that a checkpoint that opens on one opens on all.
    private static bool IsPlainName(string name) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal)
        && !name.StartsWith('.')
        && !name.Any(c => c is '/' or '\\' or ':' || char.IsControl(c));

    private static string Listed(List<string> names)
    {
        string listed = string.Join(
            ", ", names.Order(StringComparer.Ordinal).Take(MostListed).Select(CheckpointFault.Shown));
        return names.Count > MostListed ? $"{listed} and {names.Count - MostListed} more" : listed;
    }
}
