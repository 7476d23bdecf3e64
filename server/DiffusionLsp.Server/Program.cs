namespace DiffusionLsp.Server;

/// <summary>The composition root of the executable <c>diffusionlsp</c>.</summary>
internal static class Program
{
    private static int Main() => 0;
}
