namespace DiffusionLsp.Engine;

/// <summary>
/// A failure whose message is written for the user: one line that says what is wrong and what to do about it.
/// </summary>
public class EngineException : Exception
{
    /// <summary>Makes the exception.</summary>
    public EngineException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    public EngineException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A checkpoint that is missing, incomplete, corrupt or of a kind that is not supported.</summary>
public sealed class CheckpointException : EngineException
{
    /// <summary>Makes the exception.</summary>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    public CheckpointException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The native libtorch cannot be loaded or lacks what was asked for (for example a CUDA device).</summary>
public sealed class TorchRuntimeException : EngineException
{
    /// <summary>Makes the exception.</summary>
    public TorchRuntimeException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    public TorchRuntimeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
