using TorchSharp;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// A model's folder, opened: its config and its weights by name, whether they lie in one file or in shards. Strict
/// in both directions, a tensor too many is as wrong as one too few: silently ignored weights are how a model comes
/// to run and talk nonsense. It builds no network.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    /// <summary>The network's name of the output head, absent where the embedding serves as one.</summary>
    public const string HeadName = "lm_head.weight";

    /// <summary>The network's name of the token embedding.</summary>
    public const string EmbeddingName = "model.embed_tokens.weight";

    private const string LayerPrefix = "model.layers.";

    private readonly CheckpointFiles _files;

    private Checkpoint(string folder, ModelConfig config, CheckpointFiles files)
    {
        Folder = folder;
        Config = config;
        _files = files;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The model's shape and ids.</summary>
    public ModelConfig Config { get; }

    /// <summary>The names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _files.Names;

    /// <summary>The number of weights; a head that repeats the embedding counts once.</summary>
    public long ParameterCount => _files.ParameterCount(Config);

    /// <summary>Opens a folder: reads config.json and the headers, no weights.</summary>
    /// <exception cref="CheckpointException">Something is missing, damaged or not supported.</exception>
    public static Checkpoint Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw CheckpointFault.In(
                folder,
                "there is no such folder. A model is a folder with config.json, tokenizer.json and model.safetensors; "
                + "`diffusionlsp doctor` lists the models that are here.");
        }

        var config = ModelConfig.Load(folder);
        return new Checkpoint(folder, config, CheckpointFiles.Open(folder));
    }

    /// <summary>What the header says of a tensor.</summary>
    public TensorEntry Entry(string name) => _files.Find(name).Entry(name);

    /// <summary>A tensor's weights, in a tensor of their own that the caller disposes.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <param name="dtype">The type to convert to.</param>
    /// <param name="device">The device to put it on.</param>
    public torch.Tensor Load(string name, long[] shape, torch.ScalarType dtype, torch.Device device)
    {
        var file = _files.Find(name);
        _files.RequireShape(name, shape);
        var weights = torch.empty(shape, dtype, device);
        TensorReading.Into(weights, file, name);
        return weights;
    }

    /// <summary>
    /// Copies the weights into a module's parameters and buffers, each in its own type and on its own device. Names
    /// and shapes must match in both directions; a tied head may be absent or repeat the embedding.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="onLoaded">Told after each tensor which share of the bytes is there, from 0 to 1; null tells nobody.</param>
    /// <param name="onGroup">
    /// Told the name of each layer (<c>model.layers.0</c>) and of each tensor outside of layers as soon as all of it is there;
    /// null tells nobody.
    /// </param>
    public void LoadInto(torch.nn.Module module, Action<double>? onLoaded = null, Action<string>? onGroup = null)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var targets = module.state_dict();
        string head = Config.TensorName(HeadName), embedding = Config.TensorName(EmbeddingName);
        _files.RequireNames(targets.Keys.Select(Config.TensorName).ToHashSet(StringComparer.Ordinal), Config);
        if (Config.TieWordEmbeddings && _files.Contains(head))
        {
            _files.RequireEqual(head, embedding);
        }

        long all = targets.Values.Sum(target => target.NumberOfElements * target.ElementSize);
        long loaded = 0;
        var missing = targets.Keys.CountBy(GroupOf).ToDictionary(StringComparer.Ordinal);
        foreach (var (name, target) in targets)
        {
            string source = _files.Contains(Config.TensorName(name)) ? Config.TensorName(name) : embedding;
            var file = _files.Find(source);
            _files.RequireShape(source, target.shape);
            TensorReading.Into(target, file, source);
            loaded += target.NumberOfElements * target.ElementSize;
            onLoaded?.Invoke((double)loaded / all);
            if (--missing[GroupOf(name)] == 0)
            {
                onGroup?.Invoke(GroupOf(name));
            }
        }
    }

    private static string GroupOf(string name) =>
        name.StartsWith(LayerPrefix, StringComparison.Ordinal) ? name[..name.IndexOf('.', LayerPrefix.Length)] : name;

    /// <summary>
    /// Writes a module's weights and its config as a checkpoint that <see cref="Open"/> reads; the tokenizer's file
    /// is the caller's to add. A tied head is left out.
    /// </summary>
    /// <param name="folder">The folder, made where it is missing; its files are replaced, each as a whole.</param>
    /// <param name="config">The module's config.</param>
    /// <param name="module">The module; its names are those of the checkpoint.</param>
    /// <param name="dtype">The type to store the weights in.</param>
    public static void Save(string folder, ModelConfig config, torch.nn.Module module, TensorDtype dtype)
    {
        using var scope = torch.NewDisposeScope();
        var contents = module.state_dict()
            .Where(pair => !(config.TieWordEmbeddings && pair.Key == HeadName))
            .Select(pair => ContentOf(config.TensorName(pair.Key), pair.Value, dtype));
        Directory.CreateDirectory(folder);
        config.Save(folder);
        SafetensorsWriter.Write(
            Path.Combine(folder, CheckpointFiles.SingleName),
            contents,
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>A tensor as the writer takes it; converted when it is written, so that one at a time is held twice.</summary>
    public static TensorContent ContentOf(string name, torch.Tensor weights, TensorDtype dtype) =>
        new(name, dtype, weights.shape, stream =>
        {
            const long Portion = 1 << 24;
            using var scope = torch.NewDisposeScope();
            using var noGrad = torch.no_grad();
            var flat = weights.detach().to(TypeOf(dtype), torch.CPU).contiguous().reshape(-1);
            for (long from = 0; from < flat.shape[0]; from += Portion)
            {
                using var portion = flat.narrow(0, from, Math.Min(Portion, flat.shape[0] - from));
                stream.Write(portion.bytes);
            }
        });

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    /// <summary>The torch type of an element type.</summary>
    public static torch.ScalarType TypeOf(TensorDtype dtype) => dtype switch
    {
        TensorDtype.F32 => torch.ScalarType.Float32,
        TensorDtype.F16 => torch.ScalarType.Float16,
        TensorDtype.BF16 => torch.ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype)),
    };
}
