using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DiffusionLsp.Server.Tests.Support;

/// <summary>What came to the stand-in hub.</summary>
internal sealed record HubCall(string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>What it says to a call: a status, headers and a body, of which it may send less and then cut the connection.</summary>
internal sealed record HubReply(int Status, byte[] Body)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>After so many bytes of the body the connection is cut; null sends all.</summary>
    public int? CutAfter { get; init; }

    /// <summary>What the header says of the length; null: the truth.</summary>
    public long? Announced { get; init; }

    /// <summary>Called when the bytes before the cut, or the first half of all, have gone; the rest waits for it.</summary>
    public Func<Task>? Pause { get; init; }

    public static HubReply Redirect(string location) => new(302, []) { Headers = { ["Location"] = location } };
}

/// <summary>
/// A hub as Hugging Face's, on this machine, for one repository: listings, resolve addresses, ranges, entity tags. It is
/// written on bare sockets so that it can lie in its headers and cut connections; <see cref="Before"/> has the first word.
/// </summary>
internal sealed class StandInHub : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();

    public StandInHub(string repository, IReadOnlyDictionary<string, byte[]> files)
    {
        Repository = repository;
        Files = new Dictionary<string, byte[]>(files);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Repository { get; }

    public Dictionary<string, byte[]> Files { get; }

    /// <summary>Hashes of files that are too large to work them out with every call.</summary>
    public Dictionary<string, string> KnownDigests { get; } = [];

    /// <summary>More of the listing's members, as JSON.</summary>
    public string Card { get; set; } = """ "cardData": { "license": "mit" } """;

    /// <summary>Answers a call in the hub's place; null leaves it to the hub.</summary>
    public Func<HubCall, HubReply?> Before { get; set; } = _ => null;

    public ConcurrentQueue<HubCall> Calls { get; } = [];

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public static bool IsLarge(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal);

    public static string DigestOf(string name, byte[] content) => IsLarge(name)
        ? Convert.ToHexStringLower(SHA256.HashData(content))
#pragma warning disable CA5350 // Git's ids are what they are.
        : Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350

    /// <summary>The file of a call to a resolve address; null for any other call.</summary>
    public static string? FileOf(HubCall call) => call.Path.Split("/resolve/") is [_, var rest] ? rest[(rest.IndexOf('/') + 1)..] : null;

    /// <summary>The hub's own reply with a file's content, or the part that is asked for.</summary>
    public HubReply Content(HubCall call)
    {
        string name = FileOf(call)!;
        byte[] content = Files[name];
        string tag = $"\"{KnownDigests.GetValueOrDefault(name) ?? DigestOf(name, content)}\"";
        Dictionary<string, string> headers = new() { ["ETag"] = tag, ["X-Repo-Commit"] = Commit, ["Accept-Ranges"] = "bytes" };
        bool isPart = call.Header("Range") is not null && (call.Header("If-Range") is null || call.Header("If-Range") == tag);
        if (!isPart)
        {
            return new HubReply(200, content) { Headers = headers };
        }

        int from = int.Parse(call.Header("Range")!["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        if (from >= content.Length)
        {
            return new HubReply(416, []) { Headers = { ["Content-Range"] = $"bytes */{content.Length}" } };
        }

        headers["Content-Range"] = $"bytes {from}-{content.Length - 1}/{content.Length}";
        return new HubReply(206, content[from..]) { Headers = headers };
    }

    public void Dispose()
    {
        _over.Cancel();
        _listener.Dispose();
        _over.Dispose();
    }

    private HubReply Answer(HubCall call)
    {
        if (call.Path.StartsWith($"/api/models/{Repository}/revision/", StringComparison.Ordinal))
        {
            return new HubReply(200, Encoding.UTF8.GetBytes(Listing())) { Headers = { ["Content-Type"] = "application/json" } };
        }

        bool isFile = call.Path.StartsWith($"/{Repository}/resolve/{Commit}/", StringComparison.Ordinal) && Files.ContainsKey(FileOf(call)!);
        return isFile ? Content(call) : new HubReply(404, []);
    }

    private string Listing()
    {
        IEnumerable<string> siblings = Files.Select(file =>
        {
            string digest = KnownDigests.GetValueOrDefault(file.Key) ?? DigestOf(file.Key, file.Value);
            string hash = IsLarge(file.Key)
                ? $$""" "blobId": "{{new string('f', 40)}}", "lfs": { "sha256": "{{digest}}", "size": {{file.Value.Length}}, "pointerSize": 130 } """
                : $$""" "blobId": "{{digest}}" """;
            return $$"""{ "rfilename": {{JsonSerializer.Serialize(file.Key)}}, "size": {{file.Value.Length}}, {{hash}} }""";
        });
        return $$"""{ "id": "{{Repository}}", "sha": "{{Commit}}", {{Card}}, "siblings": [ {{string.Join(", ", siblings)}} ] }""";
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
                while (await ReadAsync(stream) is { } call)
                {
                    Calls.Enqueue(call);
                    if (!await SendAsync(stream, Before(call) ?? Answer(call)))
                    {
                        return;
                    }
                }
            }
            catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task<HubCall?> ReadAsync(NetworkStream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _over.Token) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return new HubCall(
            lines[0].Split(' ')[1],
            lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(part => part[0], part => part[1], StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Sends a reply, in portions, as a network would bring it.</summary>
    /// <returns>Whether the connection goes on.</returns>
    private async Task<bool> SendAsync(NetworkStream stream, HubReply reply)
    {
        StringBuilder head = new();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} X\r\nContent-Length: {reply.Announced ?? reply.Body.Length}\r\n");
        foreach (var (name, value) in reply.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _over.Token);
        int end = reply.CutAfter ?? reply.Body.Length;
        int first = reply.CutAfter is null && reply.Pause is not null ? end / 2 : end;
        await stream.WriteAsync(reply.Body.AsMemory(0, first), _over.Token);
        if (reply.Pause is { } pause)
        {
            await pause();
        }

        await stream.WriteAsync(reply.Body.AsMemory(first, end - first), _over.Token);
        return reply.CutAfter is null && reply.Announced is null;
    }
}
