using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace DiffusionLsp.Server.Tests.Remote;

/// <summary>What came to the stand-in engine.</summary>
internal sealed record EngineCall(string Path, IReadOnlyDictionary<string, string> Headers, JsonElement Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public string? Text(string name) => Body.TryGetProperty(name, out JsonElement text) ? text.GetString() : null;
}

/// <summary>What it says: the events of a stream one by one, or a whole body with a status.</summary>
internal sealed record EngineReply(int Status, IReadOnlyList<string> Events)
{
    public string ContentType { get; init; } = "text/event-stream";

    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Awaited before each event, with its number.</summary>
    public Func<int, Task> Before { get; init; } = _ => Task.CompletedTask;

    /// <summary>Whether the connection is closed where the stream's end would be.</summary>
    public bool IsCut { get; init; }

    /// <summary>A middle as OpenAI's engines stream it, in pieces.</summary>
    public static EngineReply Stream(params IEnumerable<string> pieces) => new(
        200,
        [
            .. pieces.Select(piece => $$"""data: {"choices":[{"index":0,"text":{{JsonSerializer.Serialize(piece)}},"finish_reason":null}]}"""),
            """data: {"choices":[{"index":0,"text":"","finish_reason":"stop"}]}""",
            "data: [DONE]",
        ]);

    /// <summary>An answer that is not streamed.</summary>
    public static EngineReply Whole(string body, int status = 200) => new(status, [body]) { ContentType = "application/json" };
}

/// <summary>
/// A serving engine on this machine, on bare sockets so that it can stall, cut and lie. <see cref="Answer"/> says what it does.
/// </summary>
internal sealed class StandInEngine : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();

    public StandInEngine(Func<EngineCall, EngineReply> answer)
    {
        Answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Func<EngineCall, EngineReply> Answer { get; set; }

    public ConcurrentQueue<EngineCall> Calls { get; } = [];

    /// <summary>Completes when a client has gone before its answer's end.</summary>
    public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Never completes while the engine is there.</summary>
    public Task ForEver() => Task.Delay(Timeout.Infinite, _over.Token);

    public void Dispose()
    {
        _over.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_over.Token);
                _ = TalkAsync(client);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task TalkAsync(Socket client)
    {
        using (client)
        {
            try
            {
                await using NetworkStream stream = new(client);
                EngineCall call = await ReadAsync(stream);
                Calls.Enqueue(call);
                await SendAsync(stream, Answer(call));
            }
            catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                Left.TrySetResult();
            }
        }
    }

    private async Task<EngineCall> ReadAsync(NetworkStream stream)
    {
        List<byte> head = [];
        byte[] one = new byte[1];
        while (!(head is [.., 13, 10, 13, 10]))
        {
            await stream.ReadExactlyAsync(one, _over.Token);
            head.Add(one[0]);
        }

        string[] lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(part => part[0], part => part[1], StringComparer.OrdinalIgnoreCase);
        byte[] body = new byte[int.Parse(headers["Content-Length"], CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _over.Token);
        return new EngineCall(lines[0].Split(' ')[1], headers, JsonElement.Parse(body));
    }

    private async Task SendAsync(NetworkStream stream, EngineReply reply)
    {
        StringBuilder head = new();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} X\r\nContent-Type: {reply.ContentType}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n");
        foreach (var (name, value) in reply.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _over.Token);
        for (int i = 0; i < reply.Events.Count; i++)
        {
            Task pause = reply.Before(i);
            while (!pause.IsCompleted)
            {
                // A client that goes away meanwhile is noticed.
                await Task.WhenAny(pause, Task.Delay(5, _over.Token));
                if (stream.Socket.Poll(0, SelectMode.SelectRead) && stream.Socket.Available == 0)
                {
                    throw new IOException("The client has gone.");
                }
            }

            byte[] part = Encoding.UTF8.GetBytes(reply.Events[i] + "\n\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(part.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), _over.Token);
            await stream.WriteAsync(part, _over.Token);
            await stream.WriteAsync("\r\n"u8.ToArray(), _over.Token);
        }

        if (!reply.IsCut)
        {
            await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), _over.Token);
        }
    }
}
