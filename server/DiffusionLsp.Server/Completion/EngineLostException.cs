using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Completion;

/// <summary>The process that makes the infills has gone; another one can be started.</summary>
internal sealed class EngineLostException : EngineException
{
    /// <summary>Makes the exception.</summary>
    public EngineLostException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
