using System.Globalization;
using DiffusionLsp.Engine.Checkpoints;

namespace DiffusionLsp.Server.ModelStore;

/// <summary>
/// The folder of installed models. A model is put together in a place beside the others where nothing looks for models,
/// and comes into being by one rename: there is never half of one under its name. A lock file decides who works on a name.
/// </summary>
/// <param name="folder">The folder; made when something is installed.</param>
internal sealed class LocalStore(string folder)
{
    private const string StagingName = ".pulling";
    private const string OldMark = ".old";
    private const string GoneMark = ".gone-";
    private const long Spare = 64L << 20;

    // How a lock that another process holds is told: by Windows, Linux and macOS.
    private static readonly int[] _heldByAnother = [unchecked((int)0x80070020), 11, 35];
    private static readonly TimeSpan _betweenTries = TimeSpan.FromMilliseconds(200);

    /// <summary>The folder.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>The bytes that the disk of a folder has free.</summary>
    public Func<string, long> FreeBytes { get; init; } = path => new DriveInfo(path).AvailableFreeSpace;

    /// <summary>The variable of the environment that names another folder.</summary>
    public string Variable { get; init; } = ModelFolder.Variable;

    /// <summary>Where a model of this name lies, or would.</summary>
    public string FolderOf(string name) => Path.Combine(Folder, name);

    /// <summary>Where a model of this name is put together.</summary>
    public string StagingOf(string name) => Path.Combine(Folder, StagingName, name);

    /// <summary>Whether there is such a model.</summary>
    public bool Has(string name) => Directory.Exists(FolderOf(name));

    /// <summary>Takes a name for this process alone; another one that works on it is waited for.</summary>
    /// <param name="name">The name.</param>
    /// <param name="waiting">Called once where it has to be waited for.</param>
    /// <param name="token">Stops the waiting.</param>
    /// <returns>Gives the name back when it is disposed; the system does so where the process is killed.</returns>
    public async Task<IDisposable> LockAsync(string name, Action waiting, CancellationToken token)
    {
        Explain(() => Directory.CreateDirectory(Path.Combine(Folder, StagingName)), "make");
        bool isAnnounced = false;
        while (true)
        {
            try
            {
                var held = new FileStream(
                    StagingOf(name) + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                Recover(name);
                return held;
            }
            catch (UnauthorizedAccessException e)
            {
                throw Failed("write to", e);
            }
            catch (IOException e) when (!_heldByAnother.Contains(e.HResult))
            {
                throw Failed("write to", e);
            }
            catch (IOException)
            {
                if (!isAnnounced)
                {
                    waiting();
                    isAnnounced = true;
                }

                await Task.Delay(_betweenTries, token).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes the place where a model is put together, with what an earlier attempt left in it.</summary>
    public string OpenStaging(string name)
    {
        string staging = StagingOf(name);
        Explain(() => Directory.CreateDirectory(staging), "make");
        return staging;
    }

    /// <summary>Throws away what was put together.</summary>
    public void DropStaging(string name)
    {
        if (Directory.Exists(StagingOf(name)))
        {
            Explain(() => Directory.Delete(StagingOf(name), recursive: true), "clear");
        }
    }

    /// <summary>Refuses what the disk has no room for.</summary>
    /// <param name="bytes">What is still to be written.</param>
    public void RequireSpace(long bytes)
    {
        long free = FreeBytes(Folder);
        if (free < bytes + Spare)
        {
            throw new ModelStoreException(
                $"{Folder} has {Sizes.Of(free)} free, and {Sizes.Of(bytes + Spare)} are needed: make room, or name a folder on "
                + $"another disk with {Variable}.");
        }
    }

    /// <summary>Puts what was put together in the place of a model, an older one of the name included.</summary>
    public void Install(string name)
    {
        string target = FolderOf(name), old = OldOf(name);
        Explain(
            () =>
            {
                if (Directory.Exists(target))
                {
                    Directory.Move(target, old);
                }

                try
                {
                    Directory.Move(StagingOf(name), target);
                }
                catch
                {
                    Recover(name);
                    throw;
                }

                DeleteOld(old);
            },
            "install into");
    }

    /// <summary>Removes a model, by one rename and then in earnest.</summary>
    public void Remove(string name)
    {
        string gone = StagingOf(name) + string.Create(CultureInfo.InvariantCulture, $"{GoneMark}{Environment.ProcessId}");
        Explain(
            () =>
            {
                Directory.Move(FolderOf(name), gone);
                Directory.Delete(gone, recursive: true);
            },
            "remove from");
    }

    private string OldOf(string name) => StagingOf(name) + OldMark;

    // Killed between the two renames, there is an old model and none in its place; or what was being removed is left.
    private void Recover(string name)
    {
        foreach (string gone in Directory.EnumerateDirectories(Path.Combine(Folder, StagingName), name + GoneMark + "*"))
        {
            DeleteOld(gone);
        }

        if (!Directory.Exists(OldOf(name)))
        {
            return;
        }

        if (Has(name))
        {
            DeleteOld(OldOf(name));
        }
        else
        {
            Directory.Move(OldOf(name), FolderOf(name));
        }
    }

    // An engine may still have the old files open, which Windows does not let go of; the next one to come tries again.
    private static void DeleteOld(string old)
    {
        try
        {
            if (Directory.Exists(old))
            {
                Directory.Delete(old, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private void Explain(Action work, string verb)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(verb, e);
        }
    }

    private ModelStoreException Failed(string verb, Exception e) => new(
        $"cannot {verb} {Folder} ({e.Message.TrimEnd('.')}): close what uses it, or name another folder with "
        + $"{Variable}.",
        e);
}
