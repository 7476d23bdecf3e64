using DiffusionLsp.Server.Completion;

namespace DiffusionLsp.Server.Remote;

/// <summary>
/// Leaves an engine alone for a while that gave no answer, longer each time: it is asked at the pace of typing otherwise. The
/// reason stays the same meanwhile.
/// </summary>
/// <param name="limits">How long.</param>
/// <param name="time">The clock.</param>
internal sealed class BackOff(RemoteLimits limits, TimeProvider time)
{
    private EngineUnavailableException? _reason;
    private DateTimeOffset _end;
    private int _failures;

    /// <summary>Gives the latest failure once more as long as the engine is left alone.</summary>
    public void Check()
    {
        if (_reason is { } reason && time.GetUtcNow() < _end)
        {
            throw new EngineUnavailableException(reason.Message, reason);
        }
    }

    /// <summary>It gave no answer.</summary>
    public void Failed(EngineUnavailableException reason)
    {
        TimeSpan own = limits.FirstPause * Math.Pow(2, _failures++);
        TimeSpan pause = reason.Pause ?? own;
        _reason = reason;
        _end = time.GetUtcNow() + (pause < limits.LongestPause ? pause : limits.LongestPause);
    }

    /// <summary>It gave one.</summary>
    public void Succeeded()
    {
        _reason = null;
        _failures = 0;
    }
}

/// <summary>How long an engine is waited for, and left alone.</summary>
internal sealed record RemoteLimits
{
    /// <summary>The longest that it may take to reach it.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest that it may say nothing: it reads the whole prompt before its first word.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest that an answer may take.</summary>
    public TimeSpan Whole { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long it is left alone after a first failure.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest that it is left alone.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);
}
