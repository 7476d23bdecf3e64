using System.Security.Cryptography;
using DiffusionLsp.Engine;
using DiffusionLsp.Engine.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// The weights that a new run begins with instead of fresh ones, from a checkpoint in the Hugging Face layout or from a
/// run's own. The optimizer begins anew.
/// </summary>
/// <param name="Folder">The checkpoint's folder.</param>
/// <param name="WeightsSha256">The SHA-256 of its safetensors files, one after the other in the order of their names.</param>
internal sealed record WarmStart(string Folder, string WeightsSha256)
{
    /// <summary>Looks at a checkpoint, and hashes its weights.</summary>
    /// <exception cref="CheckpointException">There is none, or it is damaged.</exception>
    public static WarmStart Of(string folder)
    {
        folder = Path.GetFullPath(folder);
        if (!Directory.Exists(folder))
        {
            throw new EngineException($"{folder}: there is no such folder to begin from; name one with model.safetensors.");
        }

        using var files = CheckpointFiles.Open(folder);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in files.Names.Select(name => files.Find(name).FilePath).Distinct().Order(StringComparer.Ordinal))
        {
            using var stream = File.OpenRead(path);
            byte[] buffer = new byte[1 << 20];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
            }
        }

        return new WarmStart(folder, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Requires that the weights which the checkpoint has are of the shapes that a network wants.</summary>
    /// <exception cref="CheckpointException">A shape differs.</exception>
    public void RequireShapes(IEnumerable<(string Name, long[] Shape)> wanted)
    {
        using var files = CheckpointFiles.Open(Folder);
        foreach (var (name, shape) in wanted.Where(entry => files.Contains(entry.Name)))
        {
            files.RequireShape(name, shape);
        }
    }

    /// <summary>
    /// Copies the weights into those of the same name. What the checkpoint lacks stays as it is and is reported, and so
    /// is what the network has no place for.
    /// </summary>
    /// <exception cref="CheckpointException">A shape differs; no weight was changed.</exception>
    public void Load(IReadOnlyList<(string Name, Tensor Weight)> weights, Action<string> report)
    {
        RequireShapes(weights.Select(entry => (entry.Name, entry.Weight.shape)));
        using var files = CheckpointFiles.Open(Folder);
        var found = weights.Where(entry => files.Contains(entry.Name)).ToList();
        foreach (var (name, weight) in found)
        {
            TensorFile.Copy(files.Find(name), name, weight);
        }

        var names = weights.Select(entry => entry.Name).ToList();
        Report(report, "lacks, so they begin fresh", names.Where(name => !files.Contains(name)));
        Report(report, "has and this network does not", files.Names.Except(names));
    }

    private void Report(Action<string> report, string what, IEnumerable<string> names)
    {
        var listed = names.Order(StringComparer.Ordinal).ToList();
        if (listed.Count > 0)
        {
            report($"weights that {Folder} {what}: {string.Join(", ", listed)}");
        }
    }
}
