using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace DiffusionLsp.Server.Evaluation;

/// <summary>
/// Runs Python that a model wrote, out of this machine's reach: without a network, files to write or other processes,
/// and within limits; <c>sandbox.py</c> says how. It is made for what a weak model writes by accident, not against
/// attackers. Where the isolation cannot be had nothing is run.
/// </summary>
internal sealed class PythonSandbox
{
    private const string Verdict = "passed";

    /// <summary>Passes only where the isolation holds: no network, no file but in the working folder, no process.</summary>
    private const string Probe = """
        import os, socket
        assert [name for _, name in socket.if_nameindex()] == ["lo"]
        open("probe", "w").close()
        for attempt in os.fork, lambda: open("/probe", "w"):
            try:
                attempt()
            except OSError:
                continue
            raise SystemExit
        """;

    /// <summary>The program's own clock rings first; this one is for what does not hear it.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private static readonly Lazy<string> s_prelude = new(ReadPrelude);

    private readonly string _python;
    private readonly Isolation _isolation;
    private readonly SandboxLimits _limits;

    private PythonSandbox(string python, Isolation isolation, SandboxLimits limits)
    {
        _python = python;
        _isolation = isolation;
        _limits = limits;
    }

    /// <summary>Looks for Python and for a way to shut it off, and tries that way.</summary>
    public static SandboxSearch Find(SandboxLimits limits)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new SandboxSearch(null, "programs are run only on Linux, which can shut them off: use WSL or a container.");
        }

        // What the path calls python3 may be a script that needs its environment; the interpreter behind it needs none.
        var asked = new ProcessStartInfo("python3", ["-I", "-c", "import sys; print(sys.executable)"]);
        if (Run(asked, "", s_grace * 10, CancellationToken.None) is not { ExitCode: 0 } python)
        {
            return new SandboxSearch(null, "python3 does not start: install it (Debian: apt-get install python3).");
        }

        string problem = "";
        foreach (var isolation in Environment.IsPrivilegedProcess ? [Isolation.OfRoot, Isolation.OfUser] : new[] { Isolation.OfUser })
        {
            var sandbox = new PythonSandbox(python.Output.Trim(), isolation, limits);
            if (sandbox.Run(Probe, CancellationToken.None) is not { } tried)
            {
                return new SandboxSearch(null, "unshare does not start: install it (Debian: apt-get install util-linux).");
            }

            if (tried.Output == Verdict)
            {
                return new SandboxSearch(sandbox.Passes, "");
            }

            string error = tried.Error.TrimEnd();
            problem = error.Length == 0 ? "a program could still write files or start others" : error.Split('\n')[^1];
        }

        return new SandboxSearch(
            null, $"programs cannot be shut off here ({problem}): allow user namespaces, or be root with the right to unshare.");
    }

    private bool Passes(string program, CancellationToken token) => Run(program, token)?.Output == Verdict;

    private Finished? Run(string program, CancellationToken token)
    {
        var start = new ProcessStartInfo("unshare",
        [
            .. _isolation.Flags, "--net", "--mount", "--pid", "--ipc", "--fork", "--kill-child",
            _python, "-I", "-S", "-B", "-c", s_prelude.Value,
            .. new[] { _isolation.User, _limits.CpuSeconds, _limits.WallSeconds, _limits.MemoryBytes, _limits.FileBytes }
                .Select(number => number.ToString(CultureInfo.InvariantCulture)),
        ]);
        start.Environment.Clear();
        return Run(start, program, TimeSpan.FromSeconds(_limits.WallSeconds) + s_grace, token);
    }

    /// <summary>Runs a process to its end, or to the end of its time; null where it cannot be started.</summary>
    private static Finished? Run(ProcessStartInfo start, string input, TimeSpan time, CancellationToken token)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardInputEncoding = s_utf8;
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        using var timer = CancellationTokenSource.CreateLinkedTokenSource(token);
        timer.CancelAfter(time);
        using var end = timer.Token.Register(() => process.Kill(entireProcessTree: true));
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        Feed(process, input);
        process.WaitForExit();
        token.ThrowIfCancellationRequested();
        return new Finished(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    private static void Feed(Process process, string input)
    {
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read everything; what it wrote to its error stream says why.
        }
    }

    private static string ReadPrelude()
    {
        using var stream = typeof(PythonSandbox).Assembly.GetManifestResourceStream("sandbox.py")!;
        using var reader = new StreamReader(stream, s_utf8);
        return reader.ReadToEnd();
    }

    private sealed record Finished(int ExitCode, string Output, string Error);

    /// <summary>A way to shut a program off: what unshare needs for it, and the user that the program becomes.</summary>
    private sealed record Isolation(string[] Flags, long User)
    {
        /// <summary>Root needs no user namespace, but must become nobody: limits on processes do not hold for root.</summary>
        public static Isolation OfRoot { get; } = new([], 65534);

        /// <summary>Anybody else is root of a user namespace, with no more rights outside than before.</summary>
        public static Isolation OfUser { get; } = new(["--user", "--map-root-user"], 0);
    }
}
