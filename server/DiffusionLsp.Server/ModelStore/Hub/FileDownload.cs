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
/// its hash is the hub's. Beside the part lies a record that tells whether a later process may go on with it.
/// </summary>
internal sealed class FileDownload
{
    /// <summary>How the name of a part ends.</summary>
    public const string PartialMark = ".partial";

    /// <summary>How the name of the record beside it ends.</summary>
    public const string StateMark = ".partial.json";

    private const int MostFruitless = 4;
    private const int Portion = 1 << 17;

    private readonly HubClient _hub;
    private readonly HubSettings _settings;
    private readonly HubListing _listing;
    private readonly PullProgress _progress;

    /// <summary>Makes the download of a commit's files.</summary>
    public FileDownload(HubClient hub, HubSettings settings, HubListing listing, PullProgress progress)
    {
        _hub = hub;
        _settings = settings;
        _listing = listing;
        _progress = progress;
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
                $"cannot write {path} ({e.Message.TrimEnd('.')}): make room or see to its rights, then pull again; what has come is kept.", e);
        }
    }

    private async Task<bool> IsHereAsync(HubFile file, string path, CancellationToken token)
    {
        bool isSound = await IsSoundAsync(file, path, token).ConfigureAwait(false);
        if (!isSound && new HubCache(_settings.CacheFolder).Find(_listing, file) is { } cached && file.Digest is not null)
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
        if (_settings.Access == HubAccess.Offline)
        {
            throw new ModelStoreException(
                $"HF_HUB_OFFLINE is set, and {_settings.CacheFolder} has no sound {file.Name} of {_listing.Repository}: unset it, or add a folder with `diffusionlsp models add`.");
        }

        FileDigest digest = await ReceiveAllAsync(file, path + PartialMark, token).ConfigureAwait(false);
        FileDigest found = await FileDigest.OfAsync(path + PartialMark, digest.Kind, token).ConfigureAwait(false);
        if (found != digest)
        {
            Clear(path);
            throw new ModelStoreException(
                $"{file.Name} of {_listing.Repository} came damaged: it has the {found}, and the hub lists {digest.Hex}. It is deleted; pull again.");
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
                        $"{file.Name} of {_listing.Repository} breaks off again and again at {Sizes.Of(has)} of {Sizes.Of(file.Bytes!.Value)} "
                        + $"({e.Message.TrimEnd('.')}): pull again later; what has come is kept.",
                        e);
                }

                await Task.Delay(_settings.FirstDelay * Math.Pow(2, fruitless), token).ConfigureAwait(false);
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
        using HubAnswer answer = await _hub.OpenAsync(_listing, file.Name, range, token).ConfigureAwait(false);
        FileDigest digest = file.Digest ?? answer.Digest ?? throw new ModelStoreException(
            $"the hub gives no hash of {file.Name} of {_listing.Repository}, so it could not be checked: set HF_ENDPOINT to a hub that does.");
        bool goesOn = answer.Status == HttpStatusCode.PartialContent;
        ContentRangeHeaderValue? given = answer.Response.Content.Headers.ContentRange;
        if (answer.Status == HttpStatusCode.RequestedRangeNotSatisfiable || (goesOn && (given?.From != had || given.Length is { } whole && whole != file.Bytes)))
        {
            File.Delete(partial);
            throw new BrokenOffException("the hub gives another part than it was asked for");
        }

        long start = goesOn ? had : 0;
        long size = file.Bytes!.Value;
        if (answer.Response.Content.Headers.ContentLength is { } announced && start + announced != size)
        {
            Clear(partial[..^PartialMark.Length]);
            throw new ModelStoreException(
                $"the hub announces {start + announced} bytes for {file.Name} of {_listing.Repository} where it lists {size}: nothing of it is kept; pull again.");
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
                    throw new BrokenOffException("the hub sends more than it lists");
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
            silence.CancelAfter(_settings.Silence);
            Stream body = await answer.Response.Content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
            return await body.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new BrokenOffException(e.GetBaseException().Message, e);
        }
        catch (OperationCanceledException e) when (!token.IsCancellationRequested)
        {
            throw new BrokenOffException($"nothing came for {_settings.Silence.TotalSeconds:0} s", e);
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
