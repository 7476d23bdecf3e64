using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Training.Fitting;

/// <summary>
/// The checkpoint.json of a checkpoint, written last: where the run stood, and a SHA-256 of each file, so that a file
/// that the disk lost or mangled is found before it is believed.
/// </summary>
/// <param name="Step">Steps done.</param>
/// <param name="Seconds">Seconds spent in them.</param>
/// <param name="Sha256">The hashes by file name.</param>
internal sealed record CheckpointRecord(int Step, double Seconds, IReadOnlyDictionary<string, string> Sha256)
{
    private const string FileName = "checkpoint.json";

    /// <summary>Reads the record of a checkpoint.</summary>
    /// <exception cref="InvalidDataException">It is missing or damaged.</exception>
    public static CheckpointRecord Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<CheckpointRecord>(File.ReadAllText(Path.Combine(folder, FileName)), FitOptions.Json)
                is { Sha256: not null } record
                    ? record
                    : throw new InvalidDataException($"{FileName} holds no record.");
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            throw new InvalidDataException($"{FileName} cannot be read: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    /// <summary>Describes the files of a checkpoint that is being written.</summary>
    public static CheckpointRecord Of(string folder, RunState state) => new(
        state.Step, state.Seconds, state.Files.ToDictionary(entry => entry.File, entry => HashOf(Path.Combine(folder, entry.File))));

    /// <summary>Writes the record into the checkpoint's folder.</summary>
    public void Write(string folder) => AtomicFile.Write(
        Path.Combine(folder, FileName), stream => stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, FitOptions.Json) + "\n")));

    /// <summary>Checks that the files are those that were written.</summary>
    /// <exception cref="InvalidDataException">One is missing or differs.</exception>
    public void Verify(string folder)
    {
        foreach (var (file, expected) in Sha256)
        {
            string path = Path.Combine(folder, file);
            if (!File.Exists(path))
            {
                throw new InvalidDataException($"{file} is missing.");
            }

            if (HashOf(path) != expected)
            {
                throw new InvalidDataException($"{file} is damaged: its SHA-256 is not that of {FileName}.");
            }
        }
    }

    private static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
