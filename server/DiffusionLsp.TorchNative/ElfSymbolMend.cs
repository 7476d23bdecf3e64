#nullable enable

#if !NET // In the projects of this solution these are implicit.
using System;
using System.Collections.Generic;
using System.IO;
#endif
using System.Text;

namespace DiffusionLsp.NativeMend;

/// <summary>
/// Makes the Linux library of TorchSharp loadable on systems whose libstdc++ is older than GCC 13's. The library asks
/// for the symbol version GLIBCXX_3.4.32 for one symbol alone: an empty function whose presence makes a newer
/// libstdc++ initialise its streams, and which an older one neither has nor needs. Three edits in place lift the
/// demand: the version becomes weak, the symbol loses its version, and its name becomes that of a harmless function
/// of libc. The result loads on newer systems as well.
/// <para>
/// A pure function from bytes to bytes. It deliberately handles that one case and no other: a library that does not
/// ask for the version comes back as it was, and one that asks for it in any other way is refused, because then the
/// demand is real. The build compiles this file by itself against .NET Standard 2.0, hence no spans.
/// </para>
/// </summary>
public static class ElfSymbolMend
{
    /// <summary>The file that the version is asked of.</summary>
    public const string VersionedFile = "libstdc++.so.6";

    /// <summary>The symbol version that older systems lack.</summary>
    public const string Version = "GLIBCXX_3.4.32";

    /// <summary>The one symbol that asks for the version.</summary>
    public const string Symbol = "_ZSt21ios_base_library_initv";

    /// <summary>The function of libc that the symbol is bound to instead: it takes nothing and changes nothing.</summary>
    public const string Replacement = "getpid";

    // Names and values of the ELF specification and of the Linux Standard Base (symbol versioning).
    private const int SectionTypeDynamicSymbols = 11;
    private const int SectionTypeVersionNeeds = 0x6ffffffe;
    private const int SectionTypeSymbolVersions = 0x6fffffff;
    private const int VersionIndexGlobal = 1;
    private const int VersionFlagWeak = 2;
    private const int VersionIndexMask = 0x7fff;
    private const int SymbolSize = 24;

    /// <summary>The mended library; the given array itself where there is nothing to mend.</summary>
    /// <exception cref="InvalidDataException">It is no such library, or it needs the version for something else.</exception>
    public static byte[] Apply(byte[] library)
    {
        var image = new ElfImage(library ?? throw new ArgumentNullException(nameof(library)));
        if (image.FindSection(SectionTypeVersionNeeds) is not { } needs
            || FindNeededVersion(image, needs) is not { } version)
        {
            return library;
        }

        var symbols = image.FindSection(SectionTypeDynamicSymbols) ?? throw Odd("it has no dynamic symbols");
        var versions = image.FindSection(SectionTypeSymbolVersions) ?? throw Odd("it has no symbol versions");
        var names = image.Section(symbols.Link);

        var users = SymbolsOfVersion(image, symbols, versions, version.Index);
        if (users.Count == 0 && version.IsWeak)
        {
            return library;
        }

        if (users.Count != 1)
        {
            throw Odd($"{users.Count} symbols need {Version}, where one is expected");
        }

        var user = symbols.Offset + (long)users[0] * SymbolSize;
        var nameOffset = image.UInt32(user);
        var name = image.Text(names, nameOffset);
        if (name != Symbol)
        {
            throw Odd($"{name} needs {Version}, where {Symbol} is expected");
        }

        RequireUnsharedName(image, symbols, users[0], nameOffset);

        var mended = (byte[])library.Clone();
        WriteUInt16(mended, version.FlagsOffset, version.Flags | VersionFlagWeak);
        WriteUInt16(mended, versions.Offset + users[0] * 2L, VersionIndexGlobal);
        Encoding.ASCII.GetBytes(Replacement + "\0").CopyTo(mended, names.Offset + nameOffset);
        return mended;
    }

    /// <summary>Finds the entry of .gnu.version_r that asks <see cref="VersionedFile"/> for the version.</summary>
    private static NeededVersion? FindNeededVersion(ElfImage image, ElfSection needs)
    {
        var names = image.Section(needs.Link);
        var file = 0L;
        for (var remainingFiles = needs.Info; remainingFiles > 0; remainingFiles--)
        {
            var versionCount = image.UInt16(needs, file + 2);
            var isVersionedFile = image.Text(names, image.UInt32(needs, file + 4)) == VersionedFile;
            var entry = file + image.UInt32(needs, file + 8);
            for (var remaining = versionCount; isVersionedFile && remaining > 0; remaining--)
            {
                if (image.Text(names, image.UInt32(needs, entry + 8)) == Version)
                {
                    return new NeededVersion(
                        needs.Offset + entry + 4, image.UInt16(needs, entry + 4), image.UInt16(needs, entry + 6));
                }

                entry += image.UInt32(needs, entry + 12);
            }

            file += image.UInt32(needs, file + 12);
        }

        return null;
    }

    private static List<int> SymbolsOfVersion(ElfImage image, ElfSection symbols, ElfSection versions, int index)
    {
        var users = new List<int>();
        for (var symbol = 0; symbol < symbols.Size / SymbolSize; symbol++)
        {
            if ((image.UInt16(versions, symbol * 2L) & VersionIndexMask) == index)
            {
                users.Add(symbol);
            }
        }

        return users;
    }

    /// <summary>A linker may let one name be the tail of another: such a name cannot be overwritten.</summary>
    private static void RequireUnsharedName(ElfImage image, ElfSection symbols, int owner, uint nameOffset)
    {
        for (var symbol = 0; symbol < symbols.Size / SymbolSize; symbol++)
        {
            var other = image.UInt32(symbols, (long)symbol * SymbolSize);
            if (symbol != owner && other >= nameOffset && other <= nameOffset + Symbol.Length)
            {
                throw Odd($"dynamic symbol {symbol} shares the name {Symbol}");
            }
        }
    }

