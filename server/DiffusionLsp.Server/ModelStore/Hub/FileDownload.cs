using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>What is known of a file of which a part is here.</summary>
/// <param name="Bytes">The length of the whole.</param>
/// <param name="Digest">Its hash.</param>
/// <param name="Tag">The entity tag under which the part came; null where it had none that is strong.</param>
internal sealed record PartialState(long Bytes, string Digest, string? Tag);

/// <summary>
/// Loads one file: what is there already stays, what broke off goes on where it ended, and nothing gets its name before
/// its hash is the one that was listed. Beside the part lies a record that tells whether a later process may go on with it.
/// </summary>
internal sealed class FileDownload
{
    /// <summary>How the name of a part ends.</summary>
    public const string PartialMark = ".partial";

    /// <summary>How the name of the record beside it ends.</summary>
    public const string StateMark = ".partial.json";

    private const int MostFruitless = 4;
    private const int Portion = 1 << 17;

    private const int AtOnce = 3;

    private readonly DownloadSource _source;
    private readonly WebSettings _web;
    private readonly PullProgress _progress;

    /// <summary>Makes the download of files that belong together.</summary>
    public FileDownload(DownloadSource source, PullProgress progress)
    {
        _source = source;
        _web = source.Web;
        _progress = progress;
    }

