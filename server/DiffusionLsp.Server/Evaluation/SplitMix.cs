namespace DiffusionLsp.Server.Evaluation;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the same numbers on every platform and in every version, so that
/// figures compare. The trainer has the same generator; the wall between the two is worth these lines.
/// </summary>
internal sealed class SplitMix(ulong state)
{
    private ulong _state = state;

    /// <summary>A number in [0, bound); 0 where bound is 0.</summary>
    public long Below(long bound) => bound <= 0 ? 0 : (long)(Next() % (ulong)bound);

    private ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
