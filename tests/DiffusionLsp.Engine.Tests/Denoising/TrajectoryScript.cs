using System.Globalization;
using System.Text;
using DiffusionLsp.Engine.Denoising;

namespace DiffusionLsp.Engine.Tests.Denoising;

/// <summary>
/// One golden: a setting, what the network says in each step, and the trajectory that must come of it. Every token is
/// one character; <c>-</c> deletes, <c>+</c> expands, <c>&lt;</c> and <c>&gt;</c> are control tokens, and <c>░</c> is a
/// mask. A step's line gives each mask, from the left, its probable tokens: <c>x.9</c>, or <c>x.5|y.4</c>; the rest
/// is spread thinly.
/// </summary>
internal sealed class TrajectoryScript
{
    public const string Border = "=== trajectory";
    private const char MaskCharacter = '░';
    private const int Mask = 127;
    private const int Vocabulary = 1024;

    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);
    private readonly List<string> _steps = [];

    public TrajectoryScript(string text)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd());
        foreach (string line in lines.Where(line => line is not ("" or ['#', ..])))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string key = line[..colon];
            string value = line[(colon + 1)..].Trim();
            if (int.TryParse(key, out int step))
            {
                Assert.Equal(_steps.Count + 1, step);
                _steps.Add(value);
            }
            else
            {
                _settings.Add(key, value);
            }
        }
    }

    /// <summary>Runs the script and draws each step; fresh commits stand in brackets.</summary>
    public string Draw()
    {
        int shift = Number("shift", 0);
        string[] known = Setting("tokens", "delete expand").Split(' ');
        var roles = new TokenRoles
        {
            Mask = Mask,
            Delete = known.Contains("delete") ? '-' : null,
            Expand = known.Contains("expand") ? '+' : null,
            NeverSampled = [.. "<>", .. known.Contains("delete") ? "" : "-", .. known.Contains("expand") ? "" : "+"],
            LogitShift = shift,
        };
        var canvas = new Canvas(Ids("prefix"), Number("masks", 1), Ids("suffix"), Mask);
        var options = new DenoisingOptions
        {
            LongestSpan = Number("longest", 8),
            ExpansionBudget = Number("budget", 8),
            Order = UnmaskOrders.Find(Setting("order", "confidence"))!.Value,
            Rule = CommitRule.Parse(Setting("commit", "threshold:" + Setting("threshold", "0.9"))),
            MaxForwards = Number("forwards", int.MaxValue),
        };
        var picture = new StringBuilder();
        picture.AppendLine(Inv($"0  {Draw(canvas.Ids, canvas, null)}"));
        int step = 0;
        using var predictor = new ScriptedPredictor((_, rows, forward) => Logits(canvas, rows, forward, shift));
        var result = new Denoiser(predictor, roles).Denoise(
            canvas,
            options,
            [],
            cells => picture.AppendLine(Inv($"{++step}  {Draw(canvas.Ids, canvas, cells)}")),
            default);
        Assert.Equal(_steps.Count, result.Steps);
        Assert.Equal(predictor.Forwards, result.Forwards);
        Assert.Equal(step, result.Steps);
        Assert.Equal(
            canvas.Ids.Skip(canvas.SpanStart).Take(canvas.SpanLength), result.Cells.Select(cell => cell.TokenId));
        string confidences = string.Join(
            ' ', result.Cells.Select(cell => Inv($"{Shown(cell.TokenId)}{cell.Confidence:.00}")));
        picture.AppendLine(result.Cells.Count == 0 ? "empty" : confidences);
        return picture.ToString().ReplaceLineEndings("\n");
    }

    private float[][] Logits(Canvas canvas, IReadOnlyList<int> rows, int forward, int shift)
    {
        Assert.True(forward <= _steps.Count, Inv($"The script has no step {forward}."));
        Assert.Equal(canvas.MaskedPositions().Select(position => position - shift), rows);
        string[] cells = _steps[forward - 1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(rows.Count, cells.Length);
        return [.. cells.Select(RowOf)];
    }

    private static float[] RowOf(string cell)
    {
        double[] probabilities = new double[Vocabulary];
        double left = 1;
        foreach (string choice in cell.Split('|'))
        {
            double probability = double.Parse(choice.AsSpan(1), CultureInfo.InvariantCulture);
            probabilities[choice[0] == MaskCharacter ? Mask : choice[0]] = probability;
            left -= probability;
        }

        return [.. probabilities.Select(p => (float)Math.Log(p == 0 ? left / Vocabulary : p))];
    }

    private static string Draw(IReadOnlyList<int> ids, Canvas canvas, IReadOnlyList<SpanCell>? cells)
    {
        var picture = new StringBuilder();
        for (int position = 0; position <= ids.Count; position++)
        {
            picture.Append(position == canvas.SpanStart ? "│" : string.Empty);
            picture.Append(position == canvas.SpanEnd ? "│" : string.Empty);
            if (position == ids.Count)
            {
                break;
            }

            bool isInSpan = position >= canvas.SpanStart && position < canvas.SpanEnd;
            bool isFresh = isInSpan && cells?[position - canvas.SpanStart].State == CellState.Fresh;
            picture.Append(isFresh ? $"[{Shown(ids[position])}]" : Shown(ids[position]));
        }

        return picture.ToString();
    }

    private static string Shown(int id) => id == Mask ? $"{MaskCharacter}" : $"{(char)id}";

    private int[] Ids(string key) => [.. Setting(key, string.Empty).Select(character => (int)character)];

    private int Number(string key, int otherwise) =>
        int.Parse(Setting(key, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

    private string Setting(string key, string otherwise) => _settings.GetValueOrDefault(key, otherwise);

    private static string Inv(FormattableString text) => FormattableString.Invariant(text);
}
