namespace DiffusionLsp.Training.Corpus;

/// <summary>
/// A folder that appears whole or not at all: everything is written beside it and renamed at the end. What a killed
/// run left behind is removed by the next one.
/// </summary>
internal sealed class OutputFolder : IDisposable
{
    private readonly string _target;
    private readonly FileStream _lock;
    private bool _committed;

    private OutputFolder(string target, string work, FileStream guard)
    {
        _target = target;
        Work = work;
        _lock = guard;
    }

    /// <summary>Where to write until <see cref="Commit"/>.</summary>
    public string Work { get; }

    /// <summary>Begins a folder that takes the place of <paramref name="target"/>.</summary>
    /// <exception cref="CorpusException">There is something else in its place, or another run writes it.</exception>
    public static OutputFolder Begin(string target)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        if (File.Exists(target))
        {
            throw new CorpusException($"{target}: is a file; name a folder.");
        }

        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any() &&
            !File.Exists(Path.Combine(target, CorpusManifest.FileName)))
        {
            throw new CorpusException($"{target}: is not empty and holds no corpus to replace; name another folder.");
        }

        var parent = Path.GetDirectoryName(target) ?? throw new CorpusException($"{target}: name a folder below this one.");
        Directory.CreateDirectory(parent);
        var guard = Lock(Path.Combine(parent, $".{Path.GetFileName(target)}.lock"), target);
        var work = Path.Combine(parent, $".{Path.GetFileName(target)}.partial");
        try
        {
            Restore(target, OldOf(work));
            Remove(work);
            Directory.CreateDirectory(work);
            return new OutputFolder(target, work, guard);
        }
        catch
        {
            guard.Dispose();
            throw;
        }
    }

    /// <summary>Puts the folder in its place, where an older one gives way.</summary>
    public void Commit()
    {
        var old = OldOf(Work);
        Remove(old);
        if (Directory.Exists(_target))
        {
            Directory.Move(_target, old);
        }

        Directory.Move(Work, _target);
        _committed = true;
        Remove(old);
    }

    /// <summary>Removes what was not committed.</summary>
    public void Dispose()
    {
        try
        {
            if (!_committed)
            {
                Remove(Work);
            }
        }
        finally
        {
            _lock.Dispose();
        }
    }

    private static string OldOf(string work) => work + ".old";

    // A run that was killed between the two renames of Commit left the older folder aside.
    private static void Restore(string target, string old)
    {
        if (Directory.Exists(old) && !Directory.Exists(target))
        {
            Directory.Move(old, target);
        }
    }

    private static FileStream Lock(string path, string target)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception)
        {
            throw new CorpusException($"{target}: another run is writing it, or it cannot be written ({exception.Message})", exception);
        }
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
