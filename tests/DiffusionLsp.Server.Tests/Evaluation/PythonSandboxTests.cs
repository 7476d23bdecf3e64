using DiffusionLsp.Server.Evaluation;

namespace DiffusionLsp.Server.Tests.Evaluation;

/// <summary>Real programs in the real sandbox; where there is none, each test says why it is skipped.</summary>
public sealed class PythonSandboxTests
{
    /// <summary>An odd limit, by which this test's processes are known among all of the machine.</summary>
    private static readonly SandboxLimits s_limits = new()
    {
        CpuSeconds = 2,
        WallSeconds = 10,
        MemoryBytes = (256 << 20) + Environment.ProcessId,
    };

    private static readonly Lazy<SandboxSearch> s_search = new(() => PythonSandbox.Find(s_limits));

    [Fact]
    public void The_authors_own_solutions_pass()
    {
        var passes = Sandbox();
        foreach (string name in HumanEvalSuite.Names)
        {
            var suite = EvalSuites.Open(
                new SuiteChoice(name, null, null, Limit: 12, Seed: 1), Path.Combine(AppContext.BaseDirectory, "eval"));
            Assert.All(suite.Items, item => Assert.True(passes(item.ProgramWith(item.Truth), Token), item.Prefix + item.Truth));
        }
    }

    [Fact]
    public void The_authors_own_solutions_pass_without_their_last_line_break()
    {
        var passes = Sandbox();
        var suite = EvalSuites.Open(
            new SuiteChoice("single-line", null, null, Limit: 12, Seed: 1), Path.Combine(AppContext.BaseDirectory, "eval"));
        Assert.All(suite.Items, item => Assert.True(passes(item.ProgramWith(item.Truth.TrimEnd('\n')), Token), item.Prefix + item.Truth));
    }

    [Theory]
    [InlineData("pass", true)]
    [InlineData("import sys; sys.setrecursionlimit(5000)", true)]
    [InlineData("open('scratch', 'w').write('x'); import os; assert os.listdir('.') == ['scratch']", true)]
    [InlineData("import os; assert 'HOME' not in os.environ and 'PATH' not in os.environ", true)]
    [InlineData("print('passed')", true)]
    [InlineData("assert 1 + 1 == 3", false)]
    [InlineData("def f(:", false)]
    [InlineData("exit(0)", false)]
    [InlineData("raise SystemExit", false)]
    [InlineData("import os; os.write(1, b'passed'); os._exit(0)", false)]
    [InlineData("while True: pass", false)]
    [InlineData("sum(range(10 ** 12))", false)]
    [InlineData("import time; time.sleep(1000)", false)]
    [InlineData("input()", false)]
    [InlineData("x = [0] * 10 ** 9", false)]
    [InlineData("x = ['x' * 2 ** 20 for _ in range(10 ** 6)]", false)]
    [InlineData("open('large', 'wb').write(bytes(2 ** 21))", false)]
    [InlineData("import os; os.fork()", false)]
    [InlineData("import subprocess; subprocess.run(['true'])", false)]
    [InlineData("import threading; threading.Thread(target=print).start()", false)]
    [InlineData("import socket; socket.create_connection(('127.0.0.1', 22), timeout=1)", false)]
    [InlineData("import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)", false)]
    [InlineData("import os; os.rmdir(os.path.expanduser('~'))", false)]
    [InlineData("open('/etc/hostname', 'a')", false)]
    [InlineData("import os; assert os.listdir('/run') == []", true)]
    [InlineData("import os; os.kill(-1, 9)", false)]
    public void Only_a_program_that_comes_to_its_end_within_its_limits_passes(string program, bool passed)
    {
        Assert.Equal(passed, Sandbox()(program, Token));
        Assert.Empty(Processes());
    }

    [Fact]
    public void A_program_does_not_see_the_one_before()
    {
        var passes = Sandbox();

        Assert.True(passes("open('trace', 'w').close()", Token));
        Assert.True(passes("import os; assert os.listdir('.') == []", Token));
    }

    [Fact]
    public void Cancelling_ends_the_program()
    {
        var passes = Sandbox();
        using var source = new CancellationTokenSource();
        source.CancelAfter(TimeSpan.FromMilliseconds(200));

        Assert.Throws<OperationCanceledException>(() => passes("import time; time.sleep(1000)", source.Token));
        Assert.Empty(Processes());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Func<string, CancellationToken, bool> Sandbox()
    {
        Assert.SkipWhen(s_search.Value.Passes is null, s_search.Value.Problem);
        return s_search.Value.Passes!;
    }

    /// <summary>What of this test's sandboxes still runs.</summary>
    private static IEnumerable<string> Processes() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let file = Path.Combine(folder, "cmdline")
        where int.TryParse(Path.GetFileName(folder), out _) && File.Exists(file)
        let command = ReadOrEmpty(file)
        where command.Contains($"\0{s_limits.MemoryBytes}\0", StringComparison.Ordinal)
        select command;

    private static string ReadOrEmpty(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            // It ended while we looked.
            return "";
        }
    }
}
