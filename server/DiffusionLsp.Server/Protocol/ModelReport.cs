using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>The models of this machine and those that are known elsewhere: the answer to <c>diffusionlsp.models</c>.</summary>
internal sealed record ModelReport
{
    /// <summary>Where models are put that are pulled or added.</summary>
    public required string Folder { get; init; }

    /// <summary>The memory of this machine.</summary>
    public required long TotalMemoryBytes { get; init; }

    /// <summary>How much of it is not in use.</summary>
    public required long AvailableMemoryBytes { get; init; }

    /// <summary>The models, those that are here first.</summary>
    public required IReadOnlyList<ModelEntry> Models { get; init; }
}

/// <summary>One model. What is not known of it is null.</summary>
internal sealed record ModelEntry
{
    /// <summary>Its name, as <c>--model</c> takes it.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is here.</summary>
    public required ModelState State { get; init; }

    /// <summary>Where it lies on this machine.</summary>
    public string? Folder { get; init; }

    /// <summary>Its id on the hub.</summary>
    public string? Repository { get; init; }

    /// <summary>The commit that was pulled, or that the catalog names.</summary>
    public string? Revision { get; init; }

    /// <summary>The config's <c>model_type</c>.</summary>
    public string? ModelType { get; init; }

    /// <summary>Whether the engine can load models of its kind.</summary>
    public required ModelSupport Support { get; init; }

    /// <summary>The licence of its weights.</summary>
    public string? Licence { get; init; }

    /// <summary>Whether a pull of it begins only once its licence is accepted, as far as is known before the hub is asked.</summary>
    public required bool LicenceMustBeAccepted { get; init; }

    /// <summary>The number of its weights.</summary>
    public long? Parameters { get; init; }

    /// <summary>The bytes of its weights on the disk.</summary>
    public long? Bytes { get; init; }

    /// <summary>The memory that it needs here.</summary>
    public long? NeededBytes { get; init; }

    /// <summary>Whether this machine has that memory.</summary>
    public ModelFit? Fit { get; init; }

    /// <summary>One line about it: what is wrong where it is damaged, else what is worth knowing.</summary>
    public string? Note { get; init; }
}

/// <summary>Where a model is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModelState>))]
internal enum ModelState
{
    /// <summary>It came with the program.</summary>
    [JsonStringEnumMemberName("embedded")]
    Embedded,

    /// <summary>It is on this machine.</summary>
    [JsonStringEnumMemberName("installed")]
    Installed,

    /// <summary>It is on this machine, and cannot be used as it is.</summary>
    [JsonStringEnumMemberName("damaged")]
    Damaged,

    /// <summary>It can be pulled.</summary>
    [JsonStringEnumMemberName("known")]
    Known,
}

/// <summary>Whether the engine loads models of a kind.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModelSupport>))]
internal enum ModelSupport
{
    /// <summary>It does.</summary>
    [JsonStringEnumMemberName("supported")]
    Supported,

    /// <summary>It does not.</summary>
    [JsonStringEnumMemberName("unsupported")]
    Unsupported,
}

/// <summary>Whether this machine has the memory for a model.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModelFit>))]
internal enum ModelFit
{
    /// <summary>It can be loaded now.</summary>
    [JsonStringEnumMemberName("fits")]
    Fits,

    /// <summary>It can be loaded when other programs give memory back.</summary>
    [JsonStringEnumMemberName("fitsWhenFree")]
    FitsWhenFree,

    /// <summary>The machine is too small for it.</summary>
    [JsonStringEnumMemberName("tooLarge")]
    TooLarge,
}
