using DiffusionLsp.Engine;

namespace DiffusionLsp.Training.Corpus;

/// <summary>A corpus that cannot be read or made; the message is one line for the user.</summary>
internal sealed class CorpusException : EngineException
{
    /// <summary>Makes the exception.</summary>
    public CorpusException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    public CorpusException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
