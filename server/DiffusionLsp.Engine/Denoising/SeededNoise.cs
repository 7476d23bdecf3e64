namespace DiffusionLsp.Engine.Denoising;

/// <summary>
/// Uniform noise by counting: every number is a function of its coordinates alone, so that a draw depends neither on
/// what was drawn before nor on the machine (the idea of Salmon et al. 2011, with the mixer of SplitMix64, Steele et
/// al. 2014). It is no cryptographic generator.
/// </summary>
internal readonly struct SeededNoise
{
    private readonly ulong _key;

    /// <summary>The stream of one cell in one step.</summary>
    public SeededNoise(long seed, int step, int cell) =>
        _key = Mix(Mix(Mix((ulong)seed) + (ulong)step) + (ulong)cell);

    /// <summary>The number of a token, strictly between 0 and 1.</summary>
    public double Uniform(int tokenId) => ((Mix(_key + (ulong)tokenId) >> 12) + 0.5) * (1.0 / (1UL << 52));

    /// <summary>The token's draw from the standard Gumbel distribution.</summary>
    public double Gumbel(int tokenId) => -Math.Log(-Math.Log(Uniform(tokenId)));

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
