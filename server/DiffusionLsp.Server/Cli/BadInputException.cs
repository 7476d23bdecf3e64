namespace DiffusionLsp.Server.Cli;

/// <summary>
/// The user asked for something that cannot be done. The message is one line: what is wrong and the way out.
/// </summary>
internal sealed class BadInputException(string message, Exception? cause = null) : Exception(message, cause);
