using System.Text.Json;
using System.Text.Json.Serialization;

namespace DiffusionLsp.Server.Protocol;

/// <summary>
/// How the records of this folder are written and read, generated at build time. Strict where the protocol is: a
/// missing or null value that must be there is an error and never a silent zero.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(InitializeParams))]
[JsonSerializable(typeof(InitializedParams))]
[JsonSerializable(typeof(InitializeResult))]
[JsonSerializable(typeof(DidChangeConfigurationParams))]
[JsonSerializable(typeof(DidOpenTextDocumentParams))]
[JsonSerializable(typeof(DidChangeTextDocumentParams))]
[JsonSerializable(typeof(DidCloseTextDocumentParams))]
[JsonSerializable(typeof(DidOpenNotebookDocumentParams))]
[JsonSerializable(typeof(DidChangeNotebookDocumentParams))]
[JsonSerializable(typeof(DidSaveNotebookDocumentParams))]
[JsonSerializable(typeof(DidCloseNotebookDocumentParams))]
[JsonSerializable(typeof(DidChangeWorkspaceFoldersParams))]
[JsonSerializable(typeof(InlineCompletionParams))]
[JsonSerializable(typeof(InlineCompletionList))]
[JsonSerializable(typeof(CodeActionParams))]
[JsonSerializable(typeof(CodeAction))]
[JsonSerializable(typeof(IReadOnlyList<CodeAction>))]
[JsonSerializable(typeof(Diagnostic))]
[JsonSerializable(typeof(ApplyWorkspaceEditParams))]
[JsonSerializable(typeof(ApplyWorkspaceEditResult))]
[JsonSerializable(typeof(ShowMessageParams))]
[JsonSerializable(typeof(ExecuteCommandParams))]
[JsonSerializable(typeof(CompletionParams))]
[JsonSerializable(typeof(DidFocusParams))]
[JsonSerializable(typeof(CompletionList))]
[JsonSerializable(typeof(EditorContextParams))]
[JsonSerializable(typeof(DenoisingStepParams))]
[JsonSerializable(typeof(LogMessageParams))]
[JsonSerializable(typeof(WorkDoneProgressCreateParams))]
[JsonSerializable(typeof(ProgressParams))]
[JsonSerializable(typeof(WorkDoneProgressBegin))]
[JsonSerializable(typeof(WorkDoneProgressReport))]
[JsonSerializable(typeof(WorkDoneProgressEnd))]
[JsonSerializable(typeof(WorkDoneProgressCancelParams))]
[JsonSerializable(typeof(ModelReport))]
[JsonSerializable(typeof(ModelEvent))]
[JsonSerializable(typeof(RegistrationParams))]
[JsonSerializable(typeof(InlineCompletionRegistrationOptions))]
[JsonSerializable(typeof(DiffusionStatusParams))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(object))]
[JsonSerializable(typeof(IReadOnlyList<RequestEntry>))]
[JsonSerializable(typeof(AcceptanceReport))]
internal sealed partial class LspJson : JsonSerializerContext;
