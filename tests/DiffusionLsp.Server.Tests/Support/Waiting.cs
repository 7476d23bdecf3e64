namespace DiffusionLsp.Server.Tests.Support;

/// <summary>Waits for signals, with patience but not for ever, and not past the end of the test run.</summary>
internal static class Waiting
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    public static Task Soon(this Task signal) => signal.WaitAsync(_patience, TestContext.Current.CancellationToken);

    public static Task<T> Soon<T>(this Task<T> signal) =>
        signal.WaitAsync(_patience, TestContext.Current.CancellationToken);
}
