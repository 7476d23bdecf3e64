using DiffusionLsp.Engine.Native;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.NativeRuntime;

/// <summary>Which device and which dtype a request gets.</summary>
public sealed class DeviceChoiceTests
{
    private const long Gibibyte = 1L << 30;

    private static readonly CudaDeviceReport Small = Device(0, new Version(7, 5), total: 8, free: 2);
    private static readonly CudaDeviceReport Large = Device(1, new Version(8, 6), total: 24, free: 20);
    private static readonly CudaDeviceReport Silent = Device(2, new Version(9, 0), total: 16, free: null);

    [Theory]
    [InlineData("cpu", 1, null)]
    [InlineData("auto", 1, 1)]
    [InlineData("auto", 18, 1)]
    [InlineData("auto", 20, null)] // CUDA's own memory comes on top.
    [InlineData("cuda", 1, 1)]
    [InlineData("cuda:0", 1, 0)]
    [InlineData("cuda:2", 14, 2)]
    public void A_device_is_chosen_by_request_and_room(string request, long neededGibibytes, int? index) =>
        Assert.Equal(index, DeviceChoice.CudaIndex(request, neededGibibytes * Gibibyte, [Small, Large, Silent], null));

    [Theory]
    [InlineData("cuda", 20, "20.0 GiB free, and the model needs 21.0 GiB")]
    [InlineData("cuda:0", 4, "cuda:0")]
    [InlineData("cuda:3", 1, "There is no device cuda:3: the driver shows 3")]
    [InlineData("cuda:-1", 1, "take auto, cpu, cuda or cuda:N")]
    [InlineData("cuda:", 1, "take auto, cpu, cuda or cuda:N")]
    [InlineData("gpu", 1, "'gpu' is no device")]
    [InlineData("", 1, "'' is no device")]
    public void What_cannot_be_had_is_refused_with_the_way_out(string request, long neededGibibytes, string part)
    {
        var problem = Assert.Throws<TorchRuntimeException>(
            () => DeviceChoice.CudaIndex(request, neededGibibytes * Gibibyte, [Small, Large, Silent], null));

        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda")]
    [InlineData("cuda:0")]
    public void Without_CUDA_only_who_asked_for_it_hears_of_it(string request)
    {
        Assert.Null(DeviceChoice.CudaIndex("auto", 0, [], "no driver."));
        var problem = Assert.Throws<TorchRuntimeException>(() => DeviceChoice.CudaIndex(request, 0, [], "no driver."));
        Assert.EndsWith("cannot be used: no driver.", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_CPU_build_says_how_to_get_a_CUDA_build()
    {
        Assert.SkipWhen(TorchLibraries.IsCudaBuild, "This is a CUDA build.");

        var problem = Assert.Throws<TorchRuntimeException>(() => TorchRuntime.SelectDevice("cuda", 0));

        Assert.Contains("-p:TorchRuntime=cuda", problem.Message, StringComparison.Ordinal);
        Assert.Equal(DeviceType.CPU, TorchRuntime.SelectDevice("auto", 0).type);
    }

    public static TheoryData<string, string?, bool, torch.ScalarType> Dtypes => new()
    {
        { "auto", null, true, torch.ScalarType.BFloat16 },
        { "auto", null, false, torch.ScalarType.Float32 },
        { "bf16", null, false, torch.ScalarType.BFloat16 },
        { "fp32", null, true, torch.ScalarType.Float32 },
        { "auto", "8.0", false, torch.ScalarType.BFloat16 },
        { "auto", "7.5", true, torch.ScalarType.Float16 },
        { "fp16", "8.6", false, torch.ScalarType.Float16 },
        { "fp32", "8.6", false, torch.ScalarType.Float32 },
    };

    [Theory]
    [MemberData(nameof(Dtypes))]
    public void A_dtype_is_chosen_by_request_and_processor(
        string request, string? computeCapability, bool cpuHasFastBf16, torch.ScalarType dtype)
    {
        var cuda = computeCapability is null ? null : Device(0, Version.Parse(computeCapability), 8, 8);

        Assert.Equal(dtype, DeviceChoice.Dtype(request, cuda, cpuHasFastBf16));
    }

    [Theory]
    [InlineData("fp16", "fp16 is for CUDA devices")]
    [InlineData("int4", "'int4' is no dtype")]
    public void A_dtype_that_a_CPU_has_no_use_for_is_refused(string request, string part)
    {
        var problem = Assert.Throws<TorchRuntimeException>(() => DeviceChoice.Dtype(request, null, cpuHasFastBf16: true));

        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
    }

    private static CudaDeviceReport Device(int index, Version capability, long total, long? free) =>
        new(index, $"device {index}", capability, total * Gibibyte, free * Gibibyte);
}
