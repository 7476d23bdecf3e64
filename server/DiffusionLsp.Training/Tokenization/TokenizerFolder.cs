using System.Text.Encodings.Web;
using System.Text.Json;
using DiffusionLsp.Engine.Tokenization;

namespace DiffusionLsp.Training.Tokenization;

/// <summary>
/// Writes a trained BPE in the Hugging Face layout: <c>tokenizer.json</c>, and <c>tokenizer_config.json</c> beside
/// it. The special tokens get the ids after the text's. It has no normalizer, because code has to survive byte for byte.
/// </summary>
internal static class TokenizerFolder
{
    private static readonly JsonWriterOptions s_format = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes both files.</summary>
    /// <param name="tokenizerFile">The path of <c>tokenizer.json</c>.</param>
    /// <param name="model">Tokens and merges.</param>
    /// <param name="pattern">The pre-tokenizer's regular expression.</param>
    public static void Write(string tokenizerFile, BytePairModel model, string pattern)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(tokenizerFile))!;
        Directory.CreateDirectory(folder);
        WriteFile(tokenizerFile, json => WriteTokenizer(json, model, pattern));
        WriteFile(Path.Combine(folder, "tokenizer_config.json"), WriteConfig);
    }

    private static void WriteFile(string path, Action<Utf8JsonWriter> write)
    {
        using var stream = File.Create(path);
        using var json = new Utf8JsonWriter(stream, s_format);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        json.Flush();
        stream.WriteByte((byte)'\n');
    }

    private static void WriteTokenizer(Utf8JsonWriter json, BytePairModel model, string pattern)
    {
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        for (int i = 0; i < SpecialTokens.All.Count; i++)
        {
            WriteAddedToken(json, model.Tokens.Count + i, SpecialTokens.All[i]);
        }

        json.WriteEndArray();
        json.WriteNull("normalizer");
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        WriteSplit(json, pattern);
        json.WriteStartObject();
        WriteByteLevel(json);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteNull("post_processor");
        json.WriteStartObject("decoder");
        WriteByteLevel(json);
        WriteModel(json, model);
    }

    private static void WriteAddedToken(Utf8JsonWriter json, int id, string content)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", content);
        json.WriteBoolean("single_word", false);
        json.WriteBoolean("lstrip", false);
        json.WriteBoolean("rstrip", false);
        json.WriteBoolean("normalized", false);
        json.WriteBoolean("special", true);
        json.WriteEndObject();
    }

    private static void WriteSplit(Utf8JsonWriter json, string pattern)
    {
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json)
    {
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", false);
        json.WriteBoolean("use_regex", false);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, BytePairModel model)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", false);
        json.WriteStartObject("vocab");
        for (int id = 0; id < model.Tokens.Count; id++)
        {
            json.WriteNumber(ByteLevelAlphabet.Write(model.Tokens[id]), id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in model.Merges)
        {
            json.WriteStringValue(
                $"{ByteLevelAlphabet.Write(model.Tokens[left])} {ByteLevelAlphabet.Write(model.Tokens[right])}");
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteConfig(Utf8JsonWriter json)
    {
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        json.WriteString("bos_token", SpecialTokens.Begin);
        json.WriteString("eos_token", SpecialTokens.End);
        json.WriteString("pad_token", SpecialTokens.Padding);
        json.WriteString("mask_token", SpecialTokens.Mask);
    }
}
