namespace DiffusionLsp.Engine.Checkpoints;

/// <summary>
/// Writes a file so that its name never stands for half of it: into a neighbour first, flushed to the disk, then
/// renamed. It does not lock; of two writers the last one wins, whole.
/// </summary>
internal static class AtomicFile
{
    /// <summary>Writes the file; where <paramref name="write"/> throws, an older file stays as it was.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
