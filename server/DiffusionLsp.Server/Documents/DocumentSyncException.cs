namespace DiffusionLsp.Server.Documents;

/// <summary>
/// The client's and the server's idea of a document have come apart. Fatal to the connection: a client restarts its
/// server and sends every document anew, whereas a document that is silently wrong spoils all that follows.
/// </summary>
internal sealed class DocumentSyncException : Exception
{
    /// <summary>Makes the exception.</summary>
    public DocumentSyncException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    public DocumentSyncException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
