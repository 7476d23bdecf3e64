using System.Text;
using System.Text.Json;
using DiffusionLsp.Server.Configuration;

namespace DiffusionLsp.Server.Remote;

/// <summary>The middles of one answer as they grow, piece by piece, in whichever form an engine sends them.</summary>
/// <param name="count">How many are wanted.</param>
internal sealed class Middles(int count)
{
    private const string End = "[DONE]";

    private readonly StringBuilder[] _texts = [.. Enumerable.Range(0, count).Select(_ => new StringBuilder())];
    private readonly bool[] _isFinished = new bool[count];

    /// <summary>The texts so far, in the engine's order.</summary>
    public IReadOnlyList<string> Texts => [.. _texts.Select(text => text.ToString())];

    /// <summary>The pieces that brought text: about one a token.</summary>
    public int Pieces { get; private set; }

    /// <summary>Whether the engine has said that nothing will follow.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Takes the data of an event, or the whole of an answer that was not streamed.</summary>
    /// <exception cref="JsonException">It is none of an engine's.</exception>
    public void Take(string data)
    {
        if (data == End)
        {
            IsFinished = true;
            return;
        }

        using var json = JsonDocument.Parse(data);
        JsonElement root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object || root.Member("error") is { ValueKind: not JsonValueKind.Null })
        {
            throw new JsonException("It is an error in place of a text.");
        }

        if (root.Member("choices") is { ValueKind: JsonValueKind.Array } choices)
        {
            foreach (JsonElement choice in choices.EnumerateArray())
            {
                Add(IndexOf(choice), TextOf(choice), isLast: choice.Member("finish_reason") is { ValueKind: JsonValueKind.String });
            }
        }
        else if (root.Member("content") is { ValueKind: JsonValueKind.String } content)
        {
            Add(0, Text(content), isLast: root.Member("stop") is { ValueKind: JsonValueKind.True });
        }
        else
        {
            throw new JsonException("It holds no text.");
        }
    }

    private void Add(int index, string text, bool isLast)
    {
        if (index < 0 || index >= count)
        {
            return;
        }

        _texts[index].Append(text);
        Pieces += text.Length > 0 ? 1 : 0;
        _isFinished[index] |= isLast;
        IsFinished |= Array.TrueForAll(_isFinished, finished => finished);
    }

    private static int IndexOf(JsonElement choice) =>
        choice.Member("index") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int index) ? index : 0;

    // OpenAI's completions say `text`; Mistral's say it as in a conversation, streamed or whole.
    private static string TextOf(JsonElement choice) =>
        new[] { choice.Member("text"), choice.Member("delta", "content"), choice.Member("message", "content") }
            .FirstOrDefault(text => text is { ValueKind: JsonValueKind.String }) is { } found ? Text(found) : "";

    private static string Text(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException half)
        {
            throw new JsonException("It holds half a character.", half);
        }
    }
}
