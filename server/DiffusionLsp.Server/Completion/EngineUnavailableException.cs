using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.Completion;

/// <summary>Who makes the infills gave none, and may give some later: a serving engine that is down, busy or set up otherwise.</summary>
internal sealed class EngineUnavailableException : EngineException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Why, and what to do, in a line; the same as long as the reason is the same.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public EngineUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException!)
    {
    }

    /// <summary>How long it makes no sense to ask again, where that is known.</summary>
    public TimeSpan? Pause { get; init; }
}
