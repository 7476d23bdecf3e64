using System.Globalization;
using Microsoft.Extensions.Logging;

namespace DiffusionLsp.Server.Logging;

/// <summary>
/// Writes log records as lines, for standard error, which editors show in an output channel. Not the console provider
/// of the framework: that one writes to standard output, which belongs to the protocol, and from a thread of its own.
/// </summary>
internal sealed class LineLoggerProvider : ILoggerProvider
{
    private readonly TextWriter _writer;

    /// <summary>Makes the provider; the writer stays the caller's.</summary>
    public LineLoggerProvider(TextWriter writer) => _writer = TextWriter.Synchronized(writer);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(_writer, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class LineLogger(TextWriter writer, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            string time = DateTime.Now.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
            string details = exception is null ? "" : Environment.NewLine + exception;
            writer.WriteLine($"{time} {logLevel} {category}: {formatter(state, exception)}{details}");
        }
    }
}
