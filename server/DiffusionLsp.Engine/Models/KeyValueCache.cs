using DiffusionLsp.Engine.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Models;

/// <summary>
/// Room for the keys and values of every layer, in numbered slots, taken once and written in place. What stands in which slot
/// is known to whoever fills them.
/// </summary>
internal sealed class KeyValueCache : IDisposable
{
    /// <summary>Takes the room.</summary>
    /// <param name="config">The network.</param>
    /// <param name="slots">The number of slots, S.</param>
    /// <param name="placement">Where, and of which type.</param>
    /// <param name="turning">
    /// Whether the keys are kept before they are turned by their positions too, so that a slot can be moved to another position.
    /// </param>
    public KeyValueCache(ModelConfig config, int slots, Placement placement, KeyTurning turning)
    {
        Slots = slots;
        Keys = Room();
        Values = Room();
        Unturned = turning == KeyTurning.Again ? Room() : [];

        Tensor[] Room() =>
        [
            .. Enumerable.Range(0, config.NumHiddenLayers).Select(_ =>
                empty([slots, config.NumKeyValueHeads, config.HeadDim], placement.Dtype, placement.Device)
                    .DetachFromDisposeScope()),                                                      // [S, K, D]
        ];
    }

    /// <summary>The number of slots.</summary>
    public int Slots { get; }

    /// <summary>The keys of each layer, turned by their positions, shape [S, K, D].</summary>
    public Tensor[] Keys { get; }

    /// <summary>The values of each layer, shape [S, K, D].</summary>
    public Tensor[] Values { get; }

    /// <summary>The keys of each layer before they were turned, shape [S, K, D]; empty where none are kept.</summary>
    public Tensor[] Unturned { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var room in Keys.Concat(Values).Concat(Unturned))
        {
            room.Dispose();
        }
    }
}

/// <summary>Whether cached keys may have to be turned to other positions later.</summary>
internal enum KeyTurning
{
    /// <summary>They stay where they are.</summary>
    Once,

    /// <summary>They move.</summary>
    Again,
}

/// <summary>A run of slots.</summary>
/// <param name="Start">The first one.</param>
/// <param name="Count">How many.</param>
internal readonly record struct SlotRange(int Start, int Count);
