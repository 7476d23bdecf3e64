using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Server.Tests.ModelStore;

/// <summary>
/// A checkpoint of Open-dCoder's true size and layout: 24 layers, tied embeddings, bf16, the real tokenizer, the mask token in
/// <c>added_tokens.json</c> alone. Its weights are random, but of a size with which a forward pass stays finite.
/// </summary>
internal static class HalfBillion
{
    public const long Parameters = 494_032_768;

    private const int Vocabulary = 151_936;
    private const int Width = 896;
    private const int Heads = 14;
    private const int KeyValueHeads = 2;
    private const int Inner = 4_864;
    private const int Layers = 24;
    private const int HeadSize = Width / Heads;
    private const int BlockLength = 1 << 22;

    /// <summary>Its files, as a hub has them.</summary>
    public static Dictionary<string, byte[]> Files()
    {
        string tokenizer = TestData.PathOf("tokenizers", "qwen2.5");
        return new Dictionary<string, byte[]>
        {
            ["config.json"] = Encoding.UTF8.GetBytes($$"""
                {
                  "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "torch_dtype": "bfloat16",
                  "vocab_size": {{Vocabulary}}, "hidden_size": {{Width}}, "intermediate_size": {{Inner}}, "num_hidden_layers": {{Layers}},
                  "num_attention_heads": {{Heads}}, "num_key_value_heads": {{KeyValueHeads}}, "tie_word_embeddings": true,
                  "hidden_act": "silu", "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "max_position_embeddings": 32768
                }
                """),
            ["tokenizer.json"] = File.ReadAllBytes(Path.Combine(tokenizer, "tokenizer.json")),
            ["tokenizer_config.json"] = File.ReadAllBytes(Path.Combine(tokenizer, "tokenizer_config.json")),
            ["added_tokens.json"] = """{"<M>": 151665}"""u8.ToArray(),
            ["model.safetensors"] = Weights(),
        };
    }

    private static byte[] Weights()
    {
        SortedDictionary<string, object> header = new(StringComparer.Ordinal);
        long offset = 0;
        foreach (var (name, shape) in Shapes())
        {
            long end = offset + (2 * shape.Aggregate(1L, (product, size) => product * size));
            header[name] = new { dtype = "BF16", shape, data_offsets = new[] { offset, end } };
            offset = end;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        int padding = (8 - (json.Length % 8)) % 8;
        byte[] file = new byte[8 + json.Length + padding + offset];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length + padding);
        json.CopyTo(file, 8);
        file.AsSpan(8 + json.Length, padding).Fill((byte)' ');
        Fill(MemoryMarshal.Cast<byte, ushort>(file.AsSpan(8 + json.Length + padding)));
        return file;
    }

    // Any sign and mantissa, with an exponent that makes it 1/64 to 1/32. A block of them is drawn, and each further one is that
    // block with other bits turned: drawing all would take longer than everything else.
    private static void Fill(Span<ushort> weights)
    {
        ushort[] block = new ushort[BlockLength];
        new Random(20_261_124).NextBytes(MemoryMarshal.AsBytes(block.AsSpan()));
        for (int i = 0; i < weights.Length; i++)
        {
            int turned = i / BlockLength * 0x9E37;
            weights[i] = (ushort)(((block[i % BlockLength] ^ turned) & 0x807F) | 0x3C80);
        }
    }

    private static IEnumerable<(string Name, int[] Shape)> Shapes()
    {
        yield return ("model.embed_tokens.weight", [Vocabulary, Width]);
        for (int layer = 0; layer < Layers; layer++)
        {
            string at = $"model.layers.{layer}.";
            yield return (at + "input_layernorm.weight", [Width]);
            yield return (at + "post_attention_layernorm.weight", [Width]);
            foreach (var (name, size) in new[] { ("q_proj", Width), ("k_proj", KeyValueHeads * HeadSize), ("v_proj", KeyValueHeads * HeadSize) })
            {
                yield return ($"{at}self_attn.{name}.weight", [size, Width]);
                yield return ($"{at}self_attn.{name}.bias", [size]);
            }

            yield return (at + "self_attn.o_proj.weight", [Width, Width]);
            yield return (at + "mlp.gate_proj.weight", [Inner, Width]);
            yield return (at + "mlp.up_proj.weight", [Inner, Width]);
            yield return (at + "mlp.down_proj.weight", [Width, Inner]);
        }

        yield return ("model.norm.weight", [Width]);
    }
}
