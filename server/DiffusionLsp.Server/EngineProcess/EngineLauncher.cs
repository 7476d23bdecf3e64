using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using DiffusionLsp.Engine;
using Microsoft.Extensions.Logging;

namespace DiffusionLsp.Server.EngineProcess;

/// <summary>Finds the engine's process at its address, or starts one there.</summary>
internal sealed class EngineLauncher
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _betweenTries = TimeSpan.FromMilliseconds(15);

    private static readonly TimeSpan _timeToEnd = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger;
    private readonly EngineAddress _address;
    private readonly Func<ProcessStartInfo> _start;

    /// <summary>Makes the launcher.</summary>
    /// <param name="logger">Takes what a started engine logs.</param>
    /// <param name="address">Where the engine is found.</param>
    /// <param name="start">How one is started; it must listen at the address.</param>
    public EngineLauncher(ILogger logger, EngineAddress address, Func<ProcessStartInfo> start)
    {
        _logger = logger;
        _address = address;
        _start = start;
    }

    /// <summary>Connects; the engine may still be loading then.</summary>
    /// <exception cref="EngineException">No engine could be started.</exception>
    public Stream Connect(CancellationToken token)
    {
        if (TryConnect(token) is { } running)
        {
            return running;
        }

        Process started = StartEngine();
        for (Stopwatch clock = Stopwatch.StartNew(); clock.Elapsed < _patience; token.WaitHandle.WaitOne(_betweenTries))
        {
            token.ThrowIfCancellationRequested();

            // First whether it has ended: one that left because another engine was quicker leaves that one to connect to.
            int? exitCode = started.HasExited ? started.ExitCode : null;
            if (TryConnect(token) is { } pipe)
            {
                return pipe;
            }

            if (exitCode is not null and not 0)
            {
                throw new EngineException($"The engine's process ended at its start with exit code {exitCode}; its log says why.");
            }
        }

        throw new EngineException("The engine's process does not answer; restart with diffusionlsp.restart, or serve --in-process.");
    }

    /// <summary>Ends the engine at the address, whatever it is doing; nothing happens where there is none.</summary>
    public void Stop()
    {
        try
        {
            int id = int.Parse(File.ReadAllText(_address.ProcessFile), CultureInfo.InvariantCulture);
            using Process engine = Process.GetProcessById(id);
            using var self = Process.GetCurrentProcess();

            // The number of a process that has gone may belong to another program by now.
            if (engine.ProcessName == self.ProcessName)
            {
                engine.Kill();
                engine.WaitForExit(_timeToEnd);
            }
        }
        catch (Exception gone) when (
            gone is IOException or UnauthorizedAccessException or FormatException or ArgumentException
                or InvalidOperationException or Win32Exception)
        {
            _logger.LogInformation("There is no engine to end.");
        }
    }

    private NamedPipeClientStream? TryConnect(CancellationToken token)
    {
        NamedPipeClientStream pipe = new(
            ".", _address.Pipe, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        try
        {
            token.ThrowIfCancellationRequested();
            pipe.Connect(TimeSpan.Zero);
            return pipe;
        }
        catch (Exception absent) when (absent is TimeoutException or IOException)
        {
            pipe.Dispose();
            return null;
        }
        catch
        {
            pipe.Dispose();
            throw;
        }
    }

    private Process StartEngine()
    {
        ProcessStartInfo start = _start();

        // Nothing of the language server's own streams may be inherited: they belong to its client.
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        Process process = Process.Start(start) ?? throw new EngineException("The engine's process cannot be started.");
        process.StandardInput.Close();
        process.OutputDataReceived += Log;
        process.ErrorDataReceived += Log;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _logger.LogInformation("Started an engine, process {Id}.", process.Id);
        return process;
    }

    private void Log(object sender, DataReceivedEventArgs line)
    {
        if (!string.IsNullOrWhiteSpace(line.Data))
        {
            _logger.LogInformation("engine: {Line}", line.Data);
        }
    }
}
