using System.Globalization;

namespace DiffusionLsp.Server.ModelStore;

/// <summary>Numbers of bytes, for people.</summary>
internal static class Sizes
{
    private const double Thousand = 1000;
    private static readonly string[] _units = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>As hubs and disks give it: in powers of a thousand.</summary>
    public static string Of(long bytes)
    {
        int unit = 0;
        double size = bytes;
        while (Math.Abs(size) >= Thousand - 0.05 && unit < _units.Length - 1)
        {
            size /= Thousand;
            unit++;
        }

        return size.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + _units[unit];
    }
}
