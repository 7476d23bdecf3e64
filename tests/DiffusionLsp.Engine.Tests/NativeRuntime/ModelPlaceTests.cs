using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Native;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.NativeRuntime;

/// <summary>Where a model goes and as what, by what it needs and what there is.</summary>
public sealed class ModelPlaceTests
{
    private const long Gibibyte = 1L << 30;

    private static readonly ModelShape s_dream = Shape("dreamon-7b");
    private static readonly ModelShape s_small = Shape("open-dcoder-0.5b");

    /// <summary>Counted by hand from the shape of Dream-7B at 2,048 tokens.</summary>
    [Fact]
    public void What_a_model_needs_is_counted_from_its_shape()
    {
        const long Weights = 2L * 7_615_616_512;
        const long Loading = 4L * 152_064 * 3_584;
        const long Caches = 2L * 28 * 2_048 * 512 * 2;
        const long Activations = (2_048L * 3_584 * 12) + (2L * 28 * 2_048 * 2_048 * 2);

        Assert.Equal(Weights + Math.Max(Loading, Caches + Activations), MemoryNeed.Bytes(s_dream, WeightDtype.Bf16, overhead: 0));
        Assert.Equal(Weights + Loading + 1, MemoryNeed.Bytes(s_dream, WeightDtype.Bf16, overhead: 1));
        Assert.True(MemoryNeed.Bytes(s_dream, WeightDtype.Fp32, 0) > 30_400_000_000);
        Assert.True(MemoryNeed.Bytes(s_small with { Context = 32_768 }, WeightDtype.Bf16, 0) > 30_000_000_000, "long canvases cost more than weights");
    }

    /// <summary>The free memory of two devices and of the machine in GiB, and where a 7B model goes.</summary>
    [Theory]
    [InlineData(24, 0, 64, "auto", "auto", 0, "Bf16")]
    [InlineData(12, 24, 64, "auto", "auto", 1, "Bf16")]
    [InlineData(12, 12, 64, "auto", "auto", 0, "Int8")]
    [InlineData(8, 8, 64, "auto", "auto", null, "Fp32")]
    [InlineData(8, 8, 24, "auto", "auto", null, "Int8")]
    [InlineData(8, 8, 64, "cpu", "int8", null, "Int8")]
    [InlineData(24, 48, 64, "cuda:0", "auto", 0, "Bf16")]
    [InlineData(24, 48, 64, "cuda", "auto", 1, "Bf16")]
    [InlineData(24, 48, 64, "cuda", "fp32", 1, "Fp32")]
    [InlineData(24, 24, 64, "auto", "fp32", null, "Fp32")]
    [InlineData(24, 24, 64, "auto", "fp16", 0, "Fp16")]
    [InlineData(48, 48, 64, "cpu", "bf16", null, "Bf16")]
    public void It_goes_to_the_first_place_that_has_the_room(
        long first, long second, long main, string device, string dtype, int? index, string expected)
    {
        var place = ModelPlace.Choose(s_dream, (device, dtype), Machine(main, first, second), cudaProblem: null);

        Assert.Equal((index, expected), (place.CudaIndex, place.Dtype.ToString()));
    }

    [Fact]
    public void On_a_device_of_before_Ampere_it_is_fp16()
    {
        var machine = Machine(8) with { CudaDevices = [Device(0, new Version(7, 5), 24)] };

        Assert.Equal(new ModelPlace(0, WeightDtype.Fp16, MemoryNeed.Bytes(s_dream, WeightDtype.Fp16, MemoryNeed.CudaOverhead)),
            ModelPlace.Choose(s_dream, ("auto", "auto"), machine, null));
    }

    [Theory]
    [InlineData("auto", "auto", "cuda:0 (device 0) has 8.0 GiB free and it needs 17.2 GiB in bf16; cuda:0 (device 0) has 8.0 GiB free and it needs 10.1 GiB in int8; the CPU has 8.0 GiB free and it needs 30.5 GiB in fp32; the CPU has 8.0 GiB free and it needs 9.2 GiB in int8; ")]
    [InlineData("cpu", "fp32", "for this model: the CPU has 8.0 GiB free and it needs 30.5 GiB in fp32. Close other programs")]
    [InlineData("cuda", "auto", "for this model: cuda:0 (device 0) has 8.0 GiB free and it needs 17.2 GiB in bf16; cuda:0 (device 0) has 8.0 GiB")]
    [InlineData("auto", "fp16", "fp16 is for CUDA devices")]
    [InlineData("cpu", "fp16", "fp16 is for CUDA devices")]
    [InlineData("auto", "int4", "'int4' is no dtype: take auto, bf16, fp16, fp32 or int8")]
    [InlineData("cuda:7", "auto", "There is no device cuda:7: the driver shows 1")]
    [InlineData("tpu", "auto", "'tpu' is no device")]
    public void What_fits_nowhere_is_refused_with_figures(string device, string dtype, string part)
    {
        string message = Assert.Throws<TorchRuntimeException>(
            () => ModelPlace.Choose(s_dream, (device, dtype), Machine(8, 8), null)).Message;

        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Without_CUDA_only_who_asked_for_it_hears_of_it()
    {
        Assert.Null(ModelPlace.Choose(s_small, ("auto", "auto"), Machine(12, 24), "no driver.").CudaIndex);
        Assert.Contains(
            "The device cuda cannot be used: no driver.",
            Assert.Throws<TorchRuntimeException>(() => ModelPlace.Choose(s_small, ("cuda", "auto"), Machine(12), "no driver.")).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A list of models must not promise what loading would refuse.</summary>
    [Theory]
    [InlineData(64, 12, MemoryFit.Fits)]
    [InlineData(8, 24, MemoryFit.Fits)]
    [InlineData(8, 8, MemoryFit.FitsWhenFree)]
    [InlineData(4, 4, MemoryFit.TooLarge)]
    public void The_fit_is_what_loading_would_say(long main, long cuda, MemoryFit expected)
    {
        var machine = Machine(main, cuda) with { TotalBytes = 2 * main * Gibibyte };

        Assert.Equal(expected, machine.FitOf(s_dream));
        if (expected == MemoryFit.Fits)
        {
            Assert.Equal(ModelPlace.Choose(s_dream, ("auto", "auto"), machine, null).NeededBytes, machine.NeedOf(s_dream));
        }
        else
        {
            Assert.Throws<TorchRuntimeException>(() => ModelPlace.Choose(s_dream, ("auto", "auto"), machine, null));
        }
    }

    private static ModelShape Shape(string name) => ModelShape.Of(
        ModelConfig.Load(Path.Combine(TestData.RepositoryRoot, "tests", "golden", "checkpoints", name)), InfillerOptions.UsualContextTokens);

    private static MachineMemory Machine(long gibibytes, params long[] cuda) => new(
        gibibytes * Gibibyte, gibibytes * Gibibyte, "fp32", [.. cuda.Select((free, index) => Device(index, new Version(8, 6), free))]);

    private static CudaDeviceReport Device(int index, Version capability, long free) =>
        new(index, $"device {index}", capability, free * Gibibyte, free * Gibibyte);
}
