using DiffusionLsp.Engine;

namespace DiffusionLsp.Server.ModelStore;

/// <summary>A model cannot be got, checked or removed. The message is one line: what is wrong and the way out.</summary>
internal sealed class ModelStoreException(string message, Exception? cause = null) : EngineException(message, cause!);
