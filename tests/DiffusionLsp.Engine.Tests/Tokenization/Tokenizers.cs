using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Tokenization;

/// <summary>The tokenizers that several tests use, loaded once.</summary>
internal static class Tokenizers
{
    private static readonly Lazy<CodeTokenizer> s_qwen = new(() => CodeTokenizer.Load(TestData.PathOf("tokenizers", "qwen2.5")));
    private static readonly Lazy<CodeTokenizer> s_quicksilver =
        new(() => CodeTokenizer.Load(Path.Combine(TestData.RepositoryRoot, "models", "quicksilver")));

    /// <summary>151,665 tokens, NFC, added tokens both special and not.</summary>
    public static CodeTokenizer Qwen => s_qwen.Value;

    /// <summary>Our own: 8,192 tokens, no normalizer.</summary>
    public static CodeTokenizer Quicksilver => s_quicksilver.Value;

    /// <summary>By name, for theories.</summary>
    public static CodeTokenizer Named(string name) => name == "qwen" ? Qwen : Quicksilver;
}
