using System.IO.Pipes;

namespace DiffusionLsp.Server.Cli;

/// <summary>
/// The pipe on which a language client waits for the server it has started: a Unix domain socket named by its path, or
/// a named pipe of Windows. The client listens and the server connects; nothing of it leaves the machine.
/// </summary>
internal static class ClientPipe
{
    private const string WindowsPrefix = @"\\.\pipe\";

    // The client listens before it starts us, so this only has to outlast a busy machine.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>Connects to the client.</summary>
    /// <param name="name">The pipe's name as the client gives it: <c>/tmp/x.sock</c>, <c>\\.\pipe\x</c>.</param>
    /// <param name="token">Stops it.</param>
    /// <exception cref="BadInputException">Nobody listens there.</exception>
    public static async Task<Stream> ConnectAsync(string name, CancellationToken token)
    {
        NamedPipeClientStream pipe;
        try
        {
            pipe = new NamedPipeClientStream(".", NameForThisSystem(name), PipeDirection.InOut, PipeOptions.Asynchronous);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or PlatformNotSupportedException)
        {
            throw NoPipe(name, e);
        }

        try
        {
            await pipe.ConnectAsync(_patience, token).ConfigureAwait(false);
            return pipe;
        }
        catch (Exception e) when (e is TimeoutException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            throw NoPipe(name, e);
        }
    }

    // Elsewhere than on Windows the framework takes a rooted path for the socket's own.
    private static string NameForThisSystem(string name) =>
        !OperatingSystem.IsWindows() ? Path.GetFullPath(name)
        : name.StartsWith(WindowsPrefix, StringComparison.OrdinalIgnoreCase) ? name[WindowsPrefix.Length..]
        : name;

    private static BadInputException NoPipe(string name, Exception cause) => new(
        $"cannot connect to the pipe '{name}' ({cause.Message.TrimEnd('.')}). The editor listens on it before it starts "
        + "the server; leave out --pipe to serve over standard input and output.");
}
