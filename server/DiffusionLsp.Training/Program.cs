namespace DiffusionLsp.Training;

/// <summary>The composition root of the executable <c>diffusionlsp-train</c>.</summary>
internal static class Program
{
    private static int Main() => 0;
}
