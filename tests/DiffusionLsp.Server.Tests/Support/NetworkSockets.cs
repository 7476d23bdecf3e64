namespace DiffusionLsp.Server.Tests.Support;

/// <summary>The network sockets (IPv4 and IPv6) that a process holds, as Linux tells them.</summary>
internal static class NetworkSockets
{
    private const int InodeColumn = 9;

    private static readonly string[] _tables = ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"];

    /// <summary>Each as the table it stands in and its inode.</summary>
    public static IReadOnlyList<string> Of(int processId)
    {
        // What is held is read first: a socket that comes between the two readings is seen in the next round.
        HashSet<string> held = [.. new DirectoryInfo($"/proc/{processId}/fd").EnumerateFileSystemInfos().Select(TargetOf)];
        return
        [
            .. _tables
                .Where(table => File.Exists($"/proc/{processId}/net/{table}"))
                .SelectMany(table => File.ReadLines($"/proc/{processId}/net/{table}").Skip(1)
                    .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[InodeColumn])
                    .Where(inode => held.Contains($"socket:[{inode}]"))
                    .Select(inode => $"{table} {inode}")),
        ];
    }

    // A descriptor may be closed while it is looked at.
    private static string TargetOf(FileSystemInfo descriptor)
    {
        try
        {
            return descriptor.LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
