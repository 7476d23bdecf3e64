using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionLsp.Engine.Benchmarks;

/// <summary>Times pieces of work in turns, so that whatever else the machine does falls on all of them.</summary>
internal static class Timing
{
    /// <summary>The median milliseconds of each piece of work.</summary>
    /// <param name="device">Where the work runs; it is waited for.</param>
    /// <param name="rounds">How often each is timed, after one round that warms up.</param>
    /// <param name="works">The pieces.</param>
    public static double[] Medians(Device device, int rounds, params Action[] works)
    {
        var times = works.Select(_ => new List<double>(rounds)).ToArray();
        for (int round = 0; round <= rounds; round++)
        {
            for (int work = 0; work < works.Length; work++)
            {
                double milliseconds = Milliseconds(device, works[work]);
                if (round > 0)
                {
                    times[work].Add(milliseconds);
                }
            }
        }

        return [.. times.Select(Median)];
    }

    /// <summary>The milliseconds of one run.</summary>
    public static double Milliseconds(Device device, Action work)
    {
        var clock = Stopwatch.StartNew();
        work();
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }

        return clock.Elapsed.TotalMilliseconds;
    }

    /// <summary>The name of a type as users write it.</summary>
    public static string NameOf(ScalarType dtype) => dtype switch
    {
        ScalarType.BFloat16 => "bf16",
        ScalarType.Float16 => "fp16",
        _ => "fp32",
    };

    /// <summary>The middle value; the mean of the middle two of an even number.</summary>
    public static double Median(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
