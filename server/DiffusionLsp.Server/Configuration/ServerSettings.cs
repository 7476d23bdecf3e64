using System.Text.Json;
using DiffusionLsp.Engine;
using DiffusionLsp.Server.Trust;

namespace DiffusionLsp.Server.Configuration;

/// <summary>
/// The user's settings, as an editor sends them: the members of <c>initializationOptions</c>, or the section
/// <c>diffusionlsp</c> of a changed configuration. Unknown members are another version's; a member of the wrong type
/// keeps its old value, since a slip in a settings file must not cost the editor its server. What is no glob in a list of
/// globs costs none of the others, and is told.
/// </summary>
internal sealed record ServerSettings
{
    /// <summary>The name of the section.</summary>
    public const string Section = "diffusionlsp";

    // Longer than anybody waits.
    private const double MostMilliseconds = 600_000;

    /// <summary>Whether suggestions are made.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether other open files of the same language are looked through for text like that at the cursor.</summary>
    public bool RelatedFiles { get; init; } = true;

    /// <summary>
    /// Which documents are left alone: <c>secretFiles</c>, globs in place of the usual ones, and <c>ignore</c>, further ones.
    /// </summary>
    public DocumentRules Documents { get; init; } = DocumentRules.Usual;

    /// <summary>Whether suggestions come while the user types, or only when asked for.</summary>
    public SuggestionTrigger Trigger { get; init; } = SuggestionTrigger.Automatic;

    /// <summary>The time for a suggestion while the user types, in milliseconds: what its denoising steps are planned for.</summary>
    public double TimeBudgetMs { get; init; } = 400;

    /// <summary>The same for a suggestion that was asked for by a command.</summary>
    public double InvokedTimeBudgetMs { get; init; } = 3000;

    /// <summary>
    /// How likely all of a suggestion must be by the model's own account, 0 to 1, to be shown while the user types; null
    /// takes the model's default.
    /// </summary>
    public double? ConfidenceFloor { get; init; }

    /// <summary>The longest suggestion, in tokens; null takes the model's default.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How a model that can neither expand nor delete finds a length; null takes the model's default.</summary>
    public SpanLengthSearch? SpanLength { get; init; }

    /// <summary>What the user writes where the model is to fill something in.</summary>
    public IReadOnlyList<string> FillMarkers { get; init; } = [];

    /// <summary>The most lines of a suggestion; null: as many as the model writes.</summary>
    public int? MaxLines { get; init; }

    /// <summary>A model's name or folder; read when the server starts.</summary>
    public string? Model { get; init; }

    /// <summary>The type of the weights; read when the server starts.</summary>
    public string? Dtype { get; init; }

    /// <summary>A device; read when the server starts.</summary>
    public string? Device { get; init; }

    /// <summary>The address of a serving engine to ask in place of a model of this machine; read when the server starts.</summary>
    public string? EngineUrl { get; init; }

    /// <summary>The name that the serving engine has for the model; read when the server starts.</summary>
    public string? EngineModel { get; init; }

    /// <summary>How the serving engine's model wants the two texts joined; read when the server starts.</summary>
    public string? EngineTemplate { get; init; }

    /// <summary>The address, written out once more, of an engine on another machine; read when the server starts.</summary>
    public string? EngineConfirmed { get; init; }

    /// <summary>
    /// Whether the server's commands are announced; read when the server starts. A client that registers commands of
    /// these names itself says no, since VS Code's would otherwise not start.
    /// </summary>
    public bool AnnounceCommands { get; init; } = true;

    /// <summary>
    /// Whether suggestions are items of the completion pop-up too; announced when the server starts.
    /// </summary>
    public bool CompletionFallback { get; init; }

    /// <summary>Whether the client wants to see every step of denoising; read when the server starts.</summary>
    public bool DenoisingSteps { get; init; }

