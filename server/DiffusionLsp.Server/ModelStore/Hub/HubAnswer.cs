using System.Net;
using System.Net.Http.Headers;

namespace DiffusionLsp.Server.ModelStore.Hub;

/// <summary>The rest of a file that is wanted.</summary>
/// <param name="From">The first byte.</param>
/// <param name="Tag">Only where the file is still this one; null: whichever it is.</param>
internal sealed record ByteRange(long From, EntityTagHeaderValue? Tag);

/// <summary>
/// The last answer of a chain of redirects, and what the hub itself, the first in the chain, said of the file.
/// </summary>
internal sealed class HubAnswer : IDisposable
{
    private HubAnswer(HttpResponseMessage response) => Response = response;

    /// <summary>The last answer.</summary>
    public HttpResponseMessage Response { get; }

    /// <summary>Its status.</summary>
    public HttpStatusCode Status => Response.StatusCode;

    /// <summary>The commit that the hub answered for.</summary>
    public string? Commit { get; private init; }

    /// <summary>The hash of the whole file, as the hub names it.</summary>
    public FileDigest? Digest { get; private init; }

    /// <summary>Why the hub refuses, in a word of its own.</summary>
    public string? ErrorCode { get; private init; }

    /// <summary>What tells this content of the file from another at the place that sends it; null where nothing does.</summary>
    public EntityTagHeaderValue? Tag => Response.Headers.ETag is { IsWeak: false } tag ? tag : null;

    /// <summary>The first answer.</summary>
    public static HubAnswer Of(HttpResponseMessage response) => new(response)
    {
        Commit = Header(response, "X-Repo-Commit"),
        Digest = FileDigest.Parse(Header(response, "X-Linked-ETag")) ?? FileDigest.Parse(response.Headers.ETag?.Tag),
        ErrorCode = Header(response, "X-Error-Code"),
    };

    /// <summary>The answer that followed on this one.</summary>
    public HubAnswer Then(HttpResponseMessage response) => new(response)
    {
        Commit = Commit,
        Digest = Digest,
        ErrorCode = Header(response, "X-Error-Code"),
    };

    /// <inheritdoc/>
    public void Dispose() => Response.Dispose();

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
