using System.Text;

namespace DiffusionLsp.Engine.Tests.NativeRuntime;

/// <summary>
/// A hand-built 64-bit little-endian ELF library with nothing but the four sections that symbol versions live in:
/// what the real library has, small enough to count the bytes of.
/// </summary>
internal sealed class TinyElf
{
    private const int HeaderSize = 64;

    private readonly List<byte> _strings = [0];
    private readonly List<(string Name, ushort Version)> _symbols = [];
    private readonly List<(string File, string Version, ushort Flags, ushort Index)> _needs = [];

    /// <summary>Where the sections of the last <see cref="Build"/> begin: symbols, names, versions, needs.</summary>
    public Dictionary<string, int> Offsets { get; } = [];

    /// <summary>The offset of each name in the table of names.</summary>
    public Dictionary<string, uint> Names { get; } = [];

    /// <summary>The case that the mend is for, with innocent neighbours on both sides.</summary>
    public static TinyElf LikeTorchSharp() => new TinyElf()
        .Need("libc.so.6", "GLIBC_2.34", 3)
        .Need("libstdc++.so.6", "GLIBCXX_3.4.30", 29)
        .Need("libstdc++.so.6", "GLIBCXX_3.4.32", 18)
        .Need("libstdc++.so.6", "CXXABI_1.3", 4)
        .Symbol("malloc", 3)
        .Symbol("_ZSt21ios_base_library_initv", 18)
        .Symbol("_ZSt4cout", 29);

    public TinyElf Need(string file, string version, ushort index, ushort flags = 0)
    {
        AddName(file);
        AddName(version);
        _needs.Add((file, version, flags, index));
        return this;
    }

    public TinyElf Symbol(string name, ushort version)
    {
        AddName(name);
        _symbols.Add((name, version));
        return this;
    }

    public byte[] Build()
    {
        byte[] symbols = [.. new byte[24], .. _symbols.SelectMany(symbol => Join(UInt32(Names[symbol.Name]), new byte[20]))];
        byte[] versions = [0, 0, .. _symbols.SelectMany(symbol => UInt16(symbol.Version))];
        var files = _needs.GroupBy(need => need.File).ToList();
        byte[] needs = [.. files.SelectMany((file, at) => FileEntry([.. file], isLast: at == files.Count - 1))];

        using var image = new MemoryStream();
        image.Write(new byte[HeaderSize]);
        byte[] headers =
        [
            .. new byte[HeaderSize],
            .. Section(image, "symbols", 11, symbols, link: 2, info: 1),
            .. Section(image, "names", 3, [.. _strings], link: 0, info: 0),
            .. Section(image, "versions", 0x6fffffff, versions, link: 1, info: 0),
            .. Section(image, "needs", 0x6ffffffe, needs, link: 2, info: (uint)files.Count),
        ];
        var sectionHeaders = (ulong)image.Length;
        image.Write(headers);

        var bytes = image.ToArray();
        byte[] identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identity.CopyTo(bytes, 0);
        BitConverter.GetBytes(sectionHeaders).CopyTo(bytes, 40);
        UInt16(HeaderSize).CopyTo(bytes, 58);
        UInt16((ushort)(headers.Length / HeaderSize)).CopyTo(bytes, 60);
        return bytes;
    }

    private byte[] FileEntry((string File, string Version, ushort Flags, ushort Index)[] versions, bool isLast) =>
    [
        .. UInt16(1), .. UInt16((ushort)versions.Length), .. UInt32(Names[versions[0].File]), .. UInt32(16),
        .. UInt32(isLast ? 0 : 16 + 16 * (uint)versions.Length),
        .. versions.SelectMany((need, at) => Join(
            UInt32(0), UInt16(need.Flags), UInt16(need.Index), UInt32(Names[need.Version]),
            UInt32(at == versions.Length - 1 ? 0u : 16u))),
    ];

    private byte[] Section(MemoryStream image, string name, uint type, byte[] content, uint link, uint info)
    {
        Offsets[name] = (int)image.Length;
        var header = Join(
            UInt32(0), UInt32(type), new byte[16], BitConverter.GetBytes((ulong)image.Length),
            BitConverter.GetBytes((ulong)content.Length), UInt32(link), UInt32(info), new byte[16]);
        image.Write(content);
        return header;
    }

    private void AddName(string name)
    {
        if (Names.TryAdd(name, (uint)_strings.Count))
        {
            _strings.AddRange(Encoding.ASCII.GetBytes(name + '\0'));
        }
    }

    private static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    private static byte[] UInt16(ushort value) => BitConverter.GetBytes(value);

    private static byte[] UInt32(uint value) => BitConverter.GetBytes(value);
}