    private static void WriteUInt16(byte[] bytes, long offset, int value)
    {
        bytes[offset] = (byte)value;
        bytes[offset + 1] = (byte)(value >> 8);
    }

    private static InvalidDataException Odd(string what) => new($"The library cannot be mended: {what}.");

    private readonly struct NeededVersion(long flagsOffset, int flags, int index)
    {
        public long FlagsOffset { get; } = flagsOffset;

        public int Flags { get; } = flags;

        public int Index { get; } = index;

        public bool IsWeak => (Flags & VersionFlagWeak) != 0;
    }

    private readonly struct ElfSection(long offset, long size, int link, uint info)
    {
        public long Offset { get; } = offset;

        public long Size { get; } = size;

        public int Link { get; } = link;

        public uint Info { get; } = info;
    }

    /// <summary>Reads a 64-bit little-endian ELF file; every read is checked against the file's or section's end.</summary>
    private sealed class ElfImage
    {
        private const int SectionHeaderSize = 64;

        private readonly byte[] _bytes;
        private readonly long _sectionHeaders;
        private readonly int _sectionCount;

        public ElfImage(byte[] bytes)
        {
            _bytes = bytes;
            var isElf64LittleEndian = bytes.Length >= 64 && UInt32(0) == 0x464c457f && bytes[4] == 2 && bytes[5] == 1;
            if (!isElf64LittleEndian)
            {
                throw Odd("it is no 64-bit little-endian ELF file");
            }

            _sectionHeaders = Int64(40);
            _sectionCount = UInt16(60);
            if (UInt16(58) != SectionHeaderSize)
            {
                throw Odd($"its section headers have {UInt16(58)} bytes, where {SectionHeaderSize} are expected");
            }
        }

        public ElfSection? FindSection(int type)
        {
            for (var index = 0; index < _sectionCount; index++)
            {
                if (UInt32(HeaderOf(index) + 4) == type)
                {
                    return Section(index);
                }
            }

            return null;
        }

        public ElfSection Section(int index)
        {
            if (index < 0 || index >= _sectionCount)
            {
                throw Odd($"it refers to section {index} of {_sectionCount}");
            }

            var header = HeaderOf(index);
            var section = new ElfSection(
                Int64(header + 24), Int64(header + 32), (int)UInt32(header + 40), UInt32(header + 44));
            RequireInside(section.Offset, section.Size, _bytes.Length);
            return section;
        }

        public int UInt16(ElfSection section, long offset)
        {
            RequireInside(offset, 2, section.Size);
            return UInt16(section.Offset + offset);
        }

        public uint UInt32(ElfSection section, long offset)
        {
            RequireInside(offset, 4, section.Size);
            return UInt32(section.Offset + offset);
        }

        public int UInt16(long offset)
        {
            RequireInside(offset, 2, _bytes.Length);
            return _bytes[offset] | _bytes[offset + 1] << 8;
        }

        public uint UInt32(long offset) => (uint)(UInt16(offset) | UInt16(offset + 2) << 16);

        public string Text(ElfSection strings, uint offset)
        {
            RequireInside(offset, 1, strings.Size);
            var start = (int)(strings.Offset + offset);
            var end = Array.IndexOf(_bytes, (byte)0, start, (int)(strings.Size - offset));
            return end >= 0 ? Encoding.ASCII.GetString(_bytes, start, end - start) : throw Odd("a name in it has no end");
        }

        private long HeaderOf(int index) => _sectionHeaders + (long)index * SectionHeaderSize;

        private long Int64(long offset) => (long)UInt32(offset + 4) << 32 | UInt32(offset);

        private static void RequireInside(long offset, long count, long size)
        {
            if (offset < 0 || count < 0 || offset > size - count)
            {
                throw Odd($"{count} bytes at {offset} lie outside the {size} there are (is the file truncated?)");
            }
        }
    }
}

#if !NET
/// <summary>The build step: writes the mended copy of a library. MSBuild compiles it; the tests leave it out.</summary>
public sealed class MendElfSymbol : Microsoft.Build.Utilities.Task
{
    /// <summary>The library as the package brings it; it is only read.</summary>
    [Microsoft.Build.Framework.Required]
    public string Source { get; set; } = "";

    /// <summary>Where the mended copy goes.</summary>
    [Microsoft.Build.Framework.Required]
    public string Destination { get; set; } = "";

    /// <inheritdoc/>
    public override bool Execute()
    {
        try
        {
            WriteAtomically(Destination, ElfSymbolMend.Apply(File.ReadAllBytes(Source)));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Log.LogError(
                $"{Source}: {problem.Message} Is this another version of TorchSharp than the one pinned in "
                + "Directory.Packages.props? Then check what it needs, and mend ElfSymbolMend.cs.");
        }

        return !Log.HasLoggedErrors;
    }

    // Builds may run side by side, and the old copy may be hard-linked into an output folder: neither must ever see
    // a file half written, so the copy is made under another name and renamed.
    private static void WriteAtomically(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var fresh = path + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(fresh, content);
        try
        {
            if (File.Exists(path))
            {
                File.Replace(fresh, path, null);
            }
            else
            {
                File.Move(fresh, path);
            }
        }
        catch (IOException) when (File.Exists(path) && new FileInfo(path).Length == content.Length)
        {
            // Another build was faster and has written the same.
            File.Delete(fresh);
        }
    }
}
#endif
