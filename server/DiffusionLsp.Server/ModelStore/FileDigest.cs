using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DiffusionLsp.Server.ModelStore;

/// <summary>The hash by which a hub names a file's content: SHA-256 of large files, git's blob id of small ones, SHA-512 of packages.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Hex">The hash in lower-case hexadecimal.</param>
internal sealed record FileDigest(DigestKind Kind, string Hex)
{
    private const int Portion = 1 << 20;

    /// <summary>Reads a hash as a hub writes it; null where it is none.</summary>
    public static FileDigest? Parse(string? text)
    {
        string hex = (text ?? "").Trim('"').ToLowerInvariant();
        return !hex.All(char.IsAsciiHexDigit) ? null
            : hex.Length == 2 * SHA256.HashSizeInBytes ? new FileDigest(DigestKind.Sha256, hex)
            : hex.Length == 2 * SHA1.HashSizeInBytes ? new FileDigest(DigestKind.GitBlob, hex)
            : hex.Length == 2 * SHA512.HashSizeInBytes ? new FileDigest(DigestKind.Sha512, hex)
            : null;
    }

    /// <summary>The hash of a file, reading it once from its beginning to its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">Which hash.</param>
    /// <param name="token">Stops it.</param>
    public static async Task<FileDigest> OfAsync(string path, DigestKind kind, CancellationToken token)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await using (file.ConfigureAwait(false))
        {
            using var hash = IncrementalHash.CreateHash(kind switch
            {
                DigestKind.Sha256 => HashAlgorithmName.SHA256,
                DigestKind.Sha512 => HashAlgorithmName.SHA512,
                _ => HashAlgorithmName.SHA1,
            });
            if (kind == DigestKind.GitBlob)
            {
                hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {file.Length}\0")));
            }

            byte[] buffer = new byte[Portion];
            int read;
            while ((read = await file.ReadAsync(buffer, token).ConfigureAwait(false)) > 0)
            {
                hash.AppendData(buffer, 0, read);
            }

            return new FileDigest(kind, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        DigestKind.Sha256 => $"SHA-256 {Hex}",
        DigestKind.Sha512 => $"SHA-512 {Hex}",
        _ => $"git blob {Hex}",
    };
}

/// <summary>The kinds of hashes.</summary>
internal enum DigestKind
{
    /// <summary>SHA-256 of the content.</summary>
    Sha256,

    /// <summary>Git's id of the content: SHA-1 of a header and the content.</summary>
    GitBlob,

    /// <summary>SHA-512 of the content, by which NuGet names packages.</summary>
    Sha512,
}