    /// <summary>These settings, changed by what the client sent.</summary>
    public ServerSettings With(JsonElement? sent)
    {
        if (sent is not { ValueKind: JsonValueKind.Object } members)
        {
            return this;
        }

        return this with
        {
            Enabled = Flag(members, "enabled") ?? Enabled,
            RelatedFiles = Flag(members, "relatedFiles") ?? RelatedFiles,
            Documents = Documents.With(
                Globs(members, "secretFiles", DocumentRules.UsualSecretFiles), Globs(members, "ignore", [])),
            AnnounceCommands = Flag(members, "announceCommands") ?? AnnounceCommands,
            Trigger = Text(members, "trigger") switch
            {
                "automatic" => SuggestionTrigger.Automatic,
                "manual" => SuggestionTrigger.Manual,
                _ => Trigger,
            },
            TimeBudgetMs = Number(members, "timeBudgetMs", 1, MostMilliseconds) ?? TimeBudgetMs,
            InvokedTimeBudgetMs = Number(members, "invokedTimeBudgetMs", 1, MostMilliseconds) ?? InvokedTimeBudgetMs,
            ConfidenceFloor = members.Member("confidenceFloor") is { ValueKind: JsonValueKind.Null }
                ? null
                : Number(members, "confidenceFloor", 0, 1) ?? ConfidenceFloor,
            CompletionFallback = Flag(members, "completionFallback") ?? CompletionFallback,
            DenoisingSteps = Flag(members, "denoisingSteps") ?? DenoisingSteps,
            MaxTokens = Count(members, "maxTokens", MaxTokens),
            SpanLength = members.Member("spanLength") is { ValueKind: JsonValueKind.Null }
                ? null
                : SpanLengthSearches.Find(Text(members, "spanLength")) ?? SpanLength,
            MaxLines = Count(members, "maxLines", MaxLines),
            FillMarkers = Texts(members, "fillMarkers")?.Where(marker => !string.IsNullOrWhiteSpace(marker)).ToList() ?? FillMarkers,
            Model = Text(members, "model") ?? Model,
            Device = Text(members, "device") ?? Device,
            Dtype = Text(members, "dtype") ?? Dtype,
            EngineUrl = Line(members, "engineUrl", EngineUrl),
            EngineModel = Line(members, "engineModel", EngineModel),
            EngineTemplate = Line(members, "engineTemplate", EngineTemplate),
            EngineConfirmed = Line(members, "engineConfirmed", EngineConfirmed),
        };
    }

    /// <summary>The serving engine of these settings; null where there is none.</summary>
    public RemoteChoice? ServingEngine() => EngineUrl is { } url
        ? new RemoteChoice(url) { Model = EngineModel, Template = EngineTemplate, Confirmed = EngineConfirmed }
        : null;

    /// <summary>These settings, changed by the section of a changed configuration.</summary>
    public ServerSettings WithSectionOf(JsonElement configuration) => With(configuration.Member(Section));

    private static int? Count(JsonElement parent, string name, int? old) => parent.Member(name) switch
    {
        { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out int count) && count > 0 => count,
        _ => old,
    };

    private static double? Number(JsonElement parent, string name, double least, double most) =>
        parent.Member(name) is { ValueKind: JsonValueKind.Number } number
        && number.TryGetDouble(out double value) && value >= least && value <= most ? value : null;

    private static bool? Flag(JsonElement parent, string name) => parent.Member(name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static IReadOnlyList<string>? Texts(JsonElement parent, string name) =>
        parent.Member(name) is { ValueKind: JsonValueKind.Array } list
        && list.EnumerateArray().All(text => text.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(text => text.GetString()!)]
            : null;

    private static IReadOnlyList<string?>? Globs(JsonElement parent, string name, IReadOnlyList<string> usual) =>
        parent.Member(name) switch
        {
            { ValueKind: JsonValueKind.Null } => (IReadOnlyList<string?>)usual,
            { ValueKind: JsonValueKind.Array } list =>
                [.. list.EnumerateArray().Select(glob => glob.ValueKind == JsonValueKind.String ? glob.GetString() : null)],
            _ => null,
        };

    // A setting that is empty, or null, is one that was taken back.
    private static string? Line(JsonElement parent, string name, string? old) => parent.Member(name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString() is { Length: > 0 } value ? value : null,
        { ValueKind: JsonValueKind.Null } => null,
        _ => old,
    };

    private static string? Text(JsonElement parent, string name) =>
        parent.Member(name) is { ValueKind: JsonValueKind.String } text
        && text.GetString() is { Length: > 0 } value ? value : null;
}

/// <summary>When suggestions are made.</summary>
internal enum SuggestionTrigger
{
    /// <summary>While the user types, and when asked for.</summary>
    Automatic,

    /// <summary>Only when asked for.</summary>
    Manual,
}
