// Code that breaks the rules of ArchitectureTests on purpose, so that the rules are seen to bite.
#pragma warning disable IDE0130, SA1403, CA1822, CA1051, CA1812, RS0030
namespace DiffusionLsp.Planted.Engine
{
    internal sealed class UsesTheTransport
    {
        public static bool Run() => new StreamJsonRpc.JsonRpcTargetOptions().UseSingleObjectParameterDeserialization;
    }
}

namespace DiffusionLsp.Planted.EngineThatPrints
{
    internal sealed class Prints
    {
        public static void Run() => Console.WriteLine("x");
    }
}

namespace DiffusionLsp.Planted.Training
{
    internal sealed class UsesTheServer
    {
        public static object Run() => new DiffusionLsp.Server.Documents.DocumentStore();
    }
}

namespace DiffusionLsp.Planted.Protocol
{
    internal sealed record Fine(int Number, string Text);

    internal sealed record UsesAnotherLibrary
    {
        public StreamJsonRpc.RequestId Id { get; init; }
    }
}

namespace DiffusionLsp.Planted.Face
{
    /// <summary>Shows a type of another namespace in a signature only.</summary>
    public interface IShow
    {
        /// <summary>Shows it.</summary>
        IReadOnlyList<System.Text.StringBuilder[]> Shown { get; }
    }

    /// <summary>Shows it too.</summary>
    public abstract class ShowsABuilder : IShow
    {
        /// <inheritdoc/>
        public abstract IReadOnlyList<System.Text.StringBuilder[]> Shown { get; }
    }
}