    /// <summary>Sees to it that files are in a folder, and whole; some of them at a time.</summary>
    /// <returns>The files as they are to be recorded, in any order.</returns>
    /// <exception cref="ModelStoreException">One cannot be had; the message says what to do.</exception>
    public async Task<List<RecordedFile>> FetchAllAsync(IEnumerable<HubFile> files, string folder, CancellationToken token)
    {
        List<RecordedFile> fetched = [];
        await Parallel.ForEachAsync(
            files,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = token },
            async (file, stop) =>
            {
                RecordedFile recorded = await FetchAsync(file, folder, stop).ConfigureAwait(false);
                lock (fetched)
                {
                    fetched.Add(recorded);
                }
            }).ConfigureAwait(false);
        return fetched;
    }

    /// <summary>Sees to it that a file is in a folder, and whole.</summary>
    /// <returns>The file as it is to be recorded.</returns>
    /// <exception cref="ModelStoreException">It cannot be had; the message says whether to pull again.</exception>
    public async Task<RecordedFile> FetchAsync(HubFile file, string folder, CancellationToken token)
    {
        string path = Path.Combine(folder, file.Name);
        try
        {
            if (!await IsHereAsync(file, path, token).ConfigureAwait(false))
            {
                await LoadAsync(file, path, token).ConfigureAwait(false);
            }

            FileDigest digest = await FileDigest.OfAsync(path, DigestKind.Sha256, token).ConfigureAwait(false);
            return new RecordedFile(file.Name, file.Bytes!.Value, digest.Hex);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelStoreException(
                $"cannot write {path} ({e.Message.TrimEnd('.')}): make room or see to its rights, then {_web.Again}; what has come is kept.", e);
        }
    }

    /// <summary>Clears a folder of what an earlier attempt left in it that was at other files.</summary>
    public static void DropStrangers(IEnumerable<HubFile> files, string folder)
    {
        HashSet<string> ours = [.. files.SelectMany(file => (string[])[file.Name, file.Name + PartialMark, file.Name + StateMark])];
        foreach (string path in Directory.EnumerateFiles(folder).Where(path => !ours.Contains(Path.GetFileName(path))))
        {
            File.Delete(path);
        }
    }

    /// <summary>The bytes of files that are not in a folder yet.</summary>
    public static long StillToWrite(IEnumerable<HubFile> files, string folder) => files.Sum(file =>
        Math.Max(0, file.Bytes!.Value - LengthOf(Path.Combine(folder, file.Name)) - LengthOf(Path.Combine(folder, file.Name + PartialMark))));

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private async Task<bool> IsHereAsync(HubFile file, string path, CancellationToken token)
    {
        bool isSound = await IsSoundAsync(file, path, token).ConfigureAwait(false);
        if (!isSound && _source.FindHere(file) is { } cached && file.Digest is not null)
        {
            HubCache.Take(cached, path);
            isSound = await IsSoundAsync(file, path, token).ConfigureAwait(false);
        }

        if (isSound)
        {
            Clear(path);
            _progress.Has(file.Name, file.Bytes!.Value);
        }
        else
        {
            File.Delete(path);
        }

        return isSound;
    }

    private static async Task<bool> IsSoundAsync(HubFile file, string path, CancellationToken token) =>
        file.Digest is { } digest
        && File.Exists(path)
        && new FileInfo(path).Length == file.Bytes
        && await FileDigest.OfAsync(path, digest.Kind, token).ConfigureAwait(false) == digest;

    private async Task LoadAsync(HubFile file, string path, CancellationToken token)
    {
        if (_source.WhyNot(file) is { } reason)
        {
            throw new ModelStoreException(reason);
        }

        FileDigest digest = await ReceiveAllAsync(file, path + PartialMark, token).ConfigureAwait(false);
        FileDigest found = await FileDigest.OfAsync(path + PartialMark, digest.Kind, token).ConfigureAwait(false);
        if (found != digest)
        {
            Clear(path);
            throw new ModelStoreException(
                $"{file.Name} of {_source.Whole} came damaged: it has the {found}, and {_source.Noun} lists {digest.Hex}. It is deleted; {_web.Again}.");
        }

        File.Move(path + PartialMark, path, overwrite: true);
        Clear(path);
    }

    private async Task<FileDigest> ReceiveAllAsync(HubFile file, string partial, CancellationToken token)
    {
        for (int fruitless = 0; ;)
        {
            long had = Resumable(file, partial, out PartialState? state);
            if (had == file.Bytes && state is not null)
            {
                _progress.Has(file.Name, had);
                return FileDigest.Parse(state.Digest)!;
            }

            try
            {
                return await ReceiveAsync(file, partial, had, state, token).ConfigureAwait(false);
            }
            catch (BrokenOffException e)
            {
                long has = File.Exists(partial) ? new FileInfo(partial).Length : 0;
                fruitless = has > had ? 0 : fruitless + 1;
                if (fruitless == MostFruitless)
                {
                    throw new ModelStoreException(
                        $"{file.Name} of {_source.Whole} breaks off again and again at {Sizes.Of(has)} of {Sizes.Of(file.Bytes!.Value)} "
                        + $"({e.Message.TrimEnd('.')}): {_web.Again} later; what has come is kept.",
                        e);
                }

                await Task.Delay(_web.FirstDelay * Math.Pow(2, fruitless), token).ConfigureAwait(false);
            }
        }
    }

    /// <summary>How much of a file is here that the rest may be put behind; 0 where that is none.</summary>
    private static long Resumable(HubFile file, string partial, out PartialState? state)
    {
        state = null;
        try
        {
            if (File.Exists(partial))
            {
                state = JsonSerializer.Deserialize(File.ReadAllText(partial + ".json"), StoreJson.Default.PartialState);
            }
        }
        catch (Exception e) when (e is FileNotFoundException or JsonException)
        {
            // Without a record nobody can tell what the part is of.
        }

        bool isSame = state is not null && state.Bytes == file.Bytes
            && FileDigest.Parse(state.Digest) is { } digest && (file.Digest is null || file.Digest == digest);
        long had = isSame ? new FileInfo(partial).Length : 0;
        state = had > 0 && had <= file.Bytes ? state : null;
        return state is null ? 0 : had;
    }

    private async Task<FileDigest> ReceiveAsync(HubFile file, string partial, long had, PartialState? state, CancellationToken token)
    {
        ByteRange? range = state is null ? null : new ByteRange(had, state.Tag is { } tag ? new EntityTagHeaderValue(tag) : null);
        using HubAnswer answer = await _source.Open(file, range, token).ConfigureAwait(false);
        FileDigest digest = file.Digest ?? answer.Digest ?? throw new ModelStoreException(
            $"{_source.Noun} gives no hash of {file.Name} of {_source.Whole}, so it could not be checked: name one that does with {_web.Name}.");
        bool goesOn = answer.Status == HttpStatusCode.PartialContent;
        ContentRangeHeaderValue? given = answer.Response.Content.Headers.ContentRange;
        if (answer.Status == HttpStatusCode.RequestedRangeNotSatisfiable || (goesOn && (given?.From != had || given.Length is { } whole && whole != file.Bytes)))
        {
            File.Delete(partial);
            throw new BrokenOffException($"{_source.Noun} gives another part than it was asked for");
        }

        long start = goesOn ? had : 0;
        long size = file.Bytes!.Value;
        if (answer.Response.Content.Headers.ContentLength is { } announced && start + announced != size)
        {
            Clear(partial[..^PartialMark.Length]);
            throw new ModelStoreException(
                $"{_source.Noun} announces {start + announced} bytes for {file.Name} of {_source.Whole} where it lists {size}: nothing of it is kept; {_web.Again}.");
        }

        if (!goesOn)
        {
            File.WriteAllBytes(partial, []);
            File.WriteAllText(partial + ".json", JsonSerializer.Serialize(new PartialState(size, digest.Hex, answer.Tag?.Tag), StoreJson.Default.PartialState));
        }

        _progress.Has(file.Name, start);
        await CopyAsync(file, answer, partial, start, token).ConfigureAwait(false);
        return digest;
    }

    private async Task CopyAsync(HubFile file, HubAnswer answer, string partial, long start, CancellationToken token)
    {
        var target = new FileStream(partial, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
        await using (target.ConfigureAwait(false))
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(token);
            byte[] buffer = new byte[Portion];
            long position = start;
            while (await ReadAsync(answer, buffer, silence, token).ConfigureAwait(false) is > 0 and var read)
            {
                position += read;
                if (position > file.Bytes)
                {
                    throw new BrokenOffException($"{_source.Noun} sends more than it lists");
                }

                await target.WriteAsync(buffer.AsMemory(0, read), token).ConfigureAwait(false);
                _progress.Add(file.Name, read);
            }

            if (position < file.Bytes)
            {
                throw new BrokenOffException("the connection ended");
            }

            target.Flush(flushToDisk: true);
        }
    }

    private async Task<int> ReadAsync(HubAnswer answer, byte[] buffer, CancellationTokenSource silence, CancellationToken token)
    {
        try
        {
            silence.CancelAfter(_web.Silence);
            Stream body = await answer.Response.Content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
            return await body.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new BrokenOffException(e.GetBaseException().Message, e);
        }
        catch (OperationCanceledException e) when (!token.IsCancellationRequested)
        {
            throw new BrokenOffException($"nothing came for {_web.Silence.TotalSeconds:0} s", e);
        }
    }

    private static void Clear(string path)
    {
        File.Delete(path + PartialMark);
        File.Delete(path + StateMark);
    }

    /// <summary>A connection ended before its file did.</summary>
    private sealed class BrokenOffException(string message, Exception? cause = null) : Exception(message, cause);
}
