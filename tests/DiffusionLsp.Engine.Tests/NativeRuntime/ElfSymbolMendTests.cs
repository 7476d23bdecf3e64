using System.Text;
using CsCheck;
using DiffusionLsp.NativeMend;

namespace DiffusionLsp.Engine.Tests.NativeRuntime;

/// <summary>The mend of TorchSharp's Linux library, on hand-built libraries.</summary>
public sealed class ElfSymbolMendTests
{
    [Fact]
    public void Makes_the_three_edits_and_no_other()
    {
        var elf = TinyElf.LikeTorchSharp();
        var library = elf.Build();

        var mended = ElfSymbolMend.Apply(library);

        var expected = (byte[])library.Clone();
        expected[WeakFlagOffset(elf)] = 2;
        BitConverter.GetBytes((ushort)1).CopyTo(expected, elf.Offsets["versions"] + 2 * 2);
        Encoding.ASCII.GetBytes("getpid\0").CopyTo(expected, NameOffset(elf, ElfSymbolMend.Symbol));
        Assert.Equal(expected, mended);
    }

    [Fact]
    public void Leaves_its_input_alone()
    {
        var library = TinyElf.LikeTorchSharp().Build();
        var before = (byte[])library.Clone();

        ElfSymbolMend.Apply(library);

        Assert.Equal(before, library);
    }

    [Fact]
    public void A_mended_library_comes_back_as_it_is()
    {
        var mended = ElfSymbolMend.Apply(TinyElf.LikeTorchSharp().Build());

        Assert.Same(mended, ElfSymbolMend.Apply(mended));
    }

    public static TheoryData<string, byte[]> LibrariesInNoNeed => new()
    {
        { "no version at all", new TinyElf().Symbol("malloc", 1).Build() },
        { "older versions", new TinyElf().Need("libstdc++.so.6", "GLIBCXX_3.4.30", 5).Symbol("_ZSt4cout", 5).Build() },
        { "the version of another file", new TinyElf().Need("libother.so", "GLIBCXX_3.4.32", 5).Symbol("f", 5).Build() },
    };

    [Theory]
    [MemberData(nameof(LibrariesInNoNeed))]
    public void A_library_in_no_need_of_it_comes_back_as_it_is(string why, byte[] library) =>
        Assert.True(ReferenceEquals(library, ElfSymbolMend.Apply(library)), why);

    public static TheoryData<string, byte[]> OddLibraries => new()
    {
        { "it is no 64-bit little-endian ELF file", [] },
        { "it is no 64-bit little-endian ELF file", Encoding.ASCII.GetBytes(new string('x', 200)) },
        { "2 symbols need GLIBCXX_3.4.32", TinyElf.LikeTorchSharp().Symbol("_ZSt5extra", 18).Build() },
        { "0 symbols need GLIBCXX_3.4.32", new TinyElf().Need("libstdc++.so.6", "GLIBCXX_3.4.32", 5).Build() },
        {
            "_ZSt5extra needs GLIBCXX_3.4.32",
            new TinyElf().Need("libstdc++.so.6", "GLIBCXX_3.4.32", 5).Symbol("_ZSt5extra", 5).Build()
        },
        { "dynamic symbol 4 shares the name", SharedName() },
        { "is the file truncated?", TinyElf.LikeTorchSharp().Build()[..200] },
    };

    [Theory]
    [MemberData(nameof(OddLibraries))]
    public void Any_other_need_is_refused_with_its_reason(string reason, byte[] library)
    {
        var problem = Assert.Throws<InvalidDataException>(() => ElfSymbolMend.Apply(library));

        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_are_refused_or_left_alone_but_never_crash_it()
    {
        var library = TinyElf.LikeTorchSharp().Build();
        Gen.Select(Gen.Int[0, library.Length], Gen.Select(Gen.Int[0, library.Length - 1], Gen.Byte).Array[0, 8])
            .Sample((length, edits) =>
            {
                var damaged = (byte[])library.Clone();
                foreach (var (at, value) in edits)
                {
                    damaged[at] = value;
                }

                try
                {
                    return ElfSymbolMend.Apply(damaged[..length]).Length == length;
                }
                catch (InvalidDataException)
                {
                    return true;
                }
            });
    }

    private static int WeakFlagOffset(TinyElf elf)
    {
        const int FileEntry = 16, VersionEntry = 16, Flags = 4;
        const int LibcAndItsVersion = FileEntry + VersionEntry;
        return elf.Offsets["needs"] + LibcAndItsVersion + FileEntry + VersionEntry + Flags;
    }

    private static int NameOffset(TinyElf elf, string name) => elf.Offsets["names"] + (int)elf.Names[name];

    /// <summary>A symbol whose name is the tail of the one to overwrite, as linkers merge them.</summary>
    private static byte[] SharedName()
    {
        var elf = TinyElf.LikeTorchSharp().Symbol("initv", 1);
        var library = elf.Build();
        var tail = elf.Names[ElfSymbolMend.Symbol] + (uint)ElfSymbolMend.Symbol.Length - 5;
        BitConverter.GetBytes(tail).CopyTo(library, elf.Offsets["symbols"] + 4 * 24);
        return library;
    }
}
