using System.Collections.Frozen;

namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// How a family of checkpoints calls what the network calls by Qwen2's names: the fields of config.json and the tensors.
/// A family that computes the same under other names is a map of names, so that whatever the network learns to do faster
/// serves it too. It checks nothing of what the fields say.
/// </summary>
/// <param name="layers">What the names of all tensors of a layer begin with, up to the layer's number.</param>
/// <param name="modules">
/// The other names of modules, by the network's; those of a layer are written without what its names begin with. A name
/// that is absent is the network's own.
/// </param>
/// <param name="fields">The other names of config.json's fields, by Qwen2's.</param>
internal sealed class CheckpointLayout(
    string layers, IReadOnlyDictionary<string, string> modules, IReadOnlyDictionary<string, string> fields)
{
    private const string NetworkLayers = "model.layers.";

    /// <summary>The network's own names, which are those of the Qwen2 and Qwen3 code of Hugging Face.</summary>
    public static CheckpointLayout Qwen { get; } =
        new(NetworkLayers, FrozenDictionary<string, string>.Empty, FrozenDictionary<string, string>.Empty);

    /// <summary>What config.json calls a field of Qwen2's.</summary>
    public string FieldName(string field) => fields.GetValueOrDefault(field, field);

    /// <summary>What the checkpoint calls a tensor of the network.</summary>
    public string TensorName(string tensor)
    {
        int kind = tensor.LastIndexOf('.');
        string module = kind < 0 ? tensor : tensor[..kind];
        string rest = tensor[module.Length..];
        if (!module.StartsWith(NetworkLayers, StringComparison.Ordinal))
        {
            return modules.GetValueOrDefault(module, module) + rest;
        }

        int number = module.IndexOf('.', NetworkLayers.Length);
        string part = module[(number + 1)..];
        return $"{layers}{module[NetworkLayers.Length..number]}.{modules.GetValueOrDefault(part, part)}{rest}";
    }
}
