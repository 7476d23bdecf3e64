using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DiffusionLsp.Server.Tests.Support;

/// <summary>
/// The protocol's bytes, written and read by hand: what a recorded client sent is sent as it was, and nothing of the
/// product's own transport is trusted. Every message that comes is kept for the test to account for; what the server
/// itself asks for is granted.
/// </summary>
internal sealed class RawClient(Stream toServer, Stream fromServer)
{
    public List<JsonObject> Received { get; } = [];

    public async Task SendAsync(string json)
    {
        byte[] body = Encoding.UTF8.GetBytes(json);
        byte[] header = Encoding.ASCII.GetBytes($"Content-Length: {body.Length}\r\n\r\n");
        await toServer.WriteAsync((byte[])[.. header, .. body]);
        await toServer.FlushAsync();
    }

    public Task SendAsync(object message) => SendAsync(JsonSerializer.Serialize(message));

    /// <summary>The answer to a request; notifications that come before it are kept.</summary>
    public async Task<JsonObject> AnswerAsync(int id) => await NextAsync(message => IsAnswer(message) && (int?)message["id"] == id);

    /// <summary>Whether it answers a request of ours, and is none of the server's.</summary>
    public static bool IsAnswer(JsonObject message) => message.ContainsKey("id") && !message.ContainsKey("method");

    public async Task<JsonObject> NotificationAsync(string method, Func<JsonNode, bool> isMeant) =>
        await NextAsync(message => (string?)message["method"] == method && isMeant(message["params"]!));

    /// <summary>Reads to the end of the stream.</summary>
    public async Task ReadToEndAsync()
    {
        while (await ReadAsync() is not null)
        {
        }
    }

    private async Task<JsonObject> NextAsync(Func<JsonObject, bool> isMeant)
    {
        while (true)
        {
            JsonObject message = await ReadAsync() ?? throw new EndOfStreamException("The server closed its output.");
            if (isMeant(message))
            {
                return message;
            }
        }
    }

    private async Task<JsonObject?> ReadAsync()
    {
        int length = -1;
        while (await ReadHeaderAsync() is { } header)
        {
            if (header.Length == 0)
            {
                byte[] body = new byte[length];
                await fromServer.ReadExactlyAsync(body).AsTask().Soon();
                JsonObject message = JsonNode.Parse(body)!.AsObject();
                Assert.Equal("2.0", (string?)message["jsonrpc"]);
                Received.Add(message);
                if (message["id"] is { } id && message.ContainsKey("method"))
                {
                    await SendAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id.DeepClone(), ["result"] = null }.ToJsonString());
                }

                return message;
            }

            string[] parts = header.Split(": ");
            Assert.Equal("Content-Length", parts[0]);
            length = int.Parse(parts[1], CultureInfo.InvariantCulture);
        }

        return null;
    }

    private async Task<string?> ReadHeaderAsync()
    {
        StringBuilder line = new();
        byte[] one = new byte[1];
        while (await fromServer.ReadAsync(one).AsTask().Soon() == 1)
        {
            line.Append((char)one[0]);
            if (line.Length >= 2 && line[^2] == '\r' && line[^1] == '\n')
            {
                return line.ToString(0, line.Length - 2);
            }
        }

        Assert.Equal(0, line.Length);
        return null;
    }
}
